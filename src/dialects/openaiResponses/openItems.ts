/** Items of a response that are being written: a text that grows, and calls beside it. */
import type { BegunItem, TextKind } from "./begun.js";
import { readCall } from "./response.js";

export interface OpenCall {
	readonly kind: "call";
	readonly index: number;
	/** Empty while the upstream has not said it. */
	name: string;
	id: string;
	readonly namespace: string | undefined;
	readonly callType: "function" | "custom";
	text: string;
	/** As another writer, or an upstream, has begun it. */
	readonly begun?: BegunItem;
}

export interface OpenText {
	readonly kind: TextKind;
	/** The item's place in the output, and the part's in the item. */
	readonly index: number;
	readonly part: number;
	text: string;
	/** Members of each of its events, as JSON. */
	place?: string;
}

export function openCallOf(begun: BegunItem, index: number): OpenCall {
	const { item, text } = begun;
	const { id, callType, namespace, name } = readCall(item);
	return { kind: "call", index, id, callType, namespace, name, text, begun };
}
