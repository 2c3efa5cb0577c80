/** Keep-alive connections that are open and idle: the memory that each of them takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { benchFile, takeTurns } from "../bench.mjs";
import { start } from "../processes.mjs";
import { startSubject } from "../subjects.mjs";
import { rssKb } from "../usage.mjs";
import { affordable } from "./held.mjs";

const OPENING = 100;

export const name = "connections";
export const title = "Idle keep-alive connections";
export const columns = {
	connections: "connections asked for",
	open: "open",
	idleMb: "RSS idle MB",
	openMb: "RSS open MB",
	perConnectionKb: "KB per connection",
	primaryKb: "primary KB",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	const names = bench.names.filter((subject) => subject !== "direct");
	return leaveOpen(bench, { title: name, names, file: "load/idleConnections.mjs" });
}

/**
 * The memory that connections take which somebody opens and leaves alone.
 *
 * @param {import("../bench.mjs").Bench} bench
 * @param {{ title: string, names: string[], file: string, variant?: import("../subjects.mjs").Variant }} opening `file` opens them
 */
export async function leaveOpen({ settings, around, layout }, { title, names, file, variant }) {
	const connections = affordable(settings.idleConnections, title);
	return takeTurns({ title, names, rounds: 1 }, async (subjectName) => {
		const subject = await startSubject(subjectName, around, variant);
		try {
			await sleep(settings.idleRestMs);
			const [idle, idlePrimary] = [rssKb(subject.workers), rssKb(subject.primary)];
			const { port, headers } = subject;
			const load = JSON.stringify({ port, headers, connections, opening: OPENING });
			const client = start([process.execPath, benchFile(file), load], layout?.load);
			const { answered, closed } = await client.message("open", 120_000);
			await sleep(settings.restMs);
			const [open, openPrimary] = [rssKb(subject.workers), rssKb(subject.primary)];
			const done = client.message("done");
			client.child.send("end");
			await done;
			return {
				...{ connections, open: answered - closed },
				...{ idleMb: idle / 1024, openMb: open / 1024, perConnectionKb: (open - idle) / (answered - closed) },
				primaryKb: subject.primary.length ? (openPrimary - idlePrimary) / (answered - closed) : undefined,
			};
		} finally {
			await subject.stop();
		}
	});
}
