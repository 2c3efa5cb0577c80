/**
 * What turns of late have brought, in this worker's memory: all of it in one block of bytes that is written round and round, so
 * that nothing of it is an object that a garbage collector would have to look at.
 */
import type { ResponseHead, TurnItems } from "../store/responseTypes.js";

/** A turn, and the moment at which this worker has added it. */
export interface KnownTurn extends TurnItems<Buffer> {
	readonly head: ResponseHead;
	/** Milliseconds since the epoch; 0 if it was read from the store. */
	readonly addedAt: number;
}

/** Most turns that are remembered. */
const maxTurns = 8192;
/** Before each turn: lengths of its key, its head, its input and its output, in four bytes each; and its moment in eight. */
const prefixBytes = 24;

export class TurnMemory {
	readonly #maxBytes: number;
	#block: Buffer | undefined;
	/** Where the next turn is written. */
	#at = 0;
	/** By the hash of a key, the number of the turn that was written last with it. */
	readonly #turns = new Map<number, number>();
	/** By a turn's place, which is its number modulo `maxTurns`. */
	readonly #starts = new Uint32Array(maxTurns);
	readonly #ends = new Uint32Array(maxTurns);
	readonly #hashes = new Int32Array(maxTurns);
	/** Numbers of the oldest turn that is there, and of the next. */
	#oldest = 0;
	#next = 0;

	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	put(owner: string, { head, addedAt, input, output }: KnownTurn): void {
		const key = Buffer.from(keyOf(owner, head.id));
		const text = JSON.stringify(head);
		const textBytes = Buffer.byteLength(text);
		const length = prefixBytes + key.length + textBytes + input.length + output.length;
		// One that would drive out most others is not worth it.
		if (length > this.#maxBytes / 4) return;
		this.#block ??= Buffer.allocUnsafeSlow(this.#maxBytes);
		const start = this.#makeRoom(length);
		let at = start;
		for (const part of [key.length, textBytes, input.length, output.length]) at = this.#block.writeUInt32LE(part, at);
		at = this.#block.writeDoubleLE(addedAt, at);
		at += key.copy(this.#block, at);
		at += this.#block.write(text, at);
		for (const part of [input, output]) at += part.copy(this.#block, at);
		const place = this.#next % maxTurns;
		this.#starts[place] = start;
		this.#ends[place] = start + length;
		const hash = hashOf(key);
		this.#hashes[place] = hash;
		this.#turns.set(hash, this.#next);
		this.#next += 1;
		this.#at = start + length;
	}

	/** @returns copies: what is remembered may be overwritten at any time */
	get(owner: string, id: string): KnownTurn | undefined {
		const key = Buffer.from(keyOf(owner, id));
		const number = this.#turns.get(hashOf(key));
		const block = this.#block;
		if (number === undefined || block === undefined) return undefined;
		const start = this.#starts[number % maxTurns] as number;
		const lengths = [0, 4, 8, 12].map((offset) => block.readUInt32LE(start + offset));
		const [keyLength, headLength, inputLength, outputLength] = lengths as [number, number, number, number];
		const keyAt = start + prefixBytes;
		const headAt = keyAt + keyLength;
		if (!block.subarray(keyAt, headAt).equals(key)) return undefined;
		const inputAt = headAt + headLength;
		const outputAt = inputAt + inputLength;
		return {
			head: JSON.parse(block.toString("utf8", headAt, inputAt)) as ResponseHead,
			addedAt: block.readDoubleLE(start + 16),
			input: Buffer.from(block.subarray(inputAt, outputAt)),
			output: Buffer.from(block.subarray(outputAt, outputAt + outputLength)),
		};
	}

	/** Forgets what is written over. @returns where a turn of this length goes */
	#makeRoom(length: number): number {
		if (this.#next - this.#oldest === maxTurns) this.#forgetOldest();
		const start = this.#at + length > this.#maxBytes ? 0 : this.#at;
		// Those between the old end and the block's end come before those at its beginning.
		while (start < this.#at && this.#oldest < this.#next && this.#startOf(this.#oldest) >= this.#at)
			this.#forgetOldest();
		while (this.#oldest < this.#next && this.#isIn(this.#oldest, start, start + length)) this.#forgetOldest();
		return start;
	}

	#startOf(number: number): number {
		return this.#starts[number % maxTurns] as number;
	}

	#isIn(number: number, start: number, end: number): boolean {
		return this.#startOf(number) < end && (this.#ends[number % maxTurns] as number) > start;
	}

	#forgetOldest(): void {
		const hash = this.#hashes[this.#oldest % maxTurns] as number;
		if (this.#turns.get(hash) === this.#oldest) this.#turns.delete(hash);
		this.#oldest += 1;
	}
}

function keyOf(owner: string, id: string): string {
	return `${owner}\n${id}`;
}

/** FNV-1a, of 30 bits, which V8 keeps without an object. */
function hashOf(bytes: Buffer): number {
	let hash = 0x811c9dc5;
	for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
	return hash & 0x3fffffff;
}
