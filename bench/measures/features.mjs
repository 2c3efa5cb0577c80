/** What keys, limits, usage and metrics cost: two gateways at once, one without any of them and one with all, which take turns. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchFile, progress } from "../bench.mjs";
import { chatBody } from "../load/chatRequest.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { QUICK_TURNS, takeTurns } from "../turns.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */
/** @typedef {import("../subjects.mjs").Subject} Subject */

export const name = "features";
export const title = "Keys, limits, usage and metrics (llmgw)";
export const columns = {
	cpuMicros: "worker CPU µs/request",
	ratio: "to none of them",
	perSecond: "requests/s",
	errors: "errors",
};

export const ADMIN = "benchmark-administrator";
/** Large enough that nothing is refused. */
export const PLENTY = 1_000_000_000;
/** In force for the one key there is, at each request. */
const LIMITS = { requests_per_minute: PLENTY, tokens_per_minute: PLENTY, concurrent_requests: PLENTY };

const WAYS = {
	whole: { request: { model: "bench-whole" }, requests: 500, pairs: 40 },
	"51 chunks": { request: { model: "bench-stream-4-50", stream: true }, requests: 256, pairs: 15 },
};
const STREAM_CONNECTIONS = 64;
const WARM_UP_PAIRS = 8;

/** @param {Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around, layout } = bench;
	const folder = mkdtempSync(join(around.folder, "features-"));
	const off = await startSubject("llmgw", around, { flags: ["--usage", "false", "--metrics", "false"] });
	const on = await startSubject("llmgw", around, { flags: ["--data", folder, "--admin-key", ADMIN] });
	const headers = { ...on.headers, authorization: `Bearer ${await keyOf(on)}` };
	/** @type {Record<string, Row>} */
	const rows = {};
	for (const [way, { request, requests, pairs }] of Object.entries(WAYS)) {
		progress(`${name}: ${way}`);
		const connections = request.model === "bench-whole" ? settings.connections : STREAM_CONNECTIONS;
		const body = chatBody(request);
		const loadOf = (/** @type {Subject} */ { port }, /** @type {Record<string, string>} */ headers) =>
			start(
				[process.execPath, benchFile("load/rounds.mjs"), JSON.stringify({ port, headers, connections })],
				layout?.load,
			);
		const loads = [loadOf(off, off.headers), loadOf(on, headers)];
		const { rows: both, ratio } = await takeTurns(
			[
				{ load: loads[0], workers: off.workers, body },
				{ load: loads[1], workers: on.workers, body },
			],
			settings.quick ? QUICK_TURNS : { requests, pairs, warmUp: WARM_UP_PAIRS },
		);
		rows[`${way}, all off`] = both[0];
		rows[`${way}, all on`] = { ...both[1], ratio };
		for (const load of loads) await load.stop();
	}
	await off.stop();
	await on.stop();
	rmSync(folder, { recursive: true, force: true });
	return rows;
}

/**
 * @param {Subject} subject
 * @param {object} [budget]
 * @returns {Promise<string>} the secret of a key with limits
 */
export async function keyOf({ port }, budget) {
	const response = await fetch(`http://127.0.0.1:${port}/v1/admin/keys`, {
		method: "POST",
		headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
		body: JSON.stringify({ name: "bench", limits: LIMITS, budget }),
	});
	const created = /** @type {{ secret: string }} */ (await response.json());
	if (response.status !== 201 && response.status !== 200) throw new Error(`no key: ${JSON.stringify(created)}`);
	return created.secret;
}
