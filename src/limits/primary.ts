/** The primary's half of limits: counts for all workers, and answers their questions. */

import { type Take, type Taken, windowLimit } from "./counter.js";
import type { Counters } from "./counters.js";
import { type AwayDecision, CountingLedger, type LedgerPolicy } from "./countingLedger.js";
import type { CreditMember } from "./creditPrimary.js";
import type { Claim, Decision, ReserveRequest, Standing } from "./ledger.js";
import { NumberedLimits } from "./limitNumbers.js";
import type { Credit, Granted, LimitAnswer, LimitAnswers, LimitQuestion, LimitQuestions, Recall } from "./messages.js";
import type { Holder } from "./waitQueue.js";

/** What the primary does for one worker. */
export interface LimitsMember {
	receive(message: LimitQuestions): void;
	/** The worker is no more: gives back what it held. */
	leave(): void;
}

export interface SharedLimits {
	/** @param send sends the worker a message */
	join(send: (message: LimitAnswers) => void): LimitsMember;
	/** This policy applies from now on. */
	adopt(policy: LedgerPolicy): void;
}

/** @param noteAway called for each request that can't be counted */
export function createSharedLimits(
	counters: Counters,
	policy: LedgerPolicy,
	noteAway: (decision: AwayDecision) => void = () => {},
): SharedLimits {
	const ledger = new CountingLedger(counters, policy, Date.now, noteAway);
	const count: CountRequest = (take, answer) =>
		counters.count(take, (taken) => {
			if (taken?.remaining === 0 && ledger.credit?.recall([oneOf(take)], () => count(take, answer))) return;
			if (taken !== undefined) answer(taken);
			else {
				const { failsOpen } = ledger.policy;
				noteAway(failsOpen ? "uncounted" : "unavailable");
				answer(failsOpen ? { remaining: take.max, resetAt: Date.now() + take.windowMs } : "unavailable");
			}
		});
	return {
		join: (send) => new Member(count, ledger, send),
		adopt(adopted) {
			ledger.policy = adopted;
		},
	};
}

/** A request to be counted, as a claim. */
function oneOf(take: Take): Claim {
	return { limit: windowLimit(take), amount: 1 };
}

/** While no more of a window is left, none is lent, and each answer says exactly how many are left. */
const exactRequests = 1_000;

type CountRequest = (take: Take, answer: (taken: Taken | "unavailable") => void) => void;

class Member implements LimitsMember {
	readonly #count: CountRequest;
	readonly #ledger: CountingLedger;
	readonly #send: (message: LimitAnswers) => void;
	readonly #holder: Holder = { holds: new Set(), waiting: new Set() };
	/** By the number of the question. */
	readonly #withdrawals = new Map<number, () => void>();
	readonly #limits = new NumberedLimits();
	readonly #credit: CreditMember | undefined;
	/** Concurrency lent to this worker, by counter. */
	readonly #lent = new Map<string, number>();
	#credits: Credit[] = [];
	#recalls: Recall[] = [];
	#message = 0;
	#answers: [number, LimitAnswer][] = [];

	constructor(count: CountRequest, ledger: CountingLedger, send: (message: LimitAnswers) => void) {
		this.#count = count;
		this.#ledger = ledger;
		this.#send = send;
		this.#credit = ledger.credit?.join({
			recall: (number, counters) => {
				this.#flushSoon();
				this.#recalls.push([number, counters]);
			},
		});
	}

	receive(message: LimitQuestions): void {
		this.#message += 1;
		this.#limits.learn(message);
		let number = message.first;
		for (const question of message.questions) {
			this.#handle(number, question);
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

	#handle(number: number, question: LimitQuestion): void {
		switch (question[0]) {
			case "take": {
				const [, key, max, windowMs] = question;
				this.#take(number, { key, max, windowMs });
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

	#take(number: number, take: Take): void {
		this.#count(take, (taken) => {
			this.#answer(number, taken);
			if (taken !== "unavailable" && taken.remaining > exactRequests) this.#giveCredit([oneOf(take)], [taken]);
		});
	}

	#reserve(number: number, request: ReserveRequest): void {
		let isAnswered = false;
		const withdraw = this.#ledger.reserve(this.#holder, request, (answer) => {
			isAnswered = true;
			this.#withdrawals.delete(number);
			if (answer === "unavailable" || !answer.isGranted) this.#answer(number, answer);
			else {
				this.#answer(number, grantedOf(answer));
				if (!request.mayExtend && answer.standings && !request.claims.some(isOfTime))
					this.#giveCredit(request.claims, answer.standings);
			}
		});
		if (!isAnswered) this.#withdrawals.set(number, withdraw);
	}

	#giveCredit(claims: readonly Claim[], standings: readonly Standing[]): void {
		const credits = this.#credit?.afterGrant(this.#message, claims, standings);
		if (credits === undefined) return;
		for (const credit of credits) {
			this.#credits.push(credit);
			const [counter, span, , amount] = credit;
			if (span === "now") this.#lend(counter, amount);
		}
	}

	/** @param amount below 0 if it is given back */
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

	/** All answers of one turn are sent in one message. */
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
		this.#send({ topic: "limits", answers, credits, recalls });
	}
}

/** Time is not lent. */
function isOfTime({ limit }: Claim): boolean {
	return limit.span === "elapsed";
}

type GrantedDecision = Extract<Decision, { isGranted: true }>;

function grantedOf({ hold, standings = [] }: GrantedDecision): Granted {
	const granted: [number, ...number[]] = [hold];
	for (const { remaining, resetAt } of standings) granted.push(remaining, resetAt);
	return granted;
}
