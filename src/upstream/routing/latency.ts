/** A target's current latency: a moving average that rises at once and falls slowly. */

const timeConstantMs = 10_000;

/**
 * Peak-EWMA, as Finagle's balancer of that name has it: a slower answer than the average becomes the average at once; a
 * faster one, and time without any, let it sink with a time constant of 10 s. So a target that was slow is asked again
 * some time later. Times are milliseconds of one clock that doesn't go back.
 */
export class PeakEwma {
	#average: number | undefined;
	#observedAt = 0;

	observe(ms: number, now: number): void {
		if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) return;
		if (this.#average === undefined || ms >= this.#average) {
			this.#average = ms;
		} else {
			const decay = this.#decay(now);
			this.#average = this.#average * decay + ms * (1 - decay);
		}
		this.#observedAt = now;
	}

	/** @returns milliseconds; `undefined` before anything was observed. */
	value(now: number): number | undefined {
		return this.#average === undefined ? undefined : this.#average * this.#decay(now);
	}

	#decay(now: number): number {
		return Math.exp(-Math.max(0, now - this.#observedAt) / timeConstantMs);
	}
}
