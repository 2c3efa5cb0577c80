/** What vendors don't take of OpenAI's chat completions: left out, renamed, and named to the client. */
import { expect, onTestFinished, test } from "vitest";
import { editMembers } from "../../src/json/editMembers.js";
import { startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway } from "../kit/gateway.js";
import { route, upstream } from "../kit/routing.js";

const messages = [{ role: "user", content: "Hello" }];

async function sentBy(provider: string, body: object, path = "/v1/chat/completions") {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const vendor = upstream("vendor", `${host.url}/v1`, { provider, key: "secret", dialects: ["openai.chat"] });
	const routing = { upstreams: [vendor], routes: [route(["vendor/vendor-model"])] };
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	const answer = await fetch(gateway.url + path, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "test-model", messages, ...body }),
	});
	expect(answer.status).toBe(200);
	await answer.text();
	const [sent] = host.received;
	return {
		sent: JSON.parse(sent?.body.toString() ?? "") as Record<string, unknown>,
		text: sent?.body.toString() ?? "",
		dropped: answer.headers.get("x-llmgw-dropped"),
	};
}

const call = (id: string) => ({ id, type: "function", function: { name: "now", arguments: "{}" } });
const schema = { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } };
const tools = [{ type: "function", function: { name: "now", parameters: { type: "object" } } }];

const cases: [provider: string, asked: object, sent: object, dropped: string | null][] = [
	["mistral", { user: "u", logprobs: true, temperature: 0.5 }, { temperature: 0.5 }, "user, logprobs"],
	["mistral", { seed: 7, max_completion_tokens: 5 }, { random_seed: 7, max_tokens: 5 }, null],
	["mistral", { tools, tool_choice: "required" }, { tools, tool_choice: "any" }, null],
	[
		"mistral",
		{ messages: [{ role: "developer", content: "Be kind" }, ...messages] },
		{ messages: [{ role: "system", content: "Be kind" }, ...messages] },
		null,
	],
	[
		"deepseek",
		{ response_format: schema },
		{ response_format: { type: "json_object" } },
		"response_format.json_schema",
	],
	["deepseek", { max_completion_tokens: 5, max_tokens: 3 }, { max_tokens: 3 }, null],
	["groq", { logit_bias: { 1: 1 }, top_p: 1 }, { top_p: 1 }, "logit_bias"],
	[
		"groq",
		{ messages: [{ role: "assistant", content: "1", reasoning_content: "Hm" }, ...messages] },
		{ messages: [{ role: "assistant", content: "1", reasoning: "Hm" }, ...messages] },
		null,
	],
	[
		"perplexity",
		{ messages: [{ role: "assistant", content: "1", reasoning_content: "Hm" }, ...messages] },
		{ messages: [{ role: "assistant", content: "1" }, ...messages] },
		"reasoning",
	],
	["moonshot", { tools, tool_choice: "required" }, { tools }, "tool_choice"],
	["cerebras", { presence_penalty: 1, seed: 1 }, { seed: 1 }, "presence_penalty"],
	["xai", { stop: ["a"], seed: 1 }, { stop: ["a"], seed: 1 }, null],
	["together", { logprobs: true, user: "u" }, { logprobs: true, user: "u" }, null],
];

test.each(cases)("%s is sent %j as %j", async (provider, asked, expected, dropped) => {
	const answer = await sentBy(provider, asked);
	expect(answer.sent).toEqual({ model: "vendor-model", messages, ...expected });
	expect(answer.dropped).toBe(dropped);
});

test("xAI's reasoning models are spared what they refuse", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const vendor = upstream("vendor", `${host.url}/v1`, { provider: "xai" });
	const routing = { upstreams: [vendor], routes: [route(["vendor"], { models: ["*"] })] };
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	for (const model of ["grok-4", "grok-4-1-fast-non-reasoning"])
		await fetch(`${gateway.url}/v1/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ model, messages, stop: ["a"] }),
		});
	expect(host.received.map(({ body }) => JSON.parse(body.toString()).stop)).toEqual([undefined, ["a"]]);
});

test("Mistral gets ids of nine characters, the same for a call and its result", async () => {
	const history = [
		...messages,
		{ role: "assistant", content: "", tool_calls: [call("call_abcdefghijkl"), call("aB3456789")] },
		{ role: "tool", tool_call_id: "call_abcdefghijkl", content: "12" },
		{ role: "tool", tool_call_id: "aB3456789", content: "12" },
	];
	const { sent } = await sentBy("mistral", { messages: history });
	const [, assistant, first, second] = sent.messages as { tool_calls: { id: string }[]; tool_call_id: string }[];
	expect(assistant?.tool_calls[0]?.id).toMatch(/^[a-zA-Z0-9]{9}$/);
	expect(first?.tool_call_id).toBe(assistant?.tool_calls[0]?.id);
	expect(second?.tool_call_id).toBe("aB3456789");
});

test("a stream's counts are not asked for where they come unasked", async () => {
	const { text } = await sentBy("mistral", { stream: true, stream_options: { include_usage: true } });
	expect(text).not.toContain("stream_options");
	const { sent } = await sentBy("groq", { stream: true });
	expect(sent.stream_options).toEqual({ include_usage: true });
});

test("a request that was translated is spared the same", async () => {
	const { sent, dropped } = await sentBy(
		"mistral",
		{
			max_tokens: 5,
			metadata: { user_id: "u" },
			tools: [{ name: "now", input_schema: {} }],
			tool_choice: { type: "any" },
		},
		"/v1/messages",
	);
	expect(sent.tool_choice).toBe("any");
	expect(sent.user).toBeUndefined();
	expect(dropped).toContain("user");
});

test("all else of a request stays as the client wrote it", async () => {
	const bytes = Buffer.from('{ "seed" : 12345678901234567890, "user":"u" , "n":1.0,\n"stop":["}"]}');
	const { bytes: edited } = editMembers(
		{ bytes },
		new Map<string, unknown>([
			["user", undefined],
			["top_p", 1],
		]),
	);
	expect(edited.toString()).toBe('{"seed" : 12345678901234567890,"n":1.0,"stop":["}"],"top_p":1}');
	const parts = { bytes: bytes.subarray(0, 40), rest: bytes.subarray(40) };
	expect(editMembers(parts, new Map([["n", 2]])).bytes.toString()).toBe(
		'{"seed" : 12345678901234567890,"user":"u","n":2,"stop":["}"]}',
	);
	expect(editMembers({ bytes: Buffer.from("{}") }, new Map([["n", 2]])).bytes.toString()).toBe('{"n":2}');
});

test("a large body, whose model is renamed without a copy, is changed as a small one is", async () => {
	const long = [{ role: "user", content: "x".repeat(200_000) }];
	const { sent, dropped } = await sentBy("mistral", { messages: long, user: "u", seed: 7 });
	expect(sent).toMatchObject({ model: "vendor-model", messages: long, random_seed: 7 });
	expect(sent).not.toHaveProperty("user");
	expect(dropped).toBe("user");
});
