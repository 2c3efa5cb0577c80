/**
 * What a turn of a kept thread costs: the same turns with and without the gateway's memory, whole and streamed, in one gateway
 * with a store of its own. Without it, the client sends the whole conversation, and nothing is kept.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchFile, progress } from "../bench.mjs";
import { otherBody } from "../load/chatRequest.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { QUICK_TURNS, takeTurns } from "../turns.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */
/** @typedef {import("../subjects.mjs").Subject} Subject */

export const name = "threads";
export const title = "Turns of kept threads (llmgw)";
export const columns = {
	cpuMicros: "worker CPU µs/turn",
	ratio: "to without memory",
	perSecond: "turns/s",
	errors: "errors",
};

const PATH = "/v1/responses";
/** Turns before the one that is measured. */
const EARLIER = 10;
const WAYS = {
	whole: { request: { model: "bench-whole" }, requests: 500, pairs: 120, connections: undefined },
	"51 chunks": { request: { model: "bench-stream-4-50", stream: true }, requests: 256, pairs: 40, connections: 64 },
};
const WARM_UP_PAIRS = 8;

/** @param {Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around, layout } = bench;
	const folder = mkdtempSync(join(around.folder, "threads-"));
	const subject = await startSubject("llmgw", around, { flags: ["--data", folder] });
	/** @type {Record<string, Row>} */
	const rows = {};
	for (const [way, { request, requests, pairs, connections = settings.connections }] of Object.entries(WAYS)) {
		const first = JSON.parse(otherBody("responses", request));
		const { previous, items } = await threadOf(subject, JSON.parse(otherBody("responses", { model: "bench-whole" })));
		const { instructions: _instructions, ...turn } = first;
		const sides = {
			"first turn": [
				{ ...first, store: false },
				{ ...first, store: true },
			],
			[`after ${EARLIER}`]: [
				{ ...turn, input: [...items, { role: "user", content: turn.input }], store: false },
				{ ...turn, previous_response_id: previous, store: true },
			],
		};
		for (const [which, bodies] of Object.entries(sides)) {
			progress(`${name}: ${way}, ${which}`);
			const options = JSON.stringify({ port: subject.port, path: PATH, headers: subject.headers, connections });
			const load = start([process.execPath, benchFile("load/rounds.mjs"), options], layout?.load);
			const [without, kept] = bodies.map((body) => ({ load, workers: subject.workers, body: JSON.stringify(body) }));
			const { rows: both, ratio } = await takeTurns(
				/** @type {[import("../turns.mjs").Side, import("../turns.mjs").Side]} */ ([without, kept]),
				settings.quick ? QUICK_TURNS : { requests, pairs, warmUp: WARM_UP_PAIRS },
			);
			rows[`${way}, ${which}`] = both[0];
			rows[`${way}, ${which}, kept`] = { ...both[1], ratio };
			await load.stop();
		}
	}
	await subject.stop();
	rmSync(folder, { recursive: true, force: true });
	return rows;
}

/**
 * @param {Subject} subject
 * @param {Record<string, any>} first
 * @returns {Promise<{ previous: string, items: object[] }>} the last response's id, and what a client would have to send in its place
 */
async function threadOf({ port, headers }, { instructions: _instructions, ...first }) {
	/** @type {object[]} */
	const items = [];
	let previous;
	for (let turn = 0; turn < EARLIER; turn++) {
		const response = await fetch(`http://127.0.0.1:${port}${PATH}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify({ ...first, ...(previous && { previous_response_id: previous }) }),
		});
		const { id, output } = /** @type {{ id: string, output: object[] }} */ (await response.json());
		items.push({ role: "user", content: first.input }, ...output);
		previous = id;
	}
	return { previous: /** @type {string} */ (previous), items };
}
