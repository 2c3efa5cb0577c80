/** Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import {
	type CounterName,
	counters,
	type Family,
	type GaugeName,
	gauges,
	type HistogramFamily,
	type HistogramName,
	histograms,
} from "./families.js";
import type { Sum, Sums } from "./sums.js";

export const contentType = "text/plain; version=0.0.4; charset=utf-8";

export interface GaugeValue {
	readonly labels: readonly string[];
	readonly value: number;
}

export type GaugeValues = { readonly [name in GaugeName]: readonly GaugeValue[] };

/** All that is known, as text. */
export function expose(sums: Sums, now: GaugeValues): string {
	const lines: string[] = [];
	for (const [name, family] of Object.entries(counters)) {
		describe(lines, family, "counter");
		for (const { labels, values } of withoutLabels(family, sums.of(name as CounterName)))
			lines.push(line(family.name, family.labels, labels, values[0] as number));
	}
	for (const [name, family] of Object.entries(histograms)) {
		describe(lines, family, "histogram");
		for (const sum of sums.of(name as HistogramName)) exposeHistogram(lines, family, sum);
	}
	for (const [name, family] of Object.entries(gauges)) {
		describe(lines, family, "gauge");
		for (const { labels, value } of now[name as GaugeName]) lines.push(line(family.name, family.labels, labels, value));
	}
	return `${lines.join("\n")}\n`;
}

/** A counter without labels is there from the start, since its first rise from nothing would be no rise to Prometheus. */
function withoutLabels({ labels }: Family, sums: Iterable<Sum>): Iterable<Sum> {
	const all = [...sums];
	return all.length === 0 && labels.length === 0 ? [{ labels: [], values: [0] }] : all;
}

function describe(lines: string[], { name, help }: Family, type: string): void {
	lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}

function exposeHistogram(lines: string[], family: HistogramFamily, { labels, values }: Sum): void {
	const { name, buckets } = family;
	const names = [...family.labels, "le"];
	let count = 0;
	for (const [at, bound] of [...buckets, "+Inf"].entries()) {
		count += values[at] as number;
		lines.push(line(`${name}_bucket`, names, [...labels, String(bound)], count));
	}
	lines.push(line(`${name}_sum`, family.labels, labels, values[buckets.length + 1] as number));
	lines.push(line(`${name}_count`, family.labels, labels, count));
}

function line(name: string, names: readonly string[], labels: readonly string[], value: number): string {
	if (names.length === 0) return `${name} ${value}`;
	const pairs = names.map((label, at) => `${label}="${escaped(labels[at] ?? "")}"`);
	return `${name}{${pairs.join(",")}} ${value}`;
}

function escaped(value: string): string {
	return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
