/** Cached answers in memory, within a bound of bytes: those that nobody has asked for go first. */
import { isMeant, type ShelfFilter, type ShelfTotals, type ShelvedAnswer } from "../store/cacheTypes.js";

interface Held extends Omit<ShelvedAnswer, "text"> {
	/** In bytes, which take no more room than they are long. */
	readonly text: Buffer;
}

/** One answer takes no more than this part of the memory. */
const mostOfAll = 1 / 4;
/** What an answer takes beside its text: its key, its names, its place. */
const overheadBytes = 512;

export class MemoryShelf {
	maxBytes: number;
	readonly #now: () => number;
	/** The one that was asked for last comes last. */
	readonly #answers = new Map<string, Held>();
	#bytes = 0;

	constructor(maxBytes: number, now: () => number = Date.now) {
		this.maxBytes = maxBytes;
		this.#now = now;
	}

	get(key: string): string | undefined {
		const held = this.#answers.get(key);
		if (held === undefined) return undefined;
		this.#drop(key);
		if (held.expiresAt <= this.#now()) return undefined;
		this.#hold(held);
		return held.text.toString();
	}

	put({ text, ...answer }: ShelvedAnswer): void {
		this.#drop(answer.key);
		const held = { ...answer, text: Buffer.from(text) };
		if (sizeOf(held) > this.maxBytes * mostOfAll) return;
		this.#hold(held);
		this.#shorten();
	}

	remove(filter: ShelfFilter): number {
		let count = 0;
		for (const [key, held] of this.#answers) {
			if (!isMeant(held, filter)) continue;
			this.#drop(key);
			count += 1;
		}
		return count;
	}

	totals(): ShelfTotals {
		return { entries: this.#answers.size, bytes: this.#bytes };
	}

	/** Removes what is too old, and what is too much. */
	clean(): void {
		const now = this.#now();
		for (const [key, { expiresAt }] of this.#answers) if (expiresAt <= now) this.#drop(key);
		this.#shorten();
	}

	#shorten(): void {
		for (const key of this.#answers.keys()) {
			if (this.#bytes <= this.maxBytes) return;
			this.#drop(key);
		}
	}

	#hold(held: Held): void {
		this.#answers.set(held.key, held);
		this.#bytes += sizeOf(held);
	}

	#drop(key: string): void {
		const held = this.#answers.get(key);
		if (held === undefined) return;
		this.#answers.delete(key);
		this.#bytes -= sizeOf(held);
	}
}

function sizeOf({ text }: Held): number {
	return text.length + overheadBytes;
}
