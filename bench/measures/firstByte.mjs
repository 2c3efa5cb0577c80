/** Time from asking for a stream to its first frame, and what each subject adds to going direct. */
import { takeTurns } from "../bench.mjs";
import { measureLatency, withDirect } from "./latency.mjs";

export const name = "firstByte";
export const title = "Time to first streamed byte";
export const columns = {
	addedP50Ms: "+p50 ms",
	addedP99Ms: "+p99 ms",
	p50Ms: "p50 ms",
	p99Ms: "p99 ms",
	errors: "errors",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	const { rounds, firstByteRequests } = bench.settings;
	const rows = await takeTurns({ title: name, names: withDirect(bench), rounds }, async (subject) => {
		const { p50, p99, errors } = await measureLatency(bench, subject, 1, firstByteRequests, true);
		return { p50Ms: p50 / 1000, p99Ms: p99 / 1000, errors };
	});
	for (const row of Object.values(rows)) {
		row.addedP50Ms = row.p50Ms - rows.direct?.p50Ms;
		row.addedP99Ms = row.p99Ms - rows.direct?.p99Ms;
	}
	return rows;
}
