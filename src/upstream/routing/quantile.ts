/** The 95th percentile of the latest times to first output, after which a request is hedged. */

const maxSamples = 512;
const minSamples = 20;
/** The percentile is recomputed after this many samples, so that it costs little per sample. */
const refreshEvery = 16;

export class LatencyQuantile {
	readonly #samples = new Float64Array(maxSamples);
	readonly #sorted = new Float64Array(maxSamples);
	#added = 0;
	#p95: number | undefined;

	/** Adds a time in milliseconds; negative and infinite ones are ignored. */
	add(ms: number): void {
		if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) return;
		this.#samples[this.#added % maxSamples] = ms;
		this.#added += 1;
		if (this.#added % refreshEvery === 0) this.#p95 = undefined;
	}

	/** @returns milliseconds, of the last 512 samples by nearest rank; `undefined` until there are 20. */
	p95(): number | undefined {
		if (this.#added < minSamples) return undefined;
		this.#p95 ??= this.#compute();
		return this.#p95;
	}

	#compute(): number | undefined {
		const count = Math.min(this.#added, maxSamples);
		this.#sorted.set(this.#samples);
		return this.#sorted.subarray(0, count).sort()[Math.ceil(count * 0.95) - 1];
	}
}
