/** Items of the Responses API that are about MCP: those the client gets, and what the model is given of them. */
import { isObject } from "../json/isObject.js";
import { newId } from "../store/newId.js";
import type { AllowedServer } from "./allowList.js";
import type { ServerTool } from "./serverConnection.js";

type Json = Record<string, unknown>;

const idLetters = 32;

export function listItem({ label }: AllowedServer): Json {
	return { id: newId("mcpl_", idLetters), type: "mcp_list_tools", server_label: label, tools: [] };
}

export function listedTools(tools: readonly ServerTool[]): Json[] {
	return tools.map(({ name, description, inputSchema, annotations }) => ({
		name,
		description: description ?? null,
		input_schema: inputSchema,
		annotations: annotations ?? null,
	}));
}

/** Of an item that the client gives back. @returns undefined if there are none in it */
export function toolsListed({ tools, error }: Json): ServerTool[] | undefined {
	if ((error ?? undefined) !== undefined || !Array.isArray(tools)) return undefined;
	return tools.filter(isObject).flatMap(({ name, description, input_schema: schema, annotations }) =>
		typeof name === "string"
			? [
					{
						name,
						description: typeof description === "string" ? description : undefined,
						inputSchema: isObject(schema) ? schema : { type: "object" },
						annotations,
					},
				]
			: [],
	);
}

export interface CallFacts {
	readonly label: string;
	readonly tool: string;
	readonly given: string;
	/** Of the request that was approved. */
	readonly approval?: string | undefined;
}

export function callItem({ label, tool, given, approval }: CallFacts): Json {
	return {
		id: newId("mcp_", idLetters),
		type: "mcp_call",
		status: "in_progress",
		approval_request_id: approval ?? null,
		arguments: given,
		error: null,
		name: tool,
		output: null,
		server_label: label,
	};
}

/** How a call has ended. */
export interface CallEnd {
	readonly output: string | undefined;
	readonly error: string | undefined;
}

export function endedCall(item: Json, { output, error }: CallEnd): Json {
	return {
		...item,
		status: error === undefined ? "completed" : "failed",
		output: output ?? null,
		error: error ?? null,
	};
}

export function approvalItem({ label, tool, given }: CallFacts): Json {
	return {
		id: newId("mcpr_", idLetters),
		type: "mcp_approval_request",
		arguments: given,
		name: tool,
		server_label: label,
	};
}

/** A call as the model knows it, with its result. */
export function asFunction(name: string, id: string, given: unknown, output: string): [call: Json, output: Json] {
	return [
		{ type: "function_call", call_id: id, name, arguments: typeof given === "string" ? given : "{}" },
		{ type: "function_call_output", call_id: id, output },
	];
}

export function outputForModel({ output, error }: CallEnd): string {
	return error === undefined ? (output ?? "") : `Error: ${error}`;
}
