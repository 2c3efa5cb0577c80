/** Limits retries to a small share of an upstream's requests, so that they can't overwhelm one in trouble. */

const seconds = 10;

/**
 * A token bucket as Finagle's `RetryBudget`: a request deposits `share` (0 to 1) or what its own route gives, a retry
 * withdraws 1, and what was deposited or withdrawn is forgotten after 10 s. `minPerSecond` retries are allowed in any case.
 *
 * `now` gives milliseconds of a clock that doesn't go back.
 */
export class RetryBudget {
	/** Deposits minus withdrawals, for each of the latest seconds. */
	readonly #balances = new Float64Array(seconds);
	readonly #share: number;
	readonly #reserve: number;
	readonly #now: () => number;
	#second: number;

	constructor(share: number, minPerSecond: number, now: () => number) {
		this.#share = share;
		this.#reserve = minPerSecond * seconds;
		this.#now = now;
		this.#second = Math.floor(now() / 1000);
	}

	deposit(share = this.#share): void {
		this.#add(share);
	}

	/** @returns whether the retry may be made; if so, it is counted. */
	tryWithdraw(): boolean {
		this.#forget();
		let balance = this.#reserve;
		for (const secondBalance of this.#balances) balance += secondBalance;
		// Tolerates rounding: shares such as 0.1 don't add up exactly.
		if (balance < 1 - 1e-9) return false;
		this.#add(-1);
		return true;
	}

	#add(amount: number): void {
		this.#forget();
		const at = this.#second % seconds;
		this.#balances[at] = (this.#balances[at] ?? 0) + amount;
	}

	#forget(): void {
		const second = Math.floor(this.#now() / 1000);
		const passed = Math.min(second - this.#second, seconds);
		if (passed <= 0) return;
		for (let back = 0; back < passed; back += 1) this.#balances[(second - back) % seconds] = 0;
		this.#second = second;
	}
}
