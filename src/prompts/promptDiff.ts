/** Differences between two versions: as a list for programs, and as a unified diff for people. */
import { isDeepStrictEqual } from "node:util";
import { createTwoFilesPatch, diffArrays } from "diff";
import type { components } from "../generated/contract.js";
import type { PromptContent } from "./promptContent.js";
import { shortContent, toYaml } from "./yaml.js";

export type PromptChange = components["schemas"]["PromptChange"];

/** Time for one diff, which unrelated texts take longest; after that, everything counts as replaced. */
const diffTimeoutMs = 100;

/** Lists changes of messages, variables and parameters. Messages whose index merely shifted are not changes. */
export function listChanges(before: PromptContent, after: PromptContent): PromptChange[] {
	return [
		...messageChanges(before.messages, after.messages),
		...valueChanges(before.variables, after.variables, "/variables"),
		...valueChanges(before.parameters, after.parameters, "/parameters"),
	];
}

/** Empty where nothing differs. */
export function unifiedDiff(before: PromptContent, after: PromptContent, names: { from: string; to: string }): string {
	return unifiedText(toYaml(shortContent(before)), toYaml(shortContent(after)), names);
}

/** Empty where nothing differs. */
export function unifiedText(before: string, after: string, { from, to }: { from: string; to: string }): string {
	if (before === after) return "";
	const options = { context: 3, timeout: diffTimeoutMs };
	const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, options);
	const body = patch === undefined ? wholePatch(before, after, from, to) : patch.slice(patch.indexOf("--- "));
	return body.endsWith("\n") ? body : `${body}\n`;
}

function wholePatch(before: string, after: string, from: string, to: string): string {
	const removed = linesOf(before);
	const added = linesOf(after);
	return [
		`--- ${from}`,
		`+++ ${to}`,
		`@@ -1,${removed.length} +1,${added.length} @@`,
		...removed.map((line) => `-${line}`),
		...added.map((line) => `+${line}`),
	].join("\n");
}

function linesOf(text: string): string[] {
	return text.replace(/\n$/, "").split("\n");
}

function messageChanges(before: readonly object[], after: readonly object[]): PromptChange[] {
	const runs = diffArrays([...before], [...after], { comparator: isDeepStrictEqual, timeout: diffTimeoutMs }) ?? [
		{ value: [...before], removed: true, added: false },
		{ value: [...after], removed: false, added: true },
	];
	const changes: PromptChange[] = [];
	let older = 0;
	let newer = 0;
	let removedMessages: Message[] = [];
	for (const { value, removed, added } of runs) {
		if (removed) {
			removedMessages = value.map((message, index) => ({ message, at: older + index }));
			older += value.length;
			continue;
		}
		if (added) changes.push(...replacements(removedMessages, value, newer));
		else changes.push(...removedMessages.map(removal));
		removedMessages = [];
		newer += value.length;
		if (!added) older += value.length;
	}
	return [...changes, ...removedMessages.map(removal)];
}

interface Message {
	message: object;
	at: number;
}

/** A removed and an added message in the same place and with the same role count as one changed message. */
function replacements(removedMessages: Message[], addedMessages: readonly object[], newer: number): PromptChange[] {
	let next = 0;
	const changes = addedMessages.flatMap((message, index): PromptChange[] => {
		const path = `/messages/${newer + index}`;
		let old = next;
		while (old < removedMessages.length && roleOf(removedMessages[old]) !== roleOf({ message })) old += 1;
		if (old === removedMessages.length) return [{ op: "add", path, after: message }];
		const before = removedMessages.slice(next, old).map(removal);
		next = old + 1;
		return [...before, ...valueChanges(removedMessages[old]?.message, message, path)];
	});
	return [...changes, ...removedMessages.slice(next).map(removal)];
}

function roleOf(entry: { message: object } | undefined): unknown {
	return (entry?.message as { role?: unknown } | undefined)?.role;
}

function removal({ message, at }: Message): PromptChange {
	return { op: "remove", path: `/messages/${at}`, before: message };
}

function valueChanges(before: unknown, after: unknown, path: string): PromptChange[] {
	if (isDeepStrictEqual(before, after)) return [];
	if (before === undefined) return [{ op: "add", path, after }];
	if (after === undefined) return [{ op: "remove", path, before }];
	if (!isRecord(before) || !isRecord(after) || Array.isArray(before) !== Array.isArray(after))
		return [{ op: "replace", path, before, after }];
	// In lists of different lengths it is unclear which item became which.
	if (Array.isArray(before) && before.length !== (after as unknown as unknown[]).length)
		return [{ op: "replace", path, before, after }];
	const names = new Set([...Object.keys(before), ...Object.keys(after)]);
	return [...names].flatMap((name) =>
		valueChanges(memberOf(before, name), memberOf(after, name), `${path}/${escapePointer(name)}`),
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

function memberOf(value: Record<string, unknown>, name: string): unknown {
	return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Escapes a name in a JSON Pointer (RFC 6901 §3). */
function escapePointer(name: string): string {
	return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
