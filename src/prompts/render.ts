/** Rendering: a request's values are held against the prompt's variables and put into its texts. */
import { GatewayError } from "../errors/gatewayError.js";
import type { CompiledPrompt } from "./compiledPrompt.js";
import { isOfType, type PromptMessage, type PromptVariable } from "./promptContent.js";

export interface Rendering {
	messages: PromptMessage[];
	parameters: Record<string, unknown>;
}

export interface RenderOptions {
	/** What the prompt is called in messages: `support-reply@3`. */
	name: string;
	/** Where the values stand in the request: `prompt.variables`. */
	place: string;
	/** A value may occur often in a prompt: together they must not be longer than a body may be. */
	maxCharacters: number;
}

/** @throws GatewayError 400 that names the variables that are missing, unknown or of another type; 413. */
export function renderPrompt(
	prompt: CompiledPrompt,
	given: Record<string, unknown>,
	options: RenderOptions,
): Rendering {
	const values = textsOf(prompt.variables, given, options);
	if (prompt.characters(values) > options.maxCharacters)
		throw new GatewayError(413, `Prompt ${options.name} with these variables is larger than a body may be.`, {
			code: "body_too_large",
			param: options.place,
		});
	return { messages: prompt.messages(values), parameters: prompt.parameters() };
}

/** Each variable's value as the text that stands for it. */
function textsOf(
	variables: CompiledPrompt["variables"],
	given: Record<string, unknown>,
	{ name: prompt, place }: RenderOptions,
): Map<string, string> {
	const refuse = (names: string[], code: string, message: string) => {
		return new GatewayError(400, message, { code, param: `${place}.${names[0]}` });
	};
	const unknown = Object.keys(given).filter((name) => !Object.hasOwn(variables, name));
	if (unknown.length > 0)
		throw refuse(unknown, "unknown_variable", `Prompt ${prompt} has no ${listed(unknown)}${known(variables)}.`);
	const isGiven = (name: string) => Object.hasOwn(given, name);
	const missing = Object.keys(variables).filter((name) => variables[name]?.required && !isGiven(name));
	if (missing.length > 0) throw refuse(missing, "missing_variable", `Prompt ${prompt} needs the ${listed(missing)}.`);
	const texts = new Map<string, string>();
	for (const [name, variable] of Object.entries(variables)) {
		const value = isGiven(name) ? given[name] : variable.default;
		if (isGiven(name) && !isOfType(value, variable.type)) {
			const message = `Invalid type for '${place}.${name}': expected ${variable.type}, got ${kindOf(value)}.`;
			throw refuse([name], "invalid_type", message);
		}
		texts.set(name, textOf(value));
	}
	return texts;
}

/** Text as it is; everything else as JSON. */
function textOf(value: PromptVariable["default"]): string {
	if (value === undefined) return "";
	return typeof value === "string" ? value : JSON.stringify(value);
}

function listed(names: readonly string[]): string {
	const shown = names.slice(0, 10).map((name) => `'${name.slice(0, 64)}'`);
	const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
	return `variable${names.length === 1 ? "" : "s"} ${shown.join(", ")}${more}`;
}

function known(variables: CompiledPrompt["variables"]): string {
	const names = Object.keys(variables);
	return names.length === 0 ? "; it takes none" : `; it takes ${names.join(", ")}`;
}

function kindOf(value: unknown): string {
	if (value === null) return "null";
	return Array.isArray(value) ? "array" : typeof value;
}
