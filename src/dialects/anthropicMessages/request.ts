/** Requests of Anthropic's Messages: into the neutral model, and out of it. */
import type { ChatRequest, Message, Part, ResponseFormat, Tool, ToolChoice } from "../../chat/request.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropMembers, dropVendors } from "../losses.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { readContent } from "./blocks.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";
import { readThinking, writeThinking } from "./thinking.js";
import { writeTurns } from "./turns.js";

/** Members that the neutral model has; all others are extensions. */
const known = new Set([
	"model",
	"messages",
	"system",
	"tools",
	"tool_choice",
	"max_tokens",
	"temperature",
	"top_p",
	"top_k",
	"stop_sequences",
	"stream",
	"metadata",
	"thinking",
	"output_config",
]);

/** What Claude Code says of itself for Anthropic's accounts, which means nothing to other vendors' models. */
const attribution = "x-anthropic-billing-header";

/** What older models allow, and what costs no surprise. */
const maxTokensOf: readonly (readonly [RegExp, number])[] = [
	[/claude-3-(opus|sonnet|haiku)/, 4_096],
	[/claude-3-5/, 8_192],
	[/claude/, 32_000],
];
const usualMaxTokens = 8_192;

/** The bound of answers where the request has none, and the model's own is not known: Anthropic demands one. */
export function usualLimit(model = ""): number {
	return maxTokensOf.find(([name]) => name.test(model))?.[1] ?? usualMaxTokens;
}

/**
 * A conversation that the upstream keeps, and of which later requests send only what is new. Anthropic's SDK knows the code,
 * and its tool runner then sends all of it each time.
 *
 * @throws GatewayError 400
 */
export function refuseThread({ thread }: Json): void {
	if ((thread ?? undefined) === undefined) return;
	throw new GatewayError(
		400,
		"'thread' needs an upstream that keeps conversations, and this one does not: send the whole conversation in 'messages'.",
		{ code: "thread_unsupported_request", param: "thread" },
	);
}

export function readRequest(body: Json): ChatRequest {
	const choice = isObject(body.tool_choice) ? body.tool_choice : {};
	const { metadata, output_config: config } = body;
	const { effort: _effort, format, ...otherConfig } = isObject(config) ? config : {};
	const extensions = Object.entries(body).filter(([name]) => !known.has(name));
	return {
		dialect: dialectName,
		model: textIn(body.model) || undefined,
		messages: [...readSystem(body.system), ...listIn(body.messages).filter(isObject).map(readMessage)],
		tools: listIn(body.tools).filter(isObject).map(readTool),
		toolChoice: readToolChoice(choice),
		mayCallInParallel: choice.disable_parallel_tool_use === true ? false : undefined,
		responseFormat: readFormat(format),
		maxOutputTokens: numberIn(body.max_tokens),
		sampling: {
			temperature: numberIn(body.temperature),
			topP: numberIn(body.top_p),
			topK: numberIn(body.top_k),
		},
		stop: listIn(body.stop_sequences).map(textIn),
		reasoning: readThinking(body),
		n: 1,
		isStream: body.stream === true,
		// Its streams always end with them.
		wantsUsage: true,
		metadata: undefined,
		user: isObject(metadata) ? textIn(metadata.user_id) || undefined : undefined,
		extensions: Object.fromEntries([...extensions, ...Object.entries(otherConfig)]),
	};
}

function readSystem(system: unknown): Message[] {
	const parts = readContent(system).filter((part) => part.type !== "text" || !part.text.startsWith(attribution));
	return parts.length === 0 ? [] : [{ role: "system", parts }];
}

function readMessage({ role, content }: Json): Message {
	const parts: Part[] = readContent(content);
	return { role: role === "assistant" || role === "system" ? role : "user", parts };
}

function readTool(tool: Json): Tool {
	const name = textIn(tool.name) || textIn(tool.type);
	// Tools that Anthropic runs have a dated type.
	if (typeof tool.type === "string" && tool.type !== "custom")
		return { name, description: undefined, parameters: undefined, opaque: { dialect: dialectName, value: tool } };
	return {
		name,
		description: textIn(tool.description) || undefined,
		parameters: isObject(tool.input_schema) ? tool.input_schema : undefined,
		...(typeof tool.strict === "boolean" ? { isStrict: tool.strict } : {}),
		...(isObject(tool.cache_control) ? { cache: tool.cache_control } : {}),
	};
}

function readToolChoice({ type, name }: Json): ToolChoice | undefined {
	if (type === "auto" || type === "none") return { type };
	if (type === "any") return { type: "required" };
	return type === "tool" && typeof name === "string" ? { type, name } : undefined;
}

function readFormat(format: unknown): ResponseFormat | undefined {
	if (!isObject(format) || format.type !== "json_schema" || !isObject(format.schema)) return undefined;
	return { type: "schema", name: "answer", schema: format.schema, isStrict: true };
}

/** What Anthropic's API takes under its version 2023-06-01. */
export function writeRequest(request: ChatRequest, dropped: Dropped): Json {
	const { maxOutputTokens, isStream, user } = request;
	const isOwn = request.dialect === dialectName;
	if (!isOwn) dropMembers(request, dropped);
	if (request.n !== 1) dropped.add("n");
	if (request.logprobs !== undefined) dropped.add("logprobs");
	if (request.metadata !== undefined) dropped.add("metadata");
	const maxTokens = maxOutputTokens ?? usualLimit(request.model);
	const { system, messages } = writeTurns(request.messages, dropped);
	const tools = request.tools.map((tool) => writeTool(tool, dropped)).filter((tool) => tool !== undefined);
	const { thinking, effort } = writeThinking(request, maxTokens, dropped);
	const format = writeFormat(request.responseFormat, dropped);
	const isThinking = thinking !== undefined && thinking.type !== "disabled";
	return withoutUndefined({
		model: request.model,
		max_tokens: maxTokens,
		system: system.length > 0 ? system : undefined,
		messages,
		tools: tools.length > 0 ? tools : undefined,
		tool_choice: tools.length > 0 ? writeToolChoice(request) : undefined,
		...writeSampling(request, isThinking, dropped),
		stop_sequences: writeStop(request.stop, dropped),
		thinking,
		output_config: effort === undefined && format === undefined ? undefined : withoutUndefined({ effort, format }),
		metadata: user === undefined ? undefined : { user_id: user },
		stream: isStream || undefined,
		...(isOwn ? request.extensions : {}),
	});
}

function writeTool(tool: Tool, dropped: Dropped): Json | undefined {
	if (dropVendors(tool, dialectName, dropped) === undefined) return undefined;
	const { name, description, parameters, isStrict, opaque, cache } = tool;
	if (opaque?.dialect === dialectName) return opaque.value as Json;
	return withoutUndefined({
		name,
		description,
		input_schema: { type: "object", ...(parameters ?? { properties: {} }) },
		strict: isStrict || undefined,
		cache_control: cache,
	});
}

function writeToolChoice({ toolChoice, mayCallInParallel }: ChatRequest): Json | undefined {
	const single = mayCallInParallel === false ? { disable_parallel_tool_use: true } : {};
	if (toolChoice === undefined) return mayCallInParallel === false ? { type: "auto", ...single } : undefined;
	if (toolChoice.type === "none") return { type: "none" };
	if (toolChoice.type === "tool") return { type: "tool", name: toolChoice.name, ...single };
	return { type: toolChoice.type === "required" ? "any" : "auto", ...single };
}

/** Temperatures end at 1; with one, newer models refuse `top_p`; and models that think take neither. */
function writeSampling({ sampling }: ChatRequest, isThinking: boolean, dropped: Dropped): Json {
	const { temperature, topP, topK, frequencyPenalty, presencePenalty, seed } = sampling;
	const lost = {
		frequencyPenalty: frequencyPenalty !== undefined && frequencyPenalty !== 0,
		presencePenalty: presencePenalty !== undefined && presencePenalty !== 0,
		seed: seed !== undefined,
		temperature: temperature !== undefined && (temperature > 1 || (isThinking && temperature !== 1)),
		topP: topP !== undefined && topP !== 1 && (isThinking || temperature !== undefined),
		topK: topK !== undefined && isThinking,
	};
	for (const [name, isLost] of Object.entries(lost)) if (isLost) dropped.add(name as keyof typeof lost);
	if (isThinking) return {};
	if (temperature !== undefined) return { temperature: Math.min(1, temperature), top_k: topK };
	return { top_p: topP, top_k: topK };
}

/** Anthropic refuses sequences of white space alone. */
function writeStop(stop: readonly string[], dropped: Dropped): string[] | undefined {
	const fit = stop.filter((sequence) => sequence.trim() !== "");
	if (fit.length < stop.length) dropped.add("stop");
	return fit.length > 0 ? fit : undefined;
}

function writeFormat(format: ResponseFormat | undefined, dropped: Dropped): Json | undefined {
	if (format?.type === "schema") return { type: "json_schema", schema: format.schema };
	if (format?.type === "json") dropped.add("responseFormat");
	return undefined;
}
