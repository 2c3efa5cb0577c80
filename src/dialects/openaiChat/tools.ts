/** Tools of OpenAI's chat completions: into the neutral model, and out of it. */
import type { Grammar, Tool, ToolChoice } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropVendors } from "../losses.js";
import { listIn, textIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";

export interface OfferedTools {
	readonly tools: readonly Tool[];
	readonly toolChoice: ToolChoice | undefined;
}

/** Tools that are not among those allowed are left out. */
export function readTools(body: Json): OfferedTools {
	const tools = [
		...listIn(body.tools).filter(isObject).map(readTool),
		...listIn(body.functions)
			.filter(isObject)
			.map((described) => readTool({ type: "function", function: described })),
	];
	const choice = body.tool_choice ?? body.function_call;
	const allowed = isObject(choice) && isObject(choice.allowed_tools) ? choice.allowed_tools : undefined;
	if (allowed === undefined) return { tools, toolChoice: readToolChoice(choice) };
	const names = namesIn(allowed.tools);
	return { tools: tools.filter(({ name }) => names.has(name)), toolChoice: readToolChoice(allowed.mode ?? "auto") };
}

function readTool(tool: Json): Tool {
	const described = tool.function;
	if (!isObject(described)) {
		const opaque = { dialect: dialectName, value: tool };
		if (isObject(tool.custom)) return { ...readCustom(tool.custom), opaque };
		return { name: textIn(tool.type), description: undefined, parameters: undefined, opaque };
	}
	return {
		name: textIn(described.name),
		description: textIn(described.description) || undefined,
		parameters: isObject(described.parameters) ? described.parameters : undefined,
		...(typeof described.strict === "boolean" ? { isStrict: described.strict } : {}),
		...(isObject(tool.cache_control) ? { cache: tool.cache_control } : {}),
	};
}

function readCustom({ name, description, format }: Json): Tool {
	const grammar = isObject(format) && isObject(format.grammar) ? format.grammar : undefined;
	return {
		name: textIn(name),
		description: textIn(description) || undefined,
		parameters: undefined,
		custom: {
			grammar: grammar && { syntax: textIn(grammar.syntax), definition: textIn(grammar.definition) },
		},
	};
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
	if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
	if (!isObject(choice)) return undefined;
	const named = isObject(choice.function) ? choice.function : isObject(choice.custom) ? choice.custom : choice;
	return typeof named.name === "string" ? { type: "tool", name: named.name } : undefined;
}

function namesIn(choices: unknown): Set<string> {
	return new Set(
		listIn(choices)
			.map(readToolChoice)
			.map((choice) => (choice?.type === "tool" ? choice.name : "")),
	);
}

export function writeTool(tool: Tool, dropped: Dropped): Json | undefined {
	if (dropVendors(tool, dialectName, dropped) === undefined) return undefined;
	const { name, description, parameters, isStrict, custom, opaque, cache } = tool;
	if (opaque?.dialect === dialectName) return opaque.value as Json;
	if (custom !== undefined)
		return { type: "custom", custom: withoutUndefined({ name, description, ...writeGrammar(custom.grammar) }) };
	return {
		type: "function",
		function: withoutUndefined({ name, description, parameters, strict: isStrict }),
		...(cache === undefined ? {} : { cache_control: cache }),
	};
}

function writeGrammar(grammar: Grammar | undefined): Json {
	return grammar === undefined ? {} : { format: { type: "grammar", grammar } };
}

export function writeToolChoice(choice: ToolChoice | undefined, tools: readonly Tool[]): unknown {
	if (choice?.type !== "tool") return choice?.type;
	const { name } = choice;
	const isCustom = tools.some((tool) => tool.name === name && tool.custom !== undefined);
	return isCustom ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
}
