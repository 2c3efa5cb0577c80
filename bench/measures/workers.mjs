/**
 * Does a second worker cost anything per request? llmgw with one and with two, 32 connections each. Where
 * both workers must share a core, sharing it costs something too; so two gateways of one worker each
 * are measured on the same cores at the same time, and what two workers cost above that is the gateway's.
 */
import { takeTurns } from "../bench.mjs";
import { startSubject } from "../subjects.mjs";
import { measureLoad } from "./requests.mjs";

/** @typedef {import("../bench.mjs").Row} Row */

export const name = "workers";
export const title = "Workers (llmgw)";
export const columns = {
	totalMicros: "CPU µs/request, all",
	cpuMicros: "workers µs",
	primaryMicros: "primary µs",
	perSecond: "requests/s",
	foreign: "other work %",
	errors: "errors",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around } = bench;
	const one = await startSubject("llmgw", around, { workers: 1 });
	const other = await startSubject("llmgw", around, { workers: 1, firstWorkerCore: 1 });
	const two = await startSubject("llmgw", around, { workers: 2 });
	for (const subject of [one, other, two, two]) await bench.warmUp(subject);

	const load = async (/** @type {typeof one} */ subject) => {
		const connections = settings.connections * subject.workers.length;
		const row = await measureLoad(bench, subject, settings.seconds, connections);
		return { ...row, totalMicros: row.cpuMicros + (row.primaryMicros ?? 0) };
	};
	/** @type {Record<string, () => Promise<Row>>} */
	const ways = {
		"1 worker": () => load(one),
		"1 worker, twice": async () => sumOf(await Promise.all([load(one), load(other)])),
		"2 workers": () => load(two),
	};
	const plan = { title: name, names: Object.keys(ways), rounds: settings.rounds };
	const rows = await takeTurns(plan, async (which) => ways[which]?.() ?? {});
	for (const subject of [one, other, two]) await subject.stop();
	const hasOwnCores = (bench.layout?.workers.length ?? 2) > 1;
	for (const row of Object.values(rows)) row.reference = hasOwnCores ? "1 worker" : "1 worker, twice";
	return rows;
}

/**
 * Two gateways under load at the same time, as one row: CPU per request is the mean over all requests.
 * @param {[Row, Row]} rows
 * @returns {Row}
 */
function sumOf([first, second]) {
	const requests = first.requests + second.requests;
	const mean = (/** @type {string} */ key) => (first[key] * first.requests + second[key] * second.requests) / requests;
	return {
		...{ totalMicros: mean("totalMicros"), cpuMicros: mean("cpuMicros"), primaryMicros: mean("primaryMicros") },
		...{ perSecond: first.perSecond + second.perSecond, errors: first.errors + second.errors, requests },
	};
}
