/** Counts in memory, and hands over what is new. It runs for every request, so it only adds numbers. */
import { type CounterName, counters, type HistogramName, histograms } from "./families.js";

/** What was added to one series since it was last handed over. For a histogram: each bucket's count, then the sum. */
export type Delta = readonly [
	family: CounterName | HistogramName,
	labels: readonly string[],
	values: readonly number[],
];

export interface Recorder {
	/** Adds to a counter. Labels are in the family's order, each from a bounded set. */
	add(family: CounterName, labels: readonly string[], amount?: number): void;
	/** Adds one value to a histogram, in its unit. */
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

/** By the first label, then by the next, so that a look-up joins no strings. */
type Branch = Map<string, Branch | Series>;

interface FamilySeries {
	root: Branch;
	/** How many series there are. */
	count: number;
	readonly buckets: readonly number[];
	readonly size: number;
}

/** A worker with more series of a family than this drops them all and begins anew, which bounds its memory. */
const maxSeries = 10_000;

export function createRecorder(): CountingRecorder {
	const families = new Map<CounterName | HistogramName, FamilySeries>();
	for (const name of Object.keys(counters) as CounterName[])
		families.set(name, { root: new Map(), count: 0, buckets: [], size: 1 });
	for (const name of Object.keys(histograms) as HistogramName[]) {
		const { buckets } = histograms[name];
		families.set(name, { root: new Map(), count: 0, buckets, size: buckets.length + 2 });
	}
	let changed: [CounterName | HistogramName, Series][] = [];
	const seriesOf = (name: CounterName | HistogramName, family: FamilySeries, labels: readonly string[]): Series => {
		const series = find(family, labels);
		if (!series.isNew) {
			series.isNew = true;
			changed.push([name, series]);
		}
		return series;
	};
	return {
		add(family, labels, amount = 1) {
			const { values } = seriesOf(family, families.get(family) as FamilySeries, labels);
			values[0] = (values[0] as number) + amount;
		},
		observe(family, labels, value) {
			const found = families.get(family) as FamilySeries;
			const { values } = seriesOf(family, found, labels);
			const { buckets } = found;
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

function find(family: FamilySeries, labels: readonly string[]): Series {
	let branch = family.root;
	const last = labels.length - 1;
	for (let at = 0; at < last; at += 1) {
		const label = labels[at] as string;
		let next = branch.get(label) as Branch | undefined;
		if (next === undefined) {
			next = new Map();
			branch.set(label, next);
		}
		branch = next;
	}
	const label = labels[last] ?? "";
	const known = branch.get(label) as Series | undefined;
	if (known !== undefined) return known;
	if (family.count >= maxSeries) {
		// What was counted in the old ones is in `changed`, to be handed over.
		family.count = 0;
		family.root = new Map();
		return find(family, labels);
	}
	const series = { labels, values: new Array<number>(family.size).fill(0), isNew: false };
	branch.set(label, series);
	family.count += 1;
	return series;
}

/** Joins labels by a byte that no label has. */
export function keyOf(labels: readonly string[]): string {
	let key = labels[0] ?? "";
	for (let at = 1; at < labels.length; at += 1) key += `\n${labels[at]}`;
	return key;
}

/** The first bucket that the value fits in; the one after all bounds if it fits in none. */
function bucketOf(buckets: readonly number[], value: number): number {
	let at = 0;
	while (at < buckets.length && value > (buckets[at] as number)) at += 1;
	return at;
}
