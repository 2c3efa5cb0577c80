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

/** Most turns that are remembered. */
const maxTurns = 8192;

export class TurnMemory {
	readonly #maxBytes: number;
	#block: Buffer | undefined;
	/** Where the next turn is written. */
	#at = 0;
	/** By the hash of a key, the number of the turn that was written last with it. */
	readonly #turns = new Map<number, number>();
	/** By a turn's place, which is its number modulo `maxTurns`: where in the block its key begins, and so on. */
	readonly #starts = new Uint32Array(maxTurns);
	readonly #headsAt = new Uint32Array(maxTurns);
	readonly #inputsAt = new Uint32Array(maxTurns);
	readonly #outputsAt = new Uint32Array(maxTurns);
	readonly #ends = new Uint32Array(maxTurns);
	readonly #knownAt = new Float64Array(maxTurns);
	readonly #areOwn = new Uint8Array(maxTurns);
	readonly #hashes = new Int32Array(maxTurns);
	/** Numbers of the oldest turn that is there, and of the next. */
	#oldest = 0;
	#next = 0;

	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	put(owner: string, { head, knownAt, isOwn }: KnownTurn, { input, output }: TurnItems<Buffer>): void {
		const key = keyOf(owner, head.id);
		const headText = JSON.stringify(head);
		const length = Buffer.byteLength(key) + Buffer.byteLength(headText) + input.length + output.length;
		// One that would drive out most others is not worth it.
		if (length > this.#maxBytes / 4) return;
		this.#block ??= Buffer.allocUnsafeSlow(this.#maxBytes);
		const start = this.#makeRoom(length);
		const place = this.#next % maxTurns;
		this.#starts[place] = start;
		let at = start + this.#block.write(key, start);
		const hash = hashOf(this.#block, start, at);
		this.#headsAt[place] = at;
		at += this.#block.write(headText, at);
		this.#inputsAt[place] = at;
		at += input.copy(this.#block, at);
		this.#outputsAt[place] = at;
		at += output.copy(this.#block, at);
		this.#ends[place] = at;
		this.#knownAt[place] = knownAt;
		this.#areOwn[place] = isOwn ? 1 : 0;
		this.#hashes[place] = hash;
		this.#turns.set(hash, this.#next);
		this.#next += 1;
		this.#at = at;
	}

	get(owner: string, id: string): KnownTurn | undefined {
		const place = this.#placeOf(owner, id);
		if (place === undefined) return undefined;
		const head = this.#bytes(this.#headsAt, this.#inputsAt, place);
		return {
			head: JSON.parse(head.toString()) as ResponseHead,
			knownAt: this.#knownAt[place] as number,
			isOwn: this.#areOwn[place] === 1,
		};
	}

	/** @returns what the turn has brought, if it is remembered: copies, since the block is written over at any time */
	itemsOf(owner: string, id: string): TurnItems<Buffer> | undefined {
		const place = this.#placeOf(owner, id);
		if (place === undefined) return undefined;
		return {
			input: Buffer.from(this.#bytes(this.#inputsAt, this.#outputsAt, place)),
			output: Buffer.from(this.#bytes(this.#outputsAt, this.#ends, place)),
		};
	}

	#bytes(from: Uint32Array, to: Uint32Array, place: number): Buffer {
		return (this.#block as Buffer).subarray(from[place], to[place]);
	}

	#placeOf(owner: string, id: string): number | undefined {
		const key = Buffer.from(keyOf(owner, id));
		const number = this.#turns.get(hashOf(key));
		if (number === undefined) return undefined;
		const place = number % maxTurns;
		return key.equals(this.#bytes(this.#starts, this.#headsAt, place)) ? place : undefined;
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

/** What an owner's response is remembered by. */
export function keyOf(owner: string, id: string): string {
	return `${owner}\n${id}`;
}
