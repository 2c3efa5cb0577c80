/** Counts in memory, and hands over what is new: on the way of every request, so that it only adds numbers. */
import { type CounterName, counters, type HistogramName, histograms } from "./families.js";

/** What has been added to one series since it was last handed over. Of a histogram: each bucket's count, then the sum. */
export type Delta = readonly [
	family: CounterName | HistogramName,
	labels: readonly string[],
	values: readonly number[],
];

export interface Recorder {
	/** Adds to a counter. Labels in the family's order, each out of a bounded set. */
	add(family: CounterName, labels: readonly string[], amount?: number): void;
	/** Takes one value for a histogram, in its unit. */
	observe(family: HistogramName, labels: readonly string[], value: number): void;
}

export interface CountingRecorder extends Recorder {
	/** What is new since the last call. */
	take(): Delta[];
}

/** For a gateway that counts nothing. */
export const idleRecorder: Recorder = { add() {}, observe() {} };

interface Series {
	readonly labels: readonly string[];
	/** As in `Delta`. */
	readonly values: number[];
	isNew: boolean;
}

interface FamilySeries {
	readonly byLabels: Map<string, Series>;
	readonly buckets: readonly number[];
	readonly size: number;
}

/** A worker may be asked for no more series of a family than this before it begins with none again, which bounds memory. */
const maxSeries = 10_000;

export function createRecorder(): CountingRecorder {
	const families = new Map<CounterName | HistogramName, FamilySeries>();
	for (const name of Object.keys(counters) as CounterName[])
		families.set(name, { byLabels: new Map(), buckets: [], size: 1 });
	for (const name of Object.keys(histograms) as HistogramName[]) {
		const { buckets } = histograms[name];
		families.set(name, { byLabels: new Map(), buckets, size: buckets.length + 2 });
	}
	let changed: [CounterName | HistogramName, Series][] = [];
	const seriesOf = (name: CounterName | HistogramName, labels: readonly string[]): Series => {
		const { byLabels, size } = families.get(name) as FamilySeries;
		const key = keyOf(labels);
		let series = byLabels.get(key);
		if (series === undefined) {
			// What has been counted in the old ones is in `changed`.
			if (byLabels.size >= maxSeries) byLabels.clear();
			series = { labels, values: new Array<number>(size).fill(0), isNew: false };
			byLabels.set(key, series);
		}
		if (!series.isNew) {
			series.isNew = true;
			changed.push([name, series]);
		}
		return series;
	};
	return {
		add(family, labels, amount = 1) {
			const { values } = seriesOf(family, labels);
			values[0] = (values[0] as number) + amount;
		},
		observe(family, labels, value) {
			const { values } = seriesOf(family, labels);
			const { buckets } = families.get(family) as FamilySeries;
			const bucket = bucketOf(buckets, value);
			values[bucket] = (values[bucket] as number) + 1;
			values[buckets.length + 1] = (values[buckets.length + 1] as number) + value;
		},
		take() {
			const deltas = changed.map(([family, series]): Delta => {
				const values = series.values.slice();
				series.values.fill(0);
				series.isNew = false;
				return [family, series.labels, values];
			});
			changed = [];
			return deltas;
		},
	};
}

/** Labels as one text; a byte that no label has stands between them. */
export function keyOf(labels: readonly string[]): string {
	let key = labels[0] ?? "";
	for (let at = 1; at < labels.length; at += 1) key += `\n${labels[at]}`;
	return key;
}

/** The first bucket that the value fits in; the one behind all bounds where there is none. */
function bucketOf(buckets: readonly number[], value: number): number {
	let at = 0;
	while (at < buckets.length && value > (buckets[at] as number)) at += 1;
	return at;
}
