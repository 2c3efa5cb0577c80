/** Where conversations are at home: the target that has answered each last, whose cache holds what was said so far. */

/** Plain data, which is sent to other processes as it is. */
export interface Home {
	/** The target's name. */
	readonly target: string;
	/** Milliseconds since the epoch. */
	readonly usedAt: number;
	/** How many turns it has answered in a row. */
	readonly turns: number;
}

export type HomeEntry = readonly [key: number, home: Home];

/** Longer than most caches keep anything; an upstream that stores responses keeps them longer. */
export const homeMs = 60 * 60 * 1000;
export const maxHomes = 20_000;

/** Those used last come last. The oldest make room. */
export class Homes {
	readonly #homes = new Map<number, Home>();
	readonly #now: () => number;

	/** @param now milliseconds since the epoch */
	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	of(key: number): Home | undefined {
		const home = this.#homes.get(key);
		return home === undefined || home.usedAt + homeMs < this.#now() ? undefined : home;
	}

	add(key: number, home: Home): void {
		this.#homes.delete(key);
		this.#homes.set(key, home);
		if (this.#homes.size <= maxHomes) return;
		const [oldest] = this.#homes.keys();
		this.#homes.delete(oldest as number);
	}

	entries(): HomeEntry[] {
		const now = this.#now();
		return [...this.#homes].filter(([, { usedAt }]) => usedAt + homeMs >= now);
	}
}

/** A turn was answered by a target. */
export function homeAfter(before: Home | undefined, target: string, usedAt: number): Home {
	return { target, usedAt, turns: before?.target === target ? before.turns + 1 : 1 };
}
