/** Changes members in the bytes of a JSON object without serialising it again, and without copying a large one. */
import { joined } from "./gathered.js";

export interface BodyBytes {
	/** Bytes before `bytes`; separate if the body is too large to be copied. */
	before?: readonly Buffer[];
	bytes: Buffer;
	/** Bytes after `bytes`; separate if the body is too large to be copied. */
	rest?: Buffer;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
/** Larger bodies, such as those with images, are not copied to add a few members. */
const maxCopiedBytes = 64 * 1024;

export function lengthOf({ before, bytes, rest }: BodyBytes): number {
	return (before === undefined ? 0 : lengthOfAll(before)) + bytes.length + (rest?.length ?? 0);
}

/** Of all pieces together. */
export function lengthOfAll(pieces: readonly Buffer[]): number {
	let length = 0;
	for (const piece of pieces) length += piece.length;
	return length;
}

/** All of it, in order. */
export function piecesOf({ before = [], bytes, rest }: BodyBytes): readonly Buffer[] {
	return rest === undefined ? [...before, bytes] : [...before, bytes, rest];
}

/** All of it in one piece, which is its own where it has no other. */
export function wholeBytes(body: BodyBytes): Buffer {
	return joined(piecesOf(body));
}

/** Puts other text in place of the bytes from `start` to `end`, which are offsets in `bytes`. */
export function withSpan(body: BodyBytes, start: number, end: number, by: Buffer): BodyBytes {
	const { before = [], bytes } = body;
	const first = bytes.subarray(0, start);
	const last = bytes.subarray(end);
	if (bytes.length > maxCopiedBytes) return { ...body, before: [...before, first, by], bytes: last };
	return { ...body, bytes: Buffer.concat([first, by, last]) };
}

/** Adds members, as JSON text, before the closing brace, whichever of the pieces has it. */
export function withMembers(body: BodyBytes, members: string): BodyBytes {
	const { bytes, rest } = body;
	if (rest === undefined) return { ...body, ...appendMembers(bytes, members) };
	const end = rest.lastIndexOf(closeBrace);
	// Only a body that already has members has a piece after it.
	return { ...body, rest: Buffer.concat([rest.subarray(0, end), Buffer.from(`,${members}`), rest.subarray(end)]) };
}

/** Appends members, as JSON text, without copying a large body. */
export function appendMembers(bytes: Buffer, members: string): BodyBytes {
	const end = bytes.lastIndexOf(closeBrace);
	const added = lastVisibleByte(bytes, end) === openBrace ? members : `,${members}`;
	if (bytes.length > maxCopiedBytes)
		return { bytes: bytes.subarray(0, end), rest: Buffer.concat([Buffer.from(added), bytes.subarray(end)]) };
	const filled = Buffer.allocUnsafe(bytes.length + Buffer.byteLength(added));
	bytes.copy(filled, 0, 0, end);
	bytes.copy(filled, end + filled.write(added, end), end);
	return { bytes: filled };
}

/** The last byte before `end` that is not JSON white space (RFC 8259 §2). */
function lastVisibleByte(bytes: Buffer, end: number): number | undefined {
	let at = end - 1;
	while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at -= 1;
	return bytes[at];
}
