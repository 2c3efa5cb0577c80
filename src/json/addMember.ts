/** Adds a member to objects at any depth, in the bytes of a JSON value. All else stays as it was written. */
import { elementsOf, type Place } from "./elements.js";
import { findValueEnd, skipSpace } from "./jsonMember.js";

export interface Addition {
	/** Of an object that has members; or of a text, which `wrapped` turns into what has one. */
	readonly place: Place;
	/** JSON text. */
	readonly member: string;
	/** What comes before and after a text. */
	readonly wrapped?: readonly [before: string, after: string];
}

/** @param bytes valid JSON. @returns the same bytes where none of the places is there */
export function addMembers(bytes: Buffer, additions: readonly Addition[]): Buffer {
	const spliced = additions.flatMap((addition) => splicesOf(bytes, addition)).sort((one, other) => one.at - other.at);
	if (spliced.length === 0) return bytes;
	const parts: Buffer[] = [];
	let from = 0;
	for (const { at, text } of spliced) {
		parts.push(bytes.subarray(from, at), Buffer.from(text));
		from = at;
	}
	return Buffer.concat([...parts, bytes.subarray(from)]);
}

function splicesOf(bytes: Buffer, { place, member, wrapped }: Addition): { at: number; text: string }[] {
	const start = startOf(bytes, place);
	if (start === undefined) return [];
	const end = findValueEnd(bytes, start);
	if (wrapped === undefined) return [{ at: end - 1, text: `,${member}` }];
	const [before, after] = wrapped;
	return [
		{ at: start, text: before },
		{ at: end, text: `,${member}${after}` },
	];
}

function startOf(bytes: Buffer, place: Place): number | undefined {
	let start: number | undefined = skipSpace(bytes, 0);
	for (const name of place) {
		if (start === undefined) return undefined;
		start = elementsOf(bytes, start).findLast((element) => element.name === name)?.valueStart;
	}
	return start;
}
