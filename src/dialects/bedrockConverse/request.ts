/** Requests of Bedrock's Converse, out of the neutral model. The model stands in the path. */
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropVendors, ownMembersOf } from "../losses.js";
import { withoutUndefined } from "../openai/members.js";
import { writeMessages, writeSystem } from "./messages.js";
import { modelFields } from "./modelFields.js";
import { dialectName } from "./name.js";

/** Converse's own members, which a client may send beside the usual ones. */
const ownMembers = new Set([
	"guardrailConfig",
	"performanceConfig",
	"promptVariables",
	"requestMetadata",
	"serviceTier",
]);

export function writeRequest(request: ChatRequest, dropped: Set<string>): Json {
	const { sampling, stop } = request;
	noteLost(request, dropped);
	const { fields, isThinking } = modelFields(request, dropped);
	// A model that thinks takes neither, and chooses its tools itself.
	const { temperature, topP } = isThinking ? {} : sampling;
	if (isThinking)
		for (const name of ["temperature", "topP"] as const) if (sampling[name] !== undefined) dropped.add(name);
	const { additionalModelRequestFields: given, ...extensions } = request.extensions;
	const additional = { ...fields, ...(isObject(given) ? given : {}) };
	const system = writeSystem(request.messages, dropped);
	return withoutUndefined({
		messages: writeMessages(request.messages, dropped),
		system: system.length > 0 ? system : undefined,
		inferenceConfig: withoutUndefined({
			maxTokens: request.maxOutputTokens,
			temperature,
			topP,
			stopSequences: stop.length > 0 ? stop : undefined,
		}),
		toolConfig: writeTools(request, isThinking, dropped),
		outputConfig: writeFormat(request.responseFormat, dropped),
		requestMetadata: request.metadata,
		additionalModelRequestFields: Object.keys(additional).length > 0 ? additional : undefined,
		...ownMembersOf(extensions, ownMembers, dropped),
	});
}

function noteLost(request: ChatRequest, dropped: Set<string>): void {
	const { n, user, mayCallInParallel, sampling } = request;
	if (n > 1) dropped.add("n");
	if (user !== undefined) dropped.add("user");
	if (mayCallInParallel === false) dropped.add("mayCallInParallel");
	for (const name of ["frequencyPenalty", "presencePenalty", "seed"] as const)
		if (sampling[name] !== undefined) dropped.add(name);
}

/** Where calls stand in the history, their tools have to be named, even if none may be called now. */
function writeTools(
	{ tools, toolChoice, messages }: ChatRequest,
	isThinking: boolean,
	dropped: Set<string>,
): Json | undefined {
	const called = new Set(
		messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "tool_call" ? part.name : []))),
	);
	const isForbidden = toolChoice?.type === "none";
	if (isForbidden && called.size === 0) return undefined;
	const specs = tools.map((tool) => writeTool(tool, dropped)).filter((tool) => tool !== undefined);
	if (specs.length === 0)
		for (const name of called) specs.push({ toolSpec: { name, inputSchema: { json: { type: "object" } } } });
	if (specs.length === 0) return undefined;
	if (isForbidden) dropped.add("toolChoice");
	if (isThinking && (toolChoice?.type === "required" || toolChoice?.type === "tool")) dropped.add("toolChoice");
	const choice = isForbidden || isThinking ? undefined : writeToolChoice(toolChoice);
	const isCached = tools.some(({ cache }) => cache !== undefined);
	return withoutUndefined({
		tools: isCached ? [...specs, { cachePoint: { type: "default" } }] : specs,
		toolChoice: choice,
	});
}

function writeTool(tool: Tool, dropped: Set<string>): Json | undefined {
	if (dropVendors(tool, dialectName, dropped) === undefined) return undefined;
	const { name, description, parameters, isStrict } = tool;
	const inputSchema = { json: { type: "object", ...parameters } };
	return { toolSpec: withoutUndefined({ name, description, inputSchema, strict: isStrict ? true : undefined }) };
}

function writeToolChoice(choice: ToolChoice | undefined): Json | undefined {
	switch (choice?.type) {
		case "auto":
			return { auto: {} };
		case "required":
			return { any: {} };
		case "tool":
			return { tool: { name: choice.name } };
		default:
			return undefined;
	}
}

function writeFormat(format: ResponseFormat | undefined, dropped: Set<string>): Json | undefined {
	if (format?.type === "json") dropped.add("responseFormat");
	if (format?.type !== "schema") return undefined;
	const { name, schema, description } = format;
	const jsonSchema = withoutUndefined({ schema: JSON.stringify(schema), name, description });
	return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}
