/**
 * What turns of late have brought, in this worker's memory: all of it in one block of bytes that is written round and round, so
 * that nothing of it is an object that a garbage collector would have to look at.
 */
import { hashOf } from "../json/hashOf.js";
import type { ResponseHead, TurnItems } from "../store/responseTypes.js";

export interface KnownTurn {
	readonly head: ResponseHead;
	/** Since when, in milliseconds since the epoch. */
	readonly knownAt: number;
	/** This worker has added it, and not read it from the store. */
	readonly isOwn: boolean;
}

/** Where a turn is in the block. */
interface Place {
	readonly start: number;
	readonly headAt: number;
	readonly inputAt: number;
	readonly outputAt: number;
	readonly end: number;
}

/** Most turns that are remembered. */
const maxTurns = 8192;
/** Before each turn: lengths of its key, its head, its input and its output, in four bytes each; its moment in eight; and whose it is. */
const prefixBytes = 25;

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

	put(owner: string, { head, knownAt, isOwn }: KnownTurn, { input, output }: TurnItems<Buffer>): void {
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
		at = this.#block.writeDoubleLE(knownAt, at);
		at = this.#block.writeUInt8(isOwn ? 1 : 0, at);
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

	get(owner: string, id: string): KnownTurn | undefined {
		const place = this.#placeOf(owner, id);
		const block = this.#block;
		if (place === undefined || block === undefined) return undefined;
		return {
			head: JSON.parse(block.toString("utf8", place.headAt, place.inputAt)) as ResponseHead,
			knownAt: block.readDoubleLE(place.start + 16),
			isOwn: block[place.start + 24] === 1,
		};
	}

	/** @returns what the turn has brought, if it is remembered: a copy, since the block is written over at any time */
	itemsOf(owner: string, id: string): TurnItems<Buffer> | undefined {
		const place = this.#placeOf(owner, id);
		if (place === undefined) return undefined;
		const { inputAt, outputAt, end } = place;
		const copy = Buffer.from((this.#block as Buffer).subarray(inputAt, end));
		return { input: copy.subarray(0, outputAt - inputAt), output: copy.subarray(outputAt - inputAt) };
	}

	#placeOf(owner: string, id: string): Place | undefined {
		const key = Buffer.from(keyOf(owner, id));
		const number = this.#turns.get(hashOf(key));
		const block = this.#block;
		if (number === undefined || block === undefined) return undefined;
		const start = this.#startOf(number);
		const headAt = start + prefixBytes + block.readUInt32LE(start);
		if (block.compare(key, 0, key.length, start + prefixBytes, headAt) !== 0) return undefined;
		const inputAt = headAt + block.readUInt32LE(start + 4);
		const outputAt = inputAt + block.readUInt32LE(start + 8);
		return { start, headAt, inputAt, outputAt, end: outputAt + block.readUInt32LE(start + 12) };
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
