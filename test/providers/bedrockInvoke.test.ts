/** Claude on Bedrock for clients of Messages: InvokeModel, its streams, its counts of tokens and its errors. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AwsSettings } from "../../src/settings/routes.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { chunk, exception, framed, refusing } from "../kit/bedrock.js";
import { exchangesWith, recordedBytes } from "../kit/recordedChat.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { dataOf, dropped, type Json, message, translatedOver } from "../kit/translated.js";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const inPath = "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";

/** The upstream has no path of its own, as Bedrock's hosts. */
async function over(answers: HostAnswer | HostAnswer[], aws: AwsSettings = {}, model = claude) {
	const scene = await translatedOver(answers, {
		settings: { provider: "bedrock", key: "bedrock-key", aws: { region: "eu-west-1", ...aws } },
		model,
	});
	return { ...scene, asked: () => scene.host.received.map(({ url }) => url.replace(/^\/v1/, "")) };
}

const asked = { model: "test-model", max_tokens: 100, messages: [{ role: "user" as const, content: "Hello" }] };
const start = `{"type":"message_start","message":{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}`;
const block = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`;
const delta = (text: string) =>
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${JSON.stringify(text)}}}`;
const ending = [
	`{"type":"content_block_stop","index":0}`,
	`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}`,
	`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":5,"invocationLatency":800}}`,
];
const said = [start, block, delta("Hé"), `{ "type": "ping" }`, delta('l"lo'), ...ending];

test.each([1, 7, 4096])("a stream's data comes byte for byte as SSE, in pieces of %i bytes", async (size) => {
	const { post } = await over(framed(said.map(chunk), size));
	const response = await post("/v1/messages", { ...asked, stream: true });
	expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
	const types = said.map((data) => (JSON.parse(data) as Json).type);
	expect(await response.text()).toBe(said.map((data, at) => `event: ${types[at]}\ndata: ${data}\n\n`).join(""));
});

test("what is asked has its version and betas in the body, and neither model nor stream", async () => {
	const {
		post,
		host,
		gateway,
		asked: paths,
		sent,
	} = await over([framed(said.map(chunk)), message([{ type: "text", text: "A" }])]);
	const body = `{ "model": "test-model", "max_tokens":1e2,"stream":true, "messages":[{"role":"user","content":"1.0"}], "context_management":{"edits":[]} }`;
	const headers = {
		"content-type": "application/json",
		"anthropic-version": "2023-06-01",
		"anthropic-beta": "context-management-2025-06-27, claude-code-20250219,advanced-tool-use-2025-11-20",
		"x-amz-date": "20200101T000000Z",
		"x-amz-security-token": "the client's",
	};
	const send = (text: string) => fetch(`${gateway.url}/v1/messages?beta=true`, { method: "POST", headers, body: text });
	const first = await send(body);
	await first.text();
	expect(dropped(first)).toEqual(["anthropic-beta.claude-code-20250219"]);
	expect(paths()).toEqual([`/model/${inPath}/invoke-with-response-stream`]);
	const [request] = host.received;
	expect(request?.body.toString()).toBe(
		`{"max_tokens":1e2,"messages":[{"role":"user","content":"1.0"}],"context_management":{"edits":[]},"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["context-management-2025-06-27","tool-search-tool-2025-10-19","tool-examples-2025-10-29"]}`,
	);
	expect(request?.headers).toMatchObject({ authorization: "Bearer bedrock-key" });
	for (const name of ["anthropic-beta", "anthropic-version", "x-amz-date", "x-amz-security-token"])
		expect(request?.headers[name]).toBeUndefined();
	await (await post("/v1/messages", { ...asked, anthropic_version: "bedrock-later", anthropic_beta: ["x"] })).text();
	expect(paths()[1]).toBe(`/model/${inPath}/invoke`);
	expect(sent()).toEqual({ max_tokens: 100, messages: asked.messages, anthropic_version: "bedrock-later" });
});

test("betas that the configuration names are passed on", async () => {
	const { post, sent } = await over(message([{ type: "text", text: "A" }]), { betas: ["new-thing-2027-01-01"] });
	const response = await post("/v1/messages", asked, { "anthropic-beta": "new-thing-2027-01-01,other-2027-01-01" });
	expect(sent().anthropic_beta).toEqual(["new-thing-2027-01-01"]);
	expect(dropped(response)).toEqual(["anthropic-beta.other-2027-01-01"]);
});

describe("which operation is asked", () => {
	const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4";
	test.each<[string, AwsSettings["api"], string, string]>([
		["anthropic.claude-3-haiku-20240307-v1:0", undefined, "/v1/messages", "invoke"],
		["global.anthropic.claude-opus-4-6-v1", undefined, "/v1/messages", "invoke"],
		["arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x", "auto", "/v1/messages", "invoke"],
		["us.amazon.nova-2-lite-v1:0", undefined, "/v1/messages", "converse"],
		[arn, undefined, "/v1/messages", "converse"],
		[arn, "invoke", "/v1/messages", "invoke"],
		["us.amazon.nova-2-lite-v1:0", "invoke", "/v1/messages", "converse"],
		[claude, "converse", "/v1/messages", "converse"],
		[claude, undefined, "/v1/chat/completions", "converse"],
		[claude, "invoke", "/v1/chat/completions", "invoke"],
	])("for %s with `api: %s` at %s: %s", async (model, api, path, operation) => {
		const { post, asked: paths } = await over(refusing(400, "ValidationException", "No"), { api }, model);
		await (await post(path, asked)).text();
		expect(paths()).toEqual([`/model/${encodeURIComponent(model)}/${operation}`]);
	});
});

describe("counts of tokens", () => {
	const counting = { model: "test-model", messages: asked.messages };
	const answer: HostAnswer = (_request, response) => {
		response.writeHead(200, { "content-type": "application/json" });
		response.end('{"inputTokens":42}');
	};

	test("are Bedrock's own, of the body that InvokeModel would get", async () => {
		const { ask, asked: paths, sent } = await over(answer);
		expect(await ask("/v1/messages/count_tokens", counting)).toEqual({ input_tokens: 42 });
		const thinking = { type: "enabled", budget_tokens: 2000 };
		await ask("/v1/messages/count_tokens", { ...counting, thinking });
		expect(paths()[0]).toBe(`/model/${inPath}/count-tokens`);
		const inner = (sent().input as { invokeModel: { body: string } }).invokeModel.body;
		expect(JSON.parse(Buffer.from(inner, "base64").toString())).toEqual({
			messages: asked.messages,
			thinking,
			anthropic_version: "bedrock-2023-05-31",
			max_tokens: 2001,
		});
	});

	test("are the gateway's for models that Bedrock does not count for", async () => {
		const { ask, host } = await over(answer, {}, "us.amazon.nova-2-lite-v1:0");
		expect(await ask("/v1/messages/count_tokens", counting)).toEqual({ input_tokens: expect.any(Number) });
		expect(host.received).toEqual([]);
	});

	test("that can't be had are an error of Anthropic's form", async () => {
		const { post } = await over(refusing(400, "ValidationException", "The provided model doesn't support counting"));
		const response = await post("/v1/messages/count_tokens", counting);
		expect([response.status, await response.json()]).toMatchObject([
			400,
			{ type: "error", error: { type: "invalid_request_error", message: expect.stringContaining("counting") } },
		]);
	});
});

const kinds: [kind: string, sent: number, message: string, status: number, type: string][] = [
	["ThrottlingException", 429, "Too many requests", 429, "rate_limit_error"],
	["ServiceQuotaExceededException", 400, "Quota", 429, "rate_limit_error"],
	["ModelTimeoutException", 408, "Slow", 504, "timeout_error"],
	["ModelNotReadyException", 429, "Soon", 503, "overloaded_error"],
	["ModelErrorException", 424, "Broke", 502, "api_error"],
	["ModelStreamErrorException", 424, "Broke", 502, "api_error"],
	["InternalServerException", 500, "Oops", 500, "api_error"],
	["ServiceUnavailableException", 503, "Busy", 503, "overloaded_error"],
	["AccessDeniedException", 403, "No access", 403, "permission_error"],
	["ExpiredTokenException", 403, "Expired", 401, "authentication_error"],
	["UnrecognizedClientException", 403, "Invalid token", 401, "authentication_error"],
	["ResourceNotFoundException", 404, "No model", 404, "not_found_error"],
	["ValidationException", 400, "Input is too long for requested model.", 400, "invalid_request_error"],
	["SomethingNewException", 418, "Tea", 418, "invalid_request_error"],
];

describe("errors", () => {
	test.each(kinds)(
		"%s (%i) reaches clients of Messages and of chat completions",
		async (kind, sent, words, status, type) => {
			for (const api of ["auto", "invoke"] as const) {
				const { post } = await over(refusing(sent, kind, words), { api });
				const response = await post("/v1/messages", asked);
				const body = await response.json();
				expect([response.status, body]).toMatchObject([
					status,
					{ type: "error", error: { type, message: expect.stringContaining(words) } },
				]);
				const chat = await post("/v1/chat/completions", asked);
				const error = (await chat.json()) as { error: Json };
				expect([chat.status, error.error.message]).toEqual([status, expect.stringContaining(words)]);
				expect(error.error.code ?? "").toBe(codeOf(kind, words) ?? error.error.code ?? "");
			}
		},
	);

	test.each(kinds.filter(([kind]) => /Throttling|Model|Internal|Unavailable|Validation/.test(kind)))(
		"%s in a stream before any output has its status, and ends the stream after it",
		async (kind, _sent, words, status) => {
			const name = kind.charAt(0).toLowerCase() + kind.slice(1);
			const broken = await over(framed([exception(name, words)]));
			const { post } = await over(framed([...[start, block, delta("Hi")].map(chunk), exception(name, words)]));
			const early = await broken.post("/v1/messages", { ...asked, stream: true });
			const seen = status === 504 || status === 502 ? 500 : status === 503 ? 529 : status;
			expect([early.status, await early.json()]).toMatchObject([seen, { type: "error" }]);
			const late = await post("/v1/messages", { ...asked, stream: true });
			const events = dataOf(await late.text());
			expect(events.at(-1)).toMatchObject({ type: "error", error: { message: expect.stringContaining(words) } });
			expect(events.map(({ type }) => type)).not.toContain("message_stop");
		},
	);

	test("a stream that is cut or damaged ends with an error event", async () => {
		const begun = [start, block, delta("Hi")].map(chunk);
		const whole = Buffer.concat(said.map(chunk));
		const long = Buffer.alloc(16);
		long.writeUInt32BE(0xfffffff0);
		for (const frames of [
			begun,
			[whole.subarray(0, Buffer.concat(said.slice(0, 5).map(chunk)).length + 9)],
			[...begun, Buffer.alloc(40, 1)],
			[...begun, long],
		]) {
			const { post } = await over(framed(frames));
			const events = dataOf(await (await post("/v1/messages", { ...asked, stream: true })).text());
			expect(events.at(-1)?.type).toBe("error");
		}
	});
});

function codeOf(kind: string, words: string): string | undefined {
	if (kind === "ServiceQuotaExceededException") return "insufficient_quota";
	return words.startsWith("Input is too long") ? "context_length_exceeded" : undefined;
}

test("the recorded stream of Claude's comes as its vendor has written it", async () => {
	const [recorded] = exchangesWith("bedrock").filter(({ id }) => id.includes("anthropic_3_completion_streaming"));
	if (recorded === undefined) throw new Error("it is not among the recordings");
	const { post } = await over(framed([recordedBytes(recorded)], 509), {}, "anthropic.claude-3-sonnet-20240229-v1:0");
	const events = dataOf(await (await post("/v1/messages", { ...asked, stream: true })).text());
	const texts = events.map((event) => (event.delta as Json | undefined)?.text ?? "").join("");
	const encoded = [
		...recordedBytes(recorded)
			.toString("latin1")
			.matchAll(/"bytes":"([^"]+)"/g),
	];
	expect(events).toEqual(encoded.map(([, text = ""]) => JSON.parse(Buffer.from(text, "base64").toString())));
	expect(texts).toContain("Why did");
});

test("Anthropic's SDK streams a message, and OpenAI's a chat, of the same upstream", async () => {
	const { gateway } = await over(framed(said.map(chunk), 33), { api: "invoke" });
	const anthropic = new Anthropic({ apiKey: "client", baseURL: gateway.url, maxRetries: 0 });
	const final = await anthropic.messages.stream(asked).finalMessage();
	expect(final).toMatchObject({ content: [{ type: "text", text: 'Hél"lo' }], stop_reason: "end_turn" });
	expect(final.usage).toMatchObject({ input_tokens: 9, output_tokens: 5 });
	const openai = new OpenAI({ apiKey: "client", baseURL: gateway.baseUrl, maxRetries: 0 });
	let text = "";
	for await (const part of await openai.chat.completions.create({ ...asked, stream: true }))
		text += part.choices[0]?.delta.content ?? "";
	expect(text).toBe('Hél"lo');
});

test("a stream that breaks off is gone on with in the form of InvokeModel, too", async () => {
	const cut = await startAiHost(framed([start, block, delta("One two three")].map(chunk)));
	const rest = [start, block, delta(" four."), ...ending];
	const whole = await startAiHost(framed(rest.map(chunk)));
	onTestFinished(async () => void (await Promise.all([cut.close(), whole.close()])));
	const settings = { provider: "bedrock", key: "k", aws: { region: "us-east-1" } };
	const targets = ["cut", "whole"].map((name) =>
		target(`${name}/${claude}`, { capabilities: { prefill: "assistant" } }),
	);
	const gateway = await gatewayWith({
		upstreams: [upstream("cut", cut.url, settings), upstream("whole", whole.url, settings)],
		routes: [route(targets, { rescue: "exact" })],
	});
	const response = await fetch(`${gateway.url}/v1/messages`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...asked, stream: true }),
	});
	const events = dataOf(await response.text());
	expect(events.map(({ delta: given }) => (given as Json | undefined)?.text ?? "").join("")).toBe(
		"One two three four.",
	);
	expect(events.at(-1)?.type).toBe("message_stop");
	const [sent] = whole.received;
	expect(sent?.url).toBe(`/model/${inPath}/invoke-with-response-stream`);
	const body = JSON.parse(sent?.body.toString() ?? "") as Json;
	expect(body).toMatchObject({
		anthropic_version: "bedrock-2023-05-31",
		messages: [...asked.messages, { role: "assistant" }],
	});
	expect(Object.keys(body)).not.toContain("model");
	expect(Object.keys(body)).not.toContain("stream");
});
