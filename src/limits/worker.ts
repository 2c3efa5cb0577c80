/** A worker's half of limits: asks the primary, with all questions of one turn of the event loop in one message. */
import { gatewayStopping } from "../errors/gatewayError.js";
import type { WorkerHalf } from "../process/channel/topic.js";
import type { Counter, Taken } from "./counter.js";
import { WorkerCredit } from "./creditWorker.js";
import type { Decision, Ledger, ReserveRequest, Standing } from "./ledger.js";
import { LimitNumbers } from "./limitNumbers.js";
import type {
	Granted,
	LimitAnswer,
	LimitAnswers,
	LimitQuestion,
	LimitQuestions,
	LimitsTopic,
	Refused,
} from "./messages.js";
import { limitsUnavailable } from "./unavailable.js";

interface Waiting {
	answer(answer: LimitAnswer): void;
	reject(reason: unknown): void;
}

export class WorkerLimits implements WorkerHalf<LimitsTopic> {
	readonly counter: Counter;
	readonly ledger: Ledger;
	readonly #send: (message: LimitQuestions) => void;
	readonly #numbers = new LimitNumbers();
	readonly #credit = new WorkerCredit((correction) => this.#queue(correction));
	/** By the number of the question. */
	readonly #waiting = new Map<number, Waiting>();
	#next = 0;
	#batch: LimitQuestion[] = [];
	#isEnded = false;

	constructor(send: (message: LimitQuestions) => void) {
		this.#send = send;
		this.counter = {
			take: (take) => {
				const counted = this.#credit.count(take);
				if (counted !== undefined) return Promise.resolve(counted);
				return this.#ask(["take", take.key, take.max, take.windowMs], (answer) => answer as Taken);
			},
		};
		this.ledger = {
			reserve: (request, signal) => {
				const granted = request.mayExtend ? undefined : this.#credit.reserve(request.claims);
				if (granted !== undefined) return Promise.resolve(granted);
				if (signal === undefined) return this.#ask(this.#questionOf(request), decisionOf);
				return this.#askUntil(this.#questionOf(request), signal);
			},
			extend: (hold, amounts) => this.#ask(["extend", hold, ...amounts], (answer) => answer === true),
			settle: (hold, used) =>
				hold < 0 ? this.#credit.settle(hold, used) : void this.#queue(["settle", hold, ...used]),
		};
	}

	receive({ answers, credits, recalls = [] }: LimitAnswers): void {
		if (credits !== undefined) this.#credit.receive(credits);
		for (const [number, counters] of recalls) {
			this.#credit.recall(counters);
			this.#queue(["returned", number]);
		}
		for (const [number, answer] of answers) {
			const waiting = this.#waiting.get(number);
			this.#waiting.delete(number);
			waiting?.answer(answer);
		}
	}

	/** Sends all that waits to be sent. */
	flush(): void {
		this.#credit.flush();
		this.#flush();
	}

	/** The primary is gone: whoever waits for it is refused. */
	end(): void {
		this.#isEnded = true;
		this.#batch = [];
		for (const { reject } of this.#waiting.values()) reject(gatewayStopping());
		this.#waiting.clear();
	}

	#questionOf({ claims, priority, maxWaitMs, mayExtend }: ReserveRequest): LimitQuestion {
		const kind = mayExtend ? "hold" : "reserve";
		const question: [typeof kind, number, number, ...number[]] = [kind, priority, maxWaitMs];
		for (const { limit, amount } of claims) question.push(this.#numbers.numberOf(limit), amount);
		return question;
	}

	/** @throws GatewayError 503 if limits can't be checked */
	#ask<Wanted>(question: LimitQuestion, read: (answer: LimitAnswer) => Wanted): Promise<Wanted> {
		return new Promise((resolve, reject) => {
			const number = this.#queue(question);
			if (number === undefined) reject(gatewayStopping());
			else
				this.#waiting.set(number, {
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
				this.#queue(["withdraw", number]);
				// It may have been granted in the meantime.
				this.#waiting.set(number, { answer: (answer) => this.#drop(answer), reject: () => {} });
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

	/** @returns the question's number; undefined if the primary is gone */
	#queue(question: LimitQuestion): number | undefined {
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
		this.#send({ topic: "limits", first, questions, ...this.#numbers.takeNews() });
	}
}

/** Reads the answer to `reserve` and `hold`. */
function decisionOf(answer: LimitAnswer): Decision {
	if (!Array.isArray(answer)) return answer as Refused;
	const [hold, ...numbers] = answer as unknown as Granted;
	if (numbers.length === 0) return { isGranted: true, hold, standings: undefined };
	const standings: Standing[] = [];
	for (let at = 0; at < numbers.length; at += 2)
		standings.push({ remaining: numbers[at] as number, resetAt: numbers[at + 1] as number });
	return { isGranted: true, hold, standings };
}
