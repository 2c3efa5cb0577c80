/** The content of a prompt's version. */
import type { components } from "../generated/contract.js";

type Schemas = components["schemas"];

export type PromptMessage = Schemas["ChatMessage"];
export type VariableType = NonNullable<Schemas["PromptVariable"]["type"]>;

/** As a client sends it. */
export interface ContentInput {
	messages: PromptMessage[];
	variables?: Schemas["PromptVariables"];
	parameters?: Schemas["PromptParameters"];
}

export interface PromptVariable {
	type: VariableType;
	description?: string;
	/** The value if a request gives none. */
	default?: unknown;
	required: boolean;
}

/** As it is stored: complete, with the defaults of what a client may leave out. */
export interface PromptContent {
	messages: PromptMessage[];
	variables: Record<string, PromptVariable>;
	parameters: Record<string, unknown>;
}

/** Fills in what a client left out. */
export function completeContent({ messages, variables = {}, parameters = {} }: ContentInput): PromptContent {
	const completed = Object.entries(variables).map(([name, variable]): [string, PromptVariable] => [
		name,
		{
			type: variable.type ?? "string",
			...(variable.description ? { description: variable.description } : {}),
			...(variable.default === undefined ? {} : { default: variable.default }),
			required: variable.required ?? variable.default === undefined,
		},
	]);
	return { messages, variables: Object.fromEntries(completed), parameters };
}

const typeChecks: Record<VariableType, (value: unknown) => boolean> = {
	string: (value) => typeof value === "string",
	number: (value) => Number.isFinite(value),
	integer: (value) => Number.isInteger(value),
	boolean: (value) => typeof value === "boolean",
	array: (value) => Array.isArray(value),
	object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

export function isOfType(value: unknown, type: VariableType): boolean {
	return typeChecks[type](value);
}
