/** How many WebSockets there may be, counted across the workers of the real gateway. */
import { expect, onTestFinished, test, vi } from "vitest";
import { startHeldHost } from "../kit/heldStreams.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { openSocket, Refused, type TestSocket } from "../kit/sockets.js";

const patience = { timeout: 30_000, interval: 100 };

/** Opens as many at once as are let in. @returns those, and the statuses of the others */
async function openMany(url: string, address: string, count: number) {
	const headers = { "x-forwarded-for": address };
	const tried = await Promise.allSettled(Array.from({ length: count }, () => openSocket(url, { headers })));
	const opened = tried.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
	const refused = tried.flatMap((one): Refused[] => (one.status === "rejected" ? [one.reason] : []));
	onTestFinished(() => {
		for (const { socket } of opened) socket.terminate();
	});
	expect(refused.filter((error) => !(error instanceof Refused))).toEqual([]);
	return { opened, refused: [...new Set(refused.map(({ status }) => status))] };
}

const closeAll = (sockets: readonly TestSocket[]) =>
	Promise.all(
		sockets.map((socket) => {
			socket.close();
			return socket.closed;
		}),
	);

test("limits hold for all workers together, and a worker that dies gives its places back", async () => {
	const host = await startHeldHost();
	const flags = ["--max-websockets", "6", "--max-websockets-per-client", "4", "--trust-proxy", "1"];
	const llmw = await serveLlmw(host, ["--workers", "2", ...flags]);
	const [a, b] = ["10.0.0.1", "10.0.0.2"] as const;
	const one = await openMany(llmw.url, a, 8);
	expect([one.opened.length, one.refused]).toEqual([4, [429]]);
	const other = await openMany(llmw.url, b, 4);
	expect([other.opened.length, other.refused]).toEqual([2, [503]]);

	await closeAll(one.opened.slice(0, 2));
	const again = await vi.waitFor(async () => {
		const { opened } = await openMany(llmw.url, b, 1);
		expect(opened).toHaveLength(1);
		return opened;
	}, patience);
	await closeAll([...again, ...other.opened, ...one.opened.slice(2)]);

	const all = await vi.waitFor(async () => {
		const { opened } = await openMany(llmw.url, a, 4);
		if (opened.length < 4) await closeAll(opened);
		expect(opened).toHaveLength(4);
		return opened;
	}, patience);
	for (const pid of await workerPids(llmw.url, 2)) process.kill(pid, "SIGKILL");
	await Promise.all(all.map(({ closed }) => closed));
	const late = await vi.waitFor(async () => {
		const { opened, refused } = await openMany(llmw.url, a, 5);
		if (opened.length < 4) await closeAll(opened);
		expect([opened.length, refused]).toEqual([4, [429]]);
		return opened;
	}, patience);
	expect(late).toHaveLength(4);
});
