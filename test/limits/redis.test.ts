import { writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryLedger } from "../../src/limits/localLimits.js";
import { openRedisCounters } from "../../src/limits/redisCounters.js";
import { endOfPeriod } from "../../src/limits/tallies.js";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";
import { asking, granted, limitOf, refused } from "../kit/limits.js";
import { type Burst, burst, burstInAll, burstPlugin } from "../kit/limitsPlugin.js";
import { runLlmw, serveLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { startRedis } from "../kit/redis.js";

const sumOf = (bursts: readonly Burst[]) => bursts.reduce((sum, { granted }) => sum + granted, 0);

/** A gateway that waited for Redis would take as long each time. */
const answerMs = 200;
const tries = 5;

/** @returns the shortest time of several, as a busy machine delays some of them */
async function quickest(ask: () => Promise<unknown>): Promise<number> {
	const times: number[] = [];
	while (times.length < tries) {
		const started = performance.now();
		await ask();
		times.push(performance.now() - started);
	}
	return Math.min(...times);
}

async function serve(redis: string, workers: number, ...flags: string[]) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const words = ["--workers", String(workers), "--plugin", burstPlugin(), "--redis", redis, ...flags];
	return serveLlmw(host, words);
}

async function ledgerIn(redis: { url: string }, name = "one") {
	const said: string[] = [];
	const counters = await openRedisCounters(redis.url, name, {
		lost: (_place, reason) => void said.push(reason),
		found: () => void said.push("back"),
	});
	onTestFinished(() => counters.close());
	return { ledger: new MemoryLedger(Date.now, 1_000, counters), counters, said };
}

describe("counters in Redis", () => {
	test("say of each limit what those in memory say", async () => {
		const redis = await startRedis();
		const [inRedis, inMemory] = [(await ledgerIn(redis)).ledger, new MemoryLedger()];
		const limits = [
			limitOf("k", "minute", 100),
			limitOf("k", "day", 150),
			limitOf("k", "month", 1_000),
			limitOf("k", "now", 3),
		];
		const steps: [amount: number, used: number | undefined][] = [
			[40, 30],
			[60, undefined],
			[20, undefined],
			[10, 60],
			[1, undefined],
			[0, 0],
		];
		for (const [amount, used] of steps) {
			const claims = asking(limits.map((limit) => [limit, limit.span === "now" ? 1 : amount]));
			const [one, other] = await Promise.all([inRedis.reserve(claims), inMemory.reserve(claims)]);
			const rounded = (at: number | undefined) => at && Math.round(at / 3_000);
			const told = (decision: typeof one) => ({
				isGranted: decision.isGranted,
				remaining: decision.standings?.map(({ remaining }) => remaining),
				resets: decision.standings?.map(({ resetAt }) => rounded(resetAt)),
				refused: decision.isGranted || [decision.claim, rounded(decision.retryAt)],
			});
			expect(told(one)).toEqual(told(other));
			if (used === undefined) continue;
			if (one.isGranted) inRedis.settle(one.hold, [used, used, used]);
			if (other.isGranted) inMemory.settle(other.hold, [used, used, used]);
		}
	});

	test("reckon months as the calendar does", async () => {
		const redis = await startRedis();
		const { ledger } = await ledgerIn(redis);
		const month = limitOf("k", "month", 10);
		const { standings } = granted(await ledger.reserve(asking([[month, 10]])));
		expect(Math.abs((standings?.[0]?.resetAt ?? 0) - endOfPeriod("month", Date.now()))).toBeLessThan(1_000);
		const [key = ""] = await redis.client.keys("llmw:k:*");
		const date = new Date();
		expect(key).toBe(`llmw:k:tokens:month:${date.getUTCFullYear() * 12 + date.getUTCMonth()}`);
		expect(await redis.client.pttl(key)).toBeGreaterThan(86_400_000);
	});

	test("serve several gateways, of which one that dies gives its places back after a while", async () => {
		const redis = await startRedis();
		const [one, other] = [await ledgerIn(redis, "one"), await ledgerIn(redis, "other")];
		const atATime = limitOf("k", "now", 2);
		const first = granted(await one.ledger.reserve(asking([[atATime, 1]])));
		granted(await one.ledger.reserve(asking([[atATime, 1]])));
		refused(await other.ledger.reserve(asking([[atATime, 1]])));
		const waits = other.ledger.reserve(asking([[atATime, 1]], { maxWaitMs: 5_000 }));
		one.ledger.settle(first.hold, []);
		granted(await waits);
		// It is heard of no more: its lease ends.
		one.counters.close();
		const leases = (await redis.client.zrange("llmw:k:concurrency:now", "0", "-1")) as string[];
		const lease = leases.find((each) => each.startsWith("one")) ?? "";
		expect(lease).toBe("one:2#1");
		const ends = Number(await redis.client.zscore("llmw:k:concurrency:now", lease)) - Date.now();
		expect(ends).toBeGreaterThan(25_000);
		expect(ends).toBeLessThanOrEqual(30_000);
		await redis.client.zadd("llmw:k:concurrency:now", String(Date.now() - 1), lease);
		granted(await other.ledger.reserve(asking([[atATime, 1]])));
	});

	test("count what was used while Redis was away when it is back, and nothing twice", async () => {
		const redis = await startRedis();
		const { ledger, said } = await ledgerIn(redis);
		const day = limitOf("k", "day", 1_000);
		const before = granted(await ledger.reserve(asking([[day, 100]])));
		redis.pause();
		const started = performance.now();
		const meanwhile = granted(await ledger.reserve(asking([[day, 100]])));
		expect(performance.now() - started).toBeLessThan(1_000);
		expect(meanwhile.standings).toBeUndefined();
		expect(said).toEqual(["no answer within 200 ms"]);
		const again = performance.now();
		const unsettled = granted(await ledger.reserve(asking([[day, 100]])));
		expect(performance.now() - again).toBeLessThan(20);
		ledger.settle(before.hold, [60]);
		ledger.settle(meanwhile.hold, [7]);
		redis.resume();
		await expect.poll(() => said, { timeout: 10_000 }).toEqual(["no answer within 200 ms", "back"]);
		const remaining = async () => granted(await ledger.reserve(asking([[day, 0]]))).standings?.[0]?.remaining;
		await expect.poll(remaining).toBe(1_000 - 67);
		ledger.settle(unsettled.hold, [3]);
		await expect.poll(remaining).toBe(1_000 - 70);
	});
});

describe("two gateways of two workers on one Redis", () => {
	test("grant exactly what is allowed of ten thousand reservations at the same time", {
		timeout: 120_000,
	}, async () => {
		const redis = await startRedis();
		// Closed, as on a busy machine Redis may answer late, and who then passed would be one too many.
		const flags = ["--redis-failure", "closed"];
		const gateways = [await serve(redis.url, 2, ...flags), await serve(redis.url, 2, ...flags)];
		const [requests, tokens] = [limitOf("requests", "minute", 1_000), limitOf("tokens", "minute", 1_000)];
		const ask = (limit: typeof tokens, amount: number) =>
			Promise.all(
				gateways.map(({ url }) =>
					burstInAll(url, 2, { count: 2_500, request: asking([[limit, amount]]), used: [amount] }),
				),
			);
		const [one = [], other = []] = await ask(requests, 1);
		expect(sumOf(one) + sumOf(other)).toBe(1_000);
		const others = [...one, ...other].reduce((sum, { refused, failed }) => sum + refused + failed.length, 0);
		expect(others).toBe(9_000);
		expect((await ask(tokens, 7)).reduce((sum, bursts) => sum + sumOf(bursts), 0)).toBe(142);
	});

	test("share the contract's rate limit", async () => {
		const redis = await startRedis();
		const [one, other] = [await serve(redis.url, 1), await serve(redis.url, 1)];
		const remaining = async ({ url }: { url: string }) =>
			Number((await fetch(`${url}/v1/prompts`)).headers.get("x-ratelimit-remaining-requests"));
		expect([await remaining(one), await remaining(other), await remaining(one)]).toEqual([999, 998, 997]);
	});
});

test("a reload says that it can't change where limits are counted", async () => {
	const redis = await startRedis();
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const config = (more: string) => `upstreams: {one: {url: "${host.url}"}}\n${more}`;
	const file = temporaryFile("llmw.yaml", config(""));
	const llmw = runLlmw(["--bindport", "0", "--workers", "1", "--config", file, "--plugin", burstPlugin()]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	writeFileSync(file, config(`redis: ${redis.url}\nredisFailure: closed\n`));
	llmw.process.kill("SIGHUP");
	await llmw.says(/a reload can't change redis: limits are counted where they were until a restart/);
	expect((await burst(url, { request: asking([[limitOf("k", "minute", 10), 1]]) })).granted).toBe(1);
	// What is answered may be shared there from then on, for which it is tried out.
	expect((await redis.client.keys("*")).filter((key) => !key.startsWith("llmw:answers:"))).toEqual([]);
});

describe("while Redis is away", () => {
	const limit = limitOf("k", "minute", 100);
	const request = asking([[limit, 1]]);

	test("requests pass uncounted, it is said once, and limits hold again when it is back", async () => {
		const redis = await startRedis();
		const llmw = await serve(redis.url, 2);
		const place = new URL(redis.url).host.replaceAll(".", "\\.");
		expect((await burst(llmw.url, { count: 200, request })).granted).toBe(100);
		expect((await scrape(llmw.url)).sum("llmgw_redis_up")).toBe(1);
		await redis.kill();
		await llmw.says(new RegExp(`Redis at ${place} can't be reached \\(.+\\): requests pass without being counted`));
		expect(await burst(llmw.url, { count: 300, request })).toMatchObject({ granted: 300, uncounted: 300 });
		expect((await fetch(`${llmw.url}/v1/prompts`)).headers.get("x-ratelimit-remaining-requests")).toBe("999");
		const metrics = await scrape(llmw.url);
		expect(metrics.sum("llmgw_redis_up")).toBe(0);
		expect(metrics.sum("llmgw_limit_decisions_total", { limit: "redis", decision: "uncounted" })).toBe(301);
		await redis.start();
		await llmw.says(new RegExp(`Redis at ${place} is back`));
		expect((await burst(llmw.url, { count: 200, request })).granted).toBe(100);
		expect(llmw.stderr().match(/can't be reached/g)).toHaveLength(1);
	});

	test("requests are refused where limits are to hold, at once and with a time to come back", async () => {
		const redis = await startRedis();
		const llmw = await serve(redis.url, 2, "--redis-failure", "closed");
		await redis.kill();
		await llmw.says(/requests that limits apply to are refused until it is back/);
		const { granted, failed } = await burst(llmw.url, { count: 10, request });
		expect([granted, failed]).toEqual([0, new Array(10).fill("limits_unavailable")]);
		const took = await quickest(async () => {
			const response = await fetch(`${llmw.url}/v1/prompts`);
			expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
		});
		expect(took).toBeLessThan(answerMs);
		const unavailable = { decision: "unavailable" };
		expect((await scrape(llmw.url)).sum("llmgw_limit_decisions_total", unavailable)).toBe(10 + tries);
		await redis.start();
		await llmw.says(/limits are counted again/);
		expect((await burst(llmw.url, { request })).granted).toBe(1);
	});

	test("a Redis that does not answer is noticed within a fraction of a second, and holds nobody up after that", async () => {
		const redis = await startRedis();
		const llmw = await serve(redis.url, 1);
		redis.pause();
		const ask = async () => expect((await burst(llmw.url, { request })).uncounted).toBe(1);
		const started = performance.now();
		await ask();
		expect(performance.now() - started).toBeLessThan(1_000);
		expect(await quickest(ask)).toBeLessThan(answerMs);
		redis.resume();
		await llmw.says(/limits are counted again/);
		// What Redis found in its connections when it woke up came too late, and counts nothing.
		expect((await burst(llmw.url, { request })).last.standings?.[0]?.remaining).toBe(99);
	});

	test("a gateway starts without it, and says nothing of its password", async () => {
		const redis = await startRedis("--requirepass", "hunter2");
		const url = redis.url.replace("//", "//:hunter2@");
		await redis.kill();
		const llmw = await serve(url, 1);
		expect(llmw.stderr()).toMatch(/Redis at 127\.0\.0\.1:\d+ can't be reached/);
		expect((await burst(llmw.url, { request })).uncounted).toBe(1);
		await redis.start();
		await llmw.says(/limits are counted again/);
		expect((await burst(llmw.url, { request })).uncounted).toBe(0);
		const wrong = await serve(redis.url, 1);
		expect(wrong.stderr()).toMatch(/can't be reached \(.*(NOAUTH|authenticat).*\)/i);
		expect(llmw.stdout() + llmw.stderr() + wrong.stderr()).not.toContain("hunter2");
	});

	test("one that lost its scripts is given them again", async () => {
		const redis = await startRedis();
		const { ledger, said } = await ledgerIn(redis);
		granted(await ledger.reserve(request));
		await redis.client.script("FLUSH");
		expect(granted(await ledger.reserve(request)).standings?.[0]?.remaining).toBe(98);
		expect(said).toEqual([]);
	});

	test("one that takes no writes is as good as away", async () => {
		const redis = await startRedis();
		await redis.client.config("SET", "maxmemory", "1");
		const { ledger, said } = await ledgerIn(redis);
		expect(said).toEqual([expect.stringMatching(/OOM/)]);
		expect(granted(await ledger.reserve(request)).standings).toBeUndefined();
		await redis.client.config("SET", "maxmemory", "0");
		await expect.poll(() => said.at(-1), { timeout: 5_000 }).toBe("back");
		expect(granted(await ledger.reserve(request)).standings?.[0]?.remaining).toBe(99);
	});
});
