// Prompts of 2 MB, eight in flight: memory each takes, and how long tiny requests through the same
// worker had to wait meanwhile.
import { setTimeout as sleep } from "node:timers/promises";
import { benchFile, takeTurns } from "../bench.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { memoryKb, resetPeak, rssKb } from "../usage.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../subjects.mjs").Subject} Subject */

const HOLD_MS = 150;

export const name = "largePrompt";
export const title = "2 MB prompts, 8 in flight";
export const columns = {
	perRequestMb: "MB per request",
	timesBody: "× body",
	peakMb: "peak RSS MB",
	blockedMs: "longest wait of /healthz ms",
	quietMs: "the same when quiet ms",
	answered: "answered",
	errors: "errors",
};

/** @param {Bench} bench */
export async function run(bench) {
	const names = bench.names.filter((subject) => subject !== "direct");
	return takeTurns({ title: name, names, rounds: bench.settings.rounds }, async (name) => {
		const subject = await startSubject(name, bench.around);
		try {
			return await measureOnce(bench, subject);
		} finally {
			await subject.stop();
		}
	});
}

/**
 * @param {Bench} bench
 * @param {Subject} subject
 */
async function measureOnce(bench, subject) {
	const { largeBytes, largeInFlight, largeRequests, restMs } = bench.settings;
	const quiet = await load(bench, subject, 0);
	await sleep(restMs);
	const idle = rssKb(subject.workers);
	for (const pid of subject.workers) resetPeak(pid);
	const busy = await load(bench, subject, largeRequests);
	const peak = subject.workers.reduce((sum, pid) => sum + memoryKb(pid).peak, 0);
	const perRequest = ((peak - idle) * 1024) / largeInFlight;
	return {
		perRequestMb: perRequest / 2 ** 20,
		timesBody: perRequest / largeBytes,
		peakMb: peak / 1024,
		blockedMs: busy.max,
		quietMs: quiet.max,
		answered: busy.answered,
		errors: busy.errors,
	};
}

/**
 * @param {Bench} bench
 * @param {Subject} subject
 * @param {number} requests
 */
function load(bench, { port, headers }, requests) {
	const { largeBytes: bodyBytes, largeInFlight, probeMs } = bench.settings;
	const inFlight = Math.min(largeInFlight, requests);
	const size = { inFlight, requests, bodyBytes, holdMs: HOLD_MS, probeMs };
	const core = bench.layout?.load;
	const argument = JSON.stringify({ port, headers, ...size });
	const command = [process.execPath, benchFile("load/largePrompt.mjs"), argument];
	return start(command, core).message("done");
}
