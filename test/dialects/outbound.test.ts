/** Chat completions as the wire formats that only upstreams speak write them, and what can't be carried. */
import { describe, expect, test } from "vitest";
import { bedrockConverse } from "../../src/dialects/bedrockConverse/index.js";
import { cohereChat } from "../../src/dialects/cohereChat/index.js";
import type { Dialect, Json } from "../../src/dialects/dialect.js";
import { ollamaChat } from "../../src/dialects/ollamaChat/index.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { withEdits } from "../../src/providers/chatQuirks.js";
import { ollamaItself } from "../../src/providers/ollama.js";

function written(dialect: Dialect, body: Json): { sent: Json; dropped: string[] } {
	const request = openaiChat.translation?.readRequest({ model: "m", messages: [], ...body });
	if (request === undefined) throw new Error("no request");
	const dropped = new Set<string>();
	const sent = (dialect.translation ?? dialect.outbound)?.writeRequest(request, dropped) ?? {};
	return { sent: JSON.parse(JSON.stringify(sent)), dropped: [...dropped] };
}

const weather = { name: "weather", description: "Of a place", parameters: { type: "object", properties: {} } };
const clock = { name: "clock", parameters: { type: "object", properties: {} } };
const tools = [weather, clock].map((described) => ({ type: "function", function: described }));
const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
const loop = [
	{ role: "system", content: "Be brief" },
	{ role: "user", content: [{ type: "text", text: "Look" }, picture] },
	{
		role: "assistant",
		content: null,
		reasoning_content: "I ask for it",
		tool_calls: [
			{ id: "c1", type: "function", function: { name: "weather", arguments: '{"at":"Rome"}' } },
			{ id: "c2", type: "function", function: { name: "clock", arguments: "" } },
		],
	},
	{ role: "tool", tool_call_id: "c1", content: "Sunny" },
	{ role: "tool", tool_call_id: "c2", content: "12:00" },
];
const schema = { type: "object", properties: { a: { type: "string" } } };
const format = { type: "json_schema", json_schema: { name: "a", schema } };

describe("Bedrock", () => {
	test("gets turns of blocks, tools, results and pictures", () => {
		const { sent, dropped } = written(bedrockConverse, {
			messages: loop,
			tools,
			max_tokens: 5,
			tool_choice: "required",
		});
		expect(sent).toEqual({
			system: [{ text: "Be brief" }],
			messages: [
				{ role: "user", content: [{ text: "Look" }, { image: { format: "png", source: { bytes: "AAAA" } } }] },
				{
					role: "assistant",
					content: [
						{ toolUse: { toolUseId: "c1", name: "weather", input: { at: "Rome" } } },
						{ toolUse: { toolUseId: "c2", name: "clock", input: {} } },
					],
				},
				{
					role: "user",
					content: [
						{ toolResult: { toolUseId: "c1", content: [{ text: "Sunny" }] } },
						{ toolResult: { toolUseId: "c2", content: [{ text: "12:00" }] } },
					],
				},
			],
			inferenceConfig: { maxTokens: 5 },
			toolConfig: {
				tools: [
					{ toolSpec: { name: "weather", description: "Of a place", inputSchema: { json: weather.parameters } } },
					{ toolSpec: { name: "clock", inputSchema: { json: clock.parameters } } },
				],
				toolChoice: { any: {} },
			},
		});
		expect(dropped).toEqual(["reasoning"]);
	});

	test.each([
		["anthropic.claude-sonnet-4-5", { thinking: { type: "enabled", budget_tokens: 8192 } }, ["temperature"]],
		["us.amazon.nova-2-lite-v1:0", { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } }, []],
		["openai.gpt-oss-120b-1:0", { reasoning_effort: "medium" }, []],
		["mistral.large", undefined, ["reasoning"]],
	])("has %s think in its vendor's words", (model, fields, lost) => {
		const { sent, dropped } = written(bedrockConverse, { model, reasoning_effort: "medium", temperature: 1 });
		expect(sent.additionalModelRequestFields).toEqual(fields);
		expect(dropped).toEqual(lost);
	});

	test("gets schemas, documents, guardrails and metadata", () => {
		const document = { file_data: "data:application/pdf;base64,AAAA", filename: "A_b.pdf" };
		const { sent, dropped } = written(bedrockConverse, {
			messages: [
				{
					role: "user",
					content: [
						{ type: "file", file: document },
						{ type: "text", text: "Read" },
					],
				},
			],
			response_format: format,
			guardrailConfig: { guardrailIdentifier: "g" },
			metadata: { team: "a" },
			seed: 1,
		});
		expect(sent).toMatchObject({
			messages: [
				{ content: [{ document: { format: "pdf", name: "A b", source: { bytes: "AAAA" } } }, { text: "Read" }] },
			],
			outputConfig: {
				textFormat: { type: "json_schema", structure: { jsonSchema: { name: "a", schema: JSON.stringify(schema) } } },
			},
			guardrailConfig: { guardrailIdentifier: "g" },
			requestMetadata: { team: "a" },
		});
		expect(dropped).toEqual(["seed"]);
	});

	test("knows the tools of the history where no tool may be called", () => {
		const { sent } = written(bedrockConverse, { messages: loop, tool_choice: "none" });
		expect(sent.toolConfig).toEqual({
			tools: [
				{ toolSpec: { name: "weather", inputSchema: { json: { type: "object" } } } },
				{ toolSpec: { name: "clock", inputSchema: { json: { type: "object" } } } },
			],
		});
	});
});

describe("Ollama", () => {
	const provider = ollamaItself({ contextLength: 8192, keepAlive: "-1" });
	const asked = (body: Record<string, unknown>) => {
		const { sent: json, dropped } = written(ollamaChat, body);
		return {
			sent: withEdits(
				json,
				provider.edits?.({ dialect: ollamaChat, path: "/chat/completions", model: "m", json }) ?? new Map(),
			),
			dropped,
		};
	};

	test("gets a conversation with tools, thoughts, named results and pictures, and the length of its context", () => {
		const { sent, dropped } = asked({ messages: loop, tools, stream: true, max_tokens: 5, temperature: 0 });
		expect(sent).toEqual({
			model: "m",
			messages: [
				{ role: "system", content: "Be brief" },
				{ role: "user", content: "Look", images: ["AAAA"] },
				{
					role: "assistant",
					content: "",
					thinking: "I ask for it",
					tool_calls: [
						{ function: { name: "weather", arguments: { at: "Rome" } } },
						{ function: { name: "clock", arguments: {} } },
					],
				},
				{ role: "tool", tool_name: "weather", content: "Sunny" },
				{ role: "tool", tool_name: "clock", content: "12:00" },
			],
			tools,
			stream: true,
			keep_alive: -1,
			options: { num_ctx: 8192, num_predict: 5, temperature: 0 },
		});
		expect(dropped).toEqual([]);
	});

	test("gets schemas, thinking, and the client's own options over the gateway's", () => {
		const { sent, dropped } = asked({
			response_format: format,
			reasoning_effort: "xhigh",
			options: { num_ctx: 4096, min_p: 0.1 },
			messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] }],
			tools,
			tool_choice: "required",
		});
		expect(sent).toMatchObject({ format: schema, think: "high", options: { num_ctx: 4096, min_p: 0.1 }, tools });
		expect(dropped.sort()).toEqual(["image", "toolChoice"]);
	});
});

describe("Cohere", () => {
	test("gets a conversation with tools, their plan, results and pictures", () => {
		const { sent, dropped } = written(cohereChat, { messages: loop, tools });
		expect(sent).toEqual({
			model: "m",
			stream: false,
			messages: [
				{ role: "system", content: "Be brief" },
				{
					role: "user",
					content: [
						{ type: "text", text: "Look" },
						{ type: "image_url", image_url: picture.image_url },
					],
				},
				{
					role: "assistant",
					tool_plan: "I ask for it",
					tool_calls: [
						{ id: "c1", type: "function", function: { name: "weather", arguments: '{"at":"Rome"}' } },
						{ id: "c2", type: "function", function: { name: "clock", arguments: "{}" } },
					],
				},
				{ role: "tool", tool_call_id: "c1", content: "Sunny" },
				{ role: "tool", tool_call_id: "c2", content: "12:00" },
			],
			tools,
		});
		expect(dropped).toEqual([]);
	});

	test("gets sampling, limits, stops, schemas and its own members under its names", () => {
		const { sent, dropped } = written(cohereChat, {
			top_p: 0.5,
			top_k: 4,
			seed: 1,
			max_completion_tokens: 9,
			stop: "END",
			response_format: format,
			reasoning_effort: "none",
			documents: [{ id: "d", data: { text: "A" } }],
			n: 2,
			user: "u",
			logit_bias: {},
		});
		expect(sent).toMatchObject({
			p: 0.5,
			k: 4,
			seed: 1,
			max_tokens: 9,
			stop_sequences: ["END"],
			response_format: { type: "json_object", json_schema: schema },
			thinking: { type: "disabled" },
			documents: [{ id: "d", data: { text: "A" } }],
		});
		expect(dropped.sort()).toEqual(["logit_bias", "n", "user"]);
	});

	test.each([
		["auto", undefined, 2],
		["none", "NONE", 2],
		["required", "REQUIRED", 2],
		[{ type: "function", function: { name: "clock" } }, "REQUIRED", 1],
	])("is told to choose tools by %j as %s", (choice, word, count) => {
		const { sent } = written(cohereChat, { tools, tool_choice: choice });
		expect(sent.tool_choice).toBe(word);
		expect(sent.tools).toHaveLength(count);
	});
});
