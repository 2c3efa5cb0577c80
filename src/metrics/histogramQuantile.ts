/** Quantiles out of a histogram's buckets, estimated as Prometheus' `histogram_quantile` does. */

/**
 * @param bounds upper bounds, rising
 * @param counts how many values fell in each bucket, and after the last bound
 * @returns undefined if nothing was counted; the last bound if the quantile lies after it
 */
export function quantileOf(share: number, bounds: readonly number[], counts: readonly number[]): number | undefined {
	let all = 0;
	for (let at = 0; at <= bounds.length; at += 1) all += counts[at] as number;
	if (all === 0) return undefined;
	const rank = share * all;
	let before = 0;
	for (const [at, bound] of bounds.entries()) {
		const count = counts[at] as number;
		if (count > 0 && before + count >= rank) {
			const least = bounds[at - 1] ?? 0;
			return least + (bound - least) * ((rank - before) / count);
		}
		before += count;
	}
	return bounds.at(-1);
}
