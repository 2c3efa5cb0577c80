/** The items of a request's `input` as bytes, as the client wrote them. */
import { elementsOf } from "../json/elements.js";
import { isObject } from "../json/isObject.js";
import { findMember, findValueEnd, skipSpace } from "../json/jsonMember.js";
import { parseObject } from "../json/parseObject.js";

const inputName = Buffer.from('"input"');
const quote = 0x22;
const openBracket = 0x5b;
const comma = Buffer.from(",");

/** An item that names another by its id is shorter than this. */
const maxReferenceBytes = 512;

/** A text is an item of the user's. @returns none if there is no input */
export function inputItems(body: Buffer): Buffer[] {
	const span = findMember(body, { start: 0, end: body.length }, inputName);
	if (span === undefined) return [];
	if (body[span.start] === quote) return [textItem(body.subarray(span.start, span.end))];
	return body[span.start] === openBracket ? itemsAt(body, span.start) : [];
}

function textItem(text: Buffer): Buffer {
	const before = Buffer.from('{"type":"message","role":"user","content":[{"type":"input_text","text":');
	return Buffer.concat([before, text, Buffer.from("}]}")]);
}

/** @param start of a list */
function itemsAt(bytes: Buffer, start: number): Buffer[] {
	return elementsOf(bytes, start).map(({ valueStart, end }) => bytes.subarray(valueStart, end));
}

/** @param items JSON values with commas between them; empty for none */
export function splitItems(items: Buffer): Buffer[] {
	const split: Buffer[] = [];
	for (let at = skipSpace(items, 0); at < items.length; ) {
		const end = findValueEnd(items, at);
		split.push(items.subarray(at, end));
		at = skipSpace(items, skipSpace(items, end) + 1);
	}
	return split;
}

/** The other way. */
export function joinItems(items: readonly Buffer[]): Buffer {
	if (items.length === 1) return items[0] as Buffer;
	return Buffer.concat(items.flatMap((item, place) => (place === 0 ? [item] : [comma, item])));
}

/** The id of an `item_reference`, which may lack its type; undefined for any other item. */
export function referenceIn(item: Buffer): string | undefined {
	if (item.length > maxReferenceBytes) return undefined;
	const json = parseObject(item.toString());
	if (json === undefined || typeof json.id !== "string") return undefined;
	const isReference = json.type === "item_reference" || (json.type ?? undefined) === undefined;
	return isReference && json.role === undefined && json.content === undefined ? json.id : undefined;
}

/** The id of an item; undefined if it has none. */
export function idOf(item: Buffer): string | undefined {
	const json: unknown = parseObject(item.toString());
	return isObject(json) && typeof json.id === "string" ? json.id : undefined;
}
