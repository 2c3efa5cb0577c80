/** A worker's view of the primary's counter: what one turn of the event loop asks goes over in one message. */
import { type GatewayError, gatewayStopping } from "../contract/gatewayError.js";
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
	readonly #waiting = new Map<number, { resolve(taken: Taken): void; reject(reason: GatewayError): void }>();
	#next = 0;
	#batch: Take[] = [];
	#isEnded = false;

	constructor(send: (message: TakeMessage) => void) {
		this.#send = send;
	}

	/** @throws GatewayError 503 when the primary is gone */
	take(take: Take): Promise<Taken> {
		if (this.#isEnded) return Promise.reject(gatewayStopping());
		if (this.#batch.length === 0) setImmediate(() => this.#flush());
		this.#batch.push(take);
		const number = this.#next++;
		return new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
	}

	/** To be called with each answer of the primary. */
	receive({ first, results }: TakenMessage): void {
		for (const [index, taken] of results.entries()) {
			const number = first + index;
			this.#waiting.get(number)?.resolve(taken);
			this.#waiting.delete(number);
		}
	}

	/** The primary is gone. */
	end(): void {
		this.#isEnded = true;
		for (const { reject } of this.#waiting.values()) reject(gatewayStopping());
		this.#waiting.clear();
	}

	#flush(): void {
		const takes = this.#batch;
		this.#batch = [];
		this.#send({ type: "take", first: this.#next - takes.length, takes });
	}
}
