/** Offsets in texts, in the units that APIs count in: UTF-16 as JavaScript does, Unicode code points, or bytes of UTF-8. */

/** How many code points stand before an offset of UTF-16. */
export function codePoints(text: string, end: number): number {
	let count = 0;
	for (let at = 0; at < end; count += 1) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
	return count;
}

/** How many code points are in these bytes. */
export function codePointsInBytes(bytes: Buffer, start: number, end: number): number {
	let count = 0;
	// All bytes of a character but its first begin with the bits 10.
	for (let at = start; at < end; at += 1) if (((bytes[at] as number) & 0xc0) !== 0x80) count += 1;
	return count;
}

/** The offset in UTF-16 after so many code points. */
export function offsetOf(text: string, points: number): number {
	let at = 0;
	for (let count = 0; count < points && at < text.length; count += 1)
		at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
	return at;
}

/** The bytes that the first so many code points have. */
export function bytesBefore(text: string, points: number): number {
	return Buffer.byteLength(text.slice(0, offsetOf(text, points)));
}

/** How many code points stand before an offset in bytes. */
export function codePointsBefore(text: string, bytes: number): number {
	const encoded = Buffer.from(text);
	return codePointsInBytes(encoded, 0, Math.min(encoded.length, Math.max(0, bytes)));
}
