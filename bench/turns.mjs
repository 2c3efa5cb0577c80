/** Two kinds of requests that take turns, many times a second, so that both meet the same noise of the machine. */
import { median } from "./numbers.mjs";
import { fineCpuMicros } from "./usage.mjs";

/** @typedef {import("./bench.mjs").Row} Row */
/** @typedef {import("./processes.mjs").Started} Started */
/** @typedef {{ load: Started, workers: number[], body: string }} Side a load of `rounds.mjs`, and whose CPU it costs */

/** Of `--quick`. */
export const QUICK_TURNS = { requests: 64, pairs: 1, warmUp: 0 };

/**
 * One round of requests.
 * @param {Side} side
 * @param {number} requests
 */
export async function round({ load, workers, body }, requests) {
	const before = fineCpuMicros(workers);
	const startedMs = performance.now();
	const done = load.message("done");
	load.child.send({ body, requests });
	const { errors } = await done;
	const seconds = (performance.now() - startedMs) / 1000;
	return { cpuMicros: (fineCpuMicros(workers) - before) / requests, perSecond: requests / seconds, errors };
}

/**
 * @param {[Side, Side]} sides
 * @param {{ requests: number, pairs: number, warmUp: number }} plan requests in a round, pairs of rounds
 * @returns {Promise<{ rows: [Row, Row], ratio: number }>} medians, and the median of the second's CPU to the first's
 */
export async function takeTurns(sides, { requests, pairs, warmUp }) {
	for (let pair = 0; pair < warmUp; pair++) for (const side of sides) await round(side, requests);
	/** @type {[Row[], Row[]]} */
	const rounds = [[], []];
	// The second of a pair may have to clean up after the first.
	for (let pair = 0; pair < pairs; pair++)
		for (const kind of pair % 2 === 0 ? [0, 1] : [1, 0]) rounds[kind]?.push(await round(sides[kind], requests));
	const ratios = rounds[0].map(({ cpuMicros }, pair) => rounds[1][pair]?.cpuMicros / cpuMicros);
	return { rows: [summary(rounds[0]), summary(rounds[1])], ratio: median(ratios) };
}

/** @param {Row[]} rounds */
function summary(rounds) {
	return {
		cpuMicros: median(rounds.map(({ cpuMicros }) => cpuMicros)),
		perSecond: median(rounds.map(({ perSecond }) => perSecond)),
		errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
	};
}
