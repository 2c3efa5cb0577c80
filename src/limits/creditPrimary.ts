/**
 * The primary's half of credit (`creditWorker.ts`): gives it to workers that ask often while plenty is left, and calls it
 * back before any request is refused for want of it.
 */
import type { Counters } from "./counters.js";
import type { Claim, Standing } from "./ledger.js";
import type { Credit } from "./messages.js";
import { slotMs, slotOf } from "./tallies.js";

/** A worker that may have credit. */
export interface Debtor {
	/** Asks it to give back its credit of these counters, and then to call `returned` with the number. */
	recall(number: number, counters: readonly string[]): void;
}

/** Requests for one limit, from one worker in one second, before credit is worth its while. */
const manyRequests = 16;
/** Credit is for this many requests like the last one: at first, and at most. */
const [firstRequests, mostRequests] = [32, 1_024];
/** Credit for fewer requests is not given. */
const leastRequests = 8;
/** The largest share of what is left of a limit that is given at once. */
const share = 1 / 16;
/** For this long after the second in which it was given, a worker may still have some. */
const graceMs = 1_000;
/** A worker that does not give back in this time is not waited for. */
const patienceMs = 1_000;
/** After others were short of a limit, none of it is given in advance for this long. */
const pauseMs = 1_000;

/** How often one worker asks for one limit. */
interface Heat {
	/** In this second. */
	requests: number;
	/** How often it was given credit in this second, and whether it was in the last one. */
	given: number;
	wasGiven: boolean;
	/** For how many requests it is given credit the next time. */
	size: number;
	/** The last message that was answered with credit. */
	message: number | undefined;
}

interface Recall {
	readonly counters: readonly string[];
	/** Those that have not given back yet. */
	readonly debtors: Set<Debtor>;
	/** Called at its end, for requests that wait for it. */
	readonly done: (() => void)[];
	readonly late: NodeJS.Timeout;
}

export class PrimaryCredit {
	readonly #counters: Counters;
	readonly #isContested: (counter: string) => boolean;
	readonly #now: () => number;
	/** Workers that may have some, by counter, and until when if nothing more is given. */
	readonly #out = new Map<string, Map<Debtor, number>>();
	readonly #pausedUntil = new Map<string, number>();
	readonly #recalls = new Map<number, Recall>();
	/** The same by counter. */
	readonly #recalling = new Map<string, Recall>();
	#lastRecall = 0;

	/** @param isContested whether a request waits for the counter */
	constructor(counters: Counters, isContested: (counter: string) => boolean, now: () => number) {
		this.#counters = counters;
		this.#isContested = isContested;
		this.#now = now;
	}

	join(debtor: Debtor): CreditMember {
		return new CreditMember(this, debtor, this.#now);
	}

	/** Takes these amounts for a worker. @returns undefined if others are short of one of the limits, or it has too little left */
	take(debtor: Debtor, claims: readonly Claim[]): Credit[] | undefined {
		const now = this.#now();
		for (const { limit } of claims) {
			if ((this.#pausedUntil.get(limit.counter) ?? 0) > now || this.#isContested(limit.counter)) return undefined;
		}
		let credits: Credit[] | undefined;
		this.#counters.take(0, claims, true, (outcome) => {
			if (outcome.kind !== "taken") return;
			const { at, standings } = outcome;
			credits = claims.map(({ limit: { counter, span, max }, amount }, index) => {
				const { remaining, resetAt } = standings[index] as Standing;
				return [counter, span, max, amount, at, remaining, resetAt];
			});
		});
		for (const { limit } of claims) this.#noteOut(debtor, limit.counter, now);
		return credits;
	}

	/**
	 * Calls back the credit that workers have of the limits of these claims.
	 *
	 * @param done called once it is back
	 * @returns whether any worker has some
	 */
	recall(claims: readonly Claim[], done: () => void): boolean {
		const now = this.#now();
		const wanted = new Map<Debtor, string[]>();
		for (const { limit } of claims) {
			const { counter } = limit;
			const running = this.#recalling.get(counter);
			if (running !== undefined) {
				running.done.push(done);
				return true;
			}
			for (const [debtor, until] of this.#out.get(counter) ?? [])
				if (until > now) wanted.set(debtor, [...(wanted.get(debtor) ?? []), counter]);
		}
		if (wanted.size === 0) return false;
		this.#begin(wanted, done);
		return true;
	}

	#begin(wanted: ReadonlyMap<Debtor, readonly string[]>, done: () => void): void {
		this.#lastRecall += 1;
		const number = this.#lastRecall;
		const counters = [...new Set([...wanted.values()].flat())];
		const late = setTimeout(() => this.#end(number), patienceMs);
		const recall: Recall = { counters, debtors: new Set(wanted.keys()), done: [done], late };
		this.#recalls.set(number, recall);
		for (const counter of counters) {
			this.#recalling.set(counter, recall);
			this.#out.delete(counter);
			this.#pausedUntil.set(counter, this.#now() + pauseMs);
		}
		for (const [debtor, owed] of wanted) debtor.recall(number, owed);
	}

	/** A worker has given back the credit that this recall was about. */
	returned(debtor: Debtor, number: number): void {
		const recall = this.#recalls.get(number);
		recall?.debtors.delete(debtor);
		if (recall?.debtors.size === 0) this.#end(number);
	}

	/** The worker is no more. */
	leave(debtor: Debtor): void {
		for (const debtors of this.#out.values()) debtors.delete(debtor);
		for (const number of this.#recalls.keys()) this.returned(debtor, number);
	}

	#end(number: number): void {
		const recall = this.#recalls.get(number);
		if (recall === undefined) return;
		this.#recalls.delete(number);
		clearTimeout(recall.late);
		for (const counter of recall.counters) this.#recalling.delete(counter);
		for (const done of recall.done) done();
	}

	#noteOut(debtor: Debtor, counter: string, now: number): void {
		let debtors = this.#out.get(counter);
		if (debtors === undefined) {
			this.#sweep(now);
			debtors = new Map();
			this.#out.set(counter, debtors);
		}
		debtors.set(debtor, now + slotMs + graceMs);
	}

	/** Forgets what is over. */
	#sweep(now: number): void {
		for (const [counter, until] of this.#pausedUntil) if (until <= now) this.#pausedUntil.delete(counter);
		for (const [counter, debtors] of this.#out) {
			for (const [debtor, until] of debtors) if (until <= now) debtors.delete(debtor);
			if (debtors.size === 0) this.#out.delete(counter);
		}
	}
}

/** Decides how much credit one worker is given. */
export class CreditMember {
	readonly #credit: PrimaryCredit;
	readonly #debtor: Debtor;
	readonly #now: () => number;
	/** By counter. */
	#heat = new Map<string, Heat>();
	#second = 0;

	constructor(credit: PrimaryCredit, debtor: Debtor, now: () => number) {
		this.#credit = credit;
		this.#debtor = debtor;
		this.#now = now;
	}

	/**
	 * A request was granted.
	 *
	 * @param message number of the message that asked for it: each is answered with at most one credit of a limit
	 * @returns credit for more requests like it, if that is worth its while and does no harm
	 */
	afterGrant(message: number, claims: readonly Claim[], standings: readonly Standing[]): Credit[] | undefined {
		this.#cool();
		const heats = claims.map(({ limit }) => this.#heatOf(limit.counter));
		let requests = mostRequests;
		for (const [index, heat] of heats.entries()) {
			heat.requests += 1;
			const isBusy = (heat.requests >= manyRequests || heat.wasGiven) && heat.message !== message;
			const perRequest = Math.max(1, (claims[index] as Claim).amount);
			const room = Math.floor(((standings[index] as Standing).remaining * share) / perRequest);
			requests = isBusy ? Math.min(requests, heat.size, room) : 0;
			if (requests < leastRequests) break;
		}
		if (requests < leastRequests) return undefined;
		const wanted = claims.map(({ limit, amount }) => ({ limit, amount: requests * Math.max(1, amount) }));
		const credits = this.#credit.take(this.#debtor, wanted);
		if (credits === undefined) return undefined;
		for (const heat of heats) {
			if (heat.given > 0) heat.size = Math.min(mostRequests, heat.size * 2);
			heat.given += 1;
			heat.message = message;
		}
		return credits;
	}

	returned(number: number): void {
		this.#credit.returned(this.#debtor, number);
	}

	leave(): void {
		this.#credit.leave(this.#debtor);
	}

	#heatOf(counter: string): Heat {
		let heat = this.#heat.get(counter);
		if (heat === undefined) {
			heat = { requests: 0, given: 0, wasGiven: false, size: firstRequests, message: undefined };
			this.#heat.set(counter, heat);
		}
		return heat;
	}

	/** At the start of each second: keeps the limits that credit was given of in the last one, and forgets the others. */
	#cool(): void {
		const second = slotOf(this.#now());
		if (second === this.#second) return;
		if (second !== this.#second + 1) this.#heat.clear();
		this.#second = second;
		for (const [counter, heat] of this.#heat) {
			if (heat.given === 0) this.#heat.delete(counter);
			if (heat.given === 1) heat.size = Math.max(firstRequests, heat.size / 2);
			heat.wasGiven = heat.given > 0;
			heat.requests = 0;
			heat.given = 0;
		}
	}
}
