/** Counts requests in windows of time. One counter, in the primary, serves all workers, which makes it exact. */

/** One request to be counted. */
export interface Take {
	key: string;
	max: number;
	windowMs: number;
}

/** The count after it: `remaining` includes this request, so 0 means that it is refused. */
export interface Taken {
	remaining: number;
	/** Milliseconds since the epoch at which the window ends. */
	resetAt: number;
}

export interface Counter {
	take(take: Take): Promise<Taken>;
}

interface Window {
	used: number;
	resetAt: number;
}

/** Windows are swept when this many have been opened since the last time. */
const sweepEvery = 10_000;

/**
 * Fixed windows in memory: a key's window opens with its first request and ends `windowMs` later.
 *
 * Memory is one small record for each key seen in its window.
 */
export class WindowCounter implements Counter {
	readonly #windows = new Map<string, Window>();
	readonly #now: () => number;
	#opened = 0;

	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	take(take: Take): Promise<Taken> {
		return Promise.resolve(this.takeNow(take));
	}

	takeNow({ key, max, windowMs }: Take): Taken {
		const now = this.#now();
		let window = this.#windows.get(key);
		if (window === undefined || window.resetAt <= now) {
			window = { used: 0, resetAt: now + windowMs };
			this.#windows.set(key, window);
			this.#sweep(now);
		}
		const remaining = Math.max(0, max - window.used);
		if (remaining > 0) window.used += 1;
		return { remaining, resetAt: window.resetAt };
	}

	#sweep(now: number): void {
		this.#opened += 1;
		if (this.#opened < sweepEvery) return;
		this.#opened = 0;
		for (const [key, window] of this.#windows) if (window.resetAt <= now) this.#windows.delete(key);
	}
}
