// What keeping completions costs: the same requests with and without `store: true`, whole and streamed, in one
// gateway with a store of its own. The worker is the hot path; what moves records into the database is beside it.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeTurns } from "../bench.mjs";
import { chatBody } from "../load/chatRequest.mjs";
import { runWholeLoad } from "../load/wholeLoad.mjs";
import { startSubject } from "../subjects.mjs";
import { cpuMicros, treeOf } from "../usage.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */

export const name = "store";
export const title = "Stored completions (llmgw)";
export const columns = {
	cpuMicros: "worker CPU µs/request",
	ratio: "to not stored",
	totalMicros: "CPU µs/request, all",
	totalRatio: "to not stored",
	perSecond: "requests/s",
	errors: "errors",
};

/** A chunk every 4 ms, and [DONE] behind the last one. */
const STREAM = { model: "bench-stream-4-50", stream: true };
const STREAM_CONNECTIONS = 64;
/** Until what was stored last is in the database, so that the whole of it is counted. */
const MOVED_MS = 1500;

/** @param {Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around } = bench;
	const folder = mkdtempSync(join(around.folder, "store-"));
	const subject = await startSubject("llmgw", around, { flags: ["--data", folder] });
	const { connections } = settings;
	/** @type {Record<string, { body: string, connections: number }>} */
	const ways = {
		whole: { body: chatBody({ model: "bench-whole" }), connections },
		"whole, stored": { body: chatBody({ model: "bench-whole", store: true }), connections },
		"51 chunks": { body: chatBody(STREAM), connections: STREAM_CONNECTIONS },
		"51 chunks, stored": { body: chatBody({ ...STREAM, store: true }), connections: STREAM_CONNECTIONS },
	};
	// The process that moves what was stored is there from the first record on.
	const tree = () => subject.primary.flatMap(treeOf);
	const once = async (/** @type {string} */ way, seconds = settings.seconds) => {
		const before = { worker: cpuMicros(subject.workers), all: cpuMicros(tree()) };
		const { requests, errors, ...load } = await runWholeLoad(bench, subject, { seconds, ...ways[way] });
		if (requests === 0) throw new Error("no request was answered");
		const worker = cpuMicros(subject.workers);
		if (way.endsWith("stored")) await sleep(MOVED_MS);
		return {
			cpuMicros: (worker - before.worker) / requests,
			totalMicros: (cpuMicros(tree()) - before.all) / requests,
			...{ perSecond: requests / load.seconds, errors },
		};
	};
	for (const way of Object.keys(ways)) await once(way, Math.max(1, settings.warmupSeconds));
	const rows = await takeTurns({ title: name, names: Object.keys(ways), rounds: settings.rounds }, (way) => once(way));
	await subject.stop();
	rmSync(folder, { recursive: true, force: true });
	compare(rows, "whole");
	compare(rows, "51 chunks");
	return rows;
}

/**
 * @param {Record<string, Row>} rows
 * @param {string} way
 */
function compare(rows, way) {
	const [without, stored] = [rows[way], rows[`${way}, stored`]];
	if (!without || !stored || without.error || stored.error) return;
	stored.ratio = stored.cpuMicros / without.cpuMicros;
	stored.totalRatio = stored.totalMicros / without.totalMicros;
}
