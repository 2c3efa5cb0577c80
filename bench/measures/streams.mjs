/**
 * Streamed chunks: CPU per chunk when every subject is offered the same number per second, and the
 * rate each carries when it is paced to just below what it could do.
 */
import { progress, takeTurns } from "../bench.mjs";
import { runStreams } from "../streamRun.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */

const SHARE_OF_CORE = 0.85;
const MOST_PER_STREAM = 1000; // one chunk per ms; more would only arrive joined together

export const name = "streams";
export const title = "Streamed chunks";
export const columns = {
	cpuMicros: "CPU µs/chunk",
	primaryMicros: "primary µs",
	perSecond: "chunks/s, same load",
	offered: "offered, near limit",
	carried: "chunks/s, near limit",
	carriedMicros: "CPU µs/chunk there",
	limit: "limited by",
	broken: "lost, reordered, cut",
};

/**
 * @param {Bench} bench
 * @returns {Promise<Record<string, Record<string, Row>>>} by number of streams, then by subject
 */
export async function run(bench) {
	/** @type {Record<string, Record<string, Row>>} */
	const byCount = {};
	for (const streams of bench.settings.streamCounts) byCount[streams] = await runCount(bench, streams);
	return byCount;
}

/**
 * @param {Bench} bench
 * @param {number} streams
 */
async function runCount(bench, streams) {
	const { rounds, chunkRate, windowMs, settleMs } = bench.settings;
	const plan = { streams, chunkRate, windowMs, settleMs };
	const title = `${streams} streams at ${chunkRate} chunks/s`;
	const rows = await takeTurns({ title, names: bench.names, rounds }, async (subject) => {
		const { memory, firstByte, ...row } = await runStreams(bench, await bench.shared(subject), plan);
		return row;
	});
	for (const [subject, row] of Object.entries(rows)) {
		if (row.error) continue;
		await nearLimit(bench, subject, row, plan).catch((error) => {
			row.error = error.message;
		});
	}
	return rows;
}

/**
 * Paces the subject to a share of what its core, or that of load and mock upstream, has room for.
 * @param {Bench} bench
 * @param {string} subject
 * @param {Row} row gets what this run measures
 * @param {import("../streamRun.mjs").StreamPlan} plan
 */
async function nearLimit(bench, subject, row, plan) {
	let costs = row;
	for (let step = 0; step < bench.settings.refinements; step++) {
		const paced = plan.streams * MOST_PER_STREAM;
		const own = (SHARE_OF_CORE * 1e6) / costs.cpuMicros;
		const loads = (SHARE_OF_CORE * 1e6) / costs.loadCoreMicros;
		row.offered = Math.round(Math.min(own, loads, paced));
		row.limit = row.offered > paced - 1 ? "pace" : own < loads ? "itself" : "load";
		progress(`${plan.streams} streams near the limit: ${subject} at ${row.offered} chunks/s`);
		costs = await runStreams(bench, await bench.shared(subject), { ...plan, chunkRate: row.offered });
		row.broken += costs.broken;
	}
	row.carried = costs.perSecond;
	row.carriedMicros = costs.cpuMicros;
}
