/** Time from starting the command to its first answered completion; llmgw with two workers. */
import { takeTurns } from "../bench.mjs";
import { untilAnswered } from "../processes.mjs";
import { firstRequest, launch } from "../subjects.mjs";

export const name = "start";
export const title = "Start to first answer";
export const columns = { startMs: "ms" };

/** @param {import("../bench.mjs").Bench} bench */
export async function run({ settings, names, around }) {
	const running = new Set(around.peers.filter(({ port }) => port).map(({ name }) => name));
	const started = names.filter((subject) => subject !== "direct" && !running.has(subject));
	return takeTurns({ title: name, names: started, rounds: settings.starts }, async (subject) => {
		const before = performance.now();
		const { port, process } = await launch(subject, around, { workers: 2, unpinned: true });
		try {
			await untilAnswered(process, firstRequest(port, around.headers));
			return { startMs: performance.now() - before };
		} finally {
			await process.stop();
		}
	});
}
