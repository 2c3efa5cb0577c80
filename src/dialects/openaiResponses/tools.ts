/** Tools of OpenAI's responses: into the neutral model, and out of it. */
import type { Grammar, Tool } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { dropVendors } from "../losses.js";
import { listIn, textIn } from "../openai/choice.js";
import type { Dropped } from "./losses.js";
import { dialectName } from "./name.js";

export function readTools(tools: readonly unknown[]): Tool[] {
	return tools.filter(isObject).flatMap((tool) => readTool(tool));
}

/** @param group the namespace that the tool stands in */
function readTool(tool: Json, group?: Json): Tool[] {
	const opaque = { dialect: dialectName, value: group ?? tool };
	const namespace = group === undefined ? {} : { namespace: textIn(group.name) };
	switch (tool.type) {
		case "function":
			return [{ ...readFunction(tool), ...namespace, ...(group === undefined ? {} : { opaque }) }];
		case "custom":
			return [
				{
					...namespace,
					name: textIn(tool.name),
					description: textIn(tool.description) || undefined,
					parameters: undefined,
					custom: { grammar: readGrammar(tool.format) },
					opaque,
				},
			];
		case "namespace":
			return listIn(tool.tools)
				.filter(isObject)
				.flatMap((inner) => readTool(inner, tool));
		default:
			return [{ name: textIn(tool.type), description: undefined, parameters: undefined, opaque }];
	}
}

function readFunction({ name, description, parameters, strict }: Json): Tool {
	return {
		name: textIn(name),
		description: textIn(description) || undefined,
		parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
		...(typeof strict === "boolean" ? { isStrict: strict } : {}),
	};
}

function readGrammar(format: unknown): Grammar | undefined {
	if (!isObject(format) || typeof format.definition !== "string") return undefined;
	return { syntax: textIn(format.syntax), definition: format.definition };
}

/** @returns the dialect's tools, those of a namespace together */
export function writeTools(tools: readonly Tool[], dropped: Dropped): unknown[] {
	const written = new Set<unknown>();
	for (const tool of tools) {
		if (dropVendors(tool, dialectName, dropped) === undefined) continue;
		const { name, description, parameters, isStrict, custom, opaque, cache } = tool;
		if (cache !== undefined) dropped.add("cache");
		const described = description === undefined ? {} : { description };
		if (opaque?.dialect === dialectName) written.add(opaque.value);
		else if (custom !== undefined) written.add({ type: "custom", name, ...described, ...writeGrammar(custom.grammar) });
		else
			written.add({
				type: "function",
				name,
				...described,
				parameters: parameters ?? { type: "object", properties: {} },
				// Left out it would mean true.
				strict: isStrict ?? false,
			});
	}
	return [...written];
}

function writeGrammar(grammar: Grammar | undefined): Json {
	return grammar === undefined ? {} : { format: { type: "grammar", ...grammar } };
}
