/** The primary's part: counts for all workers, and answers what they ask. */

import type { Take, Taken } from "./counter.js";
import type { Counters } from "./counters.js";
import { type AwayDecision, CountingLedger, type LedgerPolicy } from "./countingLedger.js";
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

/** @param noteAway called for each request that can't be counted */
export function createLimitsDesk(
	counters: Counters,
	policy: LedgerPolicy,
	noteAway: (decision: AwayDecision) => void = () => {},
): LimitsDesk {
	const ledger = new CountingLedger(counters, policy, Date.now, noteAway);
	const count: CountRequest = (take, answer) =>
		counters.count(take, (taken) => {
			if (taken !== undefined) answer(taken);
			else {
				const { failsOpen } = ledger.policy;
				noteAway(failsOpen ? "uncounted" : "unavailable");
				answer(failsOpen ? { remaining: take.max, resetAt: Date.now() + take.windowMs } : "unavailable");
			}
		});
	return {
		join: (tell) => new Seat(count, ledger, tell),
		adopt(adopted) {
			ledger.policy = adopted;
		},
	};
}

type CountRequest = (take: Take, answer: (taken: Taken | "unavailable") => void) => void;

class Seat implements LimitsSeat {
	readonly #count: CountRequest;
	readonly #ledger: CountingLedger;
	readonly #tell: (message: LimitsAnswered) => void;
	readonly #holder: Holder = { holds: new Set(), waiting: new Set() };
	/** By the number of the question. */
	readonly #withdrawals = new Map<number, () => void>();
	#answers: [number, LimitAnswer][] = [];

	constructor(count: CountRequest, ledger: CountingLedger, tell: (message: LimitsAnswered) => void) {
		this.#count = count;
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
				this.#count(question.take, (taken) => this.#answer(number, taken));
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
