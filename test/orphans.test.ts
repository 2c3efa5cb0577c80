/** What workers do when the primary is killed and can tell them nothing any more. */

import { readFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFile, withoutRateLimit } from "./kit/gateway.js";
import { openStreams, startHeldHost, wholeStream } from "./kit/heldStreams.js";
import { isRunning, type Llmw, runLlmw, serveLlmw, workerPids } from "./kit/llmw.js";
import { connected, openRaw, requestText } from "./kit/rawHttp.js";
import { servicesInPlugin } from "./kit/services.js";

const patience = { timeout: 15_000, interval: 20 };

/** Kills the primary, and only it. */
async function killPrimary(llmw: Llmw): Promise<void> {
	process.kill(llmw.pid(), "SIGKILL");
	await vi.waitFor(() => expect(isRunning(llmw.pid())).toBe(false), patience);
}

function endAfterTest(pids: readonly number[]): void {
	onTestFinished(() => {
		for (const pid of pids) if (isRunning(pid)) process.kill(pid, "SIGKILL");
	});
}

async function untilGone(pids: readonly number[]): Promise<void> {
	await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), patience);
}

test("live streams end whole, then the workers are gone; meanwhile a new gateway starts on the same address", async () => {
	const host = await startHeldHost();
	const args = ["--workers", "2", "--overlay", withoutRateLimit()];
	const llmw = await serveLlmw(host, args);
	const pids = await workerPids(llmw.url, 2);
	endAfterTest(pids);
	const streams = await openStreams(llmw.url, 40);
	await killPrimary(llmw);
	const next = await serveLlmw(host, [...args, "--bindport", String(llmw.port)]);
	expect(next.port).toBe(llmw.port);
	expect(next.stderr()).toBe("");
	const after = await workerPids(next.url, 2);
	expect(after.filter((pid) => pids.includes(pid))).toEqual([]);
	expect(pids.every(isRunning)).toBe(true);
	host.release();
	for (const { text } of streams) expect(await text).toBe(wholeStream);
	await untilGone(pids);
});

test("a request on a kept connection is refused with 503 and the connection closed", async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const [stream] = await openStreams(llmw.url, 1);
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	onTestFinished(() => agent.destroy());
	expect((await getOn(agent, `${llmw.url}/v1/models`)).status).toBe(200);
	await killPrimary(llmw);
	const { status, connection, body } = await getOn(agent, `${llmw.url}/v1/models`);
	expect({ status, connection }).toEqual({ status: 503, connection: "close" });
	expect(JSON.parse(body).error).toMatchObject({ type: "overloaded_error", code: "gateway_stopping" });
	host.release();
	expect(await stream?.text).toBe(wholeStream);
	await untilGone(pids);
});

function getOn(agent: Agent, url: string): Promise<{ status: number; connection: string | undefined; body: string }> {
	return new Promise((resolve, reject) => {
		get(url, { agent }, async (response) => {
			let body = "";
			for await (const text of response.setEncoding("utf8")) body += text;
			resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body });
		}).on("error", reject);
	});
}

test("a connection that says nothing is not waited for", async () => {
	const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const silent = openRaw(llmw.port);
	onTestFinished(() => silent.destroy());
	await connected(silent);
	await killPrimary(llmw);
	await untilGone(pids);
	await silent.closed;
	expect(silent.text()).toBe("");
});

test("streams that are still there after --drain-timeout end with an error event", async () => {
	const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--drain-timeout", "300ms"]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const [stream] = await openStreams(llmw.url, 1);
	await killPrimary(llmw);
	const text = (await stream?.text) ?? "";
	expect(text).toMatch(/"code":"gateway_stopping"/);
	expect(text).not.toMatch(/\[DONE\]|<cut/);
	await untilGone(pids);
	expect(llmw.stderr()).toContain(`llmw: worker ${pids[0]} breaks off 1 request\n`);
});

test("streams end whole also where a plugin writes to a log that nobody reads any more", async () => {
	const plugin = temporaryFile(
		"loud.mjs",
		`export default { name: "loud", stage: "edge", middleware: () => async (ctx, next) => {
			process.once("disconnect", () => { for (let count = 0; count < 20; count += 1) console.log("x".repeat(10_000)); });
			await next();
		} };`,
	);
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "1", "--plugin", plugin]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const [stream] = await openStreams(llmw.url, 1);
	const kept = openRaw(llmw.port);
	onTestFinished(() => kept.destroy());
	kept.send(requestText({ target: "/healthz" }));
	await kept.answers(1);
	llmw.process.stdout.destroy();
	llmw.process.stderr.destroy();
	await killPrimary(llmw);
	// What is refused shows that the worker knows by now, and has written.
	let status: number | undefined;
	for (let count = 2; status !== 503; count += 1) {
		kept.send(requestText({ target: "/healthz" }));
		status = (await kept.answers(count))[count - 1]?.status;
		expect([200, 503]).toContain(status);
	}
	host.release();
	expect(await stream?.text).toBe(wholeStream);
	await untilGone(pids);
});

test("streams end whole also where a worker speaks to a primary of whose end it doesn't know yet", async () => {
	const [begun, goOn] = [temporaryFile("begun", ""), temporaryFile("goOn", "")];
	const plugin = temporaryFile(
		"busy.mjs",
		`import { readFileSync, writeFileSync } from "node:fs";
		export default { name: "busy", stage: "edge", middleware: (_options, gateway) => async (ctx, next) => {
			if (ctx.get("x-busy") !== "") {
				writeFileSync(${JSON.stringify(begun)}, "yes");
				// As long as this goes on, the worker hears nothing.
				const endsAt = Date.now() + 10_000;
				while (readFileSync(${JSON.stringify(goOn)}, "utf8") === "" && Date.now() < endsAt);
				for (let count = 0; count < 5; count += 1) gateway.complain("still here");
			}
			await next();
		} };`,
	);
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "1", "--plugin", plugin]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const [stream] = await openStreams(llmw.url, 1);
	const busy = fetch(`${llmw.url}/healthz`, { headers: { "x-busy": "1" } }).catch(() => undefined);
	await vi.waitUntil(() => readFileSync(begun, "utf8") !== "", { timeout: 10_000 });
	await killPrimary(llmw);
	writeFileSync(goOn, "yes");
	await busy;
	host.release();
	expect(await stream?.text).toBe(wholeStream);
	await untilGone(pids);
});

test("what waits for the primary's answer is answered without it", async () => {
	const plugin = temporaryFile(
		"wait.mjs",
		`${servicesInPlugin}
		export default { name: "wait", stage: "edge", middleware: () => async (ctx, next) => {
			if (ctx.path !== "/stop-primary") return next();
			process.kill(process.ppid, "SIGSTOP");
			console.log("stopped " + process.ppid);
			await services().counter.take({ key: "a", max: 1, windowMs: 1000 });
		} };`,
	);
	const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--plugin", plugin]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const asking = openRaw(llmw.port);
	onTestFinished(() => asking.destroy());
	asking.send(requestText({ target: "/stop-primary" }));
	await llmw.says(/stopped \d+/);
	await killPrimary(llmw);
	expect((await asking.answers(1))[0]).toMatchObject({ status: 503, headers: { connection: "close" } });
	await untilGone(pids);
});

test("a worker that is still starting ends at once", async () => {
	const plugin = temporaryFile("slow.mjs", 'console.log("loading in " + process.pid); await new Promise(() => {});');
	const llmw = runLlmw(["--bindport", "0", "--workers", "1", "--plugin", plugin]);
	const pids = [Number((await llmw.says(/loading in (\d+)/))[1])];
	endAfterTest(pids);
	await killPrimary(llmw);
	await untilGone(pids);
});

test("a gateway that is killed while it stops still lets its streams end", async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	const pids = await workerPids(llmw.url, 1);
	endAfterTest(pids);
	const [stream] = await openStreams(llmw.url, 1);
	llmw.process.kill("SIGTERM");
	await llmw.says(/stopping: 1 request in flight/);
	await killPrimary(llmw);
	host.release();
	expect(await stream?.text).toBe(wholeStream);
	await untilGone(pids);
});
