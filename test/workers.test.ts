import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { chunk, startAiHost, startStream } from "./kit/aiHost.js";
import { temporaryFile } from "./kit/gateway.js";
import { openStream, openStreams, startHeldHost, wholeStream } from "./kit/heldStreams.js";
import { getAlone, isRunning, runLlmw, serveLlmw, workerPids } from "./kit/llmw.js";

const patience = { timeout: 10_000, interval: 20 };

/** Text of a plugin that runs `code` once, where it is loaded. */
function pluginThat(code: string): string {
	return temporaryFile(
		"plugin.mjs",
		`${code}\nexport default { name: "test", stage: "edge", middleware: () => (_ctx, next) => next() };`,
	);
}

/** Resolves when the gateway accepts no more connections. */
async function untilClosed(url: string): Promise<void> {
	await vi.waitFor(() => expect(getAlone(`${url}/healthz`)).rejects.toThrow(), patience);
}

describe("start", () => {
	test("there is one worker per core unless --workers says otherwise", async () => {
		const host = await startHeldHost();
		const one = await serveLlmw(host);
		await one.says(new RegExp(`\\(${availableParallelism()} workers?\\)`));
		const four = await serveLlmw(host, ["--workers", "4"]);
		expect(four.stdout()).toContain("(4 workers)");
		const pids = await workerPids(four.url, 4);
		expect(pids).not.toContain(four.pid());
		expect(pids.every(isRunning)).toBe(true);
	});

	test("a plugin that throws when it is loaded is one line, and the end", async () => {
		const plugin = pluginThat('throw new Error("no licence");');
		const llmw = runLlmw(["--bindport", "0", "--workers", "3", "--plugin", plugin]);
		expect(await llmw.exited).toBe(1);
		expect(llmw.stderr()).toBe(`llmw: --plugin ${plugin}: no licence\n`);
		expect(llmw.stdout()).toBe("");
	});

	test("a plugin that ends its process when it is loaded is one line, and the end", async () => {
		const llmw = runLlmw(["--bindport", "0", "--workers", "3", "--plugin", pluginThat("process.exit(3);")]);
		expect(await llmw.exited).toBe(1);
		expect(llmw.stderr()).toMatch(/^llmw: worker \d+: ended with code 3 before it was ready\n$/);
	});

	test("SIGTERM while the workers start ends it at once and well", async () => {
		// The workers never come further than their plugin, which says when they are there.
		const plugin = pluginThat('process.stderr.write("loading\\n"); await new Promise(() => {});');
		const llmw = runLlmw(["--bindport", "0", "--workers", "2", "--plugin", plugin]);
		await llmw.says(/loading/);
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(0);
		expect(llmw.stderr()).toBe("loading\n");
		expect(llmw.stdout()).toBe("");
	});
});

describe("a worker that dies", () => {
	test("is replaced, and the others go on meanwhile", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "4"]);
		const before = await workerPids(llmw.url, 4);
		const streams = await openStreams(llmw.url, 16);
		const victim = before[0] as number;
		process.kill(victim, "SIGKILL");
		await llmw.says(new RegExp(`worker ${victim} was killed by SIGKILL; a new one starts in \\d+ ms`));
		// The other three, on whichever of them the streams are.
		const others = await workerPids(llmw.url, 3);
		expect(before).toEqual(expect.arrayContaining(others.filter((pid) => before.includes(pid))));
		await vi.waitFor(async () => {
			const now = await workerPids(llmw.url, 4);
			expect(now).not.toContain(victim);
		}, patience);
		host.release();
		const texts = await Promise.all(streams.map(({ text }) => text));
		const whole = texts.filter((text) => text === wholeStream);
		expect(whole.length).toBeGreaterThanOrEqual(8);
		// What the dead worker had can't be taken for whole.
		for (const text of texts) if (text !== wholeStream) expect(text).not.toContain("[DONE]");
	});

	test("comes back on the same port, also as the only one and on a port that was free", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"]);
		const [victim = 0] = await workerPids(llmw.url, 1);
		process.kill(victim, "SIGKILL");
		await vi.waitFor(async () => {
			const { body } = await getAlone(`${llmw.url}/healthz`);
			expect(JSON.parse(body).worker).not.toBe(victim);
		}, patience);
	});

	test("comes back with the contract of the others, whatever has become of the overlay file", async () => {
		const limited = (max: number | string) =>
			`overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-rate-limit: {max: ${max}, window: 1m}}}]`;
		const overlay = temporaryFile("limit.yaml", limited(7));
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const llmw = await serveLlmw(host, ["--workers", "1", "--overlay", overlay]);
		writeFileSync(overlay, limited("[broken"));
		const [pid = 0] = await workerPids(llmw.url, 1);
		process.kill(pid, "SIGKILL");
		await vi.waitFor(async () => expect(await workerPids(llmw.url, 1)).not.toContain(pid), patience);
		const response = await fetch(`${llmw.url}/v1/prompts`);
		expect(response.headers.get("x-ratelimit-limit-requests")).toBe("7");
	});

	test("again and again soon after its start, as a client can have it, is said once, and others are tried for ever", async () => {
		const plugin = temporaryFile(
			"crashing.mjs",
			`export default { name: "crashing", stage: "edge", middleware: () => (ctx, next) => {
				if (ctx.path === "/crash") process.exit(9);
				return next();
			} };`,
		);
		const llmw = runLlmw(["--bindport", "0", "--workers", "1", "--plugin", plugin]);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		for (let deaths = 1; deaths <= 6; deaths += 1) {
			await vi.waitFor(() => workerPids(url, 1), { ...patience, timeout: 50_000 });
			await getAlone(`${url}/crash`).catch(() => {});
			const count = () => llmw.stderr().match(/ended with code 9; a new one starts/g)?.length;
			await vi.waitFor(() => expect(count()).toBe(deaths), { ...patience, timeout: 50_000 });
		}
		expect(llmw.stderr().match(/5 workers in a row ended soon after their start/g)).toHaveLength(1);
		await vi.waitFor(() => workerPids(url, 1), { ...patience, timeout: 50_000 });
	}, 120_000);

	test("of an uncaught error says so with its stack", async () => {
		const plugin = temporaryFile(
			"throwing.mjs",
			`export default { name: "throwing", stage: "edge", middleware: () => (ctx, next) => {
				if (ctx.path === "/throw") setImmediate(() => { throw new Error("out of reach"); });
				return next();
			} };`,
		);
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2", "--plugin", plugin]);
		expect((await getAlone(`${llmw.url}/throw`)).status).toBe(404);
		await llmw.says(/worker \d+ crashed: Error: out of reach\n\s+at /);
		await llmw.says(/worker \d+ ended with code 70; a new one starts/);
		await vi.waitFor(() => workerPids(llmw.url, 2), patience);
	});
});

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
	test("lets 100 live streams over three workers finish, takes no more, and ends with 0", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "3"]);
		const pids = await workerPids(llmw.url, 3);
		const streams = await openStreams(llmw.url, 100);
		llmw.process.kill(signal);
		await untilClosed(llmw.url);
		expect(llmw.process.exitCode).toBe(null);
		host.release();
		const texts = await Promise.all(streams.map(({ text }) => text));
		expect(texts.filter((text) => text !== wholeStream)).toEqual([]);
		expect(await llmw.exited).toBe(0);
		expect(llmw.stderr()).toBe("");
		expect(pids.filter(isRunning)).toEqual([]);
	});
});

describe("draining", () => {
	test("a stream that never ends gets an error event when --drain-timeout has passed", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "2", "--drain-timeout", "500ms"]);
		const stream = await openStream(llmw.url);
		llmw.process.kill("SIGTERM");
		const events = (await stream.text).trimEnd().split("\n\n");
		expect(JSON.parse(events.at(-1)?.slice("data: ".length) ?? "").error).toMatchObject({ code: "gateway_stopping" });
		expect(events.at(-1)).not.toContain("cut");
		expect(await llmw.exited).toBe(0);
		expect(llmw.stdout()).toContain("stopping: 1 request in flight may take up to 0.5 s; stop again to end at once");
		expect(llmw.stderr()).toMatch(/^llmw: worker \d+ breaks off 1 request$/m);
	});

	test("a request that is still being answered is answered", async () => {
		let proceed!: () => void;
		const gate = new Promise<void>((resolve) => {
			proceed = resolve;
		});
		let asked!: () => void;
		const arrived = new Promise<void>((resolve) => {
			asked = resolve;
		});
		const host = await startAiHost(async (_request, response) => {
			asked();
			await gate;
			response.writeHead(200, { "content-type": "application/json" }).end('{"object":"list","data":[]}');
		});
		onTestFinished(() => host.close());
		const llmw = await serveLlmw(host, ["--workers", "1"]);
		const answer = fetch(`${llmw.url}/v1/models`);
		await arrived;
		llmw.process.kill("SIGTERM");
		await untilClosed(llmw.url);
		proceed();
		const response = await answer;
		expect(await response.json()).toEqual({ object: "list", data: [] });
		expect(await llmw.exited).toBe(0);
	});

	test("is not held up by connections without a request", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"]);
		const silent = connect(llmw.port, "127.0.0.1");
		const idle = connect(llmw.port, "127.0.0.1");
		for (const socket of [silent, idle]) onTestFinished(() => void socket.destroy());
		const closed = [silent, idle].map((socket) => new Promise((resolve) => socket.resume().once("close", resolve)));
		idle.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
		await new Promise((resolve) => idle.once("data", resolve));
		const startedAt = performance.now();
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(0);
		await Promise.all(closed);
		expect(performance.now() - startedAt).toBeLessThan(10_000);
	});

	test("a second signal ends it at once", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "2"]);
		const pids = await workerPids(llmw.url, 2);
		const stream = await openStream(llmw.url);
		llmw.process.kill("SIGTERM");
		await untilClosed(llmw.url);
		// Signals that come together count as one, so this one has to come later.
		await new Promise((resolve) => setTimeout(resolve, 200));
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(1);
		expect(await stream.text).not.toContain("[DONE]");
		await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), patience);
	});

	test("the same signal to the whole group is one", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "2"]);
		const pids = await workerPids(llmw.url, 2);
		const stream = await openStream(llmw.url);
		for (const pid of [...pids, llmw.pid(), llmw.pid()]) process.kill(pid, "SIGTERM");
		await untilClosed(llmw.url);
		host.release();
		expect(await stream.text).toBe(wholeStream);
		expect(await llmw.exited).toBe(0);
		expect(llmw.stderr()).toBe("");
	});
});

test("the gateway goes on when whoever read its output has gone", async () => {
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.end(`${chunk({ content: "Hello" }, "stop")}data: [DONE]\n\n`);
	});
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "1", "--verbose"]);
	llmw.process.stdout.destroy();
	llmw.process.stderr.destroy();
	for (let count = 0; count < 3; count += 1) expect(await (await openStream(llmw.url)).text).toContain("[DONE]");
	expect(llmw.process.exitCode).toBe(null);
});
