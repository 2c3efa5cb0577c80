/** A hash of bytes, where a text would have to be made of them for a Map. */

/** FNV-1a, of 30 bits, which V8 keeps without an object. */
export function hashOf(bytes: Buffer, start = 0, end = bytes.length): number {
	let hash = 0x811c9dc5;
	for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
	return hash & 0x3fffffff;
}
