/**
 * One run of many streams through one subject: opens them, measures a window, ends them, and says
 * whether every frame of every stream came through.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { benchFile } from "./bench.mjs";
import { start } from "./processes.mjs";
import { cpuMicros, rssKb } from "./usage.mjs";

/**
 * @typedef {object} StreamPlan
 * @property {number} streams
 * @property {number} chunkRate chunks/s offered over all streams
 * @property {number} windowMs
 * @property {number} settleMs
 *
 * @param {import("./bench.mjs").Bench} bench
 * @param {import("./subjects.mjs").Subject} subject
 * @param {StreamPlan} plan
 */
export async function runStreams(bench, subject, { streams, chunkRate, windowMs, settleMs }) {
	const client = startClient(bench, subject, streams, (streams * 1000) / chunkRate);
	const { opened, firstByte } = await client.message("open");
	await sleep(settleMs);
	const before = await mark(bench, subject, client);
	await sleep(windowMs);
	const after = await mark(bench, subject, client);
	const memory = { worker: rssKb(subject.workers), primary: rssKb(subject.primary) };
	const done = client.message("done", 30_000);
	await bench.orderUpstream({ do: "finish" });
	const { lost, reordered, foreign, whole, cut, refused, frames } = await done;
	const chunks = after.frames - before.frames;
	const per = (/** @type {'worker' | 'primary' | 'client' | 'mockUpstream'} */ process) =>
		(after[process] - before[process]) / chunks;
	return {
		perSecond: (chunks * 1000) / (after.at - before.at),
		cpuMicros: per("worker"),
		primaryMicros: subject.primary.length ? per("primary") : undefined,
		loadCoreMicros: loadCoreMicros(bench, per("client"), per("mockUpstream")),
		...{ firstByte, memory, opened, whole, frames },
		broken: lost + reordered + foreign + cut + refused + (streams - whole - cut - refused),
		...{ lost, reordered, foreign, cut, refused },
	};
}

/**
 * What a chunk costs the busiest core that makes and checks the load: client and mock upstream may share it.
 * @param {import("./bench.mjs").Bench} bench
 * @param {number} client
 * @param {number} upstream
 */
function loadCoreMicros({ layout }, client, upstream) {
	return layout && layout.load === layout.mockUpstream ? client + upstream : Math.max(client, upstream);
}

/**
 * @param {import("./bench.mjs").Bench} bench
 * @param {import("./subjects.mjs").Subject} subject
 * @param {number} streams
 * @param {number} intervalMs
 */
function startClient(bench, { port, headers }, streams, intervalMs) {
	const rounded = Number(intervalMs.toFixed(4));
	const load = JSON.stringify({ port, headers, streams, intervalMs: rounded, opening: 50 });
	const core = bench.layout?.load;
	const command = [process.execPath, benchFile("load/streams.mjs"), load];
	return start(command, core);
}

/**
 * @param {import("./bench.mjs").Bench} bench
 * @param {import("./subjects.mjs").Subject} subject
 * @param {import("./processes.mjs").Started} client
 */
async function mark(bench, subject, client) {
	const reply = client.message("mark");
	client.child.send("mark");
	const { frames, at, cpu } = await reply;
	return {
		frames,
		at,
		client: cpu,
		worker: cpuMicros(subject.workers),
		primary: cpuMicros(subject.primary),
		mockUpstream: cpuMicros([bench.around.mockUpstream.pid]),
	};
}
