/** Counters in the memory of one process, which counts for all workers. */
import { type Take, type Taken, WindowCounter } from "./counter.js";
import type { Correction, Counters, Look, Outcome } from "./counters.js";
import type { Claim, Limit, Standing } from "./ledger.js";
import { CalendarTally, createTally, type Tally } from "./tallies.js";

/** How much of a counter is used in a day or a month; `period` is the number of that day or month. */
export type CalendarEntry = readonly [counter: string, span: "day" | "month", period: number, used: number];

/** Tallies that nothing is used of are swept when this many have been opened since the last time. */
const sweepEvery = 10_000;

export class MemoryCounters implements Counters {
	readonly askAgainMs = undefined;
	readonly isOwn = true;
	readonly #now: () => number;
	readonly #tallies = new Map<string, Tally>();
	readonly #windows: WindowCounter;
	/** Counters of days and months that have changed since `takeChanges`. */
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
		this.#windows = new WindowCounter(now);
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
			if (tally instanceof CalendarTally) this.#note(limit);
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
			if (tally instanceof CalendarTally) this.#note(limit);
		}
	}

	count(take: Take, done: (taken: Taken | undefined) => void): void {
		done(this.#windows.takeNow(take));
	}

	takeChanges(): CalendarEntry[] {
		const changed = [...this.#changes].map((counter) => this.#entryOf(counter));
		this.#changes.clear();
		return changed.filter((entry) => entry !== undefined);
	}

	/** The use of all days and months. */
	entries(): CalendarEntry[] {
		return [...this.#tallies.keys()].map((counter) => this.#entryOf(counter)).filter((entry) => entry !== undefined);
	}

	/** What was used before this process began. */
	restore(entries: readonly CalendarEntry[]): void {
		for (const [counter, span, period, used] of entries) {
			const tally = new CalendarTally(span, period, used);
			if (tally.used(this.#now()) > 0) this.#tallies.set(counter, tally);
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
				if (short === undefined || (freeAt ?? 0) > (retryAt ?? 0)) [short, retryAt] = [index, freeAt];
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
		if (!(tally instanceof CalendarTally)) return undefined;
		const used = tally.used(this.#now());
		return [counter, tally.span, tally.period, used];
	}

	#tallyOf(limit: Pick<Limit, "counter" | "span">): Tally {
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
