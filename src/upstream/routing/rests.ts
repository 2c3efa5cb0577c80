/** Models whose upstreams have asked, by `retry-after`, for a pause. */

/** Limited, since clients may be free to name models as they like. */
const maxRests = 1000;

export class Rests {
	/** End of each pause on the monotonic clock, in order of insertion. */
	readonly #until = new Map<string, number>();

	add(target: string, model: string, until: number): void {
		const key = keyOf(target, model);
		this.#until.delete(key);
		if (this.#until.size >= maxRests) {
			const [oldest] = this.#until.keys();
			this.#until.delete(oldest as string);
		}
		this.#until.set(key, until);
	}

	has(target: string, model: string): boolean {
		return this.#until.size > 0 && this.restMs(target, model) > 0;
	}

	/** What is left of the pause, in milliseconds. */
	restMs(target: string, model: string): number {
		const key = keyOf(target, model);
		const until = this.#until.get(key);
		if (until === undefined) return 0;
		const restMs = until - performance.now();
		if (restMs > 0) return restMs;
		this.#until.delete(key);
		return 0;
	}
}

function keyOf(target: string, model: string): string {
	return `${target}\n${model.slice(0, 256)}`;
}
