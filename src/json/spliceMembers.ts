/** Puts other values in the place of top-level members of a JSON object, in its bytes. What stays is as it was written. */
import { type Element, elementsOf } from "./elements.js";
import { type Span, skipSpace } from "./jsonMember.js";

/** New values by name, as pieces of JSON text; undefined removes the member. */
export type MemberValues = ReadonlyMap<string, readonly Buffer[] | undefined>;

const comma = Buffer.from(",");
const open = Buffer.from("{");
const close = Buffer.from("}");

/**
 * @param bytes valid JSON, an object, at `start`
 * @param values those of members that are missing are put after the others, in their order
 * @param elements of the object, where they are known
 * @returns the object, in pieces
 */
export function spliceMembers(
	bytes: Buffer,
	values: MemberValues,
	start = skipSpace(bytes, 0),
	elements: readonly Element[] = elementsOf(bytes, start),
): Buffer[] {
	const pieces: Buffer[] = [open];
	const add = (first: Buffer, value: readonly Buffer[] = []) => {
		if (pieces.length > 1) pieces.push(comma);
		pieces.push(first, ...value);
	};
	/** Those of the values that are there, which are few. */
	const names: string[] = [];
	/** Members that stay, one after the other. */
	let run: Span | undefined;
	for (const { name, start: first, valueStart, end } of elements) {
		const from = run?.start ?? first;
		if (!values.has(name)) {
			run = { start: from, end };
			continue;
		}
		const value = names.includes(name) ? undefined : values.get(name);
		names.push(name);
		// As in JSON.parse, the last one of a name counts; the others go.
		if (value !== undefined) add(bytes.subarray(from, valueStart), value);
		else if (run !== undefined) add(bytes.subarray(run.start, run.end));
		run = undefined;
	}
	if (run !== undefined) add(bytes.subarray(run.start, run.end));
	for (const [name, value] of values)
		if (value !== undefined && !names.includes(name)) add(Buffer.from(`${JSON.stringify(name)}:`), value);
	pieces.push(close);
	return pieces;
}
