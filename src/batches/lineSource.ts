/** The lines of a batch that are still to be answered, one after the other, a page at a time. */
import type { BatchLine, BatchStore } from "../store/batchTypes.js";

const pageSize = 200;

export class LineSource {
	readonly #store: BatchStore;
	readonly #sequence: number;
	#page: BatchLine[] = [];
	#last = 0;
	#isDone = false;
	#loading: Promise<void> | undefined;

	constructor(store: BatchStore, sequence: number) {
		this.#store = store;
		this.#sequence = sequence;
	}

	/** @returns undefined after the last one. @throws StoreError */
	async next(): Promise<BatchLine | undefined> {
		for (;;) {
			const line = this.#page.shift();
			if (line !== undefined || this.#isDone) return line;
			this.#loading ??= this.#load().finally(() => {
				this.#loading = undefined;
			});
			await this.#loading;
		}
	}

	async #load(): Promise<void> {
		const page = await this.#store.open(this.#sequence, this.#last, pageSize);
		this.#last = page.at(-1)?.number ?? this.#last;
		this.#isDone = page.length === 0;
		this.#page = page;
	}
}
