/** The highest rate of requests at which 99 of 100 are answered within 1, 5 and 10 ms, and none is lost. */
import { progress } from "../bench.mjs";
import { runOpenLoop } from "../openLoop.mjs";

/** @typedef {import("../bench.mjs").Row} Row */

const LIMITS_MS = [1, 5, 10];
/** Each step offers so much more than the one before. */
const STEP = 1.25;

export const name = "frontier";
export const title = "Highest rate within a p99";
export const columns = {
	within1Ms: "requests/s, p99 ≤ 1 ms",
	within5Ms: "p99 ≤ 5 ms",
	within10Ms: "p99 ≤ 10 ms",
	steps: "rates tried",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	/** @type {Record<string, Row>} */
	const rows = {};
	for (const subject of bench.names) {
		rows[subject] = await climb(bench, subject).catch((error) => ({ error: error.message }));
	}
	return rows;
}

/**
 * Offers more and more until no limit holds any more. A step that fails is tried once more: the machine may have been busy.
 * @param {import("../bench.mjs").Bench} bench
 * @param {string} name
 */
async function climb(bench, name) {
	const { frontierFrom, frontierSteps, frontierSeconds } = bench.settings;
	const subject = await bench.shared(name);
	/** @type {Row} */
	const row = { within1Ms: 0, within5Ms: 0, within10Ms: 0, steps: 0 };
	let holding = LIMITS_MS;
	for (let rate = frontierFrom; row.steps < frontierSteps && holding.length > 0; rate = Math.round(rate * STEP)) {
		progress(`${title}: ${name} at ${rate}/s`);
		row.steps++;
		const first = await p99At(rate);
		const better = holding.some((limit) => first > limit) ? Math.min(first, await p99At(rate)) : first;
		holding = holding.filter((limit) => better <= limit);
		for (const limit of holding) row[`within${limit}Ms`] = rate;
	}
	return row;

	/** @param {number} rate @returns {Promise<number>} in ms; infinite if a request was lost */
	async function p99At(rate) {
		const { p99, lost } = await runOpenLoop(bench, subject, rate, frontierSeconds);
		return lost > 0 ? Number.POSITIVE_INFINITY : p99 / 1000;
	}
}
