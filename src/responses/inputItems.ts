/** The items of a request's `input` as bytes, as the client wrote them. */
import { type Element, elementsOf } from "../json/elements.js";
import { isObject } from "../json/isObject.js";
import { findValueEnd, skipSpace } from "../json/jsonMember.js";
import { parseObject } from "../json/parseObject.js";

const quote = 0x22;
const openBracket = 0x5b;
const comma = Buffer.from(",");

/** An item that names another by its id is shorter than this. */
const maxReferenceBytes = 512;

/**
 * A text is an item of the user's.
 *
 * @param members of the body
 * @returns none if there is no input
 */
export function inputItems(body: Buffer, members: readonly Element[]): Buffer[] {
	const input = members.findLast(({ name }) => name === "input");
	if (input === undefined) return [];
	if (body[input.valueStart] === quote) return [textItem(body.subarray(input.valueStart, input.end))];
	return body[input.valueStart] === openBracket ? itemsAt(body, input.valueStart) : [];
}

const beforeText = Buffer.from('{"type":"message","role":"user","content":[{"type":"input_text","text":');
const afterText = Buffer.from("}]}");

function textItem(text: Buffer): Buffer {
	return Buffer.concat([beforeText, text, afterText]);
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

export function hasReference(items: readonly Buffer[]): boolean {
	return items.some((item) => referenceIn(item) !== undefined);
}

/** The id of an item; undefined if it has none. */
export function idOf(item: Buffer): string | undefined {
	const json: unknown = parseObject(item.toString());
	return isObject(json) && typeof json.id === "string" ? json.id : undefined;
}
