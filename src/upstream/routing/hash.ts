/** Hashes of texts for choosing among targets: fast and well mixed, the same in all workers, and no protection. */

/**
 * MurmurHash3 (x86, 32 bits; Austin Appleby, public domain) over pairs of UTF-16 code units.
 *
 * @returns an unsigned integer of 32 bits. Who wants texts with the same hash finds them: it may decide where a
 * request goes, and nothing else.
 */
export function hashText(text: string): number {
	const length = text.length;
	let hash = length;
	let at = 1;
	for (; at < length; at += 2) {
		hash ^= scramble(text.charCodeAt(at - 1) | (text.charCodeAt(at) << 16));
		hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
	}
	if (at === length) hash ^= scramble(text.charCodeAt(at - 1));
	return finish(hash);
}

/** One hash of two, such as a key's and a target's. The order matters. */
export function mixHashes(one: number, other: number): number {
	return finish(Math.imul(one ^ (one >>> 15), 0x9e3779b1) ^ other);
}

/** A hash as a number between 0 and 1, neither of which it is. */
export function unitOf(hash: number): number {
	return (hash + 0.5) / 2 ** 32;
}

function scramble(block: number): number {
	const mixed = Math.imul(block, 0xcc9e2d51);
	return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/** Lets each bit of the input change about half of those of the result. */
function finish(hash: number): number {
	let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}
