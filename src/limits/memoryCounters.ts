/** Counters in memory: of one process, which counts for all workers. */
import { type Take, type Taken, WindowCounter } from "./counter.js";
import type { Correction, Counters, Look, Outcome } from "./counters.js";
import type { Claim, Limit, Standing } from "./ledger.js";
import { createTally, type Tally } from "./tallies.js";

/** Tallies that nothing is used of are swept when this many have been opened since the last time. */
const sweepEvery = 10_000;

export class MemoryCounters implements Counters {
	readonly askAgainMs = undefined;
	readonly #now: () => number;
	readonly #tallies = new Map<string, Tally>();
	readonly #windows: WindowCounter;
	#opened = 0;

	constructor(now: () => number = Date.now) {
		this.#now = now;
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
		}
	}

	count(take: Take, done: (taken: Taken | undefined) => void): void {
		done(this.#windows.takeNow(take));
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

	#tallyOf(limit: Limit): Tally {
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
