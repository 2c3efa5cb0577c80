import { readFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { startAiHost } from "./kit/aiHost.js";
import { temporaryFile, withoutRateLimit } from "./kit/gateway.js";
import { openStreams, startHeldHost, wholeStream } from "./kit/heldStreams.js";
import { getAlone, isRunning, type Llmw, serveLlmw, workerPids } from "./kit/llmw.js";

const patience = { timeout: 15_000, interval: 20 };

function overlayWithLimit(max: number): string {
	return `overlay: 1.0.0
info: {title: Limit, version: 1.0.0}
actions:
  - target: $['x-rate-limit']
    update: {max: ${max}}
`;
}

/** SIGHUP, until the gateway says that it has been reloaded as often as `count`. */
async function reload(llmw: Llmw, count = 1): Promise<void> {
	llmw.process.kill("SIGHUP");
	await llmw.says(new RegExp(`(reloaded: [^]*){${count}}`));
}

function getOn(agent: Agent, url: string): Promise<number> {
	return new Promise((resolve, reject) => {
		get(url, { agent }, (response) => {
			response.resume().once("end", () => resolve(response.statusCode ?? 0));
		}).on("error", reject);
	});
}

test("SIGHUP replaces the workers without refusing a connection or cutting one of 100 streams", async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "2", "--overlay", withoutRateLimit(), "--drain-timeout", "100ms"]);
	const before = await workerPids(llmw.url, 2);
	const streams = await openStreams(llmw.url, 100);
	const agents = Array.from({ length: 2 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
	onTestFinished(() => {
		for (const agent of agents) agent.destroy();
	});
	let reloading = true;
	const failures: unknown[] = [];
	const statuses: number[] = [];
	const steadily = async (ask: () => Promise<number>) => {
		while (reloading)
			await ask().then(
				(status) => statuses.push(status),
				(error) => failures.push(error),
			);
	};
	const load = [
		...agents.map((agent) => steadily(() => getOn(agent, `${llmw.url}/v1/prompts`))),
		...agents.map(() => steadily(async () => (await getAlone(`${llmw.url}/v1/prompts`)).status)),
	];
	await reload(llmw);
	await vi.waitFor(async () => {
		const after = await workerPids(llmw.url, 2);
		expect(after.filter((pid) => before.includes(pid))).toEqual([]);
	}, patience);
	await reload(llmw, 2);
	reloading = false;
	await Promise.all(load);
	expect(failures).toEqual([]);
	expect(new Set(statuses)).toEqual(new Set([200]));
	// They are on the first workers, which wait for them longer than for a stop.
	expect(before.every(isRunning)).toBe(true);
	host.release();
	// On a busy machine they take longer than streams may be silent.
	const texts = await Promise.all(streams.map(async ({ text }) => (await text).replaceAll(": heartbeat\n\n", "")));
	expect(texts.filter((text) => text !== wholeStream)).toEqual([]);
	await vi.waitFor(() => expect(before.filter(isRunning)).toEqual([]), patience);
	expect(llmw.stderr()).toBe("");
});

test("SIGHUP with an overlay that has become invalid changes nothing but a complaint", async () => {
	const overlay = temporaryFile("overlay.yaml", overlayWithLimit(500));
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "2", "--overlay", overlay]);
	const before = await workerPids(llmw.url, 2);
	writeFileSync(overlay, "overlay: 1.0.0\nactions: [");
	llmw.process.kill("SIGHUP");
	await llmw.says(/^llmw: not reloaded: .*overlay\.yaml:\d+:\d+: /m);
	expect((await workerPids(llmw.url, 2)).sort()).toEqual(before.sort());
	// What only a worker can find out is no different.
	writeFileSync(overlay, overlayWithLimit(0));
	llmw.process.kill("SIGHUP");
	await llmw.says(
		/^llmw: not reloaded: contract with .*overlay\.yaml: x-rate-limit .*max must be a whole number above 0/m,
	);
	expect((await workerPids(llmw.url, 2)).sort()).toEqual(before.sort());
	expect(llmw.stderr().trimEnd().split("\n")).toHaveLength(2);
	// And it can be mended.
	writeFileSync(overlay, overlayWithLimit(400));
	await reload(llmw);
});

test("SIGHUP with a changed overlay: the new limit is in force, and what was counted stays counted", async () => {
	const overlay = temporaryFile("overlay.yaml", overlayWithLimit(5));
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "2", "--overlay", overlay]);
	const ask = async () => {
		const { status, headers } = await getAlone(`${llmw.url}/v1/prompts`);
		return `${status} ${headers["x-ratelimit-remaining-requests"]}/${headers["x-ratelimit-limit-requests"]}`;
	};
	expect([await ask(), await ask(), await ask()]).toEqual(["200 4/5", "200 3/5", "200 2/5"]);
	writeFileSync(overlay, overlayWithLimit(4));
	await reload(llmw);
	expect([await ask(), await ask()]).toEqual(["200 0/4", "429 0/4"]);
	writeFileSync(overlay, overlayWithLimit(7));
	await reload(llmw, 2);
	expect(await ask()).toBe("200 2/7");
});

test("a second SIGHUP during a reload is for settings that changed meanwhile", async () => {
	const overlay = temporaryFile("overlay.yaml", overlayWithLimit(5));
	// Says when a worker is on its way, which is when settings have been read.
	const plugin = temporaryFile(
		"plugin.mjs",
		`process.stderr.write("loading\\n");
		export default { name: "loud", stage: "edge", middleware: () => (_ctx, next) => next() };`,
	);
	const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--overlay", overlay, "--plugin", plugin]);
	llmw.process.kill("SIGHUP");
	await llmw.says(/(loading\s+){2}/);
	writeFileSync(overlay, overlayWithLimit(9));
	await reload(llmw, 2);
	const { headers } = await getAlone(`${llmw.url}/v1/prompts`);
	expect(headers["x-ratelimit-limit-requests"]).toBe("9");
});

test("SIGTERM during a reload ends it well", async () => {
	const flag = temporaryFile("flag", "quick");
	const plugin = temporaryFile(
		"plugin.mjs",
		`import { readFileSync } from "node:fs";
		if (readFileSync(${JSON.stringify(flag)}, "utf8") === "slow") {
			process.stderr.write("loading\\n");
			await new Promise(() => {});
		}
		export default { name: "slow", stage: "edge", middleware: () => (_ctx, next) => next() };`,
	);
	const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2", "--plugin", plugin]);
	writeFileSync(flag, "slow");
	llmw.process.kill("SIGHUP");
	await llmw.says(/loading/);
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(llmw.stderr()).toBe("loading\n");
	expect(readFileSync(flag, "utf8")).toBe("slow");
});

test("SIGTERM after a reload waits for the streams of replaced workers no longer than --drain-timeout", async () => {
	const host = await startHeldHost();
	const llmw = await serveLlmw(host, ["--workers", "1", "--drain-timeout", "300ms"]);
	const [stream] = await openStreams(llmw.url, 1);
	await reload(llmw);
	llmw.process.kill("SIGTERM");
	expect(await stream?.text).toContain("gateway_stopping");
	expect(await llmw.exited).toBe(0);
});
