/** Counters in the memory of one process, which counts for all workers. */
import { type Take, type Taken, windowLimit } from "./counter.js";
import type { Correction, Counters, Look, Outcome } from "./counters.js";
import { type Claim, isLasting, type Limit, type Standing } from "./ledger.js";
import { createTally, restoreTally, WindowTally } from "./tallies.js";
import { isKept, type KeptSpan, type Tally } from "./tally.js";

/** How much of a counter is used in a day, a month or a session, as a `KeptTally` saves it. */
export type CalendarEntry = readonly [counter: string, span: KeptSpan, period: number, used: number];

/** Tallies that nothing is used of are swept when this many have been opened since the last time. */
const sweepEvery = 10_000;

export class MemoryCounters implements Counters {
	readonly askAgainMs = undefined;
	readonly isOwn = true;
	readonly #now: () => number;
	readonly #tallies = new Map<string, Tally>();
	/** Counters of days, months and sessions that have changed since `takeChanges`. */
	readonly #changes = new Set<string>();
	readonly #changed: (() => void) | undefined;
	#opened = 0;

	/**
	 * @param now milliseconds since the epoch
	 * @param changed called when something was counted in a day or a month, once until the changes are taken
	 */
	constructor(now: () => number = Date.now, changed?: () => void) {
		this.#now = now;
		this.#changed = changed;
	}

	take(_hold: number, claims: readonly Claim[], isExtension: boolean, done: (outcome: Outcome) => void): void {
		const now = this.#now();
		for (const { limit, amount } of claims) {
			if (isExtension && amount === 0) continue;
			if (this.#tallyOf(limit).used(now) + Math.max(1, amount) > limit.max) {
				done({ kind: "short", ...this.#look(claims, isExtension, now) });
				return;
			}
		}
		const standings = claims.map(({ limit, amount }): Standing => {
			const tally = this.#tallyOf(limit);
			tally.add(amount, now);
			if (isKept(tally)) this.#note(limit);
			return { remaining: Math.max(0, limit.max - tally.used(now)), resetAt: tally.resetAt(now) };
		});
		done({ kind: "taken", at: now, standings });
	}

	look(claims: readonly Claim[], done: (look: Look | undefined) => void): void {
		done(this.#look(claims, false, this.#now()));
	}

	correct(_hold: number, corrections: readonly Correction[]): void {
		const now = this.#now();
		for (const { limit, amount, at } of corrections) {
			const tally = this.#tallyOf(limit);
			tally.used(now);
			if (amount > 0) tally.add(amount, now);
			else tally.giveBack(-amount, at);
			if (isKept(tally)) this.#note(limit);
		}
	}

	count(take: Take, done: (taken: Taken | undefined) => void): void {
		done(this.countNow(take));
	}

	countNow(take: Take): Taken {
		const now = this.#now();
		const limit = windowLimit(take);
		const tally = this.#tallyOf(limit);
		if (tally instanceof WindowTally) tally.lengthMs = take.windowMs;
		const remaining = Math.max(0, take.max - tally.used(now));
		if (remaining > 0) tally.add(1, now);
		return { remaining, resetAt: tally.resetAt(now) };
	}

	takeChanges(): CalendarEntry[] {
		const changed = [...this.#changes].map((counter) => this.#entryOf(counter));
		this.#changes.clear();
		return changed.filter((entry) => entry !== undefined);
	}

	/** The use of all days, months and sessions. */
	entries(): CalendarEntry[] {
		return [...this.#tallies.keys()].map((counter) => this.#entryOf(counter)).filter((entry) => entry !== undefined);
	}

	/** What was used before this process began. */
	restore(entries: readonly CalendarEntry[]): void {
		for (const [counter, span, period, used] of entries) {
			const tally = restoreTally(span, [period, used]);
			if (tally.saved(this.#now())[1] > 0) this.#tallies.set(counter, tally);
		}
	}

	/** Counters in memory at the moment. */
	get size(): number {
		return this.#tallies.size;
	}

	#look(claims: readonly Claim[], isExtension: boolean, now: number): Look {
		let short: number | undefined;
		let retryAt: number | undefined;
		const standings = claims.map(({ limit, amount }, index): Standing => {
			const tally = this.#tallyOf(limit);
			const used = tally.used(now);
			const missing = used + Math.max(1, amount) - limit.max;
			if (missing > 0 && !(isExtension && amount === 0)) {
				const freeAt = tally.freeAt(missing, now);
				const isLongest = (freeAt ?? 0) > (retryAt ?? 0) && !isLasting((claims[short ?? 0] as Claim).limit.span);
				if (short === undefined || isLongest || isLasting(limit.span)) [short, retryAt] = [index, freeAt];
			}
			return { remaining: Math.max(0, limit.max - used), resetAt: tally.resetAt(now) };
		});
		return { standings, short, retryAt };
	}

	#note({ counter }: Pick<Limit, "counter">): void {
		if (this.#changed === undefined) return;
		if (this.#changes.size === 0) this.#changed();
		this.#changes.add(counter);
	}

	#entryOf(counter: string): CalendarEntry | undefined {
		const tally = this.#tallies.get(counter);
		if (tally === undefined || !isKept(tally)) return undefined;
		return [counter, tally.span, ...tally.saved(this.#now())];
	}

	#tallyOf(limit: Pick<Limit, "counter" | "span" | "windowMs">): Tally {
		const known = this.#tallies.get(limit.counter);
		if (known !== undefined) return known;
		this.#sweep();
		const tally = createTally(limit);
		this.#tallies.set(limit.counter, tally);
		return tally;
	}

	#sweep(): void {
		this.#opened += 1;
		if (this.#opened < sweepEvery) return;
		this.#opened = 0;
		const now = this.#now();
		for (const [counter, tally] of this.#tallies) if (tally.used(now) === 0) this.#tallies.delete(counter);
	}
}
