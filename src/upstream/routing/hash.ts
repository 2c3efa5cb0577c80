/** Hashes of texts for choosing among targets: fast, well mixed, the same in all workers, and not cryptographic. */

/** UTF-16 code units hashed at once; each takes up to three bytes of UTF-8. */
const charactersAtOnce = 5000;
const bytes = Buffer.allocUnsafeSlow(16_384);
const words = new Int32Array(bytes.buffer);

/**
 * MurmurHash3 (x86, 32 bits; Austin Appleby, public domain) of a text's UTF-8, seeded with its length. Encoding is native, so a
 * character costs a third of reading it with `charCodeAt`.
 *
 * @returns an unsigned integer of 32 bits. Collisions are easy to construct, so it may decide where a request goes, and nothing
 * else
 */
export function hashText(text: string): number {
	const { length } = text;
	let hash = length;
	if (length <= charactersAtOnce) return finish(hashPiece(text, hash));
	for (let at = 0; at < length; at += charactersAtOnce) hash = hashPiece(text.slice(at, at + charactersAtOnce), hash);
	return finish(hash);
}

function hashPiece(piece: string, seed: number): number {
	const written = bytes.write(piece, 0, "utf8");
	// Clears what an earlier text left in the last word.
	for (let at = written; (at & 3) !== 0; at += 1) bytes[at] = 0;
	const end = (written + 3) >> 2;
	let hash = seed;
	for (let at = 0; at < end; at += 1) {
		const mixed = Math.imul(words[at] as number, 0xcc9e2d51);
		hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
		hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
	}
	return hash;
}

/** Combines two hashes, such as a key's and a target's. The order matters. */
export function mixHashes(one: number, other: number): number {
	return finish(Math.imul(one ^ (one >>> 15), 0x9e3779b1) ^ other);
}

/** Maps a hash to a number between 0 and 1, both exclusive. */
export function unitOf(hash: number): number {
	return (hash + 0.5) / 2 ** 32;
}

/** Mixes, so that each bit of the input changes about half of the result's bits. */
function finish(hash: number): number {
	let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}
