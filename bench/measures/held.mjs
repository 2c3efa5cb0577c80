/**
 * Streams held open at once by a fresh process without a frame lost or out of order, and the memory
 * that takes: idle, and per open stream.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { progress, takeTurns } from "../bench.mjs";
import { openFileLimit } from "../machine.mjs";
import { runStreams } from "../streamRun.mjs";
import { startSubject } from "../subjects.mjs";
import { rssKb } from "../usage.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */

/** Two sockets in a proxy, and as much again to spare. */
const FILES_PER_STREAM = 4;

export const name = "held";
export const title = "Streams held open, and memory";
export const columns = {
	streams: "streams asked for",
	whole: "held whole",
	broken: "lost, reordered, cut",
	idleMb: "RSS idle MB",
	idlePrimaryMb: "primary idle MB",
	openMb: "RSS open MB",
	perStreamKb: "KB per stream",
	primaryPerStreamKb: "primary KB",
	firstByteP99Ms: "first byte p99 ms",
};

/** @param {Bench} bench */
export async function run(bench) {
	const streams = affordable(bench.settings.heldStreams, name, FILES_PER_STREAM);
	return takeTurns({ title: name, names: bench.names, rounds: 1 }, async (subject) => {
		return holdOnce(bench, subject, streams);
	});
}

/**
 * As many streams or connections as the limit of open files allows.
 * @param {number} wanted
 * @param {string} measure
 * @param {number} [filesEach] with some to spare
 */
export function affordable(wanted, measure, filesEach = 1.5) {
	const limit = openFileLimit();
	const able = Math.min(wanted, Math.floor(limit / filesEach));
	if (able < wanted)
		progress(`${measure}: ${able} instead of ${wanted}: "ulimit -n" is ${limit}, not ${Math.ceil(wanted * filesEach)}`);
	return able;
}

/**
 * @param {Bench} bench
 * @param {string} name
 * @param {number} streams
 */
async function holdOnce(bench, name, streams) {
	const { idleRestMs, heldMs, settleMs } = bench.settings;
	const subject = await startSubject(name, bench.around);
	try {
		await sleep(idleRestMs);
		const idle = { worker: rssKb(subject.workers), primary: rssKb(subject.primary) };
		const plan = { streams, chunkRate: streams, windowMs: heldMs, settleMs };
		const { memory, firstByte, whole, broken, lost, reordered, cut, refused, frames } = await runStreams(
			bench,
			subject,
			plan,
		);
		return {
			...{ streams, whole, broken, lost, reordered, cut, refused, frames },
			idleMb: idle.worker / 1024,
			idlePrimaryMb: subject.primary.length ? idle.primary / 1024 : undefined,
			openMb: memory.worker / 1024,
			perStreamKb: (memory.worker - idle.worker) / streams,
			primaryPerStreamKb: subject.primary.length ? (memory.primary - idle.primary) / streams : undefined,
			firstByteP99Ms: firstByte.p99 / 1000,
		};
	} finally {
		await subject.stop();
	}
}
