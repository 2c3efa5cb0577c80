/** Vendors' refusals, each as the vendor writes it, and what of a request they mean. */
import { describe, expect, test } from "vitest";
import { findPlace, membersAt } from "../../src/upstream/lessons/places.js";
import { readRefusal } from "../../src/upstream/lessons/readRefusal.js";
import { mayBeLeftOut } from "../../src/upstream/lessons/safety.js";

const chat = {
	model: "m",
	messages: [
		{ role: "user", content: "Hi", name: "x" },
		{ role: "assistant", content: "", reasoning_content: "Hm" },
	],
	temperature: 0.2,
	user: "u",
	seed: 1,
	store: true,
	metadata: { a: "b" },
	logit_bias: { 1: 1 },
	presence_penalty: 1,
	reasoning: { effort: "high" },
	reasoning_effort: "minimal",
	tools: [{ type: "function", function: { name: "now", strict: true } }],
};
const claude = {
	model: "m",
	context_management: { edits: [] },
	system: [{ type: "text", text: "a", cache_control: { type: "ephemeral", scope: "global" } }],
	tools: [
		{ name: "now", input_schema: {} },
		{ name: "then", input_schema: {}, strict: true, defer_loading: true },
	],
	messages: [],
	temperature: 1,
};
const google = {
	contents: [{ role: "user", parts: [{ text: "a" }] }],
	generationConfig: { thinkingConfig: { includeThoughts: true }, topK: 3 },
	labels: { a: "b" },
};

const openai = (message: string, more: object = {}) => ({
	error: { message, type: "invalid_request_error", param: null, code: null, ...more },
});
const anthropic = (message: string) => ({
	type: "error",
	error: { type: "invalid_request_error", message },
	request_id: "r",
});
const googles = (message: string) => ({ error: { code: 400, message, status: "INVALID_ARGUMENT" } });
const item = (loc: unknown[]) => ({ type: "extra_forbidden", loc, msg: "Extra inputs are not permitted", input: "a" });

const cases: [vendor: string, body: unknown, request: object, members: string[]][] = [
	[
		"OpenAI",
		openai("Unsupported parameter: 'temperature' is not supported with this model.", {
			param: "temperature",
			code: "unsupported_parameter",
		}),
		chat,
		["temperature"],
	],
	[
		"OpenAI, of a value",
		openai(
			"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
			{
				param: "temperature",
				code: "unsupported_value",
			},
		),
		chat,
		["temperature"],
	],
	[
		"OpenAI's responses",
		openai("Unknown parameter: 'tools[0].function.strict'.", {
			param: "tools[0].function.strict",
			code: "unknown_parameter",
		}),
		chat,
		["tools.*.function.strict"],
	],
	[
		"OpenAI, nested",
		openai("Unsupported parameter: 'reasoning.effort' is not supported with this model.", {
			param: "reasoning.effort",
			code: "unsupported_parameter",
		}),
		chat,
		["reasoning.effort"],
	],
	["Azure", openai("Unrecognized request argument supplied: metadata"), chat, ["metadata"]],
	["Azure, of several", openai("Unrecognized request arguments supplied: seed, user"), chat, ["seed", "user"]],
	["Anthropic", anthropic("context_management: Extra inputs are not permitted"), claude, ["context_management"]],
	[
		"Anthropic, of a tool",
		anthropic("tools.1.custom.strict: Extra inputs are not permitted"),
		claude,
		["tools.*.strict"],
	],
	[
		"Anthropic, of two",
		anthropic(
			"tools.1.custom.defer_loading: Extra inputs are not permitted\nsystem.0.cache_control.ephemeral.scope: Extra inputs are not permitted",
		),
		claude,
		["tools.*.defer_loading", "system.*.cache_control.scope"],
	],
	["Anthropic, of an old parameter", anthropic("`temperature` is deprecated for this model."), claude, ["temperature"]],
	[
		"vLLM",
		{
			object: "error",
			message:
				"[{'type': 'extra_forbidden', 'loc': ('body', 'user'), 'msg': 'Extra inputs are not permitted', 'input': 'u'}]",
			type: "BadRequestError",
			param: null,
			code: 400,
		},
		chat,
		["user"],
	],
	[
		"vLLM, in a message",
		{
			message:
				"[{'type': 'extra_forbidden', 'loc': ('body', 'messages', 1, 'ChatCompletionAssistantMessageParam', 'reasoning_content'), 'msg': 'Extra inputs are not permitted'}]",
		},
		chat,
		["messages.*.reasoning_content"],
	],
	["pydantic", { detail: [item(["body", "seed"]), item(["body", "user"])] }, chat, ["seed", "user"]],
	[
		"pydantic 1",
		{ detail: [{ loc: ["body", "seed"], msg: "extra fields not permitted", type: "value_error.extra" }] },
		chat,
		["seed"],
	],
	[
		"Mistral",
		{ object: "error", message: { detail: [item(["body", "logit_bias"])] }, type: "invalid_request_error", code: null },
		chat,
		["logit_bias"],
	],
	[
		"Google",
		googles(
			'Invalid JSON payload received. Unknown name "thinkingConfig" at \'generation_config\': Cannot find field.\nInvalid JSON payload received. Unknown name "labels": Cannot find field.',
		),
		google,
		["generationConfig.thinkingConfig", "labels"],
	],
	[
		"Google, in its details alone",
		{
			error: {
				code: 400,
				message: "Invalid JSON payload received.",
				details: [
					{
						"@type": "type.googleapis.com/google.rpc.BadRequest",
						fieldViolations: [{ description: 'Unknown name "labels": Cannot find field.' }],
					},
				],
			},
		},
		google,
		["labels"],
	],
	["Google, of a stream", [googles('Unknown name "labels": Cannot find field.')], google, ["labels"]],
	[
		"Bedrock",
		{
			message:
				"Malformed input request: #: extraneous key [seed] is not permitted, please reformat your input and try again.",
		},
		chat,
		["seed"],
	],
	["Bedrock, deeper", { message: "#/tools/1: extraneous key [strict] is not permitted" }, claude, ["tools.*.strict"]],
	["Groq", openai("property 'user' is unsupported"), chat, ["user"]],
	[
		"Groq, of a message",
		openai(
			"'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning_content' is unsupported)]",
		),
		chat,
		["messages.*.reasoning_content"],
	],
	[
		"xAI",
		{ code: "Client specified an invalid argument", error: "Argument not supported on this model: presencePenalty" },
		chat,
		["presence_penalty"],
	],
	["xAI, newer", { error: "Model grok-4 does not support parameter presencePenalty." }, chat, ["presence_penalty"]],
	[
		"Fireworks",
		{
			error: {
				object: "error",
				message: "Extra inputs are not permitted, field: 'reasoning_effort', value: 'minimal'",
			},
		},
		chat,
		["reasoning_effort"],
	],
	[
		"DeepSeek",
		openai(
			"Failed to deserialize the JSON body into the target type: unknown field `logit_bias`, expected one of `model`, `messages`",
		),
		chat,
		["logit_bias"],
	],
	["Cohere", { message: "unknown field: parameter 'seed' is not a valid field" }, chat, ["seed"]],
	["Ollama", { error: '"gemma3" does not support thinking' }, chat, ["reasoning_effort", "reasoning"]],
	["a text", "Unsupported parameter: seed", chat, ["seed"]],
	["a refusal of another kind", openai("The model `m` does not exist", { code: "model_not_found" }), chat, []],
	[
		"a value of the client's",
		openai("Invalid value: 'much'. Supported values are: 'low'", { param: "reasoning_effort" }),
		chat,
		[],
	],
	["a member that the request has not", openai("Unsupported parameter: 'top_p'"), chat, []],
	[
		"what the request itself said",
		{ detail: [{ type: "value_error", loc: ["body", "a"], input: "seed: Extra inputs are not permitted" }] },
		chat,
		[],
	],
	["no JSON", "<html>", chat, []],
	["nothing", "", chat, []],
];

test.each(cases)("%s", (_vendor, body, request, members) => {
	const complaints = readRefusal(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
	const places = complaints.flatMap((complaint) =>
		complaint.kind === "member" ? (findPlace(request, complaint.segments)?.join(".") ?? []) : [],
	);
	expect(places).toEqual(members);
	for (const place of places)
		for (const { place: at, value } of membersAt(request, place)) expect(mayBeLeftOut(at, value)).toBe(true);
});

test.each([
	[
		anthropic(
			"Unexpected value(s) `context-management-2025-06-27`, `effort-2025-11-24` for the `anthropic-beta` header. Please consult our documentation at docs.anthropic.com or try again without the header.",
		),
		["context-management-2025-06-27", "effort-2025-11-24"],
	],
	[{ message: "invalid beta flag: effort-2025-11-24" }, ["effort-2025-11-24"]],
	[{ message: "invalid beta flag" }, []],
])("betas of %j", (body, betas) => {
	const complaints = readRefusal(Buffer.from(JSON.stringify(body)));
	expect(complaints.flatMap((complaint) => (complaint.kind === "beta" ? complaint.name : []))).toEqual(betas);
});

test("a long refusal without a name takes no long time", () => {
	const startedMs = performance.now();
	for (const text of ["a.".repeat(30_000), "'".repeat(60_000), "Unknown name ".repeat(5_000), "a: ".repeat(20_000)])
		expect(readRefusal(Buffer.from(JSON.stringify({ error: { message: text } })))).toEqual([]);
	expect(performance.now() - startedMs).toBeLessThan(2_000);
});

describe("what may be left out", () => {
	const allowed: [string, unknown][] = [
		["temperature", 1],
		["stop", ["a"]],
		["metadata", { format: "x" }],
		["thinking", { type: "enabled" }],
		["output_config", { effort: "high" }],
		["output_config.effort", "high"],
		["text.verbosity", "low"],
		["generationConfig.thinkingConfig", {}],
		["tool_choice", "auto"],
		["tool_choice", { type: "auto" }],
		["parallel_tool_calls", false],
		["tools.0.strict", true],
		["tools.0.function.strict", true],
		["tools.0.cache_control.ttl", "1h"],
		["messages.0.content.1.cache_control", {}],
		["messages.0.reasoning_content", "Hm"],
		["system.0.cache_control.scope", "global"],
	];
	const kept: [string, unknown][] = [
		["model", "m"],
		["messages", []],
		["messages.0.content", "a"],
		["messages.0.role", "developer"],
		["messages.0.tool_calls", []],
		["input", "a"],
		["input.0.content.0.image_url", "a"],
		["system", "a"],
		["instructions", "a"],
		["tools", []],
		["tools.0", {}],
		["tools.0.name", "now"],
		["tools.0.input_schema", {}],
		["tools.0.input_schema.properties.strict", {}],
		["tools.0.function.parameters.strict", true],
		["tools.0.allowed_domains", ["a"]],
		["tool_choice", "required"],
		["tool_choice", "none"],
		["tool_choice", { type: "tool", name: "now" }],
		["tool_choice", { type: "auto", disable_parallel_tool_use: true }],
		["tool_choice.name", "now"],
		["response_format", { type: "json_schema" }],
		["text", { format: { type: "json_schema" } }],
		["text.format", { type: "text" }],
		["output_config", { effort: "low", format: {} }],
		["output_config.format", {}],
		["generationConfig", { temperature: 1, maxOutputTokens: 5 }],
		["generationConfig.responseSchema", {}],
		["generationConfig.max_output_tokens", 5],
		["max_tokens", 5],
		["n", 2],
		["stream", true],
		["safetySettings", []],
		["mcp_servers", []],
		["previous_response_id", "r"],
		["dimensions", 5],
		["provider", { data_collection: "deny" }],
	];
	test.each(allowed)("%s %j", (place, value) => expect(mayBeLeftOut(place.split("."), value)).toBe(true));
	test.each(kept)("never %s %j", (place, value) => expect(mayBeLeftOut(place.split("."), value)).toBe(false));
});
