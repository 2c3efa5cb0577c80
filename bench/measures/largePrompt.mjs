/**
 * Prompts of 2 MB, a few and then many in flight: the memory each one more takes, how long the event loop was
 * blocked meanwhile, and how long tiny requests through the same worker had to wait.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { benchFile, takeTurns } from "../bench.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { memoryKb, resetPeak, rssKb } from "../usage.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../subjects.mjs").Subject} Subject */

const HOLD_MS = 150;

export const name = "largePrompt";
export const title = "2 MB prompts, 8 and 32 in flight";
export const columns = {
	perRequestMb: "MB per request",
	timesBody: "× body",
	idleMb: "RSS idle MB",
	fewPeakMb: "peak with 8 MB",
	manyPeakMb: "peak with 32 MB",
	blockedMs: "loop blocked with 8 ms",
	manyBlockedMs: "with 32 ms",
	waitMs: "longest wait of /healthz with 8 ms",
	quietMs: "when quiet ms",
	answered: "answered",
	errors: "errors",
};

/** @param {Bench} bench */
export async function run(bench) {
	const names = bench.names.filter((subject) => subject !== "direct");
	return takeTurns({ title: name, names, rounds: bench.settings.rounds }, async (name) => {
		const nodeFlags = ["--import", `${new URL("../loopDelay.mjs", import.meta.url)}?folder=${bench.around.folder}`];
		const subject = await startSubject(name, bench.around, { nodeFlags });
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
	const { largeBytes, largeInFlight, restMs } = bench.settings;
	const quiet = await load(bench, subject, 0);
	await sleep(restMs);
	const idle = rssKb(subject.workers);
	const few = await withPeak(bench, subject, largeInFlight.few);
	await sleep(restMs);
	const many = await withPeak(bench, subject, largeInFlight.many);
	// The slope: what a process takes before it collects its garbage at all belongs to no request.
	const perRequest = ((many.peakKb - few.peakKb) * 1024) / (largeInFlight.many - largeInFlight.few);
	return {
		perRequestMb: perRequest / 2 ** 20,
		timesBody: perRequest / largeBytes,
		idleMb: idle / 1024,
		fewPeakMb: few.peakKb / 1024,
		manyPeakMb: many.peakKb / 1024,
		blockedMs: few.blockedMs,
		manyBlockedMs: many.blockedMs,
		waitMs: few.max,
		quietMs: quiet.max,
		answered: few.answered + many.answered,
		errors: few.errors + many.errors,
	};
}

/**
 * @param {Bench} bench
 * @param {Subject} subject
 * @param {number} inFlight
 */
async function withPeak(bench, subject, inFlight) {
	for (const pid of subject.workers) resetPeak(pid);
	await longestBlock(bench, subject);
	const row = await load(bench, subject, inFlight);
	const peakKb = subject.workers.reduce((sum, pid) => sum + memoryKb(pid).peak, 0);
	return { ...row, peakKb, blockedMs: await longestBlock(bench, subject) };
}

/**
 * Longest block of the event loop since the last call, in milliseconds; Node processes only.
 * @param {Bench} bench
 * @param {Subject} subject
 */
async function longestBlock({ around: { folder } }, { name, workers: [pid] }) {
	if (pid === undefined || (name !== "bare" && name !== "llmgw")) return undefined;
	const file = join(folder, `delay-${pid}`);
	process.kill(pid, "SIGUSR2");
	for (let tries = 0; tries < 100; tries++) {
		await sleep(20);
		try {
			const ms = Number(readFileSync(file, "utf8"));
			rmSync(file);
			return ms;
		} catch {
			// Not there yet.
		}
	}
	return undefined;
}

/**
 * @param {Bench} bench
 * @param {Subject} subject
 * @param {number} inFlight 0 only asks for /healthz
 */
function load(bench, { port, headers }, inFlight) {
	const { largeBytes: bodyBytes, largeRounds, probeMs } = bench.settings;
	const size = { inFlight, requests: inFlight * largeRounds, bodyBytes, holdMs: HOLD_MS, probeMs };
	const core = bench.layout?.load;
	const argument = JSON.stringify({ port, headers, ...size });
	const command = [process.execPath, benchFile("load/largePrompt.mjs"), argument];
	return start(command, core).message("done");
}
