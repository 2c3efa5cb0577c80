/** A worker's view of the primary's counter: what one turn of the event loop asks goes over in one message. */
import type { Counter, Take, Taken } from "./counter.js";

/** Worker → primary. */
export interface TakeMessage {
	type: "take";
	/** Number of the first take; those behind it follow on. */
	first: number;
	takes: Take[];
}

/** Primary → worker. */
export interface TakenMessage {
	type: "taken";
	first: number;
	results: Taken[];
}

export class RemoteCounter implements Counter {
	readonly #send: (message: TakeMessage) => void;
	readonly #waiting = new Map<number, (taken: Taken) => void>();
	#next = 0;
	#batch: Take[] = [];

	constructor(send: (message: TakeMessage) => void) {
		this.#send = send;
	}

	take(take: Take): Promise<Taken> {
		if (this.#batch.length === 0) setImmediate(() => this.#flush());
		this.#batch.push(take);
		const number = this.#next++;
		return new Promise((resolve) => this.#waiting.set(number, resolve));
	}

	/** To be called with each answer of the primary. */
	receive({ first, results }: TakenMessage): void {
		for (const [index, taken] of results.entries()) {
			const number = first + index;
			this.#waiting.get(number)?.(taken);
			this.#waiting.delete(number);
		}
	}

	#flush(): void {
		const takes = this.#batch;
		this.#batch = [];
		this.#send({ type: "take", first: this.#next - takes.length, takes });
	}
}
