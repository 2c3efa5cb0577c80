/** Requests of Bedrock's Converse, out of the neutral model. The model stands in the path. */
import type { ChatRequest, ResponseFormat, Tool } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropNames, dropVendors, ownMembersOf } from "../losses.js";
import { withoutUndefined } from "../openai/members.js";
import { limitPoints, pointOf } from "./cachePoints.js";
import type { Dropped } from "./losses.js";
import { writeSystem, writeTurns } from "./messages.js";
import { modelFields } from "./modelFields.js";
import { isClaude, isUnnamed } from "./modelName.js";
import { dialectName } from "./name.js";

/** Converse's own members, which a client may send beside the usual ones. */
const ownMembers = new Set([
	"guardrailConfig",
	"performanceConfig",
	"promptVariables",
	"requestMetadata",
	"serviceTier",
]);

export function writeRequest(request: ChatRequest, dropped: Dropped): Json {
	const { model = "", messages } = request;
	noteLost(request, dropped);
	const { fields, isThinking, maxTokens } = modelFields(request, dropped);
	const { additionalModelRequestFields: given, ...extensions } = request.extensions;
	const additional = { ...fields, ...(isObject(given) ? given : {}) };
	const system = writeSystem(messages, dropped);
	const turns = writeTurns(
		messages,
		{ knowsStatus: isClaude(model) || isUnnamed(model) || /nova/i.test(model) },
		dropped,
	);
	const tools = writeTools(request, dropped);
	const isWhole = limitPoints([tools, system, ...turns.map(({ content }) => content)], model);
	if (!isWhole) dropped.add("cache");
	return withoutUndefined({
		messages: turns,
		system: system.length > 0 ? system : undefined,
		inferenceConfig: withoutUndefined({
			maxTokens,
			...writeSampling(request, isThinking, dropped),
			stopSequences: writeStop(request, dropped),
		}),
		toolConfig:
			tools.length === 0
				? undefined
				: withoutUndefined({ tools, toolChoice: writeToolChoice(request, isThinking, dropped) }),
		outputConfig: writeFormat(request.responseFormat, dropped),
		requestMetadata: request.metadata,
		additionalModelRequestFields: Object.keys(additional).length > 0 ? additional : undefined,
		...ownMembersOf(extensions, ownMembers, dropped),
	});
}

function noteLost(request: ChatRequest, dropped: Dropped): void {
	const { n, user, mayCallInParallel, sampling, logprobs } = request;
	if (n > 1) dropped.add("n");
	if (logprobs !== undefined) dropped.add("logprobs");
	dropNames(request, dropped);
	if (user !== undefined) dropped.add("user");
	if (mayCallInParallel === false) dropped.add("mayCallInParallel");
	if (sampling.seed !== undefined) dropped.add("seed");
	for (const name of ["frequencyPenalty", "presencePenalty"] as const)
		if ((sampling[name] ?? 0) !== 0) dropped.add(name);
}

/** Temperatures end at 1. Claude takes none beside `topP`, and while it thinks neither. */
function writeSampling({ model = "", sampling }: ChatRequest, isThinking: boolean, dropped: Dropped): Json {
	const { temperature, topP } = sampling;
	const isOne = isClaude(model) && temperature !== undefined;
	if (topP !== undefined && (isThinking || isOne)) dropped.add("topP");
	if (temperature !== undefined && (isThinking || temperature > 1)) dropped.add("temperature");
	if (isThinking) return {};
	const fit = temperature === undefined ? undefined : Math.min(1, temperature);
	return isOne ? { temperature: fit } : { temperature: fit, topP };
}

/** Claude refuses sequences of white space alone. */
function writeStop({ model = "", stop }: ChatRequest, dropped: Dropped): readonly string[] | undefined {
	const fit = isClaude(model) ? stop.filter((sequence) => sequence.trim() !== "") : stop;
	if (fit.length < stop.length) dropped.add("stop");
	return fit.length > 0 ? fit : undefined;
}

/** Where calls stand in the history, their tools have to be named, even if none may be called now. */
function writeTools({ tools, toolChoice, messages }: ChatRequest, dropped: Dropped): Json[] {
	const called = new Set(
		messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "tool_call" ? part.name : []))),
	);
	if (toolChoice?.type === "none") {
		if (called.size === 0) return [];
		dropped.add("toolChoice");
	}
	const specs = tools.flatMap((tool) => writeTool(tool, dropped));
	if (specs.length > 0) return specs;
	return [...called].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: "object" } } } }));
}

function writeTool(tool: Tool, dropped: Dropped): Json[] {
	if (dropVendors(tool, dialectName, dropped) === undefined) return [];
	const { name, description, parameters, isStrict } = tool;
	const inputSchema = { json: { type: "object", ...parameters } };
	const spec = { name, description: description || undefined, inputSchema, strict: isStrict ? true : undefined };
	return [{ toolSpec: withoutUndefined(spec) }, ...pointOf(tool)];
}

/** Models that can't be told which tool to call, or that some has to be. */
const unforcible = /(?:^|\.)(?:ai21|cohere|deepseek|meta)\.|titan/i;

function writeToolChoice(
	{ model = "", toolChoice: choice }: ChatRequest,
	isThinking: boolean,
	dropped: Dropped,
): Json | undefined {
	if (choice?.type === "auto") return { auto: {} };
	if (choice === undefined || choice.type === "none") return undefined;
	// A model that thinks chooses its tools itself.
	if (isThinking || unforcible.test(model)) {
		dropped.add("toolChoice");
		return undefined;
	}
	return choice.type === "tool" ? { tool: { name: choice.name } } : { any: {} };
}

function writeFormat(format: ResponseFormat | undefined, dropped: Dropped): Json | undefined {
	if (format?.type === "json") dropped.add("responseFormat");
	if (format?.type !== "schema") return undefined;
	const { name, schema, description } = format;
	const jsonSchema = withoutUndefined({ schema: JSON.stringify(schema), name, description });
	return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}
