/** Items of responses and conversations, as far as the pages know them. */
import type { ResponseTurn } from "./contract.js";

export type Item = Record<string, unknown>;

/** An item, and what a tool gave for it where it is a call. */
export interface PairedItem {
	item: Item;
	output?: Item | undefined;
}

/** Puts each tool's output beside the call that it belongs to; one whose call isn't there stays where it is. */
export function paired(lists: readonly (readonly Item[])[]): PairedItem[][] {
	const calls = new Set<unknown>();
	const outputs = new Map<unknown, Item>();
	for (const item of lists.flat()) {
		if (isOutput(item)) outputs.set(item.call_id, item);
		else if (item.call_id !== undefined) calls.add(item.call_id);
	}
	return lists.map((items) =>
		items
			.filter((item) => !(isOutput(item) && calls.has(item.call_id)))
			.map((item) => ({ item, output: isOutput(item) ? undefined : outputs.get(item.call_id) })),
	);
}

function isOutput({ type, call_id }: Item): boolean {
	return typeof type === "string" && type.endsWith("_call_output") && call_id !== undefined;
}

/** @param turns oldest first @returns the items of each, in the same order */
export function itemsOfTurns(turns: readonly ResponseTurn[]): PairedItem[][] {
	return paired(turns.map(({ input, output }) => [...input, ...output]));
}

/** Of a list of parts, or of a text; parts without a text as JSON. */
export function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return content === undefined || content === null ? "" : JSON.stringify(content, null, 2);
	return content.map(partText).join("\n");
}

function partText(part: Item | null): string {
	const text = part?.text ?? part?.refusal;
	return typeof text === "string" ? text : JSON.stringify(part, null, 2);
}

/** JSON in an orderly form, and any other text as it is. */
export function orderly(text: unknown): string {
	if (typeof text !== "string") return textOf(text);
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
