/** Latency at a fixed rate that every subject is offered alike, whether it keeps up or not. */
import { takeTurns } from "../bench.mjs";
import { runOpenLoop } from "../openLoop.mjs";
import { withDirect } from "./latency.mjs";

export const name = "fixedRate";
export const title = "Latency at a fixed rate";
export const columns = {
	rate: "requests/s",
	addedP50Ms: "+p50 ms to bare",
	addedP99Ms: "+p99 ms to bare",
	p50Ms: "p50 ms",
	p99Ms: "p99 ms",
	connections: "connections",
	lost: "lost",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	const { rounds, fixedRate: rate, fixedRateSeconds: seconds } = bench.settings;
	const rows = await takeTurns({ title: name, names: withDirect(bench), rounds }, async (subject) => {
		const { p50, p99, lost, connections } = await runOpenLoop(bench, await bench.shared(subject), rate, seconds);
		return { rate, p50Ms: p50 / 1000, p99Ms: p99 / 1000, connections, lost };
	});
	const { bare } = rows;
	for (const row of Object.values(rows)) {
		if (bare === undefined || row === bare) continue;
		row.addedP50Ms = row.p50Ms - bare.p50Ms;
		row.addedP99Ms = row.p99Ms - bare.p99Ms;
	}
	return rows;
}
