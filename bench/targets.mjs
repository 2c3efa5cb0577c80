/** The targets llmgw is held to, each as a ratio or a limit within one run. */
import { show } from "./numbers.mjs";

/**
 * @typedef {object} Verdict
 * @property {string} measure
 * @property {string} target
 * @property {string} measured
 * @property {number | null} ratio to the reference if the target names one, else to the limit
 * @property {'met' | 'missed' | 'not measured'} verdict
 *
 * @typedef {Record<string, any>} Results by measure, then by subject
 *
 * @typedef {object} Target
 * @property {string} measure
 * @property {string} target
 * @property {(results: Results) => number | undefined} value
 * @property {string} unit
 * @property {(results: Results) => number | undefined} [reference] what `value` is divided by; the limit if absent
 * @property {number} limit for the ratio if there is a reference, else for the value
 * @property {'atMost' | 'atLeast'} [sense]
 */

const MEBI = 2 ** 20;

/** @type {Target[]} */
const TARGETS = [
	{
		measure: "non-streamed requests/s, 32 connections",
		target: "≥ 55 % of bare",
		value: (results) => results.requests?.llmgw?.perSecond,
		reference: (results) => results.requests?.bare?.perSecond,
		...{ unit: "/s", limit: 0.55, sense: "atLeast" },
	},
	{
		measure: "CPU per request, all processes, with what they do afterwards",
		target: "≤ 115 µs",
		value: (results) => results.requests?.llmgw?.totalMicros,
		...{ unit: " µs", limit: 115 },
	},
	{
		measure: "added latency p50, 1 connection",
		target: "≤ 0.35 ms",
		value: (results) => results.latency?.llmgw?.added1P50Ms,
		...{ unit: " ms", limit: 0.35 },
	},
	{
		measure: "added latency p99, 1 connection",
		target: "≤ 1 ms",
		value: (results) => results.latency?.llmgw?.added1P99Ms,
		...{ unit: " ms", limit: 1 },
	},
	{
		measure: "CPU per streamed chunk, 200 streams",
		target: "≤ 1.15 × bare",
		value: (results) => results.streams?.[200]?.llmgw?.cpuMicros,
		reference: (results) => results.streams?.[200]?.bare?.cpuMicros,
		...{ unit: " µs", limit: 1.15 },
	},
	{
		measure: "streams held by one worker, no frame lost",
		target: "5,000",
		value: ({ held }) => (held?.llmgw?.broken === 0 ? held.llmgw.whole : held?.llmgw && 0),
		...{ unit: "", limit: 5000, sense: "atLeast" },
	},
	{
		measure: "RSS per open stream above bare's",
		target: "≤ 60 KB",
		value: ({ held }) => difference(held?.llmgw?.perStreamKb, held?.bare?.perStreamKb),
		...{ unit: " KB", limit: 60 },
	},
	{
		measure: "RSS of an idle worker",
		target: "≤ 90 MB",
		value: ({ held }) => held?.llmgw?.idleMb,
		...{ unit: " MB", limit: 90 },
	},
	{
		measure: "RSS of the idle primary",
		target: "≤ 70 MB",
		value: ({ held }) => held?.llmgw?.idlePrimaryMb,
		...{ unit: " MB", limit: 70 },
	},
	{
		measure: "start to first answer, 2 workers",
		target: "≤ 1.2 s",
		value: (results) => results.start?.llmgw?.startMs,
		...{ unit: " ms", limit: 1200 },
	},
	{
		measure: "CPU per request, 300 operations against 30",
		target: "within 5 %",
		value: ({ contract }) => contract?.["300 operations"]?.cpuMicros,
		reference: ({ contract }) => contract?.["30 operations"]?.cpuMicros,
		...{ unit: " µs", limit: 1.05 },
	},
	{
		measure: "memory per 2 MB prompt in flight",
		target: "≤ 4 × body",
		value: ({ largePrompt }) => scaled(largePrompt?.llmgw?.perRequestMb, MEBI),
		reference: ({ settings }) => settings.largeBytes,
		...{ unit: " bytes", limit: 4 },
	},
	{
		measure: "longest block of the event loop meanwhile",
		target: "≤ 50 ms",
		value: ({ largePrompt }) => largePrompt?.llmgw?.blockedMs,
		...{ unit: " ms", limit: 50 },
	},
	{
		measure: "CPU per request, two workers against one",
		target: "within 10 %",
		value: ({ workers }) => workers?.["2 workers"]?.totalMicros,
		reference: ({ workers }) => workers?.[workers["2 workers"]?.reference]?.totalMicros,
		...{ unit: " µs", limit: 1.1 },
	},
	{
		measure: "worker CPU per request with keys, limits, usage and metrics",
		target: "≤ 1.2 × without",
		value: ({ features }) => features?.["whole, all on"]?.ratio,
		...{ unit: " ×", limit: 1.2 },
	},
	{
		measure: "the same per stream of 51 chunks",
		target: "≤ 1.2 × without",
		value: ({ features }) => features?.["51 chunks, all on"]?.ratio,
		...{ unit: " ×", limit: 1.2 },
	},
	{
		measure: "worker CPU per stored request, whole",
		target: "≤ 1.15 × not stored",
		value: ({ store }) => store?.["whole, stored"]?.ratio,
		...{ unit: " ×", limit: 1.15 },
	},
	{
		measure: "worker CPU per stored stream of 51 chunks",
		target: "≤ 1.15 × not stored",
		value: ({ store }) => store?.["51 chunks, stored"]?.ratio,
		...{ unit: " ×", limit: 1.15 },
	},
	...["1 KB", "51 chunks"].flatMap((way) =>
		["messages", "responses"].map((dialect) => ({
			measure: `worker CPU, ${way}, translated from ${dialect}`,
			target: "≤ 1.6 × passed through",
			value: (/** @type {Results} */ { translation }) => translation?.[`${way}, ${dialect}`]?.ratio,
			...{ unit: " ×", limit: 1.6 },
		})),
	),
];

/**
 * @param {Results} results
 * @returns {Verdict[]}
 */
export function judge(results) {
	return TARGETS.map((target) => {
		const value = target.value(results);
		const reference = target.reference ? target.reference(results) : target.limit;
		const { measure, target: wanted } = target;
		if (value === undefined || reference === undefined || !Number.isFinite(value / reference)) {
			return { measure, target: wanted, measured: "-", ratio: null, verdict: "not measured" };
		}
		const ratio = value / reference;
		const limit = target.reference ? target.limit : 1;
		const isMet = target.sense === "atLeast" ? ratio >= limit : ratio <= limit;
		const measured = `${show(value)}${target.unit}`;
		return { measure, target: wanted, measured, ratio, verdict: isMet ? "met" : "missed" };
	});
}

/**
 * @param {number | undefined} one
 * @param {number | undefined} other
 */
function difference(one, other) {
	return one === undefined || other === undefined ? undefined : one - other;
}

/**
 * @param {number | undefined} value
 * @param {number} factor
 */
const scaled = (value, factor) => (value === undefined ? undefined : value * factor);
