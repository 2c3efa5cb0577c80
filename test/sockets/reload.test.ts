/** WebSockets through a reload and a stop of the real gateway: none is cut in a turn, and clients go on with new workers. */
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFile } from "../kit/gateway.js";
import { startHeldHost } from "../kit/heldStreams.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { openSocket, type TestSocket, textOf } from "../kit/sockets.js";

const sockets = 1000;
/** Handshakes at a time. */
const batch = 50;

const withoutRateLimits = temporaryFile(
	"limits.yaml",
	"overlay: 1.0.0\ninfo: { title: None, version: '1' }\nactions: [{ target: \"$['x-rate-limit']\", remove: true }, { target: '$.paths[*][?@[\"x-rate-limit\"].max]', update: { x-rate-limit: false } }]\n",
);

async function openAll(url: string, count: number): Promise<TestSocket[]> {
	const opened: TestSocket[] = [];
	onTestFinished(() => {
		for (const { socket } of opened) socket.terminate();
	});
	while (opened.length < count)
		opened.push(
			...(await Promise.all(Array.from({ length: Math.min(batch, count - opened.length) }, () => openSocket(url)))),
		);
	return opened;
}

/** Begins a turn on each, and waits until each has heard of it. */
async function begin(busy: readonly TestSocket[]): Promise<void> {
	for (const socket of busy) socket.send({ type: "response.create", model: "m", input: "Hi" });
	for (const socket of busy) while ((await socket.next()).delta !== "begin");
}

test(`of ${sockets} none is cut in a turn by a reload, and idle ones close at once`, { timeout: 120_000 }, async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "2", "--overlay", withoutRateLimits]);
	const all = await openAll(llmw.url, sockets);
	const busy = all.filter((_socket, at) => at % 2 === 0);
	const idle = all.filter((_socket, at) => at % 2 === 1);
	await begin(busy);
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: /);
	expect(new Set((await Promise.all(idle.map(({ closed }) => closed))).map(({ code }) => code))).toEqual(
		new Set([1012]),
	);
	// Clients connect again, while the turns of the others are still under way.
	const [again] = await openAll(llmw.url, 1);
	host.release();
	const ends = await Promise.all(
		busy.map(async (socket) => ({ frames: await socket.rest(), ...(await socket.closed) })),
	);
	expect(ends.filter(({ frames }) => frames.at(-1)?.type !== "response.completed")).toEqual([]);
	expect(new Set(ends.map(({ frames }) => textOf(frames)))).toEqual(new Set(["end"]));
	expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
	expect(textOf((await again?.turn({ input: "Hi" })) ?? [])).toBe("beginend");
});

test("a stop waits for turns under way, until its deadline", { timeout: 60_000 }, async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "1", "--drain-timeout", "1s"]);
	const [idle, busy] = await openAll(llmw.url, 2);
	if (idle === undefined || busy === undefined) throw new Error("two were opened");
	await begin([busy]);
	llmw.process.kill("SIGTERM");
	expect((await idle.closed).code).toBe(1012);
	const frames = await busy.rest();
	expect(frames.at(-1)).toMatchObject({
		type: "response.failed",
		response: { error: { message: "The gateway is stopping." } },
	});
	await busy.closed;
	expect(await llmw.exited).toBe(0);
});

test("when a worker dies, its clients connect again", { timeout: 60_000 }, async () => {
	const host = await startHeldHost();
	host.release();
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	const [first] = await openAll(llmw.url, 1);
	const [pid] = await workerPids(llmw.url, 1);
	process.kill(pid as number, "SIGKILL");
	expect((await first?.closed)?.code).toBe(1006);
	const second = await vi.waitFor(() => openSocket(llmw.url), { timeout: 30_000, interval: 50 });
	onTestFinished(() => second.socket.terminate());
	expect(textOf(await second.turn({ input: "Hi" }))).toBe("beginend");
});
