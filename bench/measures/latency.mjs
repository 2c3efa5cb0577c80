/** Latency of a whole answer at 1 and 32 connections, and what each subject adds to going direct. */
import { benchFile, takeTurns } from "../bench.mjs";
import { start } from "../processes.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */

export const name = "latency";
export const title = "Latency above direct";
export const columns = {
	added1P50Ms: "+p50 ms, 1 conn.",
	added1P99Ms: "+p99 ms, 1 conn.",
	added32P50Ms: "+p50 ms, 32 conn.",
	added32P99Ms: "+p99 ms, 32 conn.",
	c1P50Ms: "p50 ms, 1",
	c1P99Ms: "p99 ms, 1",
	c32P50Ms: "p50 ms, 32",
	c32P99Ms: "p99 ms, 32",
	errors: "errors",
};

/** @param {Bench} bench */
export async function run(bench) {
	const { settings } = bench;
	const names = withDirect(bench);
	const rows = await takeTurns({ title: name, names, rounds: settings.rounds }, async (subject) => {
		const one = await measureLatency(bench, subject, 1, settings.latencyRequests[1]);
		const many = await measureLatency(bench, subject, 32, settings.latencyRequests[32]);
		return {
			c1P50Ms: one.p50 / 1000,
			c1P99Ms: one.p99 / 1000,
			c32P50Ms: many.p50 / 1000,
			c32P99Ms: many.p99 / 1000,
			requests: one.requests + many.requests,
			errors: one.errors + many.errors,
		};
	});
	for (const row of Object.values(rows)) {
		for (const key of ["1P50Ms", "1P99Ms", "32P50Ms", "32P99Ms"]) {
			row[`added${key}`] = row[`c${key}`] - rows.direct?.[`c${key}`];
		}
	}
	return rows;
}

/** The others are compared with going direct, so it is measured even if it is not selected.
 * @param {Bench} bench */
export const withDirect = ({ names }) => [...new Set(["direct", ...names])];

/**
 * @param {Bench} bench
 * @param {string} name
 * @param {number} connections
 * @param {number} requests
 * @param {boolean} [stream]
 * @returns {Promise<{ p50: number, p99: number, requests: number, errors: number }>} in µs
 */
export async function measureLatency(bench, name, connections, requests, stream = false) {
	const { port, headers } = await bench.shared(name);
	const warmup = Math.ceil(requests / 5);
	const load = JSON.stringify({ port, headers, connections, requests, warmup, stream });
	const core = bench.layout?.load;
	const command = [process.execPath, benchFile("load/latency.mjs"), load];
	return start(command, core).message("done");
}
