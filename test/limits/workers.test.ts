import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { asking, limitOf } from "../kit/limits.js";
import { burst, burstInAll, burstPlugin } from "../kit/limitsPlugin.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { freePort } from "../kit/redis.js";

async function serve(workers: number, ...flags: string[]) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return serveLlmw(host, ["--workers", String(workers), "--plugin", burstPlugin(), ...flags]);
}

const sumOf = (bursts: readonly { granted: number }[]) => bursts.reduce((sum, { granted }) => sum + granted, 0);

describe("ten thousand reservations at the same time, from four workers", () => {
	test("of a limit of 1000 requests, exactly 1000 are granted", async () => {
		const { url } = await serve(4);
		const request = asking([[limitOf("key", "minute", 1_000), 1]]);
		const bursts = await burstInAll(url, 4, { count: 2_500, request, used: [1] });
		expect(sumOf(bursts)).toBe(1_000);
		expect(bursts.reduce((sum, { refused }) => sum + refused, 0)).toBe(9_000);
	});

	test("of a limit of 1000 tokens, as many as there is room for", async () => {
		const { url } = await serve(4);
		const limits = [limitOf("key", "minute", 1_000), limitOf("key", "day", 1_500)] as const;
		const request = asking([
			[limits[0], 7],
			[limits[1], 7],
		]);
		const bursts = await burstInAll(url, 4, { count: 2_500, request, used: [7, 7] });
		expect(sumOf(bursts)).toBe(142);
		expect(sumOf(await burstInAll(url, 4, { count: 2_500, request: asking([[limits[0], 1]]) }))).toBe(6);
		expect(sumOf(await burstInAll(url, 4, { count: 2_500, request: asking([[limits[1], 1]]) }))).toBe(506);
	});
});

test("a worker that dies gives back its places and drops who waits there, and nothing else", async () => {
	const { url } = await serve(2);
	const [atATime, tokens] = [limitOf("key", "now", 10), limitOf("key", "minute", 100)];
	const dying = await burst(url, {
		count: 10,
		request: asking([
			[atATime, 1],
			[tokens, 5],
		]),
	});
	expect(dying.granted).toBe(10);
	const waits = burst(url, { request: asking([[atATime, 1]], { maxWaitMs: 30_000 }) });
	expect((await burst(url, { request: asking([[atATime, 1]]) })).refused).toBe(1);
	process.kill(dying.worker, "SIGKILL");
	// In the other worker; or the request was in the one that died, and is no more.
	const waited = await waits.catch(() => undefined);
	if (waited) expect(waited.granted).toBe(1);
	await workerPids(url, 2);
	const { granted } = await burst(url, { count: 20, request: asking([[atATime, 1]]) });
	expect(granted).toBe(waited ? 9 : 10);
	const { last } = await burst(url, { request: asking([[tokens, 1]]) });
	expect(last.standings?.[0]?.remaining).toBe(49);
});

test("a reload keeps what is used, and another limit holds at once", async () => {
	const llmw = await serve(2);
	const limit = limitOf("key", "day", 10);
	expect((await burst(llmw.url, { count: 20, request: asking([[limit, 1]]), used: [1] })).granted).toBe(10);
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: 2 new workers/);
	expect((await burst(llmw.url, { request: asking([[limit, 1]]) })).granted).toBe(0);
	expect((await burst(llmw.url, { count: 20, request: asking([[{ ...limit, max: 15 }, 1]]) })).granted).toBe(5);
});

describe("limits per day and month", () => {
	const day = limitOf("key", "day", 100);
	const remaining = async (url: string) =>
		(await burst(url, { request: asking([[day, 1]]), used: [0] })).last.standings?.[0]?.remaining;

	test("are remembered when the gateway is started again", async () => {
		const data = temporaryFolder();
		const flags = ["--data", data, "--bindport", String(await freePort())];
		const first = await serve(1, ...flags);
		await burst(first.url, { count: 3, request: asking([[day, 10]]), used: [8] });
		first.process.kill("SIGTERM");
		expect(await first.exited).toBe(0);
		const second = await serve(1, ...flags);
		expect(await remaining(second.url)).toBe(75);
		second.process.kill("SIGTERM");
		await second.exited;
		const [file = ""] = readdirSync(data).filter((name) => name.startsWith("limits-"));
		expect(file).toBe(`limits-127.0.0.1-${flags.at(-1)}.jsonl`);
		// Someone's editor, a full disk, or the end of the power.
		writeFileSync(join(data, file), `${readFileSync(join(data, file), "utf8")}nonsense\n["key:tokens:day","da`);
		const third = await serve(1, ...flags);
		expect(await remaining(third.url)).toBe(75);
		expect(third.stderr()).toBe("");
	});

	test("lose no more than a second when the gateway is killed", async () => {
		const data = temporaryFolder();
		const flags = ["--data", data, "--bindport", String(await freePort())];
		const first = await serve(1, ...flags);
		await burst(first.url, { count: 3, request: asking([[day, 10]]), used: [10] });
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		await burst(first.url, { count: 4, request: asking([[day, 5]]), used: [5] });
		first.process.kill("SIGKILL");
		await first.exited;
		const second = await serve(1, ...flags);
		const left = await remaining(second.url);
		expect(left).toBeLessThanOrEqual(69);
		expect(left).toBeGreaterThanOrEqual(49);
	});

	test("leave no trace where there are none", async () => {
		const data = temporaryFolder();
		const flags = ["--data", data, "--bindport", String(await freePort())];
		const { url, process: child, exited } = await serve(1, ...flags);
		await burst(url, { request: asking([[limitOf("key", "minute", 10), 1]]), used: [1] });
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		child.kill("SIGTERM");
		await exited;
		expect(readdirSync(data).filter((name) => name.startsWith("limits-"))).toEqual([]);
	});

	test("hold without a place to be written to, which is said once", async () => {
		const data = temporaryFolder();
		const file = join(data, "a-file");
		writeFileSync(file, "");
		const llmw = await serve(1, "--data", join(file, "folder"), "--bindport", String(await freePort()));
		await burst(llmw.url, { count: 3, request: asking([[day, 10]]), used: [10] });
		await llmw.says(/what is used of limits per day and month can't be written, and would be lost: ENOTDIR/);
		await burst(llmw.url, { count: 3, request: asking([[day, 10]]), used: [10] });
		await new Promise((resolve) => setTimeout(resolve, 2_500));
		expect(llmw.stderr().match(/per day and month/g)).toHaveLength(1);
		expect(await remaining(llmw.url)).toBe(39);
	});
});
