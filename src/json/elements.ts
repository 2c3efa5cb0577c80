/** The members of an object, or the items of a list, in the bytes of JSON. */
import { findValueEnd, type Span, skipSpace } from "./jsonMember.js";

/** Names of members, and indexes as digits, from the outermost to the member itself. */
export type Place = readonly string[];

export interface Element extends Span {
	/** An index, as digits, where it is in a list. */
	readonly name: string;
	readonly valueStart: number;
}

const quote = 0x22;
const openBrace = 0x7b;

/** @param start where the object or the list begins */
export function elementsOf(bytes: Buffer, start: number): Element[] {
	const isObject = bytes[start] === openBrace;
	const end = findValueEnd(bytes, start) - 1;
	const elements: Element[] = [];
	let at = skipSpace(bytes, start + 1);
	while (at < end) {
		const first = at;
		let name = String(elements.length);
		if (isObject) {
			if (bytes[at] !== quote) break;
			const nameEnd = findValueEnd(bytes, at);
			name = JSON.parse(bytes.toString("utf8", at, nameEnd)) as string;
			// After the colon.
			at = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
		}
		const valueEnd = findValueEnd(bytes, at);
		elements.push({ name, start: first, valueStart: at, end: valueEnd });
		// After the comma.
		at = skipSpace(bytes, skipSpace(bytes, valueEnd) + 1);
	}
	return elements;
}
