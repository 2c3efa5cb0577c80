/**
 * What keeping completions costs: the same requests with and without `store: true`, whole and streamed, in one
 * gateway with a store of its own. The worker is the hot path; what moves records into the database is beside it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { benchFile, progress } from "../bench.mjs";
import { chatBody } from "../load/chatRequest.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { QUICK_TURNS, round, takeTurns } from "../turns.mjs";
import { cpuMicros, treeOf } from "../usage.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */
/** @typedef {import("../subjects.mjs").Subject} Subject */
/** @typedef {{ request: { model: string, stream?: boolean }, connections: number, requests: number, pairs: number }} Way */

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

/** Requests in one round are a fraction of a second's, so that both kinds meet the same noise. */
const WHOLE = { request: { model: "bench-whole" }, requests: 500, pairs: 60 };
const WHOLE_CONNECTIONS = [1, 16, 64];
/** Most requests of a connection in one round: with few connections, most of a round is waiting. */
const ROUND_TRIPS = 100;
/** A chunk every 4 ms, and [DONE] after the last one. */
const STREAM = { request: { model: "bench-stream-4-50", stream: true }, requests: 256, pairs: 15, connections: 64 };
const WARM_UP_PAIRS = 8;
/** Rounds in a row of one kind, for what all processes spend. */
const IN_A_ROW = 10;

/** @param {Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around } = bench;
	const folder = mkdtempSync(join(around.folder, "store-"));
	const subject = await startSubject("llmgw", around, { flags: ["--data", folder] });
	/** @type {Record<string, Way>} */
	const ways = { whole: { ...WHOLE, connections: settings.connections } };
	if (!settings.quick)
		for (const connections of WHOLE_CONNECTIONS) {
			const requests = Math.min(WHOLE.requests, connections * ROUND_TRIPS);
			ways[`whole, ${connections} at a time`] = { ...WHOLE, connections, requests };
		}
	ways["51 chunks"] = STREAM;
	/** @type {Record<string, Row>} */
	const rows = {};
	for (const [way, plan] of Object.entries(ways)) {
		progress(`${name}: ${way}`);
		const [without, stored] = await compare(bench, subject, settings.quick ? { ...plan, ...QUICK_TURNS } : plan);
		rows[way] = without;
		rows[`${way}, stored`] = stored;
	}
	await subject.stop();
	rmSync(folder, { recursive: true, force: true });
	return rows;
}

/**
 * @param {Bench} bench
 * @param {Subject} subject
 * @param {Way} way
 * @returns {Promise<[Row, Row]>} not stored, and stored
 */
async function compare(bench, subject, { request, connections, requests, pairs }) {
	const { port, headers, primary, workers } = subject;
	const arguments_ = JSON.stringify({ port, headers, connections });
	const load = start([process.execPath, benchFile("load/rounds.mjs"), arguments_], bench.layout?.load);
	const sides = /** @type {[import("../turns.mjs").Side, import("../turns.mjs").Side]} */ (
		[request, { ...request, store: true }].map((body) => ({ load, workers, body: chatBody(body) }))
	);

	/** The process that moves what was stored is there from the first record on. */
	const total = async (/** @type {number} */ kind) => {
		await sleep(bench.settings.movedMs);
		const before = cpuMicros(primary.flatMap(treeOf));
		await round(sides[kind], requests * IN_A_ROW);
		await sleep(bench.settings.movedMs);
		return (cpuMicros(primary.flatMap(treeOf)) - before) / requests / IN_A_ROW;
	};

	try {
		const warmUp = bench.settings.quick ? QUICK_TURNS.warmUp : WARM_UP_PAIRS;
		const { rows, ratio } = await takeTurns(sides, { requests, pairs, warmUp });
		const [without = 0, stored = 0] = [await total(0), await total(1)];
		return [
			{ ...rows[0], totalMicros: without },
			{ ...rows[1], ratio, totalMicros: stored, totalRatio: stored / without },
		];
	} finally {
		await load.stop();
	}
}
