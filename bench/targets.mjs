/** The targets llmgw is held to, each as a ratio or a limit within one run. */
import { show } from "./numbers.mjs";

/**
 * @typedef {object} Verdict
 * @property {string} of the measure's name
 * @property {string} measure what of it
 * @property {string} target
 * @property {string} measured
 * @property {number | null} ratio to the reference if the target names one, else to the limit
 * @property {'met' | 'missed' | 'not measured'} verdict
 *
 * @typedef {Record<string, any>} Results by measure, then by subject
 *
 * @typedef {object} Target
 * @property {string} of
 * @property {string} measure
 * @property {string} target
 * @property {(results: Results) => number | undefined} value
 * @property {string} unit
 * @property {(results: Results) => number | undefined} [reference] what `value` is divided by; the limit if absent
 * @property {number} limit for the ratio if there is a reference, else for the value
 * @property {'atMost' | 'atLeast'} [sense]
 */

const MEBI = 2 ** 20;

const atLeast = /** @type {const} */ ({ sense: "atLeast" });

/** @type {Target[]} */
const TARGETS = [
	{
		of: "requests",
		measure: "non-streamed requests/s, 32 connections",
		target: "≥ 50 % of bare",
		value: ({ requests }) => requests?.llmgw?.perSecond,
		reference: ({ requests }) => requests?.bare?.perSecond,
		...{ unit: "/s", limit: 0.5, ...atLeast },
	},
	{
		of: "requests",
		measure: "CPU per request, all processes, with what they do afterwards",
		target: "≤ 115 µs",
		value: ({ requests }) => requests?.llmgw?.totalMicros,
		...{ unit: " µs", limit: 115 },
	},
	{
		of: "limited",
		measure: "requests/s with keys, limits and budgets",
		target: "≥ 45 % of bare",
		value: ({ limited }) => limited?.llmgw?.perSecond,
		reference: ({ limited }) => limited?.bare?.perSecond,
		...{ unit: "/s", limit: 0.45, ...atLeast },
	},
	{
		of: "latency",
		measure: "latency p50 above bare's, 1 connection",
		target: "≤ 0.2 ms",
		value: ({ latency }) => difference(latency?.llmgw?.c1P50Ms, latency?.bare?.c1P50Ms),
		...{ unit: " ms", limit: 0.2 },
	},
	{
		of: "latency",
		measure: "latency p99 above bare's, 1 connection",
		target: "≤ 1 ms",
		value: ({ latency }) => difference(latency?.llmgw?.c1P99Ms, latency?.bare?.c1P99Ms),
		...{ unit: " ms", limit: 1 },
	},
	{
		of: "fixedRate",
		measure: "p99 above bare's at a fixed rate",
		target: "≤ 1.5 ms",
		value: ({ fixedRate }) => fixedRate?.llmgw?.addedP99Ms,
		...{ unit: " ms", limit: 1.5 },
	},
	{
		of: "fixedRate",
		measure: "requests answered at a fixed rate",
		target: "all",
		value: ({ fixedRate }) => fixedRate?.llmgw && (fixedRate.llmgw.lost === 0 ? 100 : 0),
		...{ unit: " %", limit: 100, ...atLeast },
	},
	...[20, 200, 1000].map(
		(count) =>
			/** @type {Target} */ ({
				of: "streams",
				measure: `CPU per streamed chunk, ${count} streams`,
				target: "≤ 1.15 × bare",
				value: ({ streams }) => streams?.[count]?.llmgw?.cpuMicros,
				reference: ({ streams }) => streams?.[count]?.bare?.cpuMicros,
				...{ unit: " µs", limit: 1.15 },
			}),
	),
	{
		of: "held",
		measure: "streams held by one worker, no frame lost",
		target: "5,000",
		value: ({ held }) => (held?.llmgw?.broken === 0 ? held.llmgw.whole : held?.llmgw && 0),
		...{ unit: "", limit: 5000, ...atLeast },
	},
	{
		of: "held",
		measure: "RSS per open stream above bare's",
		target: "≤ 25 KB",
		value: ({ held }) => difference(held?.llmgw?.perStreamKb, held?.bare?.perStreamKb),
		...{ unit: " KB", limit: 25 },
	},
	{
		of: "connections",
		measure: "RSS per idle keep-alive connection",
		target: "≤ 20 KB",
		value: ({ connections }) => connections?.llmgw?.perConnectionKb,
		...{ unit: " KB", limit: 20 },
	},
	{
		of: "websockets",
		measure: "RSS per idle WebSocket",
		target: "≤ 25 KB",
		value: ({ websockets }) => websockets?.llmgw?.perConnectionKb,
		...{ unit: " KB", limit: 25 },
	},
	...[
		["worker", "idleMb", 75],
		["primary", "idlePrimaryMb", 55],
		["store writer", "idleWriterMb", 45],
	].map(
		([process, key, limit]) =>
			/** @type {Target} */ ({
				of: "memory",
				measure: `RSS of the idle ${process}`,
				target: `≤ ${limit} MB`,
				value: ({ memory }) => memory?.llmgw?.[key],
				...{ unit: " MB", limit },
			}),
	),
	{
		of: "memory",
		measure: "growth of all processes over load",
		target: "≤ 10 %",
		value: ({ memory }) => memory?.llmgw?.growth,
		...{ unit: " %", limit: 10 },
	},
	{
		of: "start",
		measure: "start to first answer, 2 workers",
		target: "≤ 0.8 s",
		value: ({ start }) => start?.llmgw?.startMs,
		...{ unit: " ms", limit: 800 },
	},
	{
		of: "contract",
		measure: "CPU per request, 300 operations against 30",
		target: "within 5 %",
		value: ({ contract }) => contract?.["300 operations"]?.cpuMicros,
		reference: ({ contract }) => contract?.["30 operations"]?.cpuMicros,
		...{ unit: " µs", limit: 1.05 },
	},
	...[1, 4].map(
		(size) =>
			/** @type {Target} */ ({
				of: "bodies",
				measure: `p50 added to a body of ${size} MB`,
				target: "≤ 1.4 × bare's",
				value: ({ bodies }) => bodies?.llmgw?.[`added${size}MbMs`],
				reference: ({ bodies }) => bodies?.bare?.[`added${size}MbMs`],
				...{ unit: " ms", limit: 1.4 },
			}),
	),
	{
		of: "bodies",
		measure: "RSS after 200 bodies of 4 MB at once",
		target: "≤ 1.1 × idle",
		value: ({ bodies }) => bodies?.llmgw?.restedMb,
		reference: ({ bodies }) => bodies?.llmgw?.idleMb,
		...{ unit: " MB", limit: 1.1 },
	},
	{
		of: "largePrompt",
		measure: "memory per 2 MB prompt in flight",
		target: "≤ 4 × body",
		value: ({ largePrompt }) => scaled(largePrompt?.llmgw?.perRequestMb, MEBI),
		reference: ({ settings }) => settings.largeBytes,
		...{ unit: " bytes", limit: 4 },
	},
	{
		of: "largePrompt",
		measure: "longest block of the event loop meanwhile",
		target: "≤ 50 ms",
		value: ({ largePrompt }) => largePrompt?.llmgw?.blockedMs,
		...{ unit: " ms", limit: 50 },
	},
	{
		of: "workers",
		measure: "CPU per request, two workers against one",
		target: "within 10 %",
		value: ({ workers }) => workers?.["2 workers"]?.totalMicros,
		reference: ({ workers }) => workers?.[workers["2 workers"]?.reference]?.totalMicros,
		...{ unit: " µs", limit: 1.1 },
	},
	{
		of: "features",
		measure: "worker CPU per request with keys, limits, usage and metrics",
		target: "≤ 1.2 × without",
		value: ({ features }) => features?.["whole, all on"]?.ratio,
		...{ unit: " ×", limit: 1.2 },
	},
	{
		of: "features",
		measure: "the same per stream of 51 chunks",
		target: "≤ 1.2 × without",
		value: ({ features }) => features?.["51 chunks, all on"]?.ratio,
		...{ unit: " ×", limit: 1.2 },
	},
	...["first turn", "after 10"].flatMap((which) => [
		{
			of: "threads",
			measure: `worker CPU per kept turn, whole, ${which}`,
			target: "≤ 1.25 × without memory",
			value: (/** @type {Results} */ { threads }) => threads?.[`whole, ${which}, kept`]?.ratio,
			...{ unit: " ×", limit: 1.25 },
		},
		{
			of: "threads",
			measure: `worker CPU per kept turn, streamed in 51 chunks, ${which}`,
			target: "≤ 1.15 × without memory",
			value: (/** @type {Results} */ { threads }) => threads?.[`51 chunks, ${which}, kept`]?.ratio,
			...{ unit: " ×", limit: 1.15 },
		},
	]),
	{
		of: "store",
		measure: "worker CPU per stored request, whole",
		target: "≤ 1.15 × not stored",
		value: ({ store }) => store?.["whole, stored"]?.ratio,
		...{ unit: " ×", limit: 1.15 },
	},
	{
		of: "store",
		measure: "worker CPU per stored stream of 51 chunks",
		target: "≤ 1.15 × not stored",
		value: ({ store }) => store?.["51 chunks, stored"]?.ratio,
		...{ unit: " ×", limit: 1.15 },
	},
	...["1 KB", "51 chunks"].flatMap((way) =>
		["messages", "responses"].map((dialect) => ({
			of: "translation",
			measure: `worker CPU, ${way}, translated from ${dialect}`,
			target: "≤ 1.6 × passed through",
			value: (/** @type {Results} */ { translation }) => translation?.[`${way}, ${dialect}`]?.ratio,
			...{ unit: " ×", limit: 1.6 },
		})),
	),
	...[
		{ way: "1 KB", limit: 0.35 },
		{ way: "16 KB", limit: 0.25 },
	].flatMap(({ way, limit }) =>
		["messages", "responses"].map((dialect) => ({
			of: "translation",
			measure: `requests/s, ${way}, translated from ${dialect}`,
			target: `≥ ${limit} × bare`,
			value: (/** @type {Results} */ { translation }) => translation?.[`${way}, ${dialect}`]?.toBare,
			...{ unit: " ×", limit, ...atLeast },
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
		const { of, measure, target: wanted } = target;
		if (value === undefined || reference === undefined || !Number.isFinite(value / reference)) {
			return { of, measure, target: wanted, measured: "-", ratio: null, verdict: "not measured" };
		}
		const ratio = value / reference;
		const limit = target.reference ? target.limit : 1;
		const isMet = target.sense === "atLeast" ? ratio >= limit : ratio <= limit;
		const measured = `${show(value)}${target.unit}`;
		return { of, measure, target: wanted, measured, ratio, verdict: isMet ? "met" : "missed" };
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
