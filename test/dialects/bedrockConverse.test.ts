/** Converse: what is written of requests, what is lost of them, and what its answers say. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Part } from "../../src/chat/request.js";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import { bedrockConverse } from "../../src/dialects/bedrockConverse/index.js";
import type { Dialect } from "../../src/dialects/dialect.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { event, exception, frame, framed, refusing } from "../kit/bedrock.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { dataOf, dropped as droppedOf, type Json, json, translatedOver } from "../kit/translated.js";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "us.amazon.nova-2-lite-v1:0";
const llama = "us.meta.llama4-maverick-17b-instruct-v1:0";

function written(from: Dialect, body: Json, model = claude): { sent: Json; dropped: string[] } {
	const request = from.translation?.readRequest({ model, messages: [], ...body });
	if (request === undefined) throw new Error("no request");
	const dropped = new Set<string>();
	const sent = bedrockConverse.outbound?.writeRequest(request, dropped) ?? {};
	return { sent: JSON.parse(JSON.stringify(sent)), dropped: [...dropped].sort() };
}

const chat = (body: Json, model?: string) => written(openaiChat, body, model);
const messages = (body: Json, model?: string) => written(anthropicMessages, { max_tokens: 100, ...body }, model);
const contents = ({ sent }: { sent: Json }) => (sent.messages as { content: Json[] }[]).map(({ content }) => content);
const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
const point = { cachePoint: { type: "default" } };
const cached = { cache_control: { type: "ephemeral" } };

describe("what is named as lost", () => {
	test.each<[what: string, body: Json, model: string, dropped: string[]]>([
		[
			"choices, seeds, penalties, users",
			{ n: 2, seed: 1, frequency_penalty: 1, presence_penalty: 1, user: "u" },
			nova,
			["frequencyPenalty", "n", "presencePenalty", "seed", "user"],
		],
		["nothing of penalties of 0", { frequency_penalty: 0, presence_penalty: 0 }, nova, []],
		["a temperature over 1", { temperature: 1.5 }, nova, ["temperature"]],
		["topP beside a temperature, for Claude", { temperature: 0.5, top_p: 0.5 }, claude, ["topP"]],
		["neither, for others", { temperature: 0.5, top_p: 0.5 }, nova, []],
		["topK, for models without", { top_k: 5 }, llama, ["topK"]],
		["JSON without a schema", { response_format: { type: "json_object" } }, nova, ["responseFormat"]],
		["one call at a time", { parallel_tool_calls: false }, nova, ["mayCallInParallel"]],
		["names", { messages: [{ role: "user", name: "Ann", content: "Hi" }] }, nova, ["name"]],
		[
			"pictures by URL",
			user([{ type: "image_url", image_url: { url: "https://example.com/a.png" } }]),
			nova,
			["image"],
		],
		["reasoning, for models that don't", { reasoning_effort: "high" }, llama, ["reasoning"]],
		["white stop sequences, for Claude", { stop: ["\n", "END"] }, claude, ["stop"]],
		["members of OpenAI's own", { logit_bias: { 1: 2 } }, nova, ["logit_bias"]],
	])("%s", (_what, body, model, dropped) => {
		expect(chat(body, model).dropped).toEqual(dropped);
	});
});

describe("media", () => {
	const image = (url: string) => ({ type: "image_url", image_url: { url } });
	const file = (filename: string, url: string) => ({ type: "file", file: { filename, file_data: url } });
	const writtenOf = (part: Part) => {
		const request = openaiChat.translation?.readRequest({ model: nova, messages: [{ role: "user", content: "?" }] });
		const dropped = new Set<string>();
		const body = { ...request, messages: [{ role: "user", parts: [part] }] };
		const sent = bedrockConverse.outbound?.writeRequest(body as never, dropped) ?? {};
		return (sent.messages as { content: Json[] }[])[0]?.content[0] ?? [...dropped];
	};

	test.each<[string, Part, unknown]>([
		[
			"a picture in S3",
			{ type: "image", source: { url: "s3://b/k/a.JPG" } },
			{ image: { format: "jpeg", source: { s3Location: { uri: "s3://b/k/a.JPG" } } } },
		],
		[
			"a document in S3",
			{ type: "file", name: "A.pdf", source: { url: "s3://b/a.pdf" } },
			{ document: { format: "pdf", name: "A", source: { s3Location: { uri: "s3://b/a.pdf" } } } },
		],
		[
			"a video in S3",
			{ type: "file", source: { url: "s3://b/a.mp4" } },
			{ video: { format: "mp4", source: { s3Location: { uri: "s3://b/a.mp4" } } } },
		],
		[
			"a video",
			{ type: "file", source: { data: "AAAA", mediaType: "video/webm" } },
			{ video: { format: "webm", source: { bytes: "AAAA" } } },
		],
		[
			"a recording",
			{ type: "audio", data: "AAAA", format: "wav" },
			{ audio: { format: "wav", source: { bytes: "AAAA" } } },
		],
		[
			"a text of another kind",
			{ type: "file", source: { data: "AAAA", mediaType: "text/x-python; charset=utf-8" } },
			{ document: { format: "txt", name: "document", source: { bytes: "AAAA" } } },
		],
		["a picture of another kind", { type: "image", source: { data: "AAAA", mediaType: "image/bmp" } }, ["image"]],
		["a file of another kind", { type: "file", source: { data: "AAAA", mediaType: "application/zip" } }, ["file"]],
		["a file elsewhere", { type: "file", source: { url: "https://example.com/a.pdf" } }, ["file"]],
		["a picture in S3 of no known kind", { type: "image", source: { url: "s3://b/a" } }, ["image"]],
	])("%s", (_what, part, expected) => {
		expect(writtenOf(part)).toEqual(expected);
	});

	test("documents' names are made of what Bedrock takes, and differ from each other", () => {
		const pdf = "data:application/pdf;base64,AAAA";
		const names = [
			"Q3_report (final)  v2.pdf",
			"Q3 report (final) v2.pdf",
			"…",
			`${"x".repeat(300)}.pdf`,
			`${"x".repeat(250)}.pdf`,
		];
		const [content = []] = contents(
			chat(user([...names.map((name) => file(name, pdf)), image("data:image/jpg;base64,AA")]), nova),
		);
		expect(content.map(({ document }) => (document as Json | undefined)?.name)).toEqual([
			"Q3 report (final) v2",
			"Q3 report (final) v2 2",
			"document",
			"x".repeat(200),
			`${"x".repeat(198)} 2`,
			undefined,
		]);
	});
});

describe("cache points", () => {
	const text = (words: string, hint: Json = cached) => ({ type: "text", text: words, ...hint });
	const tool = (name: string, hint: Json = {}) => ({ name, input_schema: { type: "object" }, ...hint });
	const body = {
		system: [text("S")],
		tools: [tool("a", cached), tool("b")],
		messages: [{ role: "user", content: [text("A"), text("B", { cache_control: { type: "ephemeral", ttl: "1h" } })] }],
	};

	test("stand where they were, with their time to live", () => {
		const all = messages(body);
		const { tools } = all.sent.toolConfig as { tools: Json[] };
		expect(tools.map((entry) => Object.keys(entry)[0])).toEqual(["toolSpec", "cachePoint", "toolSpec"]);
		expect(all.sent.system).toEqual([{ text: "S" }, point]);
		expect(contents(all)).toEqual([
			[{ text: "A" }, point, { text: "B" }, { cachePoint: { type: "default", ttl: "1h" } }],
		]);
		expect(all.dropped).toEqual([]);
	});

	test("are four at the most, the last ones, of tools, system and messages together", () => {
		const many = { ...body, messages: [{ role: "user", content: ["A", "B", "C"].map((words) => text(words)) }] };
		const all = messages(many);
		expect(JSON.stringify(all.sent).match(/cachePoint/g)).toHaveLength(4);
		expect(JSON.stringify(all.sent.toolConfig)).not.toContain("cachePoint");
		expect(all.dropped).toEqual(["cache"]);
	});

	test("are left out for models that have none", () => {
		expect(JSON.stringify(messages(body, llama))).not.toContain("cachePoint");
		expect(messages(body, llama).dropped).toEqual(["cache"]);
		const { sent } = messages(body, nova);
		expect([JSON.stringify(sent.toolConfig).includes("cachePoint"), sent.system]).toEqual([
			false,
			[{ text: "S" }, point],
		]);
	});
});

describe("turns", () => {
	const signed = { type: "thinking", thinking: "So", signature: "c2ln" };
	const use = { type: "tool_use", id: "t1", name: "find", input: {} };

	test("begin with reasoning and with results, and keep each block's cache point behind it", () => {
		const all = messages({
			messages: [
				{ role: "user", content: "Find" },
				{
					role: "assistant",
					content: [{ type: "text", text: "Yes", ...cached }, signed, { type: "redacted_thinking", data: "cmVk" }, use],
				},
				{
					role: "user",
					content: [
						{ type: "text", text: "And?" },
						{ type: "tool_result", tool_use_id: "t1", content: "It", ...cached },
					],
				},
			],
		});
		expect(contents(all).slice(1)).toEqual([
			[
				{ reasoningContent: { reasoningText: { text: "So", signature: "c2ln" } } },
				{ reasoningContent: { redactedContent: "cmVk" } },
				{ text: "Yes" },
				point,
				{ toolUse: { toolUseId: "t1", name: "find", input: {} } },
			],
			[{ toolResult: { toolUseId: "t1", content: [{ text: "It" }] } }, point, { text: "And?" }],
		]);
	});

	test("have no blank text, and none is empty", () => {
		const all = messages({
			messages: [
				{ role: "user", content: [{ type: "text", text: " " }] },
				{ role: "user", content: "Hi" },
				{ role: "assistant", content: "\n" },
				{ role: "user", content: "There?" },
			],
		});
		expect(all.sent.messages).toEqual([{ role: "user", content: [{ text: "Hi" }, { text: "There?" }] }]);
	});

	test("tell an error of a tool to models that know it", () => {
		const failed = {
			messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "No", is_error: true }] }],
		};
		expect(JSON.stringify(messages(failed).sent)).toContain('"status":"error"');
		expect([JSON.stringify(messages(failed, llama).sent).includes("status"), messages(failed, llama).dropped]).toEqual([
			false,
			["isError"],
		]);
	});
});

describe("thinking", () => {
	const tools = [{ type: "function", function: { name: "find", parameters: { type: "object" } } }];

	test("has a budget, and room for the answer where the client names none", () => {
		const { sent } = chat({ reasoning_effort: "low", temperature: 0.5 });
		expect(sent.additionalModelRequestFields).toEqual({ thinking: { type: "enabled", budget_tokens: 2048 } });
		expect(sent.inferenceConfig).toEqual({ maxTokens: 32_000 });
	});

	test("is adaptive for newer models, with an effort", () => {
		const { sent } = chat({ reasoning_effort: "xhigh" }, "global.anthropic.claude-opus-4-8-v1:0");
		expect(sent.additionalModelRequestFields).toEqual({
			thinking: { type: "adaptive" },
			output_config: { effort: "xhigh" },
		});
	});

	test("gives way to a tool that must be called", () => {
		const { sent, dropped } = chat({ reasoning_effort: "high", tools, tool_choice: "required" });
		expect([sent.additionalModelRequestFields, (sent.toolConfig as Json).toolChoice, dropped]).toEqual([
			undefined,
			{ any: {} },
			["reasoning"],
		]);
	});

	test.each([
		[nova, { inferenceConfig: { topK: 5 } }],
		["mistral.mistral-large-2407-v1:0", { top_k: 5 }],
		["cohere.command-r-plus-v1:0", { k: 5 }],
		[claude, { top_k: 5 }],
	])("topK has its own name for %s", (model, fields) => {
		expect(chat({ top_k: 5 }, model).sent.additionalModelRequestFields).toEqual(fields);
	});

	test.each([
		[claude, "required", { any: {} }, []],
		[nova, { type: "function", function: { name: "find" } }, { tool: { name: "find" } }, []],
		[llama, "required", undefined, ["toolChoice"]],
		[claude, "auto", { auto: {} }, []],
	])("%s is told to choose tools by %j", (model, choice, expected, lost) => {
		const { sent, dropped } = chat({ tools, tool_choice: choice }, model);
		expect([(sent.toolConfig as Json).toolChoice, dropped]).toEqual([expected, lost]);
	});
});

const over = (answer: Parameters<typeof translatedOver>[0], model = claude) =>
	translatedOver(answer, {
		settings: { provider: "bedrock", key: "k", aws: { region: "us-east-1", api: "converse" } },
		model,
	});
const asked = { model: "test-model", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };
const delta = (index: number, given: object) => event("contentBlockDelta", { contentBlockIndex: index, delta: given });
const stopOf = (index: number) => event("contentBlockStop", { contentBlockIndex: index });
const start = event("messageStart", { role: "assistant" });
const ending = (stopReason: string) => [
	event("messageStop", { stopReason }),
	event("metadata", { usage: { inputTokens: 9, outputTokens: 5, totalTokens: 14 }, metrics: { latencyMs: 9 } }),
];

describe("answers", () => {
	const redacted = [Buffer.from("one"), Buffer.from("two two")];
	const stream = [
		start,
		delta(0, { reasoningContent: { text: "So" } }),
		delta(0, { reasoningContent: { signature: "c2ln" } }),
		stopOf(0),
		...redacted.map((part) => delta(1, { reasoningContent: { redactedContent: part.toString("base64") } })),
		stopOf(1),
		event("contentBlockStart", {
			contentBlockIndex: 2,
			start: { toolUse: { toolUseId: "t1", name: "my_tool_name_that_is_odd" } },
		}),
		delta(2, { toolUse: { input: '{"a":' } }),
		delta(2, { toolUse: { input: "1}" } }),
		stopOf(2),
		...ending("tool_use"),
	];
	const whole = {
		output: {
			message: {
				role: "assistant",
				content: [
					{ reasoningContent: { reasoningText: { text: "So", signature: "c2ln" } } },
					{ reasoningContent: { redactedContent: Buffer.concat(redacted).toString("base64") } },
					{ toolUse: { toolUseId: "t1", name: "my_tool_name_that_is_odd", input: { a: 1 } } },
				],
			},
		},
		stopReason: "tool_use",
		usage: { inputTokens: 9, outputTokens: 5, totalTokens: 14 },
	};
	const odd = "my tool/name that is odd";
	const tools = [{ name: odd, input_schema: { type: "object" } }];

	test.each([
		["whole", false],
		["streamed", true],
	])(
		"give signed and redacted reasoning back as they were, and tools by their own names (%s)",
		async (_how, isStream) => {
			const scene = await over([isStream ? framed(stream, 5) : json(whole), json(whole)]);
			let content: Json[];
			if (isStream) {
				const events = await scene.stream("/v1/messages", { ...asked, tools });
				content = events.filter(({ type }) => type === "content_block_start").map((one) => one.content_block as Json);
				for (const { index, delta: given } of events as (Json & { index: number; delta?: Json })[]) {
					const block = content[index];
					if (block === undefined || given === undefined) continue;
					if (given.signature !== undefined) block.signature = given.signature;
					if (given.thinking !== undefined) block.thinking = `${block.thinking}${given.thinking}`;
					if (block.type === "tool_use") block.input = { a: 1 };
				}
			} else content = (await scene.ask("/v1/messages", { ...asked, tools })).content as Json[];
			expect(content.map(({ type, name }) => name ?? type)).toEqual(["thinking", "thinking", odd]);
			const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "Done" }] };
			await scene.ask("/v1/messages", {
				...asked,
				tools,
				messages: [...asked.messages, { role: "assistant", content }, result],
			});
			const [, turn] = scene.sent().messages as { content: Json[] }[];
			expect(turn?.content).toEqual(whole.output.message.content);
		},
	);

	test("that a guardrail has stopped end with `content_filter`, and with `refusal`", async () => {
		const blocked = [start, delta(0, { text: "Blocked." }), stopOf(0), ...ending("guardrail_intervened")];
		const scene = await over(framed(blocked));
		const chunks = await scene.stream("/v1/chat/completions", asked);
		const reasons = chunks.map(({ choices }) => (choices as Json[])[0]?.finish_reason).filter(Boolean);
		expect(reasons).toEqual(["content_filter"]);
		const events = await scene.stream("/v1/messages", asked);
		expect(events.find(({ type }) => type === "message_delta")).toMatchObject({ delta: { stop_reason: "refusal" } });
	});

	test("keep the text of citations, whole and in streams", async () => {
		const cited = { citationsContent: { content: [{ text: "Cited." }], citations: [{ title: "A", location: {} }] } };
		const scene = await over([
			json({
				...whole,
				output: { message: { role: "assistant", content: [{ text: "It is: " }, cited] } },
				stopReason: "end_turn",
			}),
			framed([
				start,
				delta(0, { text: "It is: " }),
				delta(0, { citation: { title: "A" } }),
				delta(0, { text: "Cited." }),
				stopOf(0),
				...ending("end_turn"),
			]),
		]);
		const answer = await scene.ask("/v1/messages", asked);
		expect((answer.content as Json[]).map(({ text }) => text).join("")).toBe("It is: Cited.");
		const events = await scene.stream("/v1/messages", asked);
		expect(events.map(({ delta: given }) => (given as Json | undefined)?.text ?? "").join("")).toBe("It is: Cited.");
	});
});

const answerOf = (content: Json[]) => ({
	output: { message: { role: "assistant", content } },
	stopReason: "end_turn",
	usage: { inputTokens: 9, outputTokens: 5, totalTokens: 14 },
});

test("citations of no source are none, whole and in streams", async () => {
	const empty = { location: {}, sourceContent: [] };
	const cited = { citationsContent: { content: [{ text: "Cited." }], citations: [empty, { ...empty, title: "A" }] } };
	const scene = await over([
		json(answerOf([cited])),
		framed([
			start,
			delta(0, { text: "Cited." }),
			delta(0, { citation: empty }),
			delta(0, { citation: { ...empty, title: "A" } }),
			stopOf(0),
			...ending("end_turn"),
		]),
	]);
	const { content } = await scene.ask("/v1/messages", asked);
	expect(content).toMatchObject([{ text: "Cited.", citations: [{ title: "A" }] }]);
	const events = await scene.stream("/v1/messages", asked);
	const told = events.flatMap(({ delta: given }) => ((given as Json | undefined)?.citation as Json | undefined) ?? []);
	expect(told).toMatchObject([{ title: "A" }]);
});

test("a hint about a cache inside a tool's result is named as lost", async () => {
	const { post } = await over([json(answerOf([{ text: "Blue." }]))]);
	const call = { type: "tool_use", id: "t1", name: "look", input: {} };
	const result = { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "blue", ...cached }] };
	const messages = [
		{ role: "user", content: "Look." },
		{ role: "assistant", content: [call] },
		{ role: "user", content: [result] },
	];
	const tools = [{ name: "look", input_schema: { type: "object" } }];
	const response = await post("/v1/messages", { ...asked, messages, tools });
	expect([response.status, response.headers.get("x-llmgw-dropped")]).toEqual([200, "cache"]);
});

describe("failures", () => {
	test.each([
		["throttlingException", "Too many requests", 429],
		["throttlingException", "Too many tokens per day", 429],
		["serviceUnavailableException", "Busy", 503],
		["internalServerException", "Oops", 500],
		["modelStreamErrorException", "Broke", 502],
		["modelTimeoutException", "Slow", 504],
		["validationException", "Input is too long for requested model", 400],
	])("%s (%s) in a stream is %i before output, and its error event after it", async (name, words, status) => {
		const early = await over(framed([start, exception(name, words)]));
		const response = await early.post("/v1/chat/completions", { ...asked, stream: true });
		const { error } = (await response.json()) as { error: Json };
		expect([response.status, error.message]).toEqual([status, words]);
		if (words.includes("per day"))
			expect([error.code, response.headers.get("x-should-retry")]).toEqual(["insufficient_quota", "false"]);
		if (words.startsWith("Input")) expect(error.code).toBe("context_length_exceeded");
		const late = await over(framed([start, delta(0, { text: "Hel" }), exception(name, words)], 3));
		const text = await (await late.post("/v1/chat/completions", { ...asked, stream: true })).text();
		expect(text).toContain("Hel");
		expect(dataOf(text).at(-1)).toMatchObject({ error: { message: expect.stringContaining(words) } });
		expect(text).not.toContain("[DONE]");
	});

	test("an unmodeled error, as a message of that type, ends the stream, too", async () => {
		const failure = frame(
			{ ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "It fell" },
			"",
		);
		const scene = await over(framed([start, delta(0, { text: "Hel" }), failure]));
		const text = await (await scene.post("/v1/messages", { ...asked, stream: true })).text();
		expect(dataOf(text).at(-1)).toMatchObject({
			type: "error",
			error: { message: expect.stringContaining("It fell") },
		});
	});

	test.each([
		["ThrottlingException", 429, "Slow down", 429, undefined],
		["ServiceQuotaExceededException", 400, "Too much", 429, "insufficient_quota"],
		["ModelErrorException", 424, "Broke", 502, undefined],
		["ModelNotReadyException", 429, "Soon", 503, undefined],
		["ModelTimeoutException", 408, "Slow", 504, undefined],
		["ExpiredTokenException", 403, "Expired", 401, undefined],
		["ValidationException", 400, "too many input tokens", 400, "context_length_exceeded"],
	])("%s (%i: %s) is %i for a client", async (kind, sent, words, status, code) => {
		const scene = await over(refusing(sent, kind, words));
		const response = await scene.post("/v1/chat/completions", asked);
		const { error } = (await response.json()) as { error: Json };
		expect([response.status, error.message]).toEqual([status, words]);
		if (code !== undefined) expect(error.code).toBe(code);
		if (status === 429) expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
	});

	test("what is lost is named in the header of the answer", async () => {
		const scene = await over(
			json({ output: { message: { content: [{ text: "Hi" }] } }, stopReason: "end_turn" }),
			nova,
		);
		const response = await scene.post("/v1/chat/completions", { ...asked, seed: 7, n: 1 });
		expect(droppedOf(response)).toEqual(["seed"]);
	});
});

test("a stream that breaks off is gone on with by another target, and the client sees one answer", async () => {
	const cut = await startAiHost(framed([start, delta(0, { text: "One two three " })]));
	const words: HostAnswer = (_request, response) => {
		response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
		response.end(Buffer.concat([start, delta(0, { text: "One two three four." }), stopOf(0), ...ending("end_turn")]));
	};
	const whole = await startAiHost(words);
	onTestFinished(async () => void (await Promise.all([cut.close(), whole.close()])));
	const settings = { provider: "bedrock", key: "k", aws: { region: "us-east-1" } };
	const gateway = await gatewayWith({
		upstreams: [upstream("cut", cut.url, settings), upstream("whole", whole.url, settings)],
		routes: [route(["cut", "whole"], { rescue: "exact" })],
	});
	const response = await fetch(`${gateway.url}/v1/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...asked, stream: true }),
	});
	const text = await response.text();
	const said = dataOf(text).map(({ choices }) => ((choices as Json[])[0]?.delta as Json | undefined)?.content ?? "");
	expect([said.join(""), text.includes("[DONE]"), whole.received.length]).toEqual(["One two three four.", true, 1]);
});
