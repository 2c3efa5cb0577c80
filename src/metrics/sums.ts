/** Sums of what all processes have counted, kept in the primary, so that they outlive workers. */
import type { CounterName, HistogramName } from "./families.js";
import { type Delta, keyOf } from "./metricRecorder.js";

/** Further series of a family are counted as one, which bounds the size of a scrape. No configuration needs as many. */
const maxSeries = 10_000;

export interface Sum {
	readonly labels: readonly string[];
	/** As in `Delta`. */
	readonly values: number[];
}

export interface Sums {
	receive(deltas: readonly Delta[]): void;
	/** All series of a family, the oldest first. */
	of(family: CounterName | HistogramName): Iterable<Sum>;
}

export function createSums(limit = maxSeries): Sums {
	const families = new Map<CounterName | HistogramName, Map<string, Sum>>();
	const sumOf = (family: CounterName | HistogramName, labels: readonly string[], size: number): Sum => {
		let series = families.get(family);
		if (series === undefined) {
			series = new Map();
			families.set(family, series);
		}
		const key = keyOf(labels);
		const known = series.get(key);
		if (known !== undefined) return known;
		const others = labels.map(() => "other");
		if (series.size >= limit && keyOf(others) !== key) return sumOf(family, others, size);
		const sum = { labels, values: new Array<number>(size).fill(0) };
		series.set(key, sum);
		return sum;
	};
	return {
		receive(deltas) {
			for (const [family, labels, values] of deltas) {
				const sum = sumOf(family, labels, values.length);
				for (const [at, value] of values.entries()) sum.values[at] = (sum.values[at] as number) + value;
			}
		},
		of: (family) => families.get(family)?.values() ?? [],
	};
}
