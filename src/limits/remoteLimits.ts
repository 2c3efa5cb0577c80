/** A worker's view of the primary's limits: what one turn of the event loop asks goes over in one message. */
import { gatewayStopping } from "../contract/gatewayError.js";
import type { Counter, Taken } from "./counter.js";
import type { Decision, Ledger } from "./ledger.js";
import type { LimitAnswer, LimitQuestion, LimitsAnswered, LimitsAsked } from "./messages.js";
import { limitsUnavailable } from "./unavailable.js";

interface Asking {
	resolve(answer: LimitAnswer): void;
	reject(reason: unknown): void;
}

export class RemoteLimits {
	readonly counter: Counter;
	readonly ledger: Ledger;
	readonly #send: (message: LimitsAsked) => void;
	readonly #asking = new Map<number, Asking>();
	#next = 0;
	#batch: LimitQuestion[] = [];
	#isEnded = false;

	constructor(send: (message: LimitsAsked) => void) {
		this.#send = send;
		this.counter = { take: async (take) => available<Taken>(await this.#ask({ kind: "take", take })) };
		this.ledger = {
			reserve: async (request, signal) => available<Decision>(await this.#ask({ kind: "reserve", request }, signal)),
			extend: async (hold, amounts) => (await this.#ask({ kind: "extend", hold, amounts })) === true,
			settle: (hold, used) => this.#tell({ kind: "settle", hold, used }),
		};
	}

	/** To be called with each answer of the primary. */
	receive({ answers }: LimitsAnswered): void {
		for (const [number, answer] of answers) {
			const asking = this.#asking.get(number);
			this.#asking.delete(number);
			asking?.resolve(answer);
		}
	}

	/** The primary is gone. */
	end(): void {
		this.#isEnded = true;
		this.#batch = [];
		for (const { reject } of this.#asking.values()) reject(gatewayStopping());
		this.#asking.clear();
	}

	#ask(question: LimitQuestion, signal?: AbortSignal): Promise<LimitAnswer> {
		if (signal?.aborted) return Promise.reject(signal.reason);
		const number = this.#tell(question);
		if (number === undefined) return Promise.reject(gatewayStopping());
		return new Promise((resolve, reject) => {
			if (signal === undefined) this.#asking.set(number, { resolve, reject });
			else this.#askUntil(number, signal, { resolve, reject });
		});
	}

	#askUntil(number: number, signal: AbortSignal, { resolve, reject }: Asking): void {
		const withdraw = () => {
			reject(signal.reason);
			this.#tell({ kind: "withdraw", number });
			// It may have been granted in the meantime.
			this.#asking.set(number, { resolve: (answer) => this.#drop(answer), reject: () => {} });
		};
		const over = () => signal.removeEventListener("abort", withdraw);
		signal.addEventListener("abort", withdraw, { once: true });
		this.#asking.set(number, {
			resolve: (answer) => {
				over();
				resolve(answer);
			},
			reject: (reason) => {
				over();
				reject(reason);
			},
		});
	}

	#drop(answer: LimitAnswer): void {
		if (typeof answer === "object" && "isGranted" in answer && answer.isGranted) this.ledger.settle(answer.hold, []);
	}

	/** @returns the question's number; nothing when there is nobody to hear it */
	#tell(question: LimitQuestion): number | undefined {
		if (this.#isEnded) return undefined;
		if (this.#batch.length === 0) setImmediate(() => this.#flush());
		this.#batch.push(question);
		return this.#next++;
	}

	#flush(): void {
		const questions = this.#batch;
		this.#batch = [];
		if (questions.length > 0) this.#send({ type: "limits", first: this.#next - questions.length, questions });
	}
}

/** @throws GatewayError 503 where limits can't be checked */
function available<Wanted extends LimitAnswer>(answer: LimitAnswer): Wanted {
	if (answer === "unavailable") throw limitsUnavailable();
	return answer as Wanted;
}
