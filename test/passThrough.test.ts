/** Parameters that the gateway needn't understand are passed on unchanged; overlays/strict-openai.yaml refuses them by name. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost, type TestHost } from "./kit/aiHost.js";
import { errorOf, startGateway, type TestGateway, withoutRateLimit } from "./kit/gateway.js";

type Json = Record<string, unknown>;

const messages = [{ role: "user", content: "Hello" }];
const chat = (more: Json): Json => ({ model: "m", messages, ...more });
const saying = (...more: unknown[]): Json => ({ model: "m", messages: [...messages, ...more] });
const showing = (...parts: unknown[]): Json => saying({ role: "user", content: parts });
const complete = (more: Json): Json => ({ model: "m", prompt: "Once", ...more });
const embed = (more: Json): Json => ({ model: "m", input: "Once", ...more });
const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
const tool = { type: "function", function: { name: "f" } };

type Case = [what: string, body: Json, place: string];

/** Each with the place that the strict contract names. */
const chats: Case[] = [
	["reasoning_effort: default", chat({ reasoning_effort: "default" }), "reasoning_effort"],
	["a number as reasoning_effort", chat({ reasoning_effort: 4096 }), "reasoning_effort"],
	["reasoning_effort: false", chat({ reasoning_effort: false }), "reasoning_effort"],
	["verbosity: max", chat({ verbosity: "max" }), "verbosity"],
	["modalities with image", chat({ modalities: ["text", "image"] }), "modalities[1]"],
	["another audio format", chat({ audio: { voice: "x", format: "mulaw" } }), "audio.format"],
	["audio without a format", chat({ audio: { voice: "x" } }), "audio.format"],
	["a prediction as text", chat({ prediction: "so it goes" }), "prediction"],
	["a prediction of another type", chat({ prediction: { type: "draft", content: "x" } }), "prediction.type"],
	[
		"another search size",
		chat({ web_search_options: { search_context_size: "huge" } }),
		"web_search_options.search_context_size",
	],
	["another cache mode", chat({ prompt_cache_options: { mode: "eager" } }), "prompt_cache_options.mode"],
	["moderation of a host's own", chat({ moderation: { level: "high" } }), "moderation.model"],
	["top_logprobs: 50", chat({ logprobs: true, top_logprobs: 50 }), "top_logprobs"],
	["top_logprobs: -1", chat({ logprobs: true, top_logprobs: -1 }), "top_logprobs"],
	["a number as logprobs", chat({ logprobs: 5 }), "logprobs"],
	["max_tokens: -1", chat({ max_tokens: -1 }), "max_tokens"],
	["max_tokens: 0", chat({ max_tokens: 0 }), "max_tokens"],
	["max_completion_tokens: -1", chat({ max_completion_tokens: -1 }), "max_completion_tokens"],
	["top_p above 1", chat({ top_p: 1.5 }), "top_p"],
	["n: 200", chat({ n: 200 }), "n"],
	["n: 0", chat({ n: 0 }), "n"],
	["frequency_penalty: 3", chat({ frequency_penalty: 3 }), "frequency_penalty"],
	["presence_penalty: -2.5", chat({ presence_penalty: -2.5 }), "presence_penalty"],
	["pairs as logit_bias", chat({ logit_bias: [[15043, false]] }), "logit_bias"],
	["a logit_bias of 1000", chat({ logit_bias: { "15043": 1000 } }), "logit_bias[15043]"],
	["false as a logit_bias", chat({ logit_bias: { "15043": false } }), "logit_bias[15043]"],
	["100 stops", chat({ stop: Array(100).fill("x") }), "stop"],
	["nested metadata", chat({ metadata: { trace: { id: 7 }, tags: ["a"] } }), "metadata.trace"],
	["20 notes", chat({ metadata: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at, "x"])) }), "metadata"],
	["tool_choice: validated", chat({ tools: [tool], tool_choice: "validated" }), "tool_choice"],
	["a tool_choice of another type", chat({ tool_choice: { type: "tool", name: "f" } }), "tool_choice.type"],
	["a tool without a type", chat({ tools: [{ function: { name: "f" } }] }), "tools[0].type"],
	["a tool of Google's", chat({ tools: [{ google_search: {} }] }), "tools[0].type"],
	["a flat function tool", chat({ tools: [{ type: "function", name: "f" }] }), "tools[0].function"],
	[
		"a function's name of 200 characters",
		chat({ tools: [{ type: "function", function: { name: "f".repeat(200) } }] }),
		"tools[0].function.name",
	],
	["a custom role", saying({ role: "critic", content: "No." }), "messages[1].role"],
	["a role with content of its own kind", saying({ role: "latest_reminder", content: { a: 1 } }), "messages[1].role"],
	["a system message of tools", saying({ role: "system", tools: [tool] }), "messages[1].content"],
	[
		"a picture in an assistant's message",
		saying({ role: "assistant", content: [picture] }),
		"messages[1].content[0].type",
	],
	["a picture in a system message", saying({ role: "system", content: [picture] }), "messages[1].content[0].type"],
	["a tool's answer without an id", saying({ role: "tool", content: "42" }), "messages[1].tool_call_id"],
	["a function's answer in parts", saying({ role: "function", name: "f", content: [] }), "messages[1].content"],
	["no parts", saying({ role: "user", content: [] }), "messages[1].content"],
	[
		"a thinking part",
		showing({ type: "thinking", thinking: [{ type: "text", text: "x" }] }),
		"messages[1].content[0].type",
	],
	["a document_url part", showing({ type: "document_url", document_url: "https://x" }), "messages[1].content[0].type"],
	["an image_embeds part", showing({ type: "image_embeds", image_embeds: { a: "AA" } }), "messages[1].content[0].type"],
	["a part without a type", showing({ image: "https://x" }), "messages[1].content[0].type"],
	["a part that is text", showing("Hello"), "messages[1].content[0]"],
	["a video's URL itself", showing({ type: "video_url", video_url: "https://x" }), "messages[1].content[0].video_url"],
	[
		"a picture known by its uuid",
		showing({ type: "image_url", image_url: null, uuid: "u" }),
		"messages[1].content[0].image_url",
	],
	[
		"audio without a format",
		showing({ type: "input_audio", input_audio: { data: "x" } }),
		"messages[1].content[0].input_audio.format",
	],
	[
		"a call of another type",
		saying({ role: "assistant", tool_calls: [{ id: "a", type: "builtin_function", builtin_function: {} }] }),
		"messages[1].tool_calls[0].function",
	],
	[
		"a call's arguments as an object",
		saying({ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: {} } }] }),
		"messages[1].tool_calls[0].function.arguments",
	],
];

const completions: Case[] = [
	["no model", { prompt: "Once" }, "model"],
	["max_tokens: -1", complete({ max_tokens: -1 }), "max_tokens"],
	["temperature: 5", complete({ temperature: 5 }), "temperature"],
	["top_p: 2", complete({ top_p: 2 }), "top_p"],
	["best_of: 50", complete({ best_of: 50 }), "best_of"],
	["n: 1000", complete({ n: 1000 }), "n"],
	["logprobs: -1", complete({ logprobs: -1 }), "logprobs"],
	["logprobs: true", complete({ logprobs: true }), "logprobs"],
	["pairs as logit_bias", complete({ logit_bias: [["x", -100]] }), "logit_bias"],
	["tokens and texts", { model: "m", prompt: [[12, "x", 34]] }, "prompt[0][1]"],
	["an object as prompt", { model: "m", prompt: { prompt_string: "x" } }, "prompt"],
	["vectors in place of a prompt", { model: "m", prompt_embeds: "AA==" }, "prompt"],
];

const embeddings: Case[] = [
	["no model", { input: "Once" }, "model"],
	["messages", { model: "m", messages }, "input"],
	["encoding_format: int8", embed({ encoding_format: "int8" }), "encoding_format"],
	["dimensions: -1", embed({ dimensions: -1 }), "dimensions"],
	["objects", embed({ input: [{ text: "x" }, { image: "https://x" }] }), "input[0]"],
	["an empty list", embed({ input: [] }), "input"],
];

const all: [path: string, cases: Case[]][] = [
	["/v1/chat/completions", chats],
	["/v1/completions", completions],
	["/v1/embeddings", embeddings],
];

const echo: HostAnswer = (request, response) => sendJson(response, { got: request.body.toString() });
let host: TestHost;
let open: TestGateway;
let strict: TestGateway;

beforeAll(async () => {
	host = await startAiHost(echo);
	open = await startGateway(host.url, { overlay: [withoutRateLimit()], usage: "false" });
	strict = await startGateway(host.url, { contract: ["strict-openai", "no-rate-limit"], usage: "false" });
});
afterAll(async () => {
	await Promise.all([open.stop(), strict.stop()]);
	await host.close();
});

function post(gateway: TestGateway, path: string, body: unknown): Promise<Response> {
	const headers = { "content-type": "application/json" };
	return fetch(gateway.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

describe.each(all)("%s", (path, cases) => {
	test.each(cases)("%s passes as it was written", async (_what, body) => {
		const response = await post(open, path, body);
		expect({ status: response.status, answer: await response.clone().text() }).toMatchObject({ status: 200 });
		const { got } = (await response.json()) as { got: string };
		expect(got.startsWith(JSON.stringify(body).slice(0, -1))).toBe(true);
	});

	test.each(cases)("%s is refused by the strict contract", async (_what, body, place) => {
		const response = await post(strict, path, body);
		expect(response.status).toBe(400);
		expect(await errorOf(response)).toMatchObject({ type: "invalid_request_error", param: place });
	});
});

/** Members by which the gateway decides must be readable. */
const undecidable: [path: string, body: Json, param: string, code: string][] = [
	["/v1/chat/completions", chat({ model: 7 }), "model", "invalid_type"],
	["/v1/chat/completions", chat({ model: "" }), "model", "invalid_value"],
	["/v1/chat/completions", { model: "m", messages: "Hello" }, "messages", "invalid_type"],
	["/v1/chat/completions", { model: "m", messages: [] }, "messages", "invalid_value"],
	["/v1/chat/completions", { model: "m" }, "messages", "missing_required_parameter"],
	["/v1/chat/completions", saying("Hello"), "messages[1]", "invalid_type"],
	["/v1/chat/completions", saying({ content: "x" }), "messages[1].role", "missing_required_parameter"],
	["/v1/chat/completions", saying({ role: 7, content: "x" }), "messages[1].role", "invalid_type"],
	["/v1/chat/completions", saying({ role: "user" }), "messages[1].content", "missing_required_parameter"],
	["/v1/chat/completions", saying({ role: "user", content: 7 }), "messages[1].content", "invalid_type"],
	["/v1/chat/completions", showing(7), "messages[1].content[0]", "invalid_type"],
	["/v1/chat/completions", showing({ type: "text" }), "messages[1].content[0].text", "missing_required_parameter"],
	["/v1/chat/completions", chat({ stream: "true" }), "stream", "invalid_type"],
	["/v1/chat/completions", chat({ n: "2" }), "n", "invalid_type"],
	["/v1/chat/completions", chat({ n: 1.5 }), "n", "invalid_type"],
	["/v1/chat/completions", chat({ max_tokens: "100" }), "max_tokens", "invalid_type"],
	["/v1/chat/completions", chat({ temperature: "0.5" }), "temperature", "invalid_type"],
	["/v1/chat/completions", chat({ temperature: [] }), "temperature", "invalid_type"],
	["/v1/chat/completions", chat({ temperature: 1.5 }), "temperature", "invalid_value"],
	["/v1/chat/completions", chat({ store: true, metadata: { a: 1 } }), "metadata.a", "invalid_type"],
	["/v1/completions", { model: "m" }, "prompt", "missing_required_parameter"],
	["/v1/completions", complete({ model: [] }), "model", "invalid_type"],
	["/v1/completions", complete({ max_tokens: {} }), "max_tokens", "invalid_type"],
	["/v1/embeddings", { model: "m" }, "input", "missing_required_parameter"],
	["/v1/embeddings", { model: "m", messages: [] }, "messages", "invalid_value"],
	["/v1/embeddings", embed({ input: 7 }), "input", "invalid_type"],
];

test.each(undecidable)("%s %j is refused at %s (%s)", async (path, body, param, code) => {
	const response = await post(open, path, body);
	expect(response.status).toBe(400);
	expect(await errorOf(response)).toMatchObject({ type: "invalid_request_error", param, code });
});

describe("messages", () => {
	const messageOf = async (gateway: TestGateway, body: unknown) =>
		(await errorOf(await post(gateway, "/v1/chat/completions", body))).message;

	test("name all choices there are", async () => {
		expect(await messageOf(strict, saying({ role: "assistant", content: [picture] }))).toBe(
			`Invalid value for 'messages[1].content[0].type': expected one of "text", "refusal".`,
		);
		expect(await messageOf(strict, saying({ role: "critic", content: "x" }))).toBe(
			`Invalid value for 'messages[1].role': expected one of "developer", "system", "user", "assistant", "tool", "function".`,
		);
		expect(await messageOf(strict, showing({ type: "nothing" }))).toBe(
			`Invalid value for 'messages[1].content[0].type': expected one of "text", "image_url", "input_audio", "file", "video_url", "audio_url".`,
		);
	});

	test("a temperature of another type is a matter of its type, and out of range one of its range", async () => {
		expect(await messageOf(open, chat({ temperature: "0.5" }))).toBe(
			"Invalid type for 'temperature': expected number or null, got string.",
		);
		expect(await messageOf(open, chat({ temperature: 0.05 }))).toBe("Temperature must be between 0.1 and 1.0");
	});
});
