/** What questions mean, as vectors of one length: the nearest of a group is found by looking at all of them. */
import type { Near } from "./messages.js";

interface Known {
	readonly vector: Float32Array;
	/** Of its answer. */
	readonly key: string;
	readonly expiresAt: number;
}

/** Of one group, whose questions are all compared with a new one; and of all groups together. */
const maxInGroup = 512;
const maxBytes = 32 * 1024 * 1024;

export class Vectors {
	readonly #now: () => number;
	/** The group that was added to last comes last, and so does each question in its group. */
	readonly #groups = new Map<string, Known[]>();
	#bytes = 0;

	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	/** @param vector 32-bit floats in base64 */
	learn(group: string, vector: string, key: string, expiresAt: number): void {
		const read = readVector(vector);
		if (read === undefined) return;
		const before = (this.#groups.get(group) ?? []).filter((known) => known.key !== key);
		this.#replace(group, [...before, { vector: read, key, expiresAt }].slice(-maxInGroup));
		for (const oldest of this.#groups.keys()) {
			if (this.#bytes <= maxBytes) return;
			this.#replace(oldest, []);
		}
	}

	/** @returns undefined if no question of the group is known, or none with a vector of this length */
	nearest(group: string, vector: string): Near | undefined {
		const read = readVector(vector);
		const now = this.#now();
		let best: Near | undefined;
		for (const known of read === undefined ? [] : (this.#groups.get(group) ?? [])) {
			if (known.expiresAt <= now || known.vector.length !== read?.length) continue;
			const similarity = dot(known.vector, read);
			if (best === undefined || similarity > best.similarity) best = { key: known.key, similarity };
		}
		return best;
	}

	clean(): void {
		const now = this.#now();
		for (const [group, known] of this.#groups)
			if (known.some(({ expiresAt }) => expiresAt <= now))
				this.#replace(
					group,
					known.filter(({ expiresAt }) => expiresAt > now),
				);
	}

	clear(): void {
		this.#groups.clear();
		this.#bytes = 0;
	}

	#replace(group: string, known: Known[]): void {
		this.#bytes += sizeOf(known) - sizeOf(this.#groups.get(group) ?? []);
		this.#groups.delete(group);
		if (known.length > 0) this.#groups.set(group, known);
	}
}

function sizeOf(known: readonly Known[]): number {
	return known.reduce((bytes, { vector }) => bytes + vector.byteLength, 0);
}

/** @returns the vector with the length 1, so that a product is a cosine; undefined for one without a direction */
function readVector(base64: string): Float32Array | undefined {
	const bytes = Buffer.from(base64, "base64");
	const vector = new Float32Array(bytes.length >> 2);
	for (let at = 0; at < vector.length; at += 1) vector[at] = bytes.readFloatLE(at * 4);
	const length = Math.sqrt(dot(vector, vector));
	return Number.isFinite(length) && length > 0 ? vector.map((value) => value / length) : undefined;
}

function dot(one: Float32Array, other: Float32Array): number {
	let sum = 0;
	for (let at = 0; at < one.length; at += 1) sum += (one[at] as number) * (other[at] as number);
	return sum;
}
