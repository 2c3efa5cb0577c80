/** Memory of each process: idle, and as load goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { takeTurns } from "../bench.mjs";
import { runWholeLoad } from "../load/wholeLoad.mjs";
import { startSubject } from "../subjects.mjs";
import { pssKb, rssKb, storeWritersOf } from "../usage.mjs";

/** @typedef {import("../subjects.mjs").Subject} Subject */

/** Stretches of load, after each of which memory is read; growth is counted from the end of the first. */
const STRETCHES = 4;

export const name = "memory";
export const title = "Memory of each process, MB";
export const columns = {
	idleMb: "worker idle",
	idlePrimaryMb: "primary idle",
	idleWriterMb: "store writer idle",
	idleAllMb: "all idle",
	idlePssMb: "worker idle, PSS",
	idlePrimaryPssMb: "primary idle, PSS",
	idleWriterPssMb: "store writer idle, PSS",
	idleAllPssMb: "all idle, PSS",
	firstMb: "all, first quarter of load",
	lastMb: "all, last quarter",
	growth: "growth %",
	loadedSeconds: "seconds of load",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	const names = bench.names.filter((subject) => subject !== "direct");
	return takeTurns({ title: name, names, rounds: 1 }, async (name) => {
		const { idleRestMs, growthSeconds, connections } = bench.settings;
		const subject = await startSubject(name, bench.around);
		try {
			await sleep(idleRestMs);
			const idle = memoryOf(subject, rssKb);
			const share = memoryOf(subject, pssKb);
			/** @type {number[]} */
			const loaded = [];
			const seconds = Math.max(1, Math.round(growthSeconds / STRETCHES));
			for (let stretch = 0; stretch < STRETCHES; stretch++) {
				await runWholeLoad(bench, subject, { connections, seconds });
				loaded.push(memoryOf(subject, rssKb).all);
			}
			const [first = 0, last = 0] = [loaded[0], loaded.at(-1)];
			return {
				idleMb: idle.worker,
				...(subject.primary.length && { idlePrimaryMb: idle.primary, idleAllMb: idle.all }),
				// It is there once something has been recorded.
				...(idle.writer > 0 && { idleWriterMb: idle.writer }),
				...(share.worker > 0 && { idlePssMb: share.worker }),
				...(share.primary > 0 && { idlePrimaryPssMb: share.primary, idleAllPssMb: share.all }),
				...(share.writer > 0 && { idleWriterPssMb: share.writer }),
				...{ firstMb: first, lastMb: last, growth: (last / first - 1) * 100 },
				loadedSeconds: seconds * STRETCHES,
			};
		} finally {
			await subject.stop();
		}
	});
}

/**
 * @param {Subject} subject
 * @param {(pids: number[]) => number} kbOf
 */
function memoryOf({ workers, primary }, kbOf) {
	const mbOf = (/** @type {number[]} */ pids) => kbOf(pids) / 1024;
	const [worker, ofPrimary, writer] = [mbOf(workers), mbOf(primary), mbOf(primary.flatMap(storeWritersOf))];
	return { worker, primary: ofPrimary, writer, all: worker + ofPrimary + writer };
}
