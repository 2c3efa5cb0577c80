/** The bytes of a JSON object, and how members are added to them without writing all of it anew. */

export interface BodyBytes {
	bytes: Buffer;
	/** What follows the bytes: stands apart where copying a large body into one with it would cost. */
	rest?: Buffer;
}

const openBrace = 0x7b;
const closeBrace = "}";
/** Larger bodies, with images in them, are not copied for the sake of a few members. */
const maxCopiedBytes = 64 * 1024;

/** With more members, as text, before the closing brace, in whichever of the two pieces that is. */
export function withMembers({ bytes, rest }: BodyBytes, members: string): BodyBytes {
	if (rest === undefined) return appendMembers(bytes, members);
	const end = rest.lastIndexOf(closeBrace);
	// Only after a body with many members is there a second piece.
	return { bytes, rest: Buffer.concat([rest.subarray(0, end), Buffer.from(`,${members}`), rest.subarray(end)]) };
}

/** Members, as text, after those that are there; none of a large body is copied. */
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
