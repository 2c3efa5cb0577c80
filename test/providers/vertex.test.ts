/** Vertex AI: which API a model has there, where that is, and what is changed on the way. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HostAnswer, sendJson } from "../kit/aiHost.js";
import { content } from "../kit/geminiScene.js";
import { claude, googleError, message, messageEvents, place, vertexGateway } from "../kit/vertex.js";

const beta = `/v1beta1${place}`;
const stable = `/v1${place}`;
const chat = { messages: [{ role: "user", content: "Hello" }] };
const messages = { ...chat, max_tokens: 5 };
const contents = { contents: [{ role: "user", parts: [{ text: "Hello" }] }] };
const embedding = { input: "Hello" };
const nothing: HostAnswer = (_request, response) => sendJson(response, {}, 400);

/** For tests that look at nothing but what is asked. */
let refusing: Awaited<ReturnType<typeof vertexGateway>>;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
	refusing = await vertexGateway(nothing, {}, (close) => void closing.push(close));
});
afterAll(async () => {
	for (const close of closing.reverse()) await close();
});

const places: [client: string, model: string, path: string, body: object, url: string][] = [
	[
		"Gemini",
		"gemini-3-flash",
		"/v1beta/models/gemini-3-flash:generateContent",
		contents,
		`${beta}/publishers/google/models/gemini-3-flash:generateContent`,
	],
	[
		"Gemini, streamed",
		"gemini-3-flash",
		"/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse",
		contents,
		`${beta}/publishers/google/models/gemini-3-flash:streamGenerateContent?alt=sse`,
	],
	[
		"Gemini, counting",
		"gemini-3-flash",
		"/v1beta/models/gemini-3-flash:countTokens",
		contents,
		`${beta}/publishers/google/models/gemini-3-flash:countTokens`,
	],
	[
		"chat",
		"gemini-3-flash",
		"/v1/chat/completions",
		chat,
		`${beta}/publishers/google/models/gemini-3-flash:generateContent`,
	],
	[
		"chat, streamed",
		"publishers/google/models/gemini-3-flash",
		"/v1/chat/completions",
		{ ...chat, stream: true },
		`${beta}/publishers/google/models/gemini-3-flash:streamGenerateContent?alt=sse`,
	],
	[
		"Messages",
		"gemini-3-flash",
		"/v1/messages?beta=true",
		messages,
		`${beta}/publishers/google/models/gemini-3-flash:generateContent`,
	],
	[
		"Messages",
		claude,
		"/v1/messages?beta=true",
		messages,
		`${stable}/publishers/anthropic/models/${claude}:rawPredict`,
	],
	[
		"Messages, streamed",
		"claude-opus-4-8",
		"/v1/messages",
		{ ...messages, stream: true },
		`${stable}/publishers/anthropic/models/claude-opus-4-8:streamRawPredict`,
	],
	[
		"Messages",
		"claude-sonnet-4-5-20250929",
		"/v1/messages",
		messages,
		`${stable}/publishers/anthropic/models/${claude}:rawPredict`,
	],
	[
		"Messages, counting",
		claude,
		"/v1/messages/count_tokens?beta=true",
		chat,
		`${stable}/publishers/anthropic/models/count-tokens:rawPredict`,
	],
	[
		"chat",
		"anthropic/claude-opus-4-8",
		"/v1/chat/completions",
		chat,
		`${stable}/publishers/anthropic/models/claude-opus-4-8:rawPredict`,
	],
	[
		"Responses, streamed",
		claude,
		"/v1/responses",
		{ input: "Hello", stream: true },
		`${stable}/publishers/anthropic/models/${claude}:streamRawPredict`,
	],
	[
		"Gemini",
		claude,
		`/v1beta/models/${claude}:generateContent`,
		contents,
		`${stable}/publishers/anthropic/models/${claude}:rawPredict`,
	],
	[
		"chat",
		"meta/llama-4-maverick-17b-128e-instruct-maas",
		"/v1/chat/completions",
		chat,
		`${beta}/endpoints/openapi/chat/completions`,
	],
	[
		"chat",
		"google/gemma-4-26b-a4b-it-maas",
		"/v1/chat/completions",
		chat,
		`${beta}/endpoints/openapi/chat/completions`,
	],
	[
		"Messages",
		"publishers/zai-org/models/glm-5-maas",
		"/v1/messages",
		messages,
		`${beta}/endpoints/openapi/chat/completions`,
	],
	[
		"embeddings",
		"intfloat/multilingual-e5-large-instruct-maas",
		"/v1/embeddings",
		embedding,
		`${beta}/endpoints/openapi/embeddings`,
	],
	[
		"chat, streamed",
		"codestral-2",
		"/v1/chat/completions",
		{ ...chat, stream: true },
		`${beta}/publishers/mistralai/models/codestral-2:streamRawPredict`,
	],
	[
		"embeddings",
		"text-embedding-005",
		"/v1/embeddings",
		embedding,
		`${beta}/publishers/google/models/text-embedding-005:predict`,
	],
	[
		"embeddings",
		"gemini-embedding-001",
		"/v1/embeddings",
		embedding,
		`${beta}/publishers/google/models/gemini-embedding-001:predict`,
	],
	[
		"embeddings",
		"gemini-embedding-2",
		"/v1/embeddings",
		embedding,
		`${beta}/publishers/google/models/gemini-embedding-2:embedContent`,
	],
	["chat", "endpoints/123", "/v1/chat/completions", chat, `${beta}/endpoints/123:generateContent`],
	[
		"chat",
		"projects/7/locations/us/endpoints/123",
		"/v1/chat/completions",
		chat,
		"/v1beta1/projects/7/locations/us/endpoints/123:generateContent",
	],
];

test.each(places)("%s for %s is asked at its place", async (_client, model, path, body, url) => {
	const { post, sent } = refusing;
	await (await post(path, { model, ...body })).text();
	expect(sent().url).toBe(url);
	expect(sent().headers.authorization).toBe("Bearer ya29.secret");
});

test("with dialects of the configuration's, all models are asked in these", async () => {
	const { post, sent } = await vertexGateway(nothing, { dialects: ["openai.chat"] });
	await (await post("/v1/messages", { model: "test-model", ...messages })).text();
	expect(sent().url).toBe(`${beta}/endpoints/openapi/chat/completions`);
	expect(JSON.parse(sent().text)).toMatchObject({ model: "google/gemini-3-flash" });
});

test("an API key is no bearer token, and needs no project", async () => {
	const { host, post, sent } = await vertexGateway(nothing, { key: "AQ.Ab8-key" });
	await (await post("/v1/chat/completions", { model: "gemini-3-flash", ...chat })).text();
	expect(sent().headers["x-goog-api-key"]).toBe("AQ.Ab8-key");
	expect(host.received[0]?.headers.authorization).toBeUndefined();
});

describe("bodies", () => {
	test("a message's bytes stay as they are, but that its model becomes the version of the API", async () => {
		const { sent, gateway } = await vertexGateway((_request, response) => sendJson(response, message("Hi")));
		const text = `{ "max_tokens":5, "model" : "${claude}","messages":[{"role":"user","content":"1.0e2 \\u00e9"}],"x":1.50 }`;
		const answer = await fetch(`${gateway.url}/v1/messages`, {
			method: "POST",
			headers: { "content-type": "application/json", "anthropic-beta": "context-1m-2025-08-07" },
			body: text,
		});
		expect(await answer.json()).toEqual(message("Hi"));
		expect(sent().text).toBe(text.replace(`"model" : "${claude}"`, '"anthropic_version":"vertex-2023-10-16"'));
		expect(sent().headers["anthropic-beta"]).toBe("context-1m-2025-08-07");
	});

	test("a large message is sent whole", async () => {
		const { post, sent } = refusing;
		const long = { ...messages, system: "é".repeat(200_000), model: claude };
		await (await post("/v1/messages", long)).text();
		const { model: _model, ...others } = long;
		expect(JSON.parse(sent().text)).toEqual({ ...others, anthropic_version: "vertex-2023-10-16" });
	});

	test("a version that the client names is kept", async () => {
		const { post, sent } = refusing;
		await (await post("/v1/messages", { model: claude, ...messages, anthropic_version: "vertex-2030" })).text();
		expect(JSON.parse(sent().text)).toEqual({ ...messages, anthropic_version: "vertex-2030" });
	});

	const changed: [name: string, model: string, path: string, body: object, expected: object][] = [
		[
			"a translated message has no model",
			claude,
			"/v1/chat/completions",
			chat,
			{ anthropic_version: "vertex-2023-10-16", messages: expect.anything(), max_tokens: expect.any(Number) },
		],
		[
			"counting names the model as Vertex has it",
			"claude-sonnet-4-5-20250929",
			"/v1/messages/count_tokens",
			chat,
			{ ...chat, model: claude, anthropic_version: "vertex-2023-10-16" },
		],
		[
			"open models are named with their publisher",
			"publishers/meta/models/llama-4-maas",
			"/v1/chat/completions",
			chat,
			{ ...chat, model: "meta/llama-4-maas" },
		],
		[
			"Mistral's without, and without what it refuses",
			"mistralai/mistral-medium-3",
			"/v1/chat/completions",
			{ ...chat, user: "me", seed: 1 },
			{ ...chat, model: "mistral-medium-3", random_seed: 1 },
		],
		[
			"a content without a role is the user's",
			"gemini-3-flash",
			"/v1beta/models/gemini-3-flash:generateContent",
			{ contents: [{ parts: [{ text: "a" }] }] },
			{ contents: [{ role: "user", parts: [{ text: "a" }] }] },
		],
		[
			"a whole request is counted as one",
			"gemini-3-flash",
			"/v1beta/models/gemini-3-flash:countTokens",
			{ generateContentRequest: { model: "models/gemini-3-flash", ...contents, tools: [] } },
			{ ...contents, tools: [] },
		],
		[
			"texts are instances",
			"text-embedding-005",
			"/v1/embeddings",
			{ input: ["a", "b"], dimensions: 8 },
			{ instances: [{ content: "a" }, { content: "b" }], parameters: { outputDimensionality: 8 } },
		],
		[
			"Gemini's embeddings have their options in one member",
			"gemini-embedding-2",
			"/v1/embeddings",
			{ input: "a", dimensions: 8 },
			{ content: { parts: [{ text: "a" }] }, embedContentConfig: { outputDimensionality: 8 } },
		],
	];

	test.each(changed)("%s", async (_name, model, path, body, expected) => {
		const { post, sent } = refusing;
		await (await post(path, { ...body, ...(path.startsWith("/v1beta") ? {} : { model }) })).text();
		expect(JSON.parse(sent().text)).toEqual(expected);
	});
});

describe("answers", () => {
	test("vectors of several texts, with their tokens, for clients of OpenAI's and of Google's", async () => {
		const predictions = [1, 2].map((value) => ({
			embeddings: { values: [value, 0], statistics: { token_count: value, truncated: false } },
		}));
		const { post } = await vertexGateway((_request, response) => sendJson(response, { predictions }));
		const openai = await post("/v1/embeddings", { model: "text-embedding-005", input: ["a", "b"] });
		expect(await openai.json()).toMatchObject({
			data: [{ embedding: [1, 0] }, { embedding: [2, 0] }],
			usage: { prompt_tokens: 3 },
		});
		const requests = ["a", "b"].map((text) => ({
			model: "models/text-embedding-005",
			content: { parts: [{ text }] },
			taskType: "RETRIEVAL_QUERY",
		}));
		const google = await post("/v1beta/models/text-embedding-005:batchEmbedContents", { requests });
		expect(await google.json()).toMatchObject({ embeddings: [{ values: [1, 0] }, { values: [2, 0] }] });
	});

	test("a model that takes one text at a time refuses several", async () => {
		const { host, post } = await vertexGateway(nothing);
		const answer = await post("/v1/embeddings", { model: "gemini-embedding-2", input: ["a", "b"] });
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({ error: { code: "unsupported_by_upstream" } });
		expect(host.received).toEqual([]);
	});

	test("a stream of messages passes without Vertex's own event", async () => {
		const events = messageEvents(["Hel", "lo"]);
		const { post } = await vertexGateway((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			for (const one of events) response.write(one);
			response.end();
		});
		const answer = await post("/v1/messages", { model: claude, ...messages, stream: true });
		expect(await answer.text()).toBe(events.filter((one) => !one.includes("vertex_event")).join(""));
		const completion = await post("/v1/chat/completions", { model: claude, ...chat, stream: true });
		const text = await completion.text();
		expect(text.match(/"content":"(Hel|lo)"/g)).toHaveLength(2);
		expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	});

	test("a cut stream of messages is none that ends", async () => {
		const { post } = await vertexGateway((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			for (const one of messageEvents(["Hel", "lo"]).slice(0, 5)) response.write(one);
			response.end();
		});
		const text = await (await post("/v1/messages", { model: claude, ...messages, stream: true })).text();
		expect(text).toContain("event: error");
		expect(text).not.toContain("message_stop");
	});
});

const quota = "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model";
const claudes = { type: "error", error: { type: "invalid_request_error", message: "max_tokens: must be positive" } };

describe("errors", () => {
	const refusals: [name: string, status: number, body: object, path: string, asked: object, expected: object][] = [
		[
			"Google's for a message",
			429,
			googleError(429, "RESOURCE_EXHAUSTED", quota),
			"/v1/messages",
			{ model: claude, ...messages },
			{ type: "error", error: { type: "rate_limit_error", message: quota }, request_id: expect.any(String) },
		],
		[
			"Google's in a list, for a message",
			429,
			[googleError(429, "RESOURCE_EXHAUSTED", quota)],
			"/v1/messages",
			{ model: claude, ...messages },
			{ type: "error", error: { type: "rate_limit_error", message: quota }, request_id: expect.any(String) },
		],
		[
			"Google's in a list, for a chat with Claude",
			429,
			[googleError(429, "RESOURCE_EXHAUSTED", quota)],
			"/v1/chat/completions",
			{ model: claude, ...chat },
			{ error: { message: quota } },
		],
		[
			"Google's in a list, for a chat with an open model",
			404,
			[googleError(404, "NOT_FOUND", "No such model")],
			"/v1/chat/completions",
			{ model: "meta/llama", ...chat },
			{ error: { message: "No such model", type: "invalid_request_error" } },
		],
		[
			"Google's in a list, for Gemini",
			403,
			[googleError(403, "PERMISSION_DENIED", "No")],
			"/v1beta/models/gemini-3-flash:generateContent",
			contents,
			googleError(403, "PERMISSION_DENIED", "No"),
		],
		["Anthropic's for a message", 400, claudes, "/v1/messages", { model: claude, ...messages }, claudes],
	];

	test.each(refusals)("%s are in the words of the client's API", async (_name, status, body, path, asked, expected) => {
		const { post } = await vertexGateway((_request, response) => sendJson(response, body, status));
		const answer = await post(path, asked);
		expect(answer.status).toBe(status);
		expect(await answer.json()).toMatchObject(expected);
		if (status === 429) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
	});

	const elsewhere: [status: number, body: object, isAskedElsewhere: boolean][] = [
		[400, [googleError(400, "FAILED_PRECONDITION", "Project `7` is not allowed to use Publisher Model `x`")], true],
		[400, googleError(400, "FAILED_PRECONDITION", "Publisher model x is not servable in region europe-west4."), true],
		[404, googleError(404, "NOT_FOUND", "Publisher Model `x` was not found"), true],
		[400, googleError(400, "INVALID_ARGUMENT", "Please use a valid role: user, model."), false],
	];

	test.each(elsewhere)("%i %j leads to the next target: %s", async (status, body, isAskedElsewhere) => {
		const { faultOfStatus } = await import("../../src/upstream/fault.js");
		const head = { status, headers: {}, contentLength: undefined, isStream: false };
		const { kind } = faultOfStatus(head, {}, Buffer.from(JSON.stringify(body)));
		expect(kind).toBe(isAskedElsewhere ? "model_not_found" : "invalid_request");
	});
});

test("Gemini's tokens are counted for a client of Google's", async () => {
	const { post } = await vertexGateway((_request, response) => sendJson(response, { totalTokens: 7 }));
	const answer = await post("/v1beta/models/gemini-3-flash:countTokens", contents);
	expect(await answer.json()).toEqual({ totalTokens: 7 });
});

test("Claude's tokens are counted there, Gemini's for a client of Anthropic's are estimated", async () => {
	const { host, post } = await vertexGateway((_request, response) => sendJson(response, { input_tokens: 7 }));
	expect(await (await post("/v1/messages/count_tokens", { model: claude, ...chat })).json()).toEqual({
		input_tokens: 7,
	});
	const estimated = await post("/v1/messages/count_tokens", { model: "gemini-3-flash", ...chat });
	expect(await estimated.json()).toEqual({ input_tokens: expect.any(Number) });
	expect(host.received).toHaveLength(1);
});

test("tools go to Gemini and to Claude, and their calls come back", async () => {
	const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
	const { post } = await vertexGateway((request, response) =>
		request.url.includes("google")
			? sendJson(response, content([{ functionCall: { name: "weather", args: { city: "Rome" } } }]))
			: sendJson(response, {
					...message(""),
					content: [{ type: "tool_use", id: "toolu_vrtx_1", name: "weather", input: { city: "Rome" } }],
					stop_reason: "tool_use",
				}),
	);
	for (const model of ["gemini-3-flash", claude]) {
		const answer = await post("/v1/chat/completions", { model, ...chat, tools });
		expect(await answer.json()).toMatchObject({
			choices: [
				{
					message: { tool_calls: [{ function: { name: "weather", arguments: '{"city":"Rome"}' } }] },
					finish_reason: "tool_calls",
				},
			],
		});
	}
});
