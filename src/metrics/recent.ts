/** The last ten minutes as series, for the dashboard: workers' reports are added to the step that is under way. */
import { readBaseDocument } from "../contract/baseDocument.js";
import { fileOperations } from "../contract/fileOperations.js";
import type { components } from "../generated/contract.js";
import { histograms } from "./families.js";
import { quantileOf } from "./histogramQuantile.js";
import type { Delta } from "./metricRecorder.js";

type Schemas = components["schemas"];
export type RecentUpstream = Pick<
	Schemas["OverviewUpstream"],
	"step_seconds" | "attempts" | "failed" | "latency_p50_ms"
>;

export const stepMs = 2_000;
const mostSteps = 300;
/** Latencies are estimated over this many steps: one alone has few requests. */
const latencySteps = 5;
/** Each step of an upstream's series is this many of these. */
const upstreamSteps = 5;
/** An upstream's latency is measured over the last minute. */
const minuteSteps = 30;

export interface Recent {
	receive(deltas: readonly Delta[]): void;
	/** Ends the step that is under way. */
	step(requestsInFlight: number): void;
	totals(): Schemas["OverviewTotals"];
	series(): Schemas["OverviewSeries"];
	upstream(name: string): RecentUpstream;
}

type Totals = { [Name in keyof Schemas["OverviewTotals"]]: number };

interface Attempts {
	ended: number;
	failed: number;
	/** As in `Delta`. */
	seconds: number[];
}

interface Step {
	readonly counts: Totals;
	readonly requestSeconds: number[];
	readonly firstTokenSeconds: number[];
	readonly upstreams: Map<string, Attempts>;
	/** These are set when it ends. */
	inFlight: number;
	latency: (number | null)[];
	firstToken: (number | null)[];
}

/** @param now milliseconds since the epoch */
export function createRecent(now: () => number = Date.now): Recent {
	const ours = ownOperations();
	const totals = noCounts();
	let isPriced = false;
	const steps: Step[] = Array.from({ length: mostSteps }, newStep);
	let current = newStep();
	let endedAt = now();
	return {
		receive(deltas) {
			for (const delta of deltas) {
				count(current, delta, ours);
				isPriced ||= delta[0] === "cost";
			}
		},
		step(requestsInFlight) {
			for (const name of countNames) totals[name] += current.counts[name];
			steps.shift();
			steps.push(current);
			const lately = steps.slice(-latencySteps);
			current.inFlight = requestsInFlight;
			current.latency = quantiles("requestSeconds", lately, [0.5, 0.95, 0.99]);
			current.firstToken = quantiles("firstTokenSeconds", lately, [0.5, 0.95]);
			current = newStep();
			endedAt = now();
		},
		totals: () => ({ ...totals, cost: isPriced ? totals.cost : null }),
		series() {
			const counts = Object.fromEntries(
				countNames.map((name) => [name, steps.map((step) => step.counts[name])]),
			) as Record<keyof Totals, number[]>;
			return {
				end_time: endedAt / 1000,
				...counts,
				in_flight: steps.map(({ inFlight }) => inFlight),
				latency_p50_ms: steps.map(({ latency }) => latency[0] ?? null),
				latency_p95_ms: steps.map(({ latency }) => latency[1] ?? null),
				latency_p99_ms: steps.map(({ latency }) => latency[2] ?? null),
				first_token_p50_ms: steps.map(({ firstToken }) => firstToken[0] ?? null),
				first_token_p95_ms: steps.map(({ firstToken }) => firstToken[1] ?? null),
			};
		},
		upstream: (name) => upstreamOf(steps, name),
	};
}

function noCounts(): Totals {
	return {
		requests: 0,
		refused: 0,
		limited: 0,
		failed: 0,
		cancelled: 0,
		broken: 0,
		input_tokens: 0,
		output_tokens: 0,
		cost: 0,
	};
}

const countNames = Object.keys(noCounts()) as (keyof Totals)[];

function newStep(): Step {
	return {
		counts: noCounts(),
		requestSeconds: emptyBuckets("requestSeconds"),
		firstTokenSeconds: emptyBuckets("firstTokenSeconds"),
		upstreams: new Map(),
		inFlight: 0,
		latency: [],
		firstToken: [],
	};
}

function emptyBuckets(family: keyof typeof histograms): number[] {
	return new Array<number>(histograms[family].buckets.length + 2).fill(0);
}

/** Operations of the gateway itself, which the dashboard calls too: they don't count as requests. */
function ownOperations(): ReadonlySet<string> {
	const { paths } = readBaseDocument() as unknown as {
		paths: Record<string, Record<string, { operationId?: string; "x-upstream"?: string }>>;
	};
	const all = Object.values(paths).flatMap((item) => Object.values(item));
	const own = all.filter((operation) => operation["x-upstream"] === undefined);
	// `other` stands for requests without an operation.
	const files = Object.values(fileOperations).map(({ id }) => id);
	return new Set(["other", ...files, ...own.flatMap(({ operationId }) => operationId ?? [])]);
}

function count(step: Step, [family, labels, values]: Delta, ours: ReadonlySet<string>): void {
	const { counts } = step;
	const [first = "", second, third] = labels;
	const amount = values[0] as number;
	switch (family) {
		case "requests":
			if (!ours.has(first)) countRequests(counts, Number(third), amount);
			break;
		case "broken":
			counts.broken += amount;
			break;
		case "tokens":
			if (first === "input") counts.input_tokens += amount;
			else if (first === "output") counts.output_tokens += amount;
			break;
		case "cost":
			counts.cost += amount;
			break;
		case "requestSeconds":
		case "firstTokenSeconds":
			add(step[family], values);
			break;
		case "attempts":
			attemptsOf(step, first).ended += amount;
			if (third !== "ok" && third !== "cancelled") attemptsOf(step, first).failed += amount;
			break;
		case "attemptSeconds":
			add(attemptsOf(step, second ?? "").seconds, values);
	}
}

function countRequests(counts: Totals, status: number, amount: number): void {
	counts.requests += amount;
	if (status >= 500) counts.failed += amount;
	else if (status === 499) counts.cancelled += amount;
	else if (status === 429) counts.limited += amount;
	else if (status >= 400) counts.refused += amount;
}

function attemptsOf({ upstreams }: Step, name: string): Attempts {
	const known = upstreams.get(name);
	if (known !== undefined) return known;
	const made = { ended: 0, failed: 0, seconds: emptyBuckets("attemptSeconds") };
	upstreams.set(name, made);
	return made;
}

function add(sums: number[], values: readonly number[]): void {
	for (const [at, value] of values.entries()) sums[at] = (sums[at] as number) + value;
}

function quantiles(
	family: "requestSeconds" | "firstTokenSeconds",
	steps: readonly Step[],
	shares: readonly number[],
): (number | null)[] {
	const counts = emptyBuckets(family);
	for (const step of steps) add(counts, step[family]);
	return shares.map((share) => milliseconds(quantileOf(share, histograms[family].buckets, counts)));
}

function milliseconds(seconds: number | undefined): number | null {
	return seconds === undefined ? null : Math.round(seconds * 10_000) / 10;
}

function upstreamOf(steps: readonly Step[], name: string): RecentUpstream {
	const attempts: number[] = [];
	const failed: number[] = [];
	for (const [at, { upstreams }] of steps.entries()) {
		const place = Math.floor(at / upstreamSteps);
		const found = upstreams.get(name);
		attempts[place] = (attempts[place] ?? 0) + (found?.ended ?? 0);
		failed[place] = (failed[place] ?? 0) + (found?.failed ?? 0);
	}
	const seconds = emptyBuckets("attemptSeconds");
	for (const { upstreams } of steps.slice(-minuteSteps)) add(seconds, upstreams.get(name)?.seconds ?? []);
	const median = quantileOf(0.5, histograms.attemptSeconds.buckets, seconds);
	return {
		step_seconds: (stepMs * upstreamSteps) / 1000,
		attempts,
		failed,
		latency_p50_ms: milliseconds(median),
	};
}
