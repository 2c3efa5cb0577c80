/** The lab's wire formats as they are on the wire, at their vendors' paths. */
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { piecesOf, referenceAnswer, referenceCalls } from "../../src/mockHosts/lab/referenceAnswers.js";
import { ask, startLab } from "./startLab.js";

const text = "Tell me all of it";
const pieces = piecesOf(referenceAnswer).length;

interface Vendor {
	path(model: string, isStream: boolean): string;
	body(model: string, isStream: boolean): object;
	counts: object;
	/** An event of the stream, and the last one. */
	event: RegExp;
	last: RegExp;
}

const messages = [{ role: "user", content: text }];
const parts = [{ role: "user", parts: [{ text }] }];
const blocks = [{ role: "user", content: [{ text }] }];

const vendors: Record<string, Vendor> = {
	messages: {
		path: () => "/v1/messages",
		body: (model, stream) => ({ model, max_tokens: 1000, messages, stream }),
		counts: { usage: { input_tokens: 5, output_tokens: pieces } },
		event: /^event: content_block_delta\ndata: \{"type":"content_block_delta","index":0,"delta":\{"type":"text_delta"/m,
		last: /event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/,
	},
	responses: {
		path: () => "/v1/responses",
		body: (model, stream) => ({ model, input: text, stream }),
		counts: { status: "completed", usage: { input_tokens: 5, output_tokens: pieces } },
		event: /^event: response\.output_text\.delta\ndata: \{"type":"response\.output_text\.delta"/m,
		last: /event: response\.completed\ndata: .*"output_tokens":120.*\n\n$/,
	},
	gemini: {
		path: (model, isStream) =>
			`/v1beta/models/${model}:${isStream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
		body: () => ({ contents: parts }),
		counts: { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: pieces } },
		event: /^data: \{"candidates":\[\{"content":\{"parts":\[\{"text":"Every"\}\],"role":"model"\}/m,
		last: /"finishReason":"STOP".*\n\n$/,
	},
	"gemini as a list": {
		path: (model, isStream) => `/v1beta/models/${model}:${isStream ? "streamGenerateContent" : "generateContent"}`,
		body: () => ({ contents: parts }),
		counts: {},
		event: /^\[\{"candidates"/,
		last: /"finishReason":"STOP".*\]$/,
	},
	cohere: {
		path: () => "/v2/chat",
		body: (model, stream) => ({ model, messages, stream }),
		counts: { finish_reason: "COMPLETE", usage: { tokens: { input_tokens: 5, output_tokens: pieces } } },
		event: /^event: content-delta\ndata: \{"type":"content-delta","index":0/m,
		last: /event: message-end\ndata: .*"finish_reason":"COMPLETE".*\n\n$/,
	},
	ollama: {
		path: () => "/api/chat",
		body: (model, stream) => ({ model, messages, ...(stream ? {} : { stream }) }),
		counts: { done: true, done_reason: "stop", prompt_eval_count: 5, eval_count: pieces },
		event: /^\{"model":"ok".*"content":"Every"\},"done":false\}$/m,
		last: /"done":true,.*\}\n$/,
	},
	converse: {
		path: (model, isStream) => `/model/${model}/converse${isStream ? "-stream" : ""}`,
		body: () => ({ messages: blocks }),
		counts: { stopReason: "end_turn", usage: { inputTokens: 5, outputTokens: pieces } },
		event: /contentBlockDelta.*"delta":\{"text":"Every"\}/s,
		last: /messageStop.*metadata.*"outputTokens":120/s,
	},
	invoke: {
		path: (model, isStream) => `/model/${model}/invoke${isStream ? "-with-response-stream" : ""}`,
		body: () => ({ anthropic_version: "bedrock-2023-05-31", max_tokens: 1000, messages }),
		counts: { stop_reason: "end_turn", usage: { input_tokens: 5, output_tokens: pieces } },
		event: /:event-type.*chunk.*\{"bytes":"/s,
		last: new RegExp(Buffer.from('{"type":"message_stop"}').toString("base64")),
	},
	"Claude at Vertex": {
		path: (model, isStream) =>
			`/v1/projects/p/locations/l/publishers/anthropic/models/${model}:${isStream ? "streamRawPredict" : "rawPredict"}`,
		body: () => ({ anthropic_version: "vertex-2023-10-16", max_tokens: 1000, messages }),
		counts: { usage: { input_tokens: 5, output_tokens: pieces } },
		event: /^event: content_block_start/m,
		last: /event: message_stop\n/,
	},
	"a deployment at Azure": {
		path: (model) => `/openai/deployments/${model}/chat/completions?api-version=2024-10-21`,
		body: (_model, stream) => ({ messages, stream }),
		counts: { usage: { prompt_tokens: 5, completion_tokens: pieces } },
		event: /"delta":\{"content":"Every"\}/,
		last: /data: \[DONE\]\n\n$/,
	},
};

test.each(Object.entries(vendors))("%s: whole and streamed, with exact counts in the ledger", async (_name, vendor) => {
	const { lab, url } = await startLab();
	const whole = await ask(url, JSON.stringify(vendor.body("ok", false)), { path: vendor.path("ok", false) });
	expect(whole.status).toBe(200);
	expect(JSON.parse(whole.text)).toMatchObject(vendor.counts);
	expect(whole.text).toContain(JSON.stringify(referenceAnswer));
	const streamed = await ask(url, JSON.stringify(vendor.body("ok", true)), { path: vendor.path("ok", true) });
	expect(streamed.text).toMatch(vendor.event);
	expect(streamed.text).toMatch(vendor.last);
	const entry = {
		model: "ok",
		prompt_tokens: 5,
		completion_tokens: pieces,
		text: referenceAnswer,
		finish_reason: "stop",
	};
	expect(lab.ledger.entries()).toMatchObject([
		{ ...entry, stream: false },
		{ ...entry, stream: true },
	]);
});

const refusals: [string, string, number, object, object][] = [
	["messages", "error:529", 529, { type: "error", error: { type: "overloaded_error" } }, {}],
	["messages", "unauthorized", 401, { error: { type: "authentication_error", message: "invalid x-api-key" } }, {}],
	["messages", "context-length:4", 400, { error: { message: "prompt is too long: 5 tokens > 4 maximum" } }, {}],
	[
		"gemini",
		"rate-limit:34",
		429,
		{ error: { code: 429, status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "34s" }] } },
		{ "retry-after": "34" },
	],
	[
		"gemini",
		"unauthorized",
		400,
		{ error: { status: "INVALID_ARGUMENT", details: [{ reason: "API_KEY_INVALID" }] } },
		{},
	],
	["gemini", "content-filter", 200, { promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }, {}],
	["gemini", "error:503", 503, { error: { status: "UNAVAILABLE" } }, {}],
	["cohere", "unauthorized", 401, { message: "invalid api token" }, {}],
	["cohere", "context-length:4", 400, { message: expect.stringMatching(/^too many tokens/) }, {}],
	["ollama", "not-found", 404, { error: expect.any(String) }, {}],
	["converse", "rate-limit", 429, { message: expect.any(String) }, { "x-amzn-errortype": /^ThrottlingException/ }],
	["converse", "unauthorized", 403, {}, { "x-amzn-errortype": /^UnrecognizedClientException/ }],
	["converse", "bad-request", 400, {}, { "x-amzn-errortype": /^ValidationException/ }],
	["invoke", "error:503", 503, {}, { "x-amzn-errortype": /^ServiceUnavailableException/ }],
	["responses", "rate-limit", 429, { error: { code: "rate_limit_exceeded" } }, {}],
	["messages", "cutt", 404, { type: "error", error: { type: "not_found_error" } }, {}],
];

test.each(refusals)("%s refuses %s with %i in the vendor's own shape", async (name, model, status, body, headers) => {
	const { url } = await startLab();
	const vendor = vendors[name] as Vendor;
	const seen = await ask(url, JSON.stringify(vendor.body(model, false)), { path: vendor.path(model, false) });
	expect(seen.status).toBe(status);
	expect(JSON.parse(seen.text)).toMatchObject(body);
	for (const [header, value] of Object.entries(headers)) expect(seen.headers[header]).toMatch(value);
});

test.each([
	["messages", /event: error\ndata: \{"type":"error","error":\{"type":"api_error"/],
	["responses", /event: response\.failed\n.*"status":"failed","error":\{"code":"engine_dead"/],
	["gemini", /data: \{"error":\{"code":500,.*"status":"INTERNAL"/],
	["cohere", /"type":"message-end","delta":\{"finish_reason":"ERROR","error":/],
	["ollama", /^\{"error":"The lab's engine died in mid-answer\."\}\n$/m],
	["converse", /:exception-type.*internalServerException/s],
	["invoke", /:exception-type.*internalServerException/s],
])("%s breaks a stream off with its vendor's own error", async (name, wanted) => {
	const { url } = await startLab();
	const vendor = vendors[name] as Vendor;
	const seen = await ask(url, JSON.stringify(vendor.body("error-event:3", true)), {
		path: vendor.path("error-event:3", true),
	});
	expect(seen).toMatchObject({ status: 200, ending: "end" });
	expect(seen.text).toMatch(wanted);
	expect(seen.text).not.toMatch(vendor.last);
});

test("frames of Bedrock's have their lengths and checksums", async () => {
	const { url } = await startLab();
	const response = await fetch(`${url}/model/ok/converse-stream`, {
		method: "POST",
		body: JSON.stringify({ messages: blocks }),
	});
	expect(response.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
	let rest = Buffer.from(await response.arrayBuffer());
	let count = 0;
	for (; rest.length > 0; count += 1) {
		const length = rest.readUInt32BE(0);
		expect(crc32(rest.subarray(0, 8))).toBe(rest.readUInt32BE(8));
		expect(crc32(rest.subarray(0, length - 4))).toBe(rest.readUInt32BE(length - 4));
		rest = rest.subarray(length);
	}
	expect(count).toBe(pieces + 4);
});

test.each([
	["/v1/messages/count_tokens", { model: "ok", messages }, { input_tokens: 5 }],
	["/v1/responses/input_tokens", { model: "ok", input: text }, { input_tokens: 5 }],
	["/v1beta/models/ok:countTokens", { contents: parts }, { totalTokens: 5 }],
	["/model/ok/count-tokens", { input: { converse: { messages: blocks } } }, { inputTokens: 5 }],
	[
		"/model/ok/count-tokens",
		{
			input: {
				invokeModel: { body: Buffer.from(JSON.stringify({ anthropic_version: "b", messages })).toString("base64") },
			},
		},
		{ inputTokens: 5 },
	],
	["/v1beta/models/ok:embedContent", { content: { parts: [{ text }] } }, { embedding: { values: expect.any(Array) } }],
	["/v1beta/models/ok:batchEmbedContents", { requests: [{ content: { parts: [{ text }] } }] }, { embeddings: [{}] }],
	[
		"/v2/embed",
		{ model: "ok", texts: [text], embedding_types: ["float"] },
		{ embeddings: { float: [expect.any(Array)] } },
	],
	["/api/embed", { model: "ok", input: [text, "more"] }, { prompt_eval_count: 6 }],
	["/v1/images/generations", { model: "ok", prompt: text }, { data: [{ b64_json: expect.any(String) }] }],
	[
		"/v1beta/models/ok:predict",
		{ instances: [{ prompt: text }], parameters: { sampleCount: 1 } },
		{ predictions: [{ mimeType: "image/png" }] },
	],
	["/compatibility/v1/embeddings", { model: "ok", input: text }, { usage: { prompt_tokens: 5 } }],
])("%s", async (path, body, wanted) => {
	const { url } = await startLab();
	const seen = await ask(url, JSON.stringify(body), { path });
	expect([seen.status, JSON.parse(seen.text)]).toMatchObject([200, wanted]);
	const refused = await ask(url, "[]", { path });
	expect([refused.status, JSON.stringify(JSON.parse(refused.text))]).toEqual([
		400,
		expect.stringMatching(/must be an object/),
	]);
});

const named = ["look_up", "count"];
const schema = { type: "object" };
const toolsOf: Record<string, object> = {
	messages: { tools: named.map((name) => ({ name, input_schema: schema })) },
	responses: { tools: named.map((name) => ({ type: "function", name, parameters: schema })) },
	gemini: { tools: [{ functionDeclarations: named.map((name) => ({ name })) }] },
	cohere: { tools: named.map((name) => ({ type: "function", function: { name } })) },
	ollama: { tools: named.map((name) => ({ type: "function", function: { name } })) },
	converse: { toolConfig: { tools: named.map((name) => ({ toolSpec: { name, inputSchema: { json: schema } } })) } },
};

test.each(Object.entries(toolsOf))("%s calls two tools at once, whole and in pieces", async (name, tools) => {
	const { lab, url } = await startLab();
	const vendor = vendors[name] as Vendor;
	const seen = async (isStream: boolean) =>
		(
			await ask(url, JSON.stringify({ ...vendor.body("ok", isStream), ...tools }), {
				path: vendor.path("ok", isStream),
			})
		).text;
	for (const said of [await seen(false), await seen(true)])
		for (const [index, { id, arguments: text }] of referenceCalls.entries()) {
			expect(said).toContain(named[index]);
			// Google's calls have ids as well.
			expect(said).toContain(id);
			if (name === "gemini" || name === "ollama") expect(said).toContain(JSON.stringify(JSON.parse(text)));
		}
	expect(lab.ledger.entries()).toMatchObject([{ finish_reason: "tool_calls" }, { finish_reason: "tool_calls" }]);
});
