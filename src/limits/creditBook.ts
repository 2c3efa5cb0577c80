/**
 * A worker's part of credit: while a limit has plenty left, the primary lets a busy worker have some of it in advance, of which
 * the worker then grants by itself, without a message for each request. Credit is counted as used when it is given. So that it
 * stays exact to the second in which it counts, it is used within that second, and what is left of it goes back.
 */
import { reallyUsed } from "./corrections.js";
import type { Claim, Decision, Limit, Span, Standing } from "./ledger.js";
import type { Correcting, Credit } from "./messages.js";
import { slotMs, slotOf } from "./tallies.js";

/** Corrections wait so long for others. */
const correctMs = 20;
/** Behind a second's end, when nobody uses what was given in it any more. */
const sweepMs = 5;

interface Account {
	readonly counter: string;
	readonly span: Span;
	readonly max: number;
	/** May be used. */
	left: number;
	/** When it was given, in milliseconds since the epoch, and in which second since then. */
	at: number;
	second: number;
	/** How the limit stood then, without what was given here. */
	remaining: number;
	resetAt: number;
}

/** What one request holds of credit. */
interface Hold {
	readonly claims: readonly Claim[];
	/** When what it has taken was given, by claim. */
	readonly at: readonly number[];
}

export class CreditBook {
	readonly #tell: (correction: Correcting) => void;
	/** By counter. */
	readonly #accounts = new Map<string, Account>();
	readonly #holds = new Map<number, Hold>();
	/** What is to be told of each counter, and of each time at which it was taken. */
	readonly #corrections = new Map<string, [counter: string, span: Span, at: number, amount: number]>();
	#last = 0;
	#correcting: NodeJS.Timeout | undefined;
	#sweeping: NodeJS.Timeout | undefined;

	/** @param tell sends the primary a correction */
	constructor(tell: (correction: Correcting) => void) {
		this.#tell = tell;
	}

	/** What the primary gives. */
	receive(credits: readonly Credit[]): void {
		for (const [counter, span, max, amount, at, remaining, resetAt] of credits) {
			const known = this.#accounts.get(counter);
			const second = slotOf(at);
			if (known !== undefined && known.max === max && (span === "now" || known.second === second)) {
				known.left += amount;
				known.remaining = remaining;
				known.resetAt = resetAt;
				continue;
			}
			if (known !== undefined) this.#giveBack(known);
			this.#accounts.set(counter, { counter, span, max, left: amount, at, second, remaining, resetAt });
		}
		if (this.#accounts.size > 0) this.#sweeping ??= this.#sweepSoon();
	}

	/** @returns nothing where credit does not reach: the primary is to be asked. The hold is below 0 */
	reserve(claims: readonly Claim[]): (Decision & { isGranted: true }) | undefined {
		if (this.#accounts.size === 0) return undefined;
		const second = slotOf(Date.now());
		const accounts: Account[] = [];
		for (const { limit, amount } of claims) {
			const account = this.#accounts.get(limit.counter);
			if (account === undefined || !reaches(account, limit, amount, second)) return undefined;
			accounts.push(account);
		}
		const standings: Standing[] = [];
		const at: number[] = [];
		for (let index = 0; index < claims.length; index += 1) {
			const account = accounts[index] as Account;
			account.left -= (claims[index] as Claim).amount;
			standings.push({ remaining: account.remaining + account.left, resetAt: account.resetAt });
			at.push(account.at);
		}
		this.#last -= 1;
		this.#holds.set(this.#last, { claims, at });
		return { isGranted: true, hold: this.#last, standings };
	}

	/** As the ledger's, of a hold below 0. */
	settle(hold: number, used: readonly number[]): void {
		const held = this.#holds.get(hold);
		if (held === undefined) return;
		this.#holds.delete(hold);
		const now = Date.now();
		for (let index = 0; index < held.claims.length; index += 1) {
			const { limit, amount } = held.claims[index] as Claim;
			const really = reallyUsed(limit, used[index]) ?? amount;
			if (really !== amount) this.#correct(limit, amount - really, held.at[index] as number, now);
		}
	}

	/** Tells the corrections that wait for others. */
	flush(): void {
		clearTimeout(this.#correcting);
		this.#correcting = undefined;
		for (const [counter, span, at, amount] of this.#corrections.values())
			this.#tell(["correct", counter, span, at, amount]);
		this.#corrections.clear();
	}

	/** The primary wants back what it has given of these: others are short of it. */
	recall(counters: readonly string[]): void {
		for (const counter of counters) {
			const account = this.#accounts.get(counter);
			if (account !== undefined) this.#giveBack(account);
		}
		this.flush();
	}

	/** @param less than was taken, which is above 0, or below it where it was more */
	#correct({ counter, span }: Limit, less: number, at: number, now: number): void {
		const account = this.#accounts.get(counter);
		if (account !== undefined) {
			const isItsTime = span === "now" || account.second === slotOf(less > 0 ? at : now);
			if (isItsTime && account.left + less >= 0) {
				account.left += less;
				return;
			}
		}
		this.#note(counter, span, less > 0 ? at : now, -less);
	}

	#giveBack(account: Account): void {
		this.#accounts.delete(account.counter);
		if (account.left > 0) this.#note(account.counter, account.span, account.at, -account.left);
	}

	/** @param amount as in `Correction` */
	#note(counter: string, span: Span, at: number, amount: number): void {
		// All of a second counts alike; what is given back is never made up with what is counted besides.
		const time = span === "now" ? 0 : slotOf(at);
		const key = `${counter}\n${amount > 0}\n${time}`;
		const noted = this.#corrections.get(key);
		if (noted !== undefined) noted[3] += amount;
		else this.#corrections.set(key, [counter, span, at, amount]);
		this.#correcting ??= setTimeout(() => this.flush(), correctMs);
	}

	/** What is left of a second that is over goes back; of what is under way, all that nobody needs at the moment. */
	#sweep(): void {
		const second = slotOf(Date.now());
		for (const account of this.#accounts.values())
			if (account.second !== second || account.span === "now") this.#giveBack(account);
		this.#sweeping = this.#accounts.size === 0 ? undefined : this.#sweepSoon();
	}

	#sweepSoon(): NodeJS.Timeout {
		return setTimeout(() => this.#sweep(), slotMs - (Date.now() % slotMs) + sweepMs).unref();
	}
}

function reaches({ max, left, span, second }: Account, limit: Limit, amount: number, now: number): boolean {
	return max === limit.max && left >= Math.max(1, amount) && (span === "now" || second === now);
}
