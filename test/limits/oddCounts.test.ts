/** Counts that no request can have caused, and keys in Redis that hold something else than a count: neither ends limits for others. */
import { describe, expect, onTestFinished, test } from "vitest";
import { WorkerCredit } from "../../src/limits/creditWorker.js";
import { MemoryLedger } from "../../src/limits/localLimits.js";
import { openRedisCounters } from "../../src/limits/redisCounters.js";
import { chunk, completion, type HostAnswer, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { hello, postChat, type TestGateway, temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { ask, gatewayWith, until } from "../kit/limited.js";
import { asking, granted, limitOf, refused } from "../kit/limits.js";
import { burst, burstPlugin } from "../kit/limitsPlugin.js";
import { runLlmw, serveLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { startRedis } from "../kit/redis.js";

/** As a host writes them. */
const oddCounts = [
	"18446744073709551615",
	"1e308",
	"1e400",
	"9007199254740993",
	"4294967295",
	"-5",
	"2.5",
	'"7"',
	"[1]",
];

/** Says its usage in these very words, in a stream too. */
async function hostSaying(usage: string): Promise<TestHost> {
	const host = await startAiHost(answerWith(usage));
	onTestFinished(() => host.close());
	return host;
}

function answerWith(usage: string): HostAnswer {
	return (request, response) => {
		if (request.body.includes('"stream":true')) {
			startStream(response);
			for (const word of ["Hel", "lo", "!"]) response.write(chunk({ content: word }));
			response.write(chunk({}, "stop"));
			response.end(`data: {"id":"chatcmpl-1","choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`);
			return;
		}
		const { usage: _usage, ...rest } = completion;
		const text = JSON.stringify(rest).replace(/\}$/, `,"usage":${usage}}`);
		response.writeHead(200, { "content-type": "application/json" }).end(text);
	};
}

async function remaining(gateway: TestGateway): Promise<number> {
	const { headers } = await ask(gateway, undefined, { max_tokens: 1 });
	return Number(headers.get("x-ratelimit-remaining-tokens"));
}

test.each(oddCounts)("a host that says %s has its tokens estimated, and is told of", async (count) => {
	let usage = "";
	const host = await startAiHost((...given) => answerWith(usage)(...given));
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 10_000 } });
	for (const name of ["prompt_tokens", "completion_tokens", "total_tokens"]) {
		const parts = { prompt_tokens: "6", completion_tokens: "2", total_tokens: "8", [name]: count };
		const members = Object.entries(parts).map(([part, value]) => `"${part}":${value}`);
		usage = `{${members.join(",")}}`;
		await ask(gateway);
		await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		await until(() => gateway.gateway.services.load.requests === 0);
	}
	usage = `{"prompt_tokens":6,"completion_tokens":2}`;
	const used = 10_000 - (await remaining(gateway));
	// Six answers to prompts of about 6 tokens, and what the request that looks has reserved.
	expect(used).toBeGreaterThanOrEqual(6 * 7);
	expect(used).toBeLessThan(120);
	expect(gateway.printed.join("\n")).toMatch(/reports token counts that can't be true/);
});

test("details that can't be true are left out, and the rest counts", async () => {
	const details = `{"cached_tokens":1e308,"audio_tokens":-1}`;
	const host = await hostSaying(`{"prompt_tokens":60,"completion_tokens":40,"prompt_tokens_details":${details}}`);
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 10_000 } });
	await ask(gateway);
	const used = 10_000 - (await remaining(gateway));
	expect(used).toBeGreaterThanOrEqual(100);
	expect(used).toBeLessThan(140);
});

test("metrics, usage and budgets add up what is sane, in all of memory, store and journal", async () => {
	let usage = `{"prompt_tokens":18446744073709551615,"completion_tokens":1e308,"total_tokens":-1}`;
	const host = await startAiHost((...given) => answerWith(usage)(...given));
	onTestFinished(() => host.close());
	const text = `upstreams: {host: {url: "${host.url}/v1", cost: {input: 1, output: 1}}}
limits: {clients: {budgetPerDay: 1}}
`;
	const file = temporaryFile("llmw.yaml", text);
	const own = ["--bindport", "0", "--data", temporaryFolder(), "--workers", "1"];
	const llmw = runLlmw(["--config", file, ...own]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const post = async () => (await (await postChat(`${url}/v1`, { ...hello, max_tokens: 10 })).json()) as object;
	await post();
	usage = `{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34}`;
	for (const _time of [1, 2]) expect(await post()).toHaveProperty("choices");
	const summed = async () => {
		const page = (await (await fetch(`${url}/v1/usage`)).json()) as { data: { results: Result[] }[] };
		return page.data.at(-1)?.results[0];
	};
	await expect.poll(async () => (await summed())?.requests, { timeout: 60_000 }).toBe(3);
	const { input_tokens, cost } = (await summed()) as Result;
	expect(input_tokens).toBeGreaterThan(60);
	expect(input_tokens).toBeLessThan(80);
	expect(cost).toBeLessThan(0.001);
	const { sum } = await scrape(url);
	expect(sum("llmgw_tokens_total", { kind: "input" })).toBe(input_tokens);
	expect(sum("llmgw_cost_dollars_total")).toBeCloseTo(cost, 9);
});

interface Result {
	requests: number;
	input_tokens: number;
	cost: number;
}

describe("settling by what makes no sense", () => {
	const nonsense = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e308];

	test.each(nonsense)("%s counts what was reserved, in memory", async (used) => {
		const ledger = new MemoryLedger();
		const day = limitOf("k", "day", 100);
		ledger.settle(granted(await ledger.reserve(asking([[day, 40]]))).hold, [used]);
		expect(granted(await ledger.reserve(asking([[day, 0]]))).standings?.[0]?.remaining).toBe(60);
	});

	test.each(nonsense)("%s counts what was reserved of credit", (used) => {
		const told: unknown[] = [];
		const book = new WorkerCredit((correction) => void told.push(correction));
		const day = limitOf("k", "day", 100);
		book.receive([[day.counter, "day", 100, 50, Date.now(), 50, Date.now() + 1_000]]);
		const decision = book.reserve([{ limit: day, amount: 40 }]);
		book.settle(decision?.hold ?? 0, [used]);
		book.recall([day.counter]);
		// What is left of the credit goes back, and nothing of what was reserved.
		expect(told).toEqual([["correct", day.counter, "day", expect.any(Number), -10]]);
	});
});

describe("Redis", () => {
	async function countersIn(url: string) {
		const said: string[] = [];
		const counters = await openRedisCounters(url, "one", {
			lost: (_place, reason) => void said.push(`lost: ${reason}`),
			found: () => void said.push("back"),
			refused: (_place, reason, isUse) => void said.push(`refused ${isUse}: ${reason}`),
		});
		onTestFinished(() => counters.close());
		return { ledger: new MemoryLedger(Date.now, 1_000, counters), counters, said };
	}

	test("takes any number for an amount, and goes on counting", async () => {
		const redis = await startRedis();
		const { ledger, counters, said } = await countersIn(redis.url);
		const limits = [limitOf("k", "minute", 100), limitOf("k", "day", 100), limitOf("k", "month", 100)];
		for (const amount of [1e308, 2 ** 64, Number.NaN, Number.POSITIVE_INFINITY, -1e308, 2.5])
			counters.correct(
				1,
				limits.map((limit) => ({ limit, amount, at: Date.now() })),
			);
		// They are counted as far as sums stay whole, so that nothing is left.
		refused(await ledger.reserve(asking(limits.map((limit) => [limit, 1]))));
		const other = limitOf("other", "day", 10);
		expect(granted(await ledger.reserve(asking([[other, 3]]))).standings?.[0]?.remaining).toBe(7);
		expect(said.filter((line) => !line.startsWith("refused"))).toEqual([]);
	});

	test("keeps the limits of others where a key holds something else", async () => {
		const redis = await startRedis();
		const { ledger, counters, said } = await countersIn(redis.url);
		const [odd, good] = [limitOf("odd", "minute", 10), limitOf("good", "minute", 10)];
		await redis.client.set(`llmw:${odd.counter}`, "a text");
		const [one, other] = await Promise.all([ledger.reserve(asking([[odd, 1]])), ledger.reserve(asking([[good, 4]]))]);
		expect(granted(one).standings).toBeUndefined();
		expect(granted(other).standings?.[0]?.remaining).toBe(6);
		const at = Date.now();
		// One that can't be counted takes none of the same request's with it.
		counters.correct(9, [
			{ limit: odd, amount: 5, at },
			{ limit: good, amount: 2, at },
		]);
		expect(granted(await ledger.reserve(asking([[good, 0]]))).standings?.[0]?.remaining).toBe(4);
		expect(said).toEqual([
			expect.stringMatching(/^refused false: WRONGTYPE .*, at llmw:odd:tokens:minute$/),
			expect.stringMatching(/^refused true: WRONGTYPE/),
		]);
		// Nothing of it is left to be tried again when Redis has been away.
		await redis.kill();
		await redis.start();
		await expect.poll(() => said.at(-1), { timeout: 10_000 }).toBe("back");
		granted(await ledger.reserve(asking([[good, 1]])));
		expect(said.filter((line) => line.startsWith("refused"))).toHaveLength(2);
	});

	test.each(["99999999999999999999", "1e308", "nan", "-7", "word"])(
		"counts on from a key that holds %s",
		async (value) => {
			const redis = await startRedis();
			const { ledger, counters, said } = await countersIn(redis.url);
			const day = limitOf("k", "day", 1e15);
			granted(await ledger.reserve(asking([[day, 1]])));
			const [key = ""] = await redis.client.keys("llmw:k:*");
			await redis.client.set(key, value);
			counters.correct(1, [{ limit: day, amount: 5, at: Date.now() }]);
			counters.correct(1, [{ limit: day, amount: -2, at: Date.now() }]);
			await expect.poll(async () => Number.isSafeInteger(Number(await redis.client.get(key)))).toBe(true);
			expect(said).toEqual([]);
		},
	);

	test("is asked again where it has lost its script each time", async () => {
		const redis = await startRedis();
		const { ledger, said } = await countersIn(redis.url);
		const day = limitOf("k", "day", 100);
		for (let left = 99; left >= 95; left -= 1) {
			await redis.client.script("FLUSH");
			expect(granted(await ledger.reserve(asking([[day, 1]]))).standings?.[0]?.remaining).toBe(left);
		}
		expect(said).toEqual([]);
	});

	test.each([
		["open", 200],
		["closed", 503],
	])("that fails at one key (%s) refuses nobody else, and it is told", async (policy, status) => {
		const redis = await startRedis();
		const host = await hostSaying(`{"prompt_tokens":18446744073709551615,"completion_tokens":1e308}`);
		const words = ["--redis", redis.url, "--redis-failure", policy, "--workers", "2", "--plugin", burstPlugin()];
		const llmw = await serveLlmw(host, words);
		const [odd, good] = [limitOf("odd", "minute", 10), limitOf("good", "minute", 10)];
		await redis.client.set(`llmw:${odd.counter}`, "a text");
		const failed = await burst(llmw.url, { request: asking([[odd, 1]]) });
		expect(failed.failed).toEqual(status === 503 ? ["limits_unavailable"] : []);
		await llmw.says(/Redis at \S+ can't count a limit \(WRONGTYPE .*llmw:odd:tokens:minute\)/);
		// On a busy machine Redis may seem to be away for a moment, and then nothing is counted.
		const counted = async () =>
			(await burst(llmw.url, { request: asking([[good, 1]]) })).last.standings?.[0]?.remaining;
		await expect.poll(counted, { timeout: 20_000 }).toBeLessThan(10);
		await expect.poll(async () => (await scrape(llmw.url)).sum("llmgw_redis_up"), { timeout: 20_000 }).toBe(1);
		expect(llmw.stderr()).not.toMatch(/can't be reached \(WRONGTYPE/);
	});

	test("counts on after a host has said more than it can add up", async () => {
		const redis = await startRedis();
		const host = await hostSaying(`{"prompt_tokens":18446744073709551615,"completion_tokens":1e308}`);
		const { url, stderr } = await limitedLlmw(host, redis.url);
		const post = () => postChat(`${url}/v1`, { ...hello, max_tokens: 10 });
		for (let count = 0; count < 5; count += 1) {
			const response = await post();
			await response.text();
			expect(response.status).toBe(200);
			const left = response.headers.get("x-ratelimit-remaining-tokens");
			if (left !== null) expect(Number(left)).toBeGreaterThan(9_000);
		}
		expect(stderr()).not.toMatch(/can't be reached \(ERR/);
		expect(stderr()).toMatch(/token counts that can't be true/);
	});
});

async function limitedLlmw(host: TestHost, redis: string) {
	const text = `upstreams: {host: {url: "${host.url}/v1"}}\nlimits: {clients: {tokensPerDay: 10000}}\n`;
	const file = temporaryFile("llmw.yaml", text);
	const own = ["--bindport", "0", "--data", temporaryFolder(), "--workers", "2", "--redis", redis];
	const llmw = runLlmw(["--config", file, ...own]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url };
}
