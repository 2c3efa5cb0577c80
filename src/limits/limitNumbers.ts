/** The primary is sent each limit once; from then on a number stands for it. */
import type { Claim, Limit } from "./ledger.js";
import type { LimitQuestions } from "./messages.js";

/** Clients without keys have limits of their own. */
const mostNumbered = 10_000;

interface Numbered {
	readonly number: number;
	readonly max: number;
}

/** In a worker: gives numbers to limits. */
export class LimitNumbers {
	/** By counter. */
	#known = new Map<string, Numbered>();
	#next = 0;
	#unsent: (readonly [number: number, limit: Limit])[] = [];
	#least: number | undefined;

	numberOf(limit: Limit): number {
		const known = this.#known.get(limit.counter);
		if (known?.max === limit.max) return known.number;
		if (this.#known.size >= mostNumbered) {
			this.#known.clear();
			this.#least = this.#next;
		}
		const number = this.#next;
		this.#next += 1;
		this.#known.set(limit.counter, { number, max: limit.max });
		this.#unsent.push([number, limit]);
		return number;
	}

	/** What is new since the last call, for the next message. */
	takeNews(): Pick<LimitQuestions, "limits" | "least"> {
		if (this.#unsent.length === 0) return {};
		const news = { limits: this.#unsent, least: this.#least };
		this.#unsent = [];
		this.#least = undefined;
		return news;
	}
}

/** In the primary: the limits that one worker has numbered. */
export class NumberedLimits {
	readonly #limits = new Map<number, Limit>();

	/** To be called before a message's questions are read. */
	learn({ limits = [] }: LimitQuestions): void {
		for (const [number, limit] of limits) this.#limits.set(number, limit);
	}

	/** To be called after they were read. */
	forget({ least }: LimitQuestions): void {
		if (least === undefined) return;
		for (const number of this.#limits.keys()) if (number < least) this.#limits.delete(number);
	}

	/** @param pairs as in `LimitQuestion`, from this place on */
	claimsOf(pairs: readonly unknown[], from: number): Claim[] {
		const claims: Claim[] = [];
		for (let at = from; at < pairs.length; at += 2)
			claims.push({ limit: this.#limits.get(pairs[at] as number) as Limit, amount: pairs[at + 1] as number });
		return claims;
	}
}
