/** Limits are told to the primary once; from then on a number stands for each. */
import type { Claim, Limit } from "./ledger.js";
import type { LimitsAsked } from "./messages.js";

/** Clients without keys have limits of their own. */
const mostNumbered = 10_000;

interface Numbered {
	readonly number: number;
	readonly max: number;
}

/** A worker's. */
export class LimitNumbers {
	/** By counter. */
	#known = new Map<string, Numbered>();
	#next = 0;
	#untold: (readonly [number: number, limit: Limit])[] = [];
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
		this.#untold.push([number, limit]);
		return number;
	}

	/** What the next message has to say of them, once. */
	takeNews(): Pick<LimitsAsked, "limits" | "least"> {
		if (this.#untold.length === 0) return {};
		const news = { limits: this.#untold, least: this.#least };
		this.#untold = [];
		this.#least = undefined;
		return news;
	}
}

/** What one worker has told the primary. */
export class NumberedLimits {
	readonly #limits = new Map<number, Limit>();

	/** Before a message's questions are looked at. */
	learn({ limits = [] }: LimitsAsked): void {
		for (const [number, limit] of limits) this.#limits.set(number, limit);
	}

	/** Behind them. */
	forget({ least }: LimitsAsked): void {
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
