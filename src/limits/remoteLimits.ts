/** A worker's view of the primary's limits: what one turn of the event loop asks goes over in one message. */
import { gatewayStopping } from "../errors/gatewayError.js";
import type { Counter, Taken } from "./counter.js";
import { CreditBook } from "./creditBook.js";
import type { Decision, Ledger, ReserveRequest, Standing } from "./ledger.js";
import { LimitNumbers } from "./limitNumbers.js";
import type { Granted, LimitAnswer, LimitQuestion, LimitsAnswered, LimitsAsked, Refused } from "./messages.js";
import { limitsUnavailable } from "./unavailable.js";

interface Asking {
	answer(answer: LimitAnswer): void;
	reject(reason: unknown): void;
}

export class RemoteLimits {
	readonly counter: Counter;
	readonly ledger: Ledger;
	readonly #send: (message: LimitsAsked) => void;
	readonly #numbers = new LimitNumbers();
	readonly #credit = new CreditBook((correction) => this.#tell(correction));
	readonly #asking = new Map<number, Asking>();
	#next = 0;
	#batch: LimitQuestion[] = [];
	#isEnded = false;

	constructor(send: (message: LimitsAsked) => void) {
		this.#send = send;
		this.counter = {
			take: ({ key, max, windowMs }) => this.#ask(["take", key, max, windowMs], (answer) => answer as Taken),
		};
		this.ledger = {
			reserve: (request, signal) => {
				const granted = request.mayExtend ? undefined : this.#credit.reserve(request.claims);
				if (granted !== undefined) return Promise.resolve(granted);
				if (signal === undefined) return this.#ask(this.#questionOf(request), decisionOf);
				return this.#askUntil(this.#questionOf(request), signal);
			},
			extend: (hold, amounts) => this.#ask(["extend", hold, ...amounts], (answer) => answer === true),
			settle: (hold, used) => (hold < 0 ? this.#credit.settle(hold, used) : void this.#tell(["settle", hold, ...used])),
		};
	}

	/** To be called with each answer of the primary. */
	receive({ answers, credits, recalls = [] }: LimitsAnswered): void {
		if (credits !== undefined) this.#credit.receive(credits);
		for (const [number, counters] of recalls) {
			this.#credit.recall(counters);
			this.#tell(["returned", number]);
		}
		for (const [number, answer] of answers) {
			const asking = this.#asking.get(number);
			this.#asking.delete(number);
			asking?.answer(answer);
		}
	}

	/** Tells what is to be told now: before the process ends. */
	flush(): void {
		this.#credit.flush();
		this.#flush();
	}

	/** The primary is gone. */
	end(): void {
		this.#isEnded = true;
		this.#batch = [];
		for (const { reject } of this.#asking.values()) reject(gatewayStopping());
		this.#asking.clear();
	}

	#questionOf({ claims, priority, maxWaitMs, mayExtend }: ReserveRequest): LimitQuestion {
		const kind = mayExtend ? "hold" : "reserve";
		const question: [typeof kind, number, number, ...number[]] = [kind, priority, maxWaitMs];
		for (const { limit, amount } of claims) question.push(this.#numbers.numberOf(limit), amount);
		return question;
	}

	/** @throws GatewayError 503 where limits can't be checked */
	#ask<Wanted>(question: LimitQuestion, read: (answer: LimitAnswer) => Wanted): Promise<Wanted> {
		return new Promise((resolve, reject) => {
			const number = this.#tell(question);
			if (number === undefined) reject(gatewayStopping());
			else
				this.#asking.set(number, {
					answer: (answer) => (answer === "unavailable" ? reject(limitsUnavailable()) : resolve(read(answer))),
					reject,
				});
		});
	}

	async #askUntil(question: LimitQuestion, signal: AbortSignal): Promise<Decision> {
		signal.throwIfAborted();
		const number = this.#next;
		const answered = this.#ask(question, decisionOf);
		let withdraw = () => {};
		const withdrawn = new Promise<never>((_resolve, reject) => {
			withdraw = () => {
				reject(signal.reason);
				this.#tell(["withdraw", number]);
				// It may have been granted in the meantime.
				this.#asking.set(number, { answer: (answer) => this.#drop(answer), reject: () => {} });
			};
		});
		signal.addEventListener("abort", withdraw, { once: true });
		try {
			return await Promise.race([answered, withdrawn]);
		} finally {
			signal.removeEventListener("abort", withdraw);
		}
	}

	#drop(answer: LimitAnswer): void {
		if (Array.isArray(answer)) this.ledger.settle((answer as Granted)[0], []);
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
		if (questions.length === 0) return;
		const first = this.#next - questions.length;
		this.#send({ type: "limits", first, questions, ...this.#numbers.takeNews() });
	}
}

/** Of what is asked of `reserve`. */
function decisionOf(answer: LimitAnswer): Decision {
	if (!Array.isArray(answer)) return answer as Refused;
	const [hold, ...numbers] = answer as unknown as Granted;
	if (numbers.length === 0) return { isGranted: true, hold, standings: undefined };
	const standings: Standing[] = [];
	for (let at = 0; at < numbers.length; at += 2)
		standings.push({ remaining: numbers[at] as number, resetAt: numbers[at + 1] as number });
	return { isGranted: true, hold, standings };
}
