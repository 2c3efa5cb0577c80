/** Removes members, at any depth, from the bytes of a JSON value. All else stays as it was written. */
import { type Element, elementsOf, type Place } from "./elements.js";
import { type Span, skipSpace } from "./jsonMember.js";

export type { Place } from "./elements.js";

const openBrace = 0x7b;
const openBracket = 0x5b;

/** What is to go below a value: everything at a name, or some of it. */
interface Branch {
	readonly below: Map<string, Branch>;
	isWhole: boolean;
}

/** @param bytes valid JSON. @returns the same bytes if none of the places is there */
export function withoutPlaces(bytes: Buffer, places: readonly Place[]): Buffer {
	const spans: Span[] = [];
	cut(bytes, skipSpace(bytes, 0), treeOf(places), spans);
	if (spans.length === 0) return bytes;
	const kept: Buffer[] = [];
	let at = 0;
	for (const { start, end } of spans) {
		kept.push(bytes.subarray(at, start));
		at = end;
	}
	return Buffer.concat([...kept, bytes.subarray(at)]);
}

function treeOf(places: readonly Place[]): Branch {
	const root: Branch = { below: new Map(), isWhole: false };
	for (const place of places) {
		let branch = root;
		for (const name of place) {
			const next = branch.below.get(name) ?? { below: new Map(), isWhole: false };
			branch.below.set(name, next);
			branch = next;
		}
		branch.isWhole = true;
	}
	return root;
}

/** Adds the spans to remove, in order. */
function cut(bytes: Buffer, at: number, { below }: Branch, spans: Span[]): void {
	if (below.size === 0 || (bytes[at] !== openBrace && bytes[at] !== openBracket)) return;
	const elements = elementsOf(bytes, at);
	let lastKept: Element | undefined;
	for (const [place, element] of elements.entries()) {
		const branch = below.get(element.name);
		if (branch?.isWhole) spans.push(spanWithComma(elements, place, lastKept));
		else {
			if (branch !== undefined) cut(bytes, element.valueStart, branch, spans);
			lastKept = element;
		}
	}
}

/** With the comma before it, or, where nothing is left before it, the one after it. */
function spanWithComma(elements: readonly Element[], place: number, lastKept: Element | undefined): Span {
	const { start, end } = elements[place] as Element;
	if (lastKept !== undefined) return { start: (elements[place - 1] as Element).end, end };
	return { start, end: elements[place + 1]?.start ?? end };
}
