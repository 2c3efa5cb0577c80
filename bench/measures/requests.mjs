/** Requests per second and CPU per request: 1 KB in, 1 KB out, not streamed, keep-alive. */
import { setTimeout as sleep } from "node:timers/promises";
import { takeTurns } from "../bench.mjs";
import { runWholeLoad } from "../load/wholeLoad.mjs";
import { coreTicks, cpuMicros, rssKb, storeWritersOf } from "../usage.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../subjects.mjs").Subject} Subject */

export const name = "requests";
export const title = "Non-streamed requests, 32 connections";
export const columns = {
	perSecond: "requests/s",
	cpuMicros: "CPU µs/request",
	primaryMicros: "primary µs",
	writerMicros: "store writer µs",
	totalMicros: "all processes µs",
	perCore: "per core-second",
	loadedMb: "RSS at load MB",
	loadCoreBusy: "load core busy %",
	foreign: "other work %",
	errors: "errors",
};

/** What a gateway does after the load has ended is part of its cost. It is quiet if it does next to nothing for a while. */
const QUIET_SHARE = 0.05;
const LONGEST_AFTERMATH_MS = 30_000;

/** @param {Bench} bench */
export async function run(bench) {
	const { settings, names } = bench;
	return takeTurns({ title: name, names, rounds: settings.rounds }, async (subject) => {
		return measureLoad(bench, await bench.shared(subject), settings.seconds);
	});
}

/**
 * One stretch of load on one subject. The workers' CPU is taken before the load starts and after it has ended, that of all
 * processes once they are quiet, so that every request counted is paid for.
 * @param {Bench} bench
 * @param {Subject} subject
 * @param {number} seconds
 * @param {number} [connections]
 */
export async function measureLoad(bench, subject, seconds, connections = bench.settings.connections) {
	const before = snapshot(bench, subject);
	const result = await runWholeLoad(bench, subject, { connections, seconds });
	const after = snapshot(bench, subject);
	if (result.requests === 0) throw new Error("no request was answered");
	const cpu = (after.worker - before.worker) / result.requests;
	const quiet = await whenQuiet(subject, bench.settings.quietMs);
	/** @param {'worker' | 'primary' | 'writer'} role */
	const cost = (role) => (subject.primary.length ? (quiet[role] - before[role]) / result.requests : undefined);
	return {
		perSecond: result.requests / result.seconds,
		cpuMicros: cpu,
		primaryMicros: cost("primary"),
		writerMicros: cost("writer"),
		totalMicros: (allOf(quiet) - allOf(before)) / result.requests,
		perCore: 1e6 / cpu,
		loadedMb: rssKb(subject.workers) / 1024,
		...contention(before, after, subject.name === "direct"),
		requests: result.requests,
		errors: result.errors,
	};
}

/**
 * Waits until all of a subject's processes are quiet.
 * @param {Subject} subject
 * @param {number} quietMs
 */
async function whenQuiet(subject, quietMs) {
	const deadline = performance.now() + LONGEST_AFTERMATH_MS;
	let before = cpuOf(subject);
	for (;;) {
		await sleep(quietMs);
		const now = cpuOf(subject);
		if (allOf(now) - allOf(before) <= quietMs * 1000 * QUIET_SHARE || performance.now() > deadline) return now;
		before = now;
	}
}

/**
 * CPU time of a subject's processes since they started, in µs.
 * @param {Subject} subject
 */
function cpuOf({ workers, primary }) {
	return {
		worker: cpuMicros(workers),
		primary: cpuMicros(primary),
		writer: cpuMicros(primary.flatMap(storeWritersOf)),
	};
}

/** @param {ReturnType<typeof cpuOf>} cpu */
const allOf = ({ worker, primary, writer }) => worker + primary + writer;

/**
 * @param {Bench} bench
 * @param {Subject} subject
 */
function snapshot({ layout }, subject) {
	return {
		...cpuOf(subject),
		subjectCore: coreTicks(layout?.workers[0]),
		loadCore: coreTicks(layout?.load),
	};
}

/**
 * How near the load's core came to its own limit, and how much of the subject's core went to
 * processes that are not part of the run.
 * @param {ReturnType<typeof snapshot>} before
 * @param {ReturnType<typeof snapshot>} after
 * @param {boolean} isDirect whether the mock upstream is the subject, on the load's core
 */
function contention(before, after, isDirect) {
	const load = busyShare(before.loadCore, after.loadCore);
	const core = busyShare(before.subjectCore, after.subjectCore);
	const own = (after.worker - before.worker) / 10_000 / core.ticks;
	return {
		loadCoreBusy: load.share * 100,
		foreign: isDirect ? undefined : Math.max(0, core.share - own) * 100,
	};
}

/**
 * @param {ReturnType<typeof coreTicks>} before
 * @param {ReturnType<typeof coreTicks>} after
 */
function busyShare(before, after) {
	const busy = after.busy - before.busy;
	const ticks = busy + after.idle - before.idle;
	return { share: busy / ticks, ticks };
}
