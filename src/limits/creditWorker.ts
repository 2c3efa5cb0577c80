/**
 * A worker's half of credit: while a limit has plenty left, the primary gives a busy worker some of it in advance, and the
 * worker grants requests out of that by itself, without a message for each. Credit counts as used when it is given. So that
 * counts stay exact to the second, credit is used within the second it was given in, and what is left of it goes back.
 */
import { reallyUsed } from "./corrections.js";
import { type Take, type Taken, windowName } from "./counter.js";
import type { Claim, Decision, Limit, Span, Standing } from "./ledger.js";
import type { CorrectCredit, Credit } from "./messages.js";
import { slotMs, slotOf } from "./tallies.js";

/** How long a correction waits for others, to be sent with them. */
const correctMs = 20;
/** What is left of a second goes back this long after its end. */
const sweepMs = 5;

interface Account {
	readonly counter: string;
	readonly span: Span;
	readonly max: number;
	/** What may still be used. */
	left: number;
	/** When it was given, in milliseconds since the epoch, and in which second since then. */
	at: number;
	second: number;
	/** How the limit stood then, without what was given to this worker. */
	remaining: number;
	resetAt: number;
}

/** What one request holds out of credit. */
interface Hold {
	readonly claims: readonly Claim[];
	/** When the credit it was taken from was given, by claim. */
	readonly at: readonly number[];
}

export class WorkerCredit {
	readonly #send: (correction: CorrectCredit) => void;
	/** By counter. */
	readonly #accounts = new Map<string, Account>();
	readonly #holds = new Map<number, Hold>();
	/** Corrections to be sent, one for each counter and second that something was taken in. */
	readonly #corrections = new Map<string, [counter: string, span: Span, at: number, amount: number]>();
	#last = 0;
	#correcting: NodeJS.Timeout | undefined;
	#sweeping: NodeJS.Timeout | undefined;

	/** @param send sends the primary a correction */
	constructor(send: (correction: CorrectCredit) => void) {
		this.#send = send;
	}

	/** Takes what the primary gives. */
	receive(credits: readonly Credit[]): void {
		for (const [counter, span, max, amount, at, remaining, resetAt] of credits) {
			const known = this.#accounts.get(counter);
			const second = slotOf(at);
			const isSame = known !== undefined && known.max === max && (span !== "window" || known.resetAt === resetAt);
			if (isSame && (span === "now" || known.second === second)) {
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

	/** @returns undefined if credit does not suffice, and the primary has to be asked; the number of a hold is below 0 */
	reserve(claims: readonly Claim[]): (Decision & { isGranted: true }) | undefined {
		if (this.#accounts.size === 0) return undefined;
		const now = Date.now();
		const accounts: Account[] = [];
		for (const { limit, amount } of claims) {
			const account = this.#accounts.get(limit.counter);
			if (account === undefined || !reaches(account, limit.max, amount, now)) return undefined;
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

	/** As `Counter.take`. @returns undefined if credit does not suffice, and the primary has to be asked */
	count({ key, max }: Take): Taken | undefined {
		if (this.#accounts.size === 0) return undefined;
		const account = this.#accounts.get(windowName(key));
		if (account === undefined || !reaches(account, max, 1, Date.now())) return undefined;
		const remaining = account.remaining + account.left;
		account.left -= 1;
		return { remaining, resetAt: account.resetAt };
	}

	/** As `Ledger.settle`, for a hold below 0. */
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

	/** Sends the corrections that wait for others. */
	flush(): void {
		clearTimeout(this.#correcting);
		this.#correcting = undefined;
		for (const [counter, span, at, amount] of this.#corrections.values())
			this.#send(["correct", counter, span, at, amount]);
		this.#corrections.clear();
	}

	/** The primary wants its credit of these counters back: others are short of it. */
	recall(counters: readonly string[]): void {
		for (const counter of counters) {
			const account = this.#accounts.get(counter);
			if (account !== undefined) this.#giveBack(account);
		}
		this.flush();
	}

	/** @param less by how much less was used than was taken; below 0 if more was used */
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
		const time = timeOf(span, at);
		// What is given back is not netted with what is counted in addition.
		const key = `${counter}\n${amount > 0}\n${time}`;
		const noted = this.#corrections.get(key);
		if (noted !== undefined) noted[3] += amount;
		else this.#corrections.set(key, [counter, span, at, amount]);
		this.#correcting ??= setTimeout(() => this.flush(), correctMs);
	}

	/** Gives back what is left of seconds that are over, and all concurrency that no request holds at the moment. */
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

/** All times within a second count alike, unless a window ends in it. */
function timeOf(span: Span, at: number): number {
	if (span === "now") return 0;
	return span === "window" ? at : slotOf(at);
}

function reaches({ max, left, span, second, resetAt }: Account, allowed: number, amount: number, now: number): boolean {
	if (max !== allowed || left < Math.max(1, amount)) return false;
	if (span === "now") return true;
	return second === slotOf(now) && (span !== "window" || now < resetAt);
}
