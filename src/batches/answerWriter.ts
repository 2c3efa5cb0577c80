/** Writes the answers to a batch's lines: all that come while one write is under way are the next one. */
import type { BatchAnswer, BatchStore } from "../store/batchTypes.js";
import { untilStored } from "../store/untilStored.js";

export class AnswerWriter {
	readonly #store: BatchStore;
	readonly #sequence: number;
	readonly #isLeft: () => boolean;
	#waiting: BatchAnswer[] = [];
	#next: Promise<boolean> | undefined;
	#current: Promise<unknown> = Promise.resolve();

	/** @param isLeft somebody else goes on with the batch */
	constructor(store: BatchStore, sequence: number, isLeft: () => boolean) {
		this.#store = store;
		this.#sequence = sequence;
		this.#isLeft = isLeft;
	}

	/** Resolves when it is durable. @returns false if the batch takes no more. @throws StoreError */
	add(answer: BatchAnswer): Promise<boolean> {
		this.#waiting.push(answer);
		this.#next ??= this.#writeAfter(this.#current);
		return this.#next;
	}

	async #writeAfter(current: Promise<unknown>): Promise<boolean> {
		await current.catch(() => {});
		const answers = this.#waiting;
		this.#waiting = [];
		this.#next = undefined;
		const written = untilStored(() => this.#store.answer(this.#sequence, answers), this.#isLeft);
		this.#current = written;
		return written;
	}
}
