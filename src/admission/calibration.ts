/** By how much the estimate of a prompt's tokens is off, by model: the counts that upstreams report, relative to it. */

const share = 0.1;
/** A larger factor can't be due to tokenizers. */
const [least, most] = [0.25, 4];
const maxModels = 1_000;

/** A moving average in this worker's memory. */
export class Calibration {
	readonly #factors = new Map<string, number>();

	/** An upstream counted tokens that had been estimated. */
	learn(model: string, reported: number, estimated: number): void {
		if (!(reported > 0 && estimated > 0)) return;
		const seen = Math.min(most, Math.max(least, reported / estimated));
		const before = this.#factors.get(model);
		if (before === undefined && this.#factors.size >= maxModels) this.#factors.clear();
		this.#factors.set(model, before === undefined ? seen : before * (1 - share) + seen * share);
	}

	tokensOf(model: string, estimated: number): number {
		return Math.ceil(estimated * (this.#factors.get(model) ?? 1));
	}
}
