/**
 * Large request bodies, as agents send them with each turn: the time that a subject adds to one of 1 MB and of 4 MB, and its memory after
 * many at once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { benchFile, takeTurns } from "../bench.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { memoryKb, resetPeak, rssKb } from "../usage.mjs";
import { withDirect } from "./latency.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */

const MEGABYTES = [1, 4];

export const name = "bodies";
export const title = "Request bodies of 1 and 4 MB";
export const columns = {
	added1MbMs: "+p50 ms, 1 MB",
	added4MbMs: "+p50 ms, 4 MB",
	p501MbMs: "p50 ms, 1 MB",
	p504MbMs: "p50 ms, 4 MB",
	idleMb: "RSS idle MB",
	peakMb: "peak MB",
	restedMb: "RSS after them MB",
	timesIdle: "× idle",
	atOnce: "at once",
	refused: "of them refused",
	errors: "errors",
};

/** @param {Bench} bench */
export async function run(bench) {
	const rows = await takeTurns({ title: name, names: withDirect(bench), rounds: 1 }, (subject) =>
		measureOne(bench, subject),
	);
	for (const row of Object.values(rows)) {
		if (row === rows.direct) continue;
		for (const size of MEGABYTES) row[`added${size}MbMs`] = row[`p50${size}MbMs`] - rows.direct?.[`p50${size}MbMs`];
	}
	return rows;
}

/**
 * @param {Bench} bench
 * @param {string} name
 * @returns {Promise<Row>}
 */
async function measureOne(bench, name) {
	const { bodyRequests, bodiesAtOnce, bodyBytes, idleRestMs, restMs } = bench.settings;
	const subject = await startSubject(name, bench.around);
	try {
		/** @type {Row} */
		const row = { errors: 0 };
		for (const size of MEGABYTES) {
			const bytes = size * bodyBytes;
			const { p50, errors } = await load({
				model: "bench-whole",
				bytes,
				connections: 1,
				requests: bodyRequests,
				warmup: 5,
			});
			row[`p50${size}MbMs`] = p50 / 1000;
			row.errors += errors;
		}
		if (name === "direct") return row;
		await sleep(idleRestMs);
		const idle = rssKb(subject.workers);
		for (const pid of subject.workers) resetPeak(pid);
		const size = { bytes: 4 * bodyBytes, connections: bodiesAtOnce, requests: bodiesAtOnce, warmup: 0 };
		const { refused, errors } = await load({ model: "bench-slow-200", ...size });
		const peak = subject.workers.reduce((sum, pid) => sum + memoryKb(pid).peak, 0);
		await sleep(Math.max(restMs, idleRestMs));
		const rested = rssKb(subject.workers);
		Object.assign(row, { idleMb: idle / 1024, peakMb: peak / 1024, restedMb: rested / 1024 });
		return { ...row, timesIdle: rested / idle, atOnce: bodiesAtOnce, refused, errors: row.errors + errors };
	} finally {
		await subject.stop();
	}

	/** @param {object} size @returns {Promise<{ p50: number, refused: number, errors: number }>} */
	function load(size) {
		const argument = JSON.stringify({ port: subject.port, headers: subject.headers, ...size });
		return start([process.execPath, benchFile("load/bodies.mjs"), argument], bench.layout?.load).message(
			"done",
			120_000,
		);
	}
}
