/** Limits that nobody is talked out of: not by short answers before, and not by bounds that only some upstreams read. */
import { Pool } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { choicesMade, outputBoundOf } from "../../src/admission/outputBound.js";
import { promptPieces } from "../../src/admission/promptPieces.js";
import { countTokens } from "../../src/admission/tokenizer.js";
import { estimateTokens } from "../../src/upstream/routing/estimateTokens.js";
import { completion, type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { hello, openAiOverlay, temporaryFile, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { ask, gatewayWith, using } from "../kit/limited.js";
import { runLlmw, workerPids } from "../kit/llmw.js";
import { startRedis } from "../kit/redis.js";

describe("the longest answer that a request allows", () => {
	test.each<[object, number | undefined]>([
		[{}, undefined],
		[{ max_tokens: 5 }, 5],
		[{ max_tokens: 5, max_completion_tokens: 500 }, 500],
		[{ max_tokens: 500, max_completion_tokens: 5 }, 500],
		[{ max_tokens: 5, max_output_tokens: 600 }, 600],
		[{ max_tokens: 5, n_predict: 600 }, 600],
		[{ max_tokens: 5, num_predict: 600 }, 600],
		[{ max_tokens: 5, options: { num_predict: 600 } }, 600],
		[{ max_tokens: 5, max_new_tokens: 600 }, 600],
		[{ max_tokens: 5, extra_body: { max_tokens: 600 } }, 600],
		[{ max_tokens: 5, extra_body: { num_predict: 600 } }, 600],
		[{ max_tokens: 5, n_predict: "600" }, 600],
		[{ max_tokens: 5, n_predict: 5.5 }, 6],
		// Without end, to some.
		[{ max_tokens: 5, n_predict: -1 }, undefined],
		[{ max_tokens: -1 }, undefined],
		[{ max_tokens: 5, num_predict: 0 }, undefined],
		[{ max_tokens: 5, n_predict: "-1" }, undefined],
		// Numbers to nobody.
		[{ max_tokens: 5, n_predict: "many", num_predict: {}, options: [7], max_output_tokens: null }, 5],
		[{ max_tokens: 5, n_predict: 1e300 }, 1e12],
		[{ max_tokens: 5, n_predict: Number.POSITIVE_INFINITY }, undefined],
	])("of %j", (json, expected) => {
		expect(outputBoundOf(json as never, false).tokens).toBe(expected);
	});

	test("is kept by all upstreams only where the API's own names say it", () => {
		expect(outputBoundOf({ n_predict: 5 }, false).isKept).toBe(false);
		expect(outputBoundOf({ max_output_tokens: 5 }, true).isKept).toBe(true);
		expect(outputBoundOf({ max_tokens: 5 }, false).isKept).toBe(true);
	});

	test.each<[object, number]>([
		[{}, 1],
		[{ n: 3 }, 3],
		[{ n: 2, best_of: 5 }, 5],
		[{ n: 5, best_of: 2 }, 5],
		[{ n: "4" }, 4],
		[{ n: null, best_of: 3 }, 3],
		[{ n: -1 }, 1],
		[{ n: 2, prompt: ["a", "b", "c"] }, 6],
		[{ n: 1e300, prompt: ["a", "b"] }, 1e12],
	])("is made so many times of %j", (json, expected) => {
		expect(choicesMade(json as never)).toBe(expected);
	});
});

describe("a prompt counts wherever it stands", () => {
	const long = "word ".repeat(2_000);
	const question = { role: "user", content: "Well?" };
	test.each<[string, object]>([
		["in `prompt` beside `messages`", { messages: [], prompt: long }],
		["in `input` beside an empty `prompt`", { prompt: "", input: long }],
		["after a token", { prompt: [1, long] }],
		["after a token, in a list of prompts", { prompt: [[1, long]] }],
		["after empty texts", { prompt: [...Array<string>(700).fill(""), long] }],
		["after empty messages", { messages: [...Array(700).fill({ role: "user", content: "" }), { content: long }] }],
		["in what was thought", { messages: [{ role: "assistant", content: "x", reasoning_content: long }, question] }],
		["in a call of a function", { messages: [{ role: "assistant", function_call: { name: "f", arguments: long } }] }],
		["in a part of another kind", { messages: [{ content: [{ type: "thinking", thinking: long }] }, question] }],
		["in parts of a part", { messages: [{ content: [{ type: "thinking", thinking: [{ text: long }] }] }, question] }],
		["beside a part's text", { messages: [{ content: [{ type: "text", text: "x", refusal: long }] }] }],
		["in documents", { messages: [question], documents: [{ text: long }] }],
		["in `system`", { messages: [question], system: long }],
		["in `suffix`", { prompt: "x", suffix: long }],
		["in a template's arguments", { messages: [question], chat_template_kwargs: { more: long } }],
		["after thousands of values of a tool", { messages: [question], tools: [Array(6_000).fill(0), long] }],
	])("%s", async (_place, json) => {
		expect(estimateTokens(json as never)).toBeGreaterThan(2_000);
		expect(await countTokens(promptPieces(json as never), "o200k_base")).toBeGreaterThan(2_000);
	});
});

test.each([
	[{ max_tokens: 5, max_completion_tokens: 400 }, 400],
	[{ max_tokens: 5, n_predict: 400 }, 400],
	[{ max_tokens: 100, n: 3 }, 300],
	[{ max_tokens: 5, options: { num_predict: 400 } }, 400],
])("%j reserves the largest of them", async (asked, expected) => {
	const host = await startAiHost(using(5, 5));
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(
		host,
		{ clients: { tokensPerDay: 1_000 } },
		{ flags: { overlay: openAiOverlay() } },
	);
	const { headers } = await ask(gateway, undefined, asked);
	const reserved = 1_000 - Number(headers.get("x-ratelimit-remaining-tokens"));
	expect(reserved).toBeGreaterThanOrEqual(expected + 5);
	expect(reserved).toBeLessThan(expected + 10);
});

/** Says one token while it is trained; then, as many as it is allowed, or 500. */
const trained: HostAnswer = ({ body }, response) => {
	const { max_tokens: most = 500, user } = JSON.parse(body.toString()) as { max_tokens?: number; user?: string };
	const said = user === "trainer" ? 1 : most;
	sendJson(response, { ...completion, usage: { prompt_tokens: 5, completion_tokens: said, total_tokens: 5 + said } });
};

interface Scene {
	limits: string;
	redis?: string;
	/** As OpenAI's API: no default for `max_tokens`. */
	isOpen?: boolean;
}

/** Ten one-token answers, and then 200 requests at once. @returns what the later ones have used */
async function burstAfterTraining({ limits, redis, isOpen = false }: Scene, asked: object) {
	let isTrained = false;
	let passed = 0;
	let tokens = 0;
	const host = await startAiHost((request, response, message) => {
		if (isTrained) {
			const { max_tokens: most = 500 } = JSON.parse(request.body.toString()) as { max_tokens?: number };
			passed += 1;
			tokens += 5 + most;
		}
		return trained(request, response, message);
	});
	onTestFinished(() => host.close());
	const cost = "cost: {input: 0, output: 46.4}";
	const text = `upstreams: {host: {url: "${host.url}/v1", ${cost}}}\nlimits: {clients: ${limits}}\n`;
	const overlays = (isOpen ? openAiOverlay() : [withoutRateLimit()]).flatMap((file) => ["--overlay", file]);
	const own = ["--config", temporaryFile("llmw.yaml", text), "--bindport", "0", "--data", temporaryFolder()];
	const llmw = runLlmw([
		...own,
		...overlays,
		"--workers",
		"4",
		...(redis ? ["--redis", redis, "--redis-failure", "closed"] : []),
	]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	await workerPids(url, 4);
	const pool = new Pool(url, { connections: 200, pipelining: 1 });
	onTestFinished(() => pool.destroy());
	const post = async (body: object) => {
		const { statusCode, body: answer } = await pool.request({
			method: "POST",
			path: "/v1/chat/completions",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...hello, ...body }),
		});
		await answer.dump();
		return statusCode;
	};
	// Each worker learns by itself.
	const training = await Promise.all(Array.from({ length: 40 }, () => post({ user: "trainer", max_tokens: 1 })));
	isTrained = true;
	await Promise.all(Array.from({ length: 200 }, () => post(asked)));
	const used = training.filter((status) => status === 200).length * 6 + tokens;
	// A machine that is too busy may take Redis for away, and then fewer pass.
	return { passed, used, isSure: !llmw.stderr().includes("can't be reached") };
}

describe.each([["in memory"], ["in Redis"]])(
	"after forty one-token answers, of 200 requests at once over four workers, %s",
	(where) => {
		const place = async () => (where === "in Redis" ? { redis: (await startRedis()).url } : {});

		test("no more pass than the tokens that they ask for allow", { timeout: 120_000 }, async () => {
			const scene = { limits: "{tokensPerDay: 5000}", ...(await place()) };
			const { passed, used, isSure } = await burstAfterTraining(scene, { max_tokens: 500 });
			expect(used).toBeLessThanOrEqual(5_000);
			if (isSure) expect(passed).toBeGreaterThanOrEqual(8);
		});

		test("no more pass than the money that they ask for allows", { timeout: 120_000 }, async () => {
			const scene = { limits: "{budgetPerDay: 0.05}", ...(await place()) };
			const { passed, isSure } = await burstAfterTraining(scene, { max_tokens: 500 });
			// Each costs 2.32 cents.
			expect(passed).toBeLessThanOrEqual(2);
			if (isSure) expect(passed).toBe(2);
		});

		test("one at a time passes where it asks for more than the whole limit", { timeout: 120_000 }, async () => {
			const scene = { limits: "{tokensPerDay: 1000}", ...(await place()) };
			const { passed } = await burstAfterTraining(scene, { max_tokens: 5_000 });
			expect(passed).toBeLessThanOrEqual(1);
		});

		test("no more pass than a thousand tokens each allow, where they set no bound", { timeout: 120_000 }, async () => {
			const scene = { limits: "{tokensPerDay: 5000}", isOpen: true, ...(await place()) };
			const { passed, used, isSure } = await burstAfterTraining(scene, {});
			expect(used).toBeLessThanOrEqual(5_000);
			if (isSure) expect(passed).toBeGreaterThanOrEqual(3);
		});
	},
);

test("who asks for more than the whole limit, and has had short answers, has one request after another granted", async () => {
	const host = await startAiHost(using(5, 4));
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 400 } });
	for (let count = 0; count < 8; count += 1) await ask(gateway, undefined, { max_tokens: 10 });
	const statuses: number[] = [];
	for (let count = 0; count < 20; count += 1)
		statuses.push((await ask(gateway, undefined, { max_tokens: 4_000 })).status);
	expect(new Set(statuses)).toEqual(new Set([200]));
});

test("of two such requests at once the second is told why it has to wait", async () => {
	let answer = () => {};
	let isHeld = false;
	const host = await startAiHost((request, response, message) => {
		if (!isHeld) return using(5, 4)(request, response, message);
		answer = () => using(5, 4)(request, response, message);
	});
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 400 } });
	for (let count = 0; count < 8; count += 1) await ask(gateway, undefined, { max_tokens: 10 });
	isHeld = true;
	const first = fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...hello, max_tokens: 4_000 }),
	});
	await expect.poll(() => host.received.length).toBe(9);
	const second = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...hello, max_tokens: 4_000 }),
	});
	expect(second.status).toBe(429);
	expect(second.headers.get("retry-after")).toBe("1");
	expect(await second.json()).toMatchObject({
		error: {
			message:
				"Rate limit reached for this client on requests at a time that may use more than all of its tokens per day (TPD): Limit 1, Used 1, Requested 1. Try again when another request has ended.",
		},
	});
	answer();
	expect((await first).status).toBe(200);
});

test("prompts of few tokens for their length don't make others cheaper", async () => {
	let tokens = 1;
	const host = await startAiHost((request, response, message) => using(tokens, 1)(request, response, message));
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 100_000 } });
	const long = { messages: [{ role: "user", content: " ".repeat(4_000) }] };
	for (let count = 0; count < 20; count += 1) await ask(gateway, undefined, long);
	tokens = 1_000;
	const before = 100_000 - 20 * 2;
	const { headers } = await ask(gateway, undefined, { messages: [{ role: "user", content: "ab c".repeat(1_000) }] });
	expect(before - Number(headers.get("x-ratelimit-remaining-tokens"))).toBeGreaterThanOrEqual(1_000);
});
