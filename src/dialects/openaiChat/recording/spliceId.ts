/** Puts the stored id into an answer's JSON in place of the upstream's, and leaves every other byte as it is. */
import { afterOpenBrace, findMember, type Span } from "../../../json/jsonMember.js";

export const idName = Buffer.from('"id"');

/** New bytes in the place of others. */
export interface Splice extends Span {
	bytes: Buffer;
}

/**
 * What to change in the bytes of a JSON object so that its top-level `id` is this one. An upstream that gives none gets one.
 *
 * @param value what the bytes hold
 * @param quoted the id with its quotes
 */
export function spliceId(bytes: Buffer, span: Span, value: object, quoted: Buffer): Splice {
	const found = findMember(bytes, span, idName);
	if (found) return { start: found.start, end: found.end, bytes: quoted };
	// Its name is written with escapes, which no upstream does.
	if (Object.hasOwn(value, "id")) {
		const id: unknown = JSON.parse(quoted.toString());
		return { ...span, bytes: Buffer.from(JSON.stringify({ ...value, id })) };
	}
	const at = afterOpenBrace(bytes, span);
	const comma = Object.keys(value).length > 0 ? "," : "";
	return { start: at, end: at, bytes: Buffer.from(`"id":${quoted}${comma}`) };
}

/** The bytes up to `end` with the changes made, which stand in their order. */
export function spliced(bytes: Buffer, end: number, splices: readonly Splice[]): Buffer {
	if (splices.length === 0) return bytes.subarray(0, end);
	let length = end;
	for (const splice of splices) length += splice.bytes.length - (splice.end - splice.start);
	const out = Buffer.allocUnsafe(length);
	let from = 0;
	let at = 0;
	for (const splice of splices) {
		at += bytes.copy(out, at, from, splice.start);
		at += splice.bytes.copy(out, at);
		from = splice.end;
	}
	bytes.copy(out, at, from, end);
	return out;
}
