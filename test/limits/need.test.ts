/** What a request is assumed to need: counted by the model's tokenizer or the upstream, or estimated. */
import { describe, expect, onTestFinished, test } from "vitest";
import { Calibration } from "../../src/admission/calibration.js";
import { claimsOf } from "../../src/admission/claims.js";
import { createLimitTable } from "../../src/admission/limitTable.js";
import { OutputHistory } from "../../src/admission/outputHistory.js";
import { promptPieces } from "../../src/admission/promptPieces.js";
import { countTokens, encodingOf } from "../../src/admission/tokenizer.js";
import { noLimits } from "../../src/settings/limitSettings.js";
import type { Routing, UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { ask, gatewayWith, using } from "../kit/limited.js";
import { route, upstream } from "../kit/routing.js";

describe("the tokenizer", () => {
	test.each([
		["gpt-4o-mini", "o200k_base"],
		["openai/gpt-5.1", "o200k_base"],
		["gpt-oss-20b", "o200k_base"],
		["o3", "o200k_base"],
		["gpt-4-turbo", "cl100k_base"],
		["gpt-3.5-turbo", "cl100k_base"],
		["text-embedding-3-small", "cl100k_base"],
		["qwen2.5", undefined],
		["orca", undefined],
		["", undefined],
	])("of %s is %s", (model, encoding) => {
		expect(encodingOf(model)).toBe(encoding);
	});

	test("counts a conversation as OpenAI does", async () => {
		// OpenAI's cookbook: 3 for each message, 3 before the answer, and the tokens of roles and texts.
		const json = {
			messages: [
				{ role: "system", content: "You are helpful." },
				{ role: "user", content: "Hello AI" },
			],
		};
		expect(await countTokens(promptPieces(json), "o200k_base")).toBe(3 + 3 + 3 + 1 + 4 + 1 + 2);
	});

	test("takes what looks like its special tokens for text", async () => {
		expect(await countTokens({ texts: ["<|endoftext|>"], tokens: 0 }, "o200k_base")).toBeGreaterThan(3);
	});

	test("is not held up by text that is made to, and lets others go on meanwhile", async () => {
		await countTokens({ texts: ["warm"], tokens: 0 }, "o200k_base");
		let turns = 0;
		const timer = setInterval(() => {
			turns += 1;
		}, 1);
		onTestFinished(() => clearInterval(timer));
		const startedMs = performance.now();
		// Letters without a pattern are what takes it longest.
		let letters = "";
		for (let at = 0; at < 200_000; at += 1) letters += String.fromCharCode(97 + ((at * at * 7919 + at * 31) % 26));
		const texts = ["x".repeat(50_000), letters, "a b ".repeat(500_000)];
		const count = await countTokens({ texts, tokens: 0 }, "o200k_base");
		expect(performance.now() - startedMs).toBeLessThan(5_000);
		expect(count).toBeGreaterThan(100_000);
		expect(turns).toBeGreaterThan(1);
	});
});

/** An upstream that counts, as the given one does, at `/tokenize`. */
async function countingHost(answer: HostAnswer): Promise<TestHost> {
	const host = await startAiHost((request, response, message) =>
		request.url === "/tokenize" ? answer(request, response, message) : using(70, 1)(request, response, message),
	);
	onTestFinished(() => host.close());
	return host;
}

function routingTo(host: TestHost, counting: Counting): Routing {
	return {
		upstreams: [upstream("a", `${host.url}/v1`, { ...counting, key: "secret-of-host" })],
		routes: [route(["a/own-name"], { models: ["*"] })],
	};
}

type Counting = Partial<Pick<UpstreamSettings, "tokenize" | "provider">>;

async function reservedFor(host: TestHost, counting: Counting): Promise<number> {
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 1_000 } }, { routing: routingTo(host, counting) });
	const { headers } = await ask(gateway, undefined, { max_tokens: 10, model: "public" });
	return 1_000 - Number(headers.get("x-ratelimit-remaining-tokens"));
}

describe("a host that counts", () => {
	test("as vLLM does is asked with messages and its own name of the model", async () => {
		const host = await countingHost((_request, response) =>
			sendJson(response, { count: 77, max_model_len: 4096, tokens: [] }),
		);
		expect(await reservedFor(host, { tokenize: "vllm" })).toBe(87);
		const [asked] = host.received;
		expect(asked?.headers.authorization).toBe("Bearer secret-of-host");
		expect(JSON.parse(asked?.body.toString() ?? "")).toEqual({
			model: "own-name",
			messages: [{ role: "user", content: "Hello AI" }],
			add_generation_prompt: true,
		});
	});

	test.each([
		["vllm", undefined, true],
		["llamacpp", undefined, true],
		["vllm", "none", false],
		["sglang", undefined, false],
	] as const)("with provider %s and tokenize %s is asked: %s", async (provider, tokenize, isAsked) => {
		const host = await countingHost((_request, response) => sendJson(response, { count: 77, tokens: [] }));
		await reservedFor(host, { provider, tokenize });
		expect(host.received.some(({ url }) => url === "/tokenize")).toBe(isAsked);
	});

	test("as llama.cpp does is asked with texts", async () => {
		const host = await countingHost((_request, response) => sendJson(response, { tokens: [1, 2, 3, 4, 5] }));
		// 5, and 6 around the message.
		expect(await reservedFor(host, { tokenize: "llama.cpp" })).toBe(21);
		expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toEqual({ content: "user\nHello AI" });
	});

	test("and can't is not asked again for a while, and the estimate stands in", async () => {
		const host = await countingHost((_request, response) => sendJson(response, {}, 404));
		const gateway = await gatewayWith(
			host,
			{ clients: { tokensPerDay: 1_000 } },
			{ routing: routingTo(host, { tokenize: "vllm" }) },
		);
		for (const _time of [1, 2]) {
			const { status, headers } = await ask(gateway, undefined, { max_tokens: 10 });
			expect(status).toBe(200);
			expect(Number(headers.get("x-ratelimit-remaining-tokens"))).toBeGreaterThan(850);
		}
		expect(host.received.filter(({ url }) => url === "/tokenize")).toHaveLength(1);
	});

	test("and is silent does not hold the request up for long", async () => {
		const host = await countingHost(() => {});
		const startedMs = performance.now();
		expect(await reservedFor(host, { tokenize: "vllm" })).toBeLessThan(30);
		expect(performance.now() - startedMs).toBeLessThan(5_000);
	});
});

test("estimates are corrected by what hosts report, by model", () => {
	const calibration = new Calibration();
	expect(calibration.tokensOf("m", 100)).toBe(100);
	calibration.learn("m", 150, 100);
	expect(calibration.tokensOf("m", 100)).toBe(150);
	for (let count = 0; count < 50; count += 1) calibration.learn("m", 50, 100);
	expect(calibration.tokensOf("m", 100)).toBeLessThan(60);
	expect(calibration.tokensOf("other", 100)).toBe(100);
	// A host that says nonsense.
	calibration.learn("odd", 1e9, 1);
	expect(calibration.tokensOf("odd", 10)).toBe(40);
});

test("answers are expected to be a little longer than the last ones have been", () => {
	const history = new OutputHistory();
	for (let count = 0; count < 7; count += 1) history.add("bot", 100);
	expect(history.likelyMost("bot")).toBeUndefined();
	history.add("bot", 80);
	expect(history.likelyMost("bot")).toBe(125);
	for (let count = 0; count < 64; count += 1) history.add("bot", 8);
	expect(history.likelyMost("bot")).toBe(10);
	expect(history.likelyMost("other")).toBeUndefined();
});

test("the longest answer gives way to the next longest, not to the newest, when it is too old", () => {
	const history = new OutputHistory();
	history.add("bot", 100);
	for (let count = 0; count < 63; count += 1) history.add("bot", 40);
	// These take the places of the oldest, the longest one's first.
	history.add("bot", 8);
	history.add("bot", 4);
	expect(history.likelyMost("bot")).toBe(50);
});

describe("claims", () => {
	const limits = (set: object) =>
		createLimitTable({ ...noLimits, clients: set }).of({
			caller: undefined,
			client: () => "198.51.100.1",
			operation: { limits: undefined },
			model: undefined,
			facts: undefined,
		});
	const cost = (input: number, output: number) => input + 2 * output;

	test("take the prompt and the answer, of which only the prompt makes a request impossible", () => {
		const of = (input: number, output: number) =>
			claimsOf(limits({ tokensPerMinute: 100, requestsPerDay: 9 }), { input, output, cost }).claims.map(
				({ limit, amount }) => [limit.counter, amount],
			);
		const minute = "client:198.51.100.1:tokens:minute";
		const day = "client:198.51.100.1:requests:day";
		expect(of(10, 20)).toEqual([
			[day, 1],
			[minute, 30],
		]);
		expect(of(10, 1_000)).toEqual([
			[day, 1],
			[minute, 100],
		]);
		expect(of(100, 20)).toEqual([
			[day, 1],
			[minute, 101],
		]);
		expect(of(100, 0)).toEqual([
			[day, 1],
			[minute, 100],
		]);
	});

	test("take money in millionths of a dollar, and none for what has no price", () => {
		const applied = limits({ budgetPerDay: 0.0001 });
		const amounts = (input: number, output: number) =>
			claimsOf(applied, { input, output, cost }).claims.map(({ limit, amount }) => [limit.max, amount]);
		expect(amounts(10, 20)).toEqual([[100, 50]]);
		expect(amounts(10, 500)).toEqual([[100, 100]]);
		expect(amounts(200, 500)).toEqual([[100, 202]]);
		expect(claimsOf(applied, { input: 1, output: 1, cost: () => undefined }).claims).toEqual([]);
	});
});
