/** `--drain-delay`: load balancers learn that a gateway is about to stop before it refuses anything. */
import { expect, onTestFinished, test, vi } from "vitest";
import { startAiHost } from "./kit/aiHost.js";
import { temporaryFile } from "./kit/gateway.js";
import { getAlone, serveLlmw, workerPids } from "./kit/llmw.js";
import { ask, clientOf } from "./kit/routing.js";

const patience = { timeout: 15_000, interval: 20 };

async function serve(delay: string, more: string[] = []) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "2", "--drain-delay", delay, ...more]);
	await workerPids(llmw.url, 2);
	return llmw;
}

const readiness = async (url: string) => (await getAlone(`${url}/readyz`)).status;

test("after SIGTERM every worker says that it is not ready, and serves new connections until the delay is over", async () => {
	const llmw = await serve("3s");
	expect(await readiness(llmw.url)).toBe(200);
	const toldAt = performance.now();
	llmw.process.kill("SIGTERM");
	await llmw.says(/stopping in 3 s: not ready any more, and still serving; stop again to end at once/);
	await vi.waitFor(async () => expect(await readiness(llmw.url)).toBe(503), patience);
	const { body } = await getAlone(`${llmw.url}/readyz`);
	expect(JSON.parse(body).error).toMatchObject({ code: "draining", message: "The gateway is stopping." });
	const { headers } = await getAlone(`${llmw.url}/healthz`, { connection: "keep-alive" });
	expect(headers.connection).not.toBe("close");
	expect((await ask(clientOf({ baseUrl: `${llmw.url}/v1` }))).text).toBe("Hello");
	expect(await llmw.exited).toBe(0);
	expect(performance.now() - toldAt).toBeGreaterThanOrEqual(3_000);
	expect(llmw.stderr()).toBe("");
});

test("a worker that dies meanwhile is replaced, by one that is not ready either", async () => {
	const llmw = await serve("1m");
	const pids = await workerPids(llmw.url, 2);
	llmw.process.kill("SIGTERM");
	await llmw.says(/stopping in 60 s/);
	process.kill(pids[0] as number, "SIGKILL");
	await vi.waitFor(async () => expect(await workerPids(llmw.url, 2)).not.toContain(pids[0]), patience);
	for (let count = 0; count < 6; count += 1) expect(await readiness(llmw.url)).toBe(503);
	// Signals that come together are one: the second has to come a little later.
	const again = setInterval(() => llmw.process.kill("SIGTERM"), 100);
	onTestFinished(() => clearInterval(again));
	expect(await llmw.exited).toBe(1);
});

test("a signal to all of its processes does not cut the delay short", async () => {
	const llmw = await serve("2s");
	const toldAt = performance.now();
	for (const pid of [llmw.pid(), ...(await workerPids(llmw.url, 2))]) process.kill(pid, "SIGTERM");
	await vi.waitFor(async () => expect(await readiness(llmw.url)).toBe(503), patience);
	expect((await ask(clientOf({ baseUrl: `${llmw.url}/v1` }))).text).toBe("Hello");
	expect(await llmw.exited).toBe(0);
	expect(performance.now() - toldAt).toBeGreaterThanOrEqual(2_000);
});

test("may stand in a configuration file, and is nothing by default", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const config = temporaryFile("llmw.yaml", "drainDelay: 60s\n");
	const llmw = await serveLlmw(host, ["--config", config, "--workers", "1"]);
	llmw.process.kill("SIGTERM");
	await llmw.says(/stopping in 60 s/);
	llmw.process.kill("SIGKILL");
	const other = await serveLlmw(host, ["--workers", "1"]);
	other.process.kill("SIGTERM");
	expect(await other.exited).toBe(0);
	expect(other.stdout()).not.toContain("stopping in");
});
