/** Requests of Gemini's generateContent, into the neutral model. */
import type { ChatRequest, Message, Part, ResponseFormat, Tool, ToolChoice } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import { CallIds } from "../callIds.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { camelOf, memberIn, numberMember, objectMember, objectsMember, textMember } from "./members.js";
import { dialectName } from "./name.js";
import { readParts } from "./parts.js";
import { fromGoogle } from "./schema.js";
import { readThinking } from "./thinking.js";

/** Members that the neutral model has; all others are extensions. `model` and `stream` stand in the path. */
const known = new Set(["model", "stream", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"]);
const knownConfig = new Set([
	"temperature",
	"topP",
	"topK",
	"frequencyPenalty",
	"presencePenalty",
	"seed",
	"maxOutputTokens",
	"stopSequences",
	"candidateCount",
	"responseLogprobs",
	"logprobs",
	"responseMimeType",
	"responseSchema",
	"responseJsonSchema",
	"thinkingConfig",
]);

/** Stands before the name of an extension within `generationConfig`. */
export const configPrefix = "generationConfig.";

/** @param body with the `model` and `stream` of its path */
export function readRequest(body: Json): ChatRequest {
	const config = objectMember(body, "generationConfig");
	const calling = objectMember(objectMember(body, "toolConfig"), "functionCallingConfig");
	const { toolChoice, allowed } = readToolChoice(calling);
	const tools = objectsMember(body, "tools").flatMap(readTools);
	return {
		dialect: dialectName,
		model: textIn(body.model) || undefined,
		messages: readMessages(body),
		tools: allowed === undefined ? tools : tools.filter(({ name }) => allowed.includes(name)),
		toolChoice,
		mayCallInParallel: undefined,
		responseFormat: readFormat(config),
		maxOutputTokens: numberMember(config, "maxOutputTokens"),
		sampling: {
			temperature: numberMember(config, "temperature"),
			topP: numberMember(config, "topP"),
			topK: numberMember(config, "topK"),
			frequencyPenalty: numberMember(config, "frequencyPenalty"),
			presencePenalty: numberMember(config, "presencePenalty"),
			seed: numberMember(config, "seed"),
		},
		stop: listIn(memberIn(config, "stopSequences")).map(textIn),
		reasoning: readThinking(config),
		logprobs:
			memberIn(config, "responseLogprobs") === true ? { top: numberMember(config, "logprobs") ?? 0 } : undefined,
		n: numberMember(config, "candidateCount") ?? 1,
		isStream: body.stream === true,
		// Its streams always end with them.
		wantsUsage: true,
		metadata: undefined,
		user: undefined,
		extensions: Object.fromEntries([...othersIn(body, known, ""), ...othersIn(config, knownConfig, configPrefix)]),
	};
}

function othersIn(json: Json, names: ReadonlySet<string>, prefix: string): [string, unknown][] {
	return Object.entries(json)
		.map(([name, value]): [string, unknown] => [camelOf(name), value])
		.filter(([name]) => !names.has(name))
		.map(([name, value]) => [prefix + name, value]);
}

function readMessages(body: Json): Message[] {
	const ids = new CallIds();
	const instruction = memberIn(body, "systemInstruction");
	const system: Part[] = isObject(instruction)
		? readParts(instruction, ids)
		: textIn(instruction) === ""
			? []
			: [{ type: "text", text: textIn(instruction) }];
	const messages = objectsMember(body, "contents").map((content) => readContent(content, ids));
	return system.length === 0 ? messages : [{ role: "system", parts: system }, ...messages];
}

function readContent(content: Json, ids: CallIds): Message {
	const parts = readParts(content, ids);
	if (content.role === "model") return { role: "assistant", parts };
	if (content.role === "system") return { role: "system", parts };
	const isAllResults = parts.length > 0 && parts.every(({ type }) => type === "tool_result");
	return { role: isAllResults ? "tool" : "user", parts };
}

/** One entry may hold functions, and tools that Google runs, each by a name of its own. */
function readTools(tool: Json): Tool[] {
	return Object.entries(tool).flatMap(([given, value]): Tool[] => {
		if (camelOf(given) === "functionDeclarations") return objectsMember(tool, "functionDeclarations").map(readFunction);
		const opaque = { dialect: dialectName, value: { [given]: value } };
		return [{ name: given, description: undefined, parameters: undefined, opaque }];
	});
}

function readFunction(declaration: Json): Tool {
	const schema = memberIn(declaration, "parametersJsonSchema") ?? memberIn(declaration, "parameters");
	return {
		name: textMember(declaration, "name"),
		description: textMember(declaration, "description") || undefined,
		parameters: isObject(schema) ? fromGoogle(schema) : undefined,
	};
}

interface Calling {
	readonly toolChoice: ToolChoice | undefined;
	/** The functions that may be called; undefined for all. */
	readonly allowed: readonly string[] | undefined;
}

function readToolChoice(calling: Json): Calling {
	const mode = textMember(calling, "mode").toUpperCase();
	const names = listIn(memberIn(calling, "allowedFunctionNames")).map(textIn);
	const allowed = names.length === 0 ? undefined : names;
	const [name] = names;
	switch (mode) {
		case "ANY":
			if (names.length === 1 && name !== undefined) return { toolChoice: { type: "tool", name }, allowed: undefined };
			return { toolChoice: { type: "required" }, allowed };
		case "NONE":
			return { toolChoice: { type: "none" }, allowed: undefined };
		case "AUTO":
		case "VALIDATED":
			return { toolChoice: { type: "auto" }, allowed };
		default:
			return { toolChoice: undefined, allowed: undefined };
	}
}

function readFormat(config: Json): ResponseFormat | undefined {
	const schema = memberIn(config, "responseJsonSchema") ?? memberIn(config, "responseSchema");
	if (isObject(schema)) return { type: "schema", name: "answer", schema: fromGoogle(schema) };
	return textMember(config, "responseMimeType") === "application/json" ? { type: "json" } : undefined;
}
