/** What changed between two versions: as a list for programs, and as a unified diff for people. */
import { isDeepStrictEqual } from "node:util";
import { createTwoFilesPatch, diffArrays } from "diff";
import type { components } from "../generated/contract.js";
import type { PromptContent } from "./promptContent.js";
import { shortContent, toYaml } from "./yaml.js";

export type PromptChange = components["schemas"]["PromptChange"];

/** Texts that have nothing in common take a diff the longest; then it is enough to say that all is new. */
const patienceMs = 100;

/** Changes of messages, variables and parameters. Messages that only moved on, because of another, are no change. */
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
	const options = { context: 3, timeout: patienceMs };
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
	const runs = diffArrays([...before], [...after], { comparator: isDeepStrictEqual, timeout: patienceMs }) ?? [
		{ value: [...before], removed: true, added: false },
		{ value: [...after], removed: false, added: true },
	];
	const changes: PromptChange[] = [];
	let older = 0;
	let newer = 0;
	let gone: Message[] = [];
	for (const { value, removed, added } of runs) {
		if (removed) {
			gone = value.map((message, index) => ({ message, at: older + index }));
			older += value.length;
			continue;
		}
		if (added) changes.push(...replacements(gone, value, newer));
		else changes.push(...gone.map(removal));
		gone = [];
		newer += value.length;
		if (!added) older += value.length;
	}
	return [...changes, ...gone.map(removal)];
}

interface Message {
	message: object;
	at: number;
}

/** What went and what came in one place, with one role, is taken for one message that changed. */
function replacements(gone: Message[], come: readonly object[], newer: number): PromptChange[] {
	let next = 0;
	const changes = come.flatMap((message, index): PromptChange[] => {
		const path = `/messages/${newer + index}`;
		let old = next;
		while (old < gone.length && roleOf(gone[old]) !== roleOf({ message })) old += 1;
		if (old === gone.length) return [{ op: "add", path, after: message }];
		const before = gone.slice(next, old).map(removal);
		next = old + 1;
		return [...before, ...valueChanges(gone[old]?.message, message, path)];
	});
	return [...changes, ...gone.slice(next).map(removal)];
}

function roleOf(of: { message: object } | undefined): unknown {
	return (of?.message as { role?: unknown } | undefined)?.role;
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
	// In lists of other lengths nobody knows which item became which.
	if (Array.isArray(before) && before.length !== (after as unknown as unknown[]).length)
		return [{ op: "replace", path, before, after }];
	const names = new Set([...Object.keys(before), ...Object.keys(after)]);
	return [...names].flatMap((name) =>
		valueChanges(memberOf(before, name), memberOf(after, name), `${path}/${escaped(name)}`),
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

function memberOf(value: Record<string, unknown>, name: string): unknown {
	return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** RFC 6901 §3 */
function escaped(name: string): string {
	return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
