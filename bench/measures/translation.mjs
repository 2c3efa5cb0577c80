/**
 * What translation costs: the same question to the same upstream, as a chat completion and in the words of another dialect; whole ones
 * also beside the bare proxy, which gets the chat completion.
 */
import { benchFile, progress } from "../bench.mjs";
import { chatBody, otherBody } from "../load/chatRequest.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { QUICK_TURNS, takeTurns } from "../turns.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../bench.mjs").Row} Row */

export const name = "translation";
export const title = "Translation to chat completions (llmgw)";
export const columns = {
	cpuMicros: "worker CPU µs/request",
	ratio: "to pass-through",
	perSecond: "requests/s",
	toBare: "to bare's requests/s",
	errors: "errors",
};

const WAYS = {
	"1 KB": { request: { model: "bench-whole" }, requests: 500, pairs: 40 },
	"16 KB": { request: { model: "bench-whole", bytes: 16 * 1024 }, requests: 300, pairs: 40 },
	"51 chunks": { request: { model: "bench-stream-4-50", stream: true }, requests: 256, pairs: 15 },
	"401 chunks": { request: { model: "bench-stream-2-400", stream: true }, requests: 128, pairs: 10 },
};
/** @type {Record<"messages" | "responses", string>} */
const PATHS = { messages: "/v1/messages", responses: "/v1/responses" };
const CHAT = "/v1/chat/completions";
const STREAM_CONNECTIONS = 64;
const WARM_UP_PAIRS = 8;

/** @param {Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around, layout } = bench;
	const subject = await startSubject("llmgw", around);
	const bare = bench.names.includes("bare") ? await startSubject("bare", around) : undefined;
	const { workers } = subject;
	const loadOf = (/** @type {string} */ path, /** @type {number} */ connections, { port, headers } = subject) =>
		start(
			[process.execPath, benchFile("load/rounds.mjs"), JSON.stringify({ port, path, headers, connections })],
			layout?.load,
		);
	/** @type {Record<string, Row>} */
	const rows = {};
	for (const [way, { request, requests, pairs }] of Object.entries(WAYS)) {
		const connections = request.model === "bench-whole" ? settings.connections : STREAM_CONNECTIONS;
		const plan = settings.quick ? QUICK_TURNS : { requests, pairs, warmUp: WARM_UP_PAIRS };
		for (const dialect of /** @type {const} */ (["messages", "responses"])) {
			progress(`${name}: ${way}, ${dialect}`);
			const passed = { load: loadOf(CHAT, connections), workers, body: chatBody(request) };
			const translated = { load: loadOf(PATHS[dialect], connections), workers, body: otherBody(dialect, request) };
			const { rows: both, ratio } = await takeTurns([passed, translated], plan);
			rows[`${way}, passed`] ??= both[0];
			const row = { ...both[1], ratio };
			rows[`${way}, ${dialect}`] = row;
			const loads = [passed.load, translated.load];
			if (bare !== undefined && request.model === "bench-whole") {
				const yardstick = { load: loadOf(CHAT, connections, bare), workers: bare.workers, body: passed.body };
				const { rows: beside } = await takeTurns([yardstick, translated], plan);
				rows[`${way}, bare`] ??= beside[0];
				row.toBare = beside[1].perSecond / beside[0].perSecond;
				loads.push(yardstick.load);
			}
			for (const load of loads) await load.stop();
		}
	}
	await subject.stop();
	await bare?.stop();
	return rows;
}
