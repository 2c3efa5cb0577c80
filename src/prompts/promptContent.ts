/** What a prompt's version holds. */
import type { components } from "../generated/contract.js";

type Schemas = components["schemas"];

export type PromptMessage = Schemas["ChatMessage"];
export type VariableType = NonNullable<Schemas["PromptVariable"]["type"]>;

/** As a client sends it. */
export interface GivenContent {
	messages: PromptMessage[];
	variables?: Schemas["PromptVariables"];
	parameters?: Schemas["PromptParameters"];
}

export interface PromptVariable {
	type: VariableType;
	description?: string;
	/** Where a request gives no value. */
	default?: unknown;
	required: boolean;
}

/** As it is stored: with all said that a client may leave unsaid. */
export interface PromptContent {
	messages: PromptMessage[];
	variables: Record<string, PromptVariable>;
	parameters: Record<string, unknown>;
}

/** Says what was left unsaid. */
export function wholeContent({ messages, variables = {}, parameters = {} }: GivenContent): PromptContent {
	const whole = Object.entries(variables).map(([name, given]): [string, PromptVariable] => [
		name,
		{
			type: given.type ?? "string",
			...(given.description ? { description: given.description } : {}),
			...(given.default === undefined ? {} : { default: given.default }),
			required: given.required ?? given.default === undefined,
		},
	]);
	return { messages, variables: Object.fromEntries(whole), parameters };
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
