/** Texts as tokens, and back: by an upstream with a tokenizer, by the model's own, or by an estimate that says it is one. */
import { describe, expect, test } from "vitest";
import { type Json, json, translatedOver } from "../kit/translated.js";

const answer = { count: 2, max_model_len: 4096, tokens: [9906, 15592] };

test("vLLM answers itself, at the root of its server", async () => {
	const { ask, sent, host } = await translatedOver(json(answer), { settings: { provider: "vllm" } });
	expect(await ask("/v1/tokenize", { model: "test-model", prompt: "Hello AI", add_special_tokens: false })).toEqual(
		answer,
	);
	expect(sent()).toEqual({ model: "real-model", prompt: "Hello AI", add_special_tokens: false });
	expect(host.received.at(-1)?.url).toBe("/tokenize");
	await ask("/v1/detokenize", { model: "test-model", tokens: [1, 2] });
	expect(sent()).toEqual({ model: "real-model", tokens: [1, 2] });
	expect(host.received.at(-1)?.url).toBe("/detokenize");
});

describe("a model whose tokenizer the gateway has", () => {
	test.each([
		["words", "Hello AI, how are you?"],
		["characters that are two of UTF-16, at every place", "😀".repeat(1_500)],
		["a long text", "The quick brown fox. ".repeat(2_000)],
		["what looks like a special token", "<|endoftext|>"],
		["nothing", ""],
	])("has %s back as it was", async (_name, prompt) => {
		const { ask, host } = await translatedOver(json({}), { model: "gpt-4o" });
		const { count, tokens } = (await ask("/v1/tokenize", { model: "test-model", prompt })) as {
			count: number;
			tokens: number[];
		};
		expect(tokens).toHaveLength(count);
		expect(await ask("/v1/detokenize", { model: "test-model", tokens })).toEqual({ prompt });
		expect(host.received).toEqual([]);
	});

	test("says which tokens it has", async () => {
		const { ask } = await translatedOver(json({}), { model: "gpt-4o" });
		expect(await ask("/v1/tokenize", { model: "test-model", prompt: "hello world" })).toEqual({
			count: 2,
			max_model_len: null,
			tokens: [24912, 2375],
		});
	});

	test("counts messages without an estimate", async () => {
		const { post } = await translatedOver(json({}), { model: "gpt-4o" });
		const messages = [{ role: "user", content: "hello world" }];
		for (const path of ["/v1/tokenize", "/v1/messages/count_tokens"]) {
			const response = await post(path, { model: "test-model", max_tokens: 9, messages });
			expect([response.status, response.headers.get("x-llmgw-estimated")]).toEqual([200, null]);
		}
	});

	test("refuses numbers that are none of its tokens", async () => {
		const { post } = await translatedOver(json({}), { model: "gpt-4o" });
		const response = await post("/v1/detokenize", { model: "test-model", tokens: [999_999_999] });
		expect([response.status, ((await response.json()) as { error: Json }).error.param]).toEqual([400, "tokens"]);
	});
});

describe("any other model", () => {
	const messages = [{ role: "user", content: "hello world" }];
	test.each<[string, Json]>([
		["/v1/tokenize", { prompt: "hello world, how are you" }],
		["/v1/tokenize", { messages }],
		["/v1/messages/count_tokens", { messages }],
		["/v1/responses/input_tokens", { input: "hello world" }],
		["/v1beta/models/test-model:countTokens", { contents: [{ parts: [{ text: "hello world" }] }] }],
	])("%s gives an estimate, marked as one, and asks nobody", async (path, body) => {
		const { post, host } = await translatedOver(json({}), { settings: { provider: "together" } });
		const response = await post(path, path.startsWith("/v1beta") ? body : { model: "test-model", ...body });
		expect([response.status, response.headers.get("x-llmgw-estimated")]).toEqual([200, "true"]);
		const { count, input_tokens, totalTokens } = (await response.json()) as Json;
		expect(count ?? input_tokens ?? totalTokens).toBeGreaterThan(1);
		expect(host.received).toEqual([]);
	});

	test("has no text for tokens", async () => {
		const { post } = await translatedOver(json({}), { settings: { provider: "together" } });
		const response = await post("/v1/detokenize", { model: "test-model", tokens: [1] });
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ error: { code: "unsupported_by_upstream" } });
	});
});

test.each<[string, Json, string, string]>([
	["has neither text nor messages", { input: "Hello" }, "prompt", "'prompt' or 'messages'"],
	["has a prompt that is no text", { prompt: ["Hello"] }, "prompt", "'prompt'"],
	["has messages that are no list", { messages: "Hello" }, "messages", "'messages'"],
	["has no message", { messages: [] }, "messages", "'messages'"],
	["has a message of nobody", { messages: [{ content: "Hello" }] }, "messages[0].role", "'messages[0].role'"],
])("a request that %s is told where", async (_name, body, param, place) => {
	const { post, host } = await translatedOver(json({}), { settings: { provider: "vllm" } });
	const response = await post("/v1/tokenize", { model: "test-model", ...body });
	const { error } = (await response.json()) as { error: { param: string; message: string } };
	expect([response.status, error.param, error.message]).toEqual([400, param, expect.stringContaining(place)]);
	expect(host.received).toEqual([]);
});
