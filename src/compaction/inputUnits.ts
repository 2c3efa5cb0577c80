/** The items of an input in the units that may be left out of it: what the model put out at once, with the results that it waited for. */
import type { Json } from "../dialects/dialect.js";
import { isObject } from "../json/isObject.js";

/** Items that follow each other. */
export interface InputUnit {
	readonly items: readonly unknown[];
	/** `told`: instructions, which are never left out. `asked`: a message of the user's. */
	readonly kind: "told" | "asked" | "answered";
}

/** The input as a list of items, whichever form the client has given it. */
export function itemsOf(input: unknown): readonly unknown[] {
	if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
	return Array.isArray(input) ? input : [];
}

export function unitsOf(items: readonly unknown[]): InputUnit[] {
	const units: { items: unknown[]; kind: InputUnit["kind"] }[] = [];
	let isAfterResult = false;
	for (const item of items) {
		const kind = kindOf(item);
		const last = units.at(-1);
		const isResult = isResultItem(item);
		// After results the model says something new.
		if (last?.kind === "answered" && kind === "answered" && (isResult || !isAfterResult)) last.items.push(item);
		else units.push({ items: [item], kind });
		isAfterResult = isResult;
	}
	return units;
}

/** Instructions and the user's messages by their role; all else belongs to what the model does. */
function kindOf(item: unknown): InputUnit["kind"] {
	if (!isMessage(item)) return isObject(item) && item.type === "additional_tools" ? "told" : "answered";
	if (item.role === "system" || item.role === "developer") return "told";
	return item.role === "user" ? "asked" : "answered";
}

export function isMessage(item: unknown): item is Json {
	return isObject(item) && (item.type === "message" || (item.type === undefined && item.role !== undefined));
}

/** The result of a call, or the user's word on it. */
export function isResultItem(item: unknown): boolean {
	return isObject(item) && /(_output|_approval_response)$/.test(String(item.type));
}

/** Items without those whose call, or whose result, isn't among them though it was among these. */
export function withoutHalves(kept: readonly unknown[], all: readonly unknown[]): unknown[] {
	const lacking = new Set<unknown>();
	const keptItems = new Set(kept);
	for (const item of all) if (!keptItems.has(item)) lacking.add(pairOf(item));
	lacking.delete(undefined);
	return kept.filter((item) => !lacking.has(pairOf(item)));
}

/** What a call and its result have in common. */
function pairOf(item: unknown): unknown {
	if (!isObject(item)) return undefined;
	return item.call_id ?? item.approval_request_id ?? (item.type === "mcp_approval_request" ? item.id : undefined);
}
