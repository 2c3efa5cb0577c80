/** Memory of each process: idle, and as load goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { takeTurns } from "../bench.mjs";
import { runWholeLoad } from "../load/wholeLoad.mjs";
import { startSubject } from "../subjects.mjs";
import { rssKb, storeWritersOf } from "../usage.mjs";

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
			const idle = memoryOf(subject);
			/** @type {number[]} */
			const loaded = [];
			const seconds = Math.max(1, Math.round(growthSeconds / STRETCHES));
			for (let stretch = 0; stretch < STRETCHES; stretch++) {
				await runWholeLoad(bench, subject, { connections, seconds });
				loaded.push(memoryOf(subject).all);
			}
			const [first = 0, last = 0] = [loaded[0], loaded.at(-1)];
			return {
				idleMb: idle.worker,
				...(subject.primary.length && { idlePrimaryMb: idle.primary, idleAllMb: idle.all }),
				// It is there once something has been recorded.
				...(idle.writer > 0 && { idleWriterMb: idle.writer }),
				...{ firstMb: first, lastMb: last, growth: (last / first - 1) * 100 },
				loadedSeconds: seconds * STRETCHES,
			};
		} finally {
			await subject.stop();
		}
	});
}

/** @param {Subject} subject */
function memoryOf({ workers, primary }) {
	const [worker, ofPrimary, writer] = [workers, primary, primary.flatMap(storeWritersOf)].map(
		(pids) => rssKb(pids) / 1024,
	);
	return { worker, primary: ofPrimary, writer, all: (worker ?? 0) + (ofPrimary ?? 0) + (writer ?? 0) };
}
