/** Rendering: checks a request's values against the prompt's variables and puts them into its texts. */
import { GatewayError } from "../errors/gatewayError.js";
import type { CompiledPrompt } from "./compiledPrompt.js";
import { isOfType, type PromptMessage, type PromptVariable } from "./promptContent.js";

export interface Rendering {
	messages: PromptMessage[];
	parameters: Record<string, unknown>;
}

export interface RenderOptions {
	/** The prompt's name in error messages: `support-reply@3`. */
	name: string;
	/** Path of the values in the request: `prompt.variables`. */
	place: string;
	/** Limit of the rendered texts: a value may occur often, and the result must fit into a body. */
	maxCharacters: number;
}

/** @throws GatewayError 400 that names the variables that are missing, unknown or of the wrong type; 413 if it gets too long */
export function renderPrompt(
	prompt: CompiledPrompt,
	input: Record<string, unknown>,
	options: RenderOptions,
): Rendering {
	const values = textsOf(prompt.variables, input, options);
	if (prompt.characters(values) > options.maxCharacters)
		throw new GatewayError(413, `Prompt ${options.name} with these variables is larger than a body may be.`, {
			code: "body_too_large",
			param: options.place,
		});
	return { messages: prompt.messages(values), parameters: prompt.parameters() };
}

/** @returns each variable's value as text */
function textsOf(
	variables: CompiledPrompt["variables"],
	input: Record<string, unknown>,
	{ name: prompt, place }: RenderOptions,
): Map<string, string> {
	const refuse = (names: string[], code: string, message: string) => {
		return new GatewayError(400, message, { code, param: `${place}.${names[0]}` });
	};
	const unknown = Object.keys(input).filter((name) => !Object.hasOwn(variables, name));
	if (unknown.length > 0)
		throw refuse(
			unknown,
			"unknown_variable",
			`Prompt ${prompt} has no ${listVariables(unknown)}${knownVariables(variables)}.`,
		);
	const hasValue = (name: string) => Object.hasOwn(input, name);
	const missing = Object.keys(variables).filter((name) => variables[name]?.required && !hasValue(name));
	if (missing.length > 0)
		throw refuse(missing, "missing_variable", `Prompt ${prompt} needs the ${listVariables(missing)}.`);
	const texts = new Map<string, string>();
	for (const [name, variable] of Object.entries(variables)) {
		const value = hasValue(name) ? input[name] : variable.default;
		if (hasValue(name) && !isOfType(value, variable.type)) {
			const message = `Invalid type for '${place}.${name}': expected ${variable.type}, got ${kindOf(value)}.`;
			throw refuse([name], "invalid_type", message);
		}
		texts.set(name, textOf(value));
	}
	return texts;
}

/** Strings unchanged; everything else as JSON. */
function textOf(value: PromptVariable["default"]): string {
	if (value === undefined) return "";
	return typeof value === "string" ? value : JSON.stringify(value);
}

function listVariables(names: readonly string[]): string {
	const shown = names.slice(0, 10).map((name) => `'${name.slice(0, 64)}'`);
	const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
	return `variable${names.length === 1 ? "" : "s"} ${shown.join(", ")}${more}`;
}

function knownVariables(variables: CompiledPrompt["variables"]): string {
	const names = Object.keys(variables);
	return names.length === 0 ? "; it takes none" : `; it takes ${names.join(", ")}`;
}

function kindOf(value: unknown): string {
	if (value === null) return "null";
	return Array.isArray(value) ? "array" : typeof value;
}
