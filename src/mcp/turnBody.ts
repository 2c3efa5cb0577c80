/** The body of one turn's request to the model: the client's, with functions in place of MCP tools. */
import { isObject } from "../json/isObject.js";
import type { AllowedServer } from "./allowList.js";
import type { ToolOffer } from "./toolOffer.js";

type Json = Record<string, unknown>;

const sealed = "reasoning.encrypted_content";

/** What concerns the whole response, and not one turn. */
const leftOut = ["background", "conversation", "max_tool_calls", "stream_options"];

export interface TurnRequest {
	/** The client's. */
	readonly json: Json;
	readonly offer: ToolOffer;
	readonly items: readonly unknown[];
	readonly isStream: boolean;
	readonly isFirst: boolean;
	/** The model is to call no more. */
	readonly isLast: boolean;
	/** Tokens that it has put out before. */
	readonly outputTokens: number;
}

export function turnBody(turn: TurnRequest): Json {
	const { json, offer, items, isStream } = turn;
	const rest = Object.fromEntries(Object.entries(json).filter(([name]) => !leftOut.includes(name)));
	const tools = offer.tools(Array.isArray(json.tools) ? json.tools : []);
	const { tools: _tools, tool_choice: _choice, instructions: _instructions, ...others } = rest;
	const instructions = instructionsOf(turn);
	return {
		...others,
		...(instructions === undefined ? {} : { instructions }),
		input: items,
		...(tools.length === 0 ? {} : { tools, ...choiceOf(turn) }),
		...limitOf(turn),
		include: includeOf(json.include),
		store: false,
		stream: isStream,
	};
}

/** What the client wants called is called once, or the model would never answer. */
function choiceOf({ json, offer, isFirst, isLast }: TurnRequest): Json {
	if (isLast) return { tool_choice: "none" };
	const choice = offer.choice(json.tool_choice);
	if ((choice ?? undefined) === undefined) return {};
	if (isFirst || !isForced(choice)) return { tool_choice: choice };
	const isAmong = isObject(choice) && choice.type === "allowed_tools";
	return { tool_choice: isAmong ? { ...choice, mode: "auto" } : "auto" };
}

function isForced(choice: unknown): boolean {
	if (!isObject(choice)) return choice === "required";
	return choice.type !== "allowed_tools" || choice.mode === "required";
}

function limitOf({ json: { max_output_tokens: most }, outputTokens }: TurnRequest): Json {
	return typeof most === "number" ? { max_output_tokens: Math.max(1, most - outputTokens) } : {};
}

/** Reasoning goes back to the model with what it has called. */
function includeOf(given: unknown): unknown[] {
	const include: unknown[] = Array.isArray(given) ? given : [];
	return include.includes(sealed) ? include : [...include, sealed];
}

/** What the client says of its servers stands after its own instructions. */
function instructionsOf({ json: { instructions }, offer }: TurnRequest): unknown {
	const servers = new Map<AllowedServer, string[]>();
	for (const { server, functionName } of offer.all)
		if (server.description !== undefined) servers.set(server, [...(servers.get(server) ?? []), functionName]);
	if (servers.size === 0) return instructions ?? undefined;
	const described = [...servers].map(([{ description }, names]) => `Of the tools ${names.join(", ")}: ${description}`);
	return [typeof instructions === "string" ? instructions : "", ...described]
		.filter((text) => text !== "")
		.join("\n\n");
}
