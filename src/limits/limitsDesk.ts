/** The primary's part: counts for all workers, and answers what they ask. */

import type { Take, Taken } from "./counter.js";
import type { Counters } from "./counters.js";
import { type AwayDecision, CountingLedger, type LedgerPolicy } from "./countingLedger.js";
import type { CreditSeat } from "./creditDesk.js";
import type { Decision, ReserveRequest } from "./ledger.js";
import { NumberedLimits } from "./limitNumbers.js";
import type {
	Credit,
	Granted,
	LimitAnswer,
	LimitQuestion,
	LimitsAnswered,
	LimitsAsked,
	Recalling,
} from "./messages.js";
import type { Holder } from "./waitQueue.js";

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
	readonly #limits = new NumberedLimits();
	readonly #credit: CreditSeat | undefined;
	/** Of what is under way, so much is with the worker, by counter. */
	readonly #lent = new Map<string, number>();
	#credits: Credit[] = [];
	#recalls: Recalling[] = [];
	#message = 0;
	#answers: [number, LimitAnswer][] = [];

	constructor(count: CountRequest, ledger: CountingLedger, tell: (message: LimitsAnswered) => void) {
		this.#count = count;
		this.#ledger = ledger;
		this.#tell = tell;
		this.#credit = ledger.credit?.join({
			recall: (number, counters) => {
				this.#flushSoon();
				this.#recalls.push([number, counters]);
			},
		});
	}

	receive(message: LimitsAsked): void {
		this.#message += 1;
		this.#limits.learn(message);
		let number = message.first;
		for (const question of message.questions) {
			this.#hear(number, question);
			number += 1;
		}
		this.#limits.forget(message);
	}

	leave(): void {
		this.#ledger.leave(this.#holder);
		const at = Date.now();
		this.#ledger.correct(
			[...this.#lent].map(([counter, amount]) => ({ limit: { counter, span: "now" }, amount: -amount, at })),
		);
		this.#credit?.leave();
	}

	#hear(number: number, question: LimitQuestion): void {
		switch (question[0]) {
			case "take": {
				const [, key, max, windowMs] = question;
				this.#count({ key, max, windowMs }, (taken) => this.#answer(number, taken));
				break;
			}
			case "reserve":
			case "hold": {
				const [kind, priority, maxWaitMs] = question;
				const claims = this.#limits.claimsOf(question, 3);
				this.#reserve(number, { claims, priority, maxWaitMs, mayExtend: kind === "hold" });
				break;
			}
			case "extend": {
				const [, hold, ...amounts] = question;
				this.#ledger.extend(hold, amounts, (isGranted) => this.#answer(number, isGranted));
				break;
			}
			case "settle": {
				const [, hold, ...used] = question;
				this.#ledger.settle(hold, used);
				break;
			}
			case "withdraw":
				this.#withdraw(question[1]);
				break;
			case "correct": {
				const [, counter, span, at, amount] = question;
				if (span === "now") this.#lend(counter, amount);
				this.#ledger.correct([{ limit: { counter, span }, at, amount }]);
				break;
			}
			case "returned":
				this.#credit?.returned(question[1]);
		}
	}

	#reserve(number: number, request: ReserveRequest): void {
		let isAnswered = false;
		const withdraw = this.#ledger.reserve(this.#holder, request, (answer) => {
			isAnswered = true;
			this.#withdrawals.delete(number);
			if (answer === "unavailable" || !answer.isGranted) this.#answer(number, answer);
			else {
				this.#answer(number, grantedOf(answer));
				if (!request.mayExtend) this.#giveCredit(request, answer);
			}
		});
		if (!isAnswered) this.#withdrawals.set(number, withdraw);
	}

	#giveCredit({ claims }: ReserveRequest, { standings }: GrantedDecision): void {
		const credits = standings && this.#credit?.afterGrant(this.#message, claims, standings);
		if (credits === undefined) return;
		for (const credit of credits) {
			this.#credits.push(credit);
			const [counter, span, , amount] = credit;
			if (span === "now") this.#lend(counter, amount);
		}
	}

	/** @param amount below 0 where it is given back */
	#lend(counter: string, amount: number): void {
		const lent = (this.#lent.get(counter) ?? 0) + amount;
		if (lent > 0) this.#lent.set(counter, lent);
		else this.#lent.delete(counter);
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
		this.#flushSoon();
		this.#answers.push([number, answer]);
	}

	#flushSoon(): void {
		if (this.#answers.length === 0 && this.#recalls.length === 0) queueMicrotask(() => this.#flush());
	}

	#flush(): void {
		const answers = this.#answers;
		this.#answers = [];
		const credits = this.#credits.length === 0 ? undefined : this.#credits;
		this.#credits = [];
		const recalls = this.#recalls.length === 0 ? undefined : this.#recalls;
		this.#recalls = [];
		this.#tell({ type: "limitsAnswered", answers, credits, recalls });
	}
}

type GrantedDecision = Extract<Decision, { isGranted: true }>;

function grantedOf({ hold, standings = [] }: GrantedDecision): Granted {
	const granted: [number, ...number[]] = [hold];
	for (const { remaining, resetAt } of standings) granted.push(remaining, resetAt);
	return granted;
}
