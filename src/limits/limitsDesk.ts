/** The primary's part: counts for all workers, and answers what they ask. */

import type { Counters } from "./counters.js";
import { CountingLedger, type LedgerPolicy } from "./countingLedger.js";
import type { Holder } from "./line.js";
import type { LimitAnswer, LimitQuestion, LimitsAnswered, LimitsAsked } from "./messages.js";

/** One worker's place. */
export interface LimitsSeat {
	receive(message: LimitsAsked): void;
	/** The worker is no more. */
	leave(): void;
}

export interface LimitsDesk {
	/** @param tell sends the worker a message */
	join(tell: (message: LimitsAnswered) => void): LimitsSeat;
	/** From now on. */
	adopt(policy: LedgerPolicy): void;
}

export function createLimitsDesk(counters: Counters, policy: LedgerPolicy): LimitsDesk {
	const ledger = new CountingLedger(counters, policy);
	return {
		join: (tell) => new Seat(counters, ledger, tell),
		adopt(adopted) {
			ledger.policy = adopted;
		},
	};
}

class Seat implements LimitsSeat {
	readonly #counters: Counters;
	readonly #ledger: CountingLedger;
	readonly #tell: (message: LimitsAnswered) => void;
	readonly #holder: Holder = { holds: new Set(), waiting: new Set() };
	/** By the number of the question. */
	readonly #withdrawals = new Map<number, () => void>();
	#answers: [number, LimitAnswer][] = [];

	constructor(counters: Counters, ledger: CountingLedger, tell: (message: LimitsAnswered) => void) {
		this.#counters = counters;
		this.#ledger = ledger;
		this.#tell = tell;
	}

	receive({ first, questions }: LimitsAsked): void {
		for (const [index, question] of questions.entries()) this.#hear(first + index, question);
	}

	leave(): void {
		this.#ledger.leave(this.#holder);
	}

	#hear(number: number, question: LimitQuestion): void {
		switch (question.kind) {
			case "take":
				this.#counters.count(question.take, (taken) => this.#answer(number, taken ?? this.#uncounted(question.take)));
				break;
			case "reserve":
				this.#reserve(number, question);
				break;
			case "extend":
				this.#ledger.extend(question.hold, question.amounts, (isGranted) => this.#answer(number, isGranted));
				break;
			case "settle":
				this.#ledger.settle(question.hold, question.used);
				break;
			case "withdraw":
				this.#withdraw(question.number);
		}
	}

	#reserve(number: number, { request }: LimitQuestion & { kind: "reserve" }): void {
		let isAnswered = false;
		const withdraw = this.#ledger.reserve(this.#holder, request, (answer) => {
			isAnswered = true;
			this.#withdrawals.delete(number);
			this.#answer(number, answer);
		});
		if (!isAnswered) this.#withdrawals.set(number, withdraw);
	}

	#withdraw(number: number): void {
		const withdraw = this.#withdrawals.get(number);
		if (withdraw === undefined) return;
		this.#withdrawals.delete(number);
		withdraw();
		this.#answer(number, "withdrawn");
	}

	#uncounted({ max, windowMs }: { max: number; windowMs: number }): LimitAnswer {
		return this.#ledger.policy.failsOpen ? { remaining: max, resetAt: Date.now() + windowMs } : "unavailable";
	}

	/** What is answered in one turn goes over in one message. */
	#answer(number: number, answer: LimitAnswer): void {
		if (this.#answers.length === 0) queueMicrotask(() => this.#flush());
		this.#answers.push([number, answer]);
	}

	#flush(): void {
		const answers = this.#answers;
		this.#answers = [];
		this.#tell({ type: "limitsAnswered", answers });
	}
}
