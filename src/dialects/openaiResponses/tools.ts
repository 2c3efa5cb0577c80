/**
 * Tools of OpenAI's responses. Upstreams that only know functions are shown custom tools as functions with one text, and
 * the tools of a namespace under flat names; calls of them are folded back.
 */
import type { Tool } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { dialectName } from "./name.js";

/** The one argument of the function that stands for a custom tool. */
const inputName = "input";

export function readTools(tools: readonly unknown[]): Tool[] {
	return tools.filter(isObject).flatMap(readTool);
}

function readTool(tool: Json): Tool[] {
	const opaque = { dialect: dialectName, value: tool };
	switch (tool.type) {
		case "function":
			return [readFunction(tool, textIn(tool.name))];
		case "custom":
			return [
				{ name: textIn(tool.name), description: customDescription(tool), parameters: customParameters(tool), opaque },
			];
		case "namespace": {
			const namespace = textIn(tool.name);
			return listIn(tool.tools)
				.filter(isObject)
				.map((inner) => ({ ...readFunction(inner, flatName(namespace, textIn(inner.name))), opaque }));
		}
		default:
			return [{ name: textIn(tool.type), description: undefined, parameters: undefined, opaque }];
	}
}

function readFunction({ description, parameters, strict }: Json, name: string): Tool {
	return {
		name,
		description: textIn(description) || undefined,
		parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
		...(typeof strict === "boolean" ? { isStrict: strict } : {}),
	};
}

/** A grammar can't be enforced, but it can be read. */
function customDescription({ description, format }: Json): string | undefined {
	const grammar = isObject(format) ? textIn(format.definition) : "";
	const parts = [textIn(description), grammar && `The input must follow this grammar:\n${grammar}`];
	return parts.filter((part) => part !== "").join("\n\n") || undefined;
}

function customParameters({ name }: Json): Json {
	const input = { type: "string", description: `The whole input of ${textIn(name)}, as plain text.` };
	return { type: "object", properties: { [inputName]: input }, required: [inputName], additionalProperties: false };
}

/** A custom tool's input as the arguments of the function that stands for it. */
export function customArguments(input: string): string {
	return JSON.stringify({ [inputName]: input });
}

/** The other way round; arguments of another form as they came. */
export function customInput(text: string): string {
	try {
		const parsed: unknown = JSON.parse(text);
		if (isObject(parsed) && typeof parsed[inputName] === "string") return parsed[inputName];
	} catch {
		// Some models write the input itself.
	}
	return text;
}

export function flatName(namespace: string, name: string): string {
	return namespace === "" ? name : `${namespace}__${name}`;
}

/** What the client knows a tool by. */
export interface OwnTool {
	readonly type: "function" | "custom";
	readonly name: string;
	readonly namespace: string | undefined;
}

/** What a call's flat name stands for. */
export function ownTool(name: string, tools: readonly Tool[]): OwnTool {
	const value = tools.find((tool) => tool.name === name && tool.opaque?.dialect === dialectName)?.opaque?.value;
	if (!isObject(value)) return { type: "function", name, namespace: undefined };
	if (value.type === "custom") return { type: "custom", name, namespace: undefined };
	const namespace = textIn(value.name);
	return { type: "function", name: name.slice(flatName(namespace, "").length), namespace };
}

/** @returns the dialect's tools, those of a namespace together */
export function writeTools(tools: readonly Tool[], dropped: Set<string>): unknown[] {
	const written = new Set<unknown>();
	for (const tool of tools) {
		const { name, description, parameters, isStrict, opaque } = tool;
		if (opaque?.dialect === dialectName) written.add(opaque.value);
		else if (opaque === undefined || parameters !== undefined)
			written.add({
				type: "function",
				name,
				...(description === undefined ? {} : { description }),
				parameters: parameters ?? { type: "object", properties: {} },
				// Left out it would mean true.
				strict: isStrict ?? false,
			});
		else {
			const custom = customOf(opaque.value);
			if (custom === undefined) dropped.add(`tools.${name}`);
			else written.add(custom);
		}
	}
	return [...written];
}

/** A custom tool as chat completions have it. */
function customOf(value: unknown): Json | undefined {
	const custom = isObject(value) && value.type === "custom" && isObject(value.custom) ? value.custom : undefined;
	if (custom === undefined) return undefined;
	const { format } = custom;
	const isNested = isObject(format) && isObject(format.grammar);
	return {
		type: "custom",
		...custom,
		...(isNested ? { format: { type: "grammar", ...(format.grammar as Json) } } : {}),
	};
}
