/** The members of an object, or the items of a list, in the bytes of JSON. */
import { hashOf } from "./hashOf.js";
import { findValueEnd, type Span, skipSpace } from "./jsonMember.js";

/** Names of members, and indexes as digits, from the outermost to the member itself. */
export type Place = readonly string[];

export interface Element extends Span {
	/** An index, as digits, where it is in a list. */
	readonly name: string;
	readonly valueStart: number;
}

const quote = 0x22;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;

/** @param start where the object or the list begins */
export function elementsOf(bytes: Buffer, start: number): Element[] {
	return readElements(bytes, start).elements;
}

/** @returns also where the object or the list ends */
export function readElements(bytes: Buffer, start: number): { elements: Element[]; end: number } {
	const isObject = bytes[start] === openBrace;
	const elements: Element[] = [];
	let at = skipSpace(bytes, start + 1);
	while (at < bytes.length && bytes[at] !== closeBrace && bytes[at] !== closeBracket) {
		const first = at;
		let name = String(elements.length);
		if (isObject) {
			if (bytes[at] !== quote) break;
			const nameEnd = findValueEnd(bytes, at);
			name = nameAt(bytes, at + 1, nameEnd - 1);
			// After the colon.
			at = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
		}
		const valueEnd = findValueEnd(bytes, at);
		elements.push({ name, start: first, valueStart: at, end: valueEnd });
		at = skipSpace(bytes, valueEnd);
		if (bytes[at] === comma) at = skipSpace(bytes, at + 1);
	}
	return { elements, end: at + 1 };
}

/** By their hashes: names that objects had before, since it costs less to compare than to make texts of them. */
const knownNames = new Map<number, string>();
/** Clients may think of any names. */
const mostNames = 1024;

/** @param start of the name, without its quotes */
function nameAt(bytes: Buffer, start: number, end: number): string {
	const hash = hashOf(bytes, start, end);
	const known = knownNames.get(hash);
	if (known !== undefined && isAt(known, bytes, start, end)) return known;
	const name = nameIn(bytes.toString("utf8", start, end));
	// One of as many characters as bytes has no escapes, and is ASCII.
	const isPlain = name.length === end - start;
	if (isPlain && known === undefined && knownNames.size < mostNames) knownNames.set(hash, name);
	return name;
}

function isAt(name: string, bytes: Buffer, start: number, end: number): boolean {
	if (name.length !== end - start) return false;
	for (let at = 0; at < name.length; at += 1) if (name.charCodeAt(at) !== bytes[start + at]) return false;
	return true;
}

/** @param text without its quotes */
function nameIn(text: string): string {
	return text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
}
