/**
 * Finds the loop of an agent that calls the same tools with the same arguments turn after turn, in the history that comes with
 * each request. It is read from its end, and no further than the calls are equal, so a history without a loop costs a look at two turns.
 */
import { canonicalJson } from "../json/canonicalJson.js";
import { isObject } from "../json/isObject.js";

type Json = Readonly<Record<string, unknown>>;

export interface EqualCalls {
	/** Turns in a row that end the history. */
	readonly turns: number;
	/** The names of the tools that each of them calls. */
	readonly tools: readonly string[];
}

interface Call {
	readonly tool: string;
	/** Text, or JSON. */
	readonly input: unknown;
}

/**
 * A turn is all that a model has said between two messages of others. A message that a person has written since ends the search: whoever has been
 * told of the loop may go on.
 *
 * @param most more turns are not looked for
 * @returns undefined if the last turn calls no tool
 */
export function equalCallsInRow(body: Json, most: number): EqualCalls | undefined {
	const history = [body.messages, body.input, body.contents].find(Array.isArray) as readonly unknown[] | undefined;
	let last: readonly Call[] | undefined;
	let turns = 0;
	/** What the model said in the turn that is being read, the last first. */
	let said: Json[] = [];
	const closeTurn = (): boolean => {
		if (said.length === 0) return true;
		const turn = said.reverse().flatMap(callsIn);
		last ??= turn;
		if (turn.length === 0 || !isSame(turn, last)) return false;
		turns += 1;
		said = [];
		return turns < most;
	};
	for (let at = (history?.length ?? 0) - 1; at >= 0; at -= 1) {
		const item = history?.[at];
		if (!isObject(item) || isNeutral(item)) continue;
		if (isByModel(item)) said.push(item);
		else if (!closeTurn() || isByPerson(item)) return found(turns, last);
	}
	closeTurn();
	return found(turns, last);
}

function found(turns: number, last: readonly Call[] = []): EqualCalls | undefined {
	return turns === 0 ? undefined : { turns, tools: last.map(({ tool }) => tool) };
}

/** Items of the Responses API that are a model's, besides its messages. */
const ofModel = /^(reasoning|item_reference|compaction.*|.*_call)$/;

function isByModel({ role, type }: Json): boolean {
	return (
		role === "assistant" || role === "model" || (role === undefined && typeof type === "string" && ofModel.test(type))
	);
}

/** Instructions are no part of the conversation. */
function isNeutral({ role }: Json): boolean {
	return role === "system" || role === "developer";
}

function isByPerson({ role, content, parts }: Json): boolean {
	if (role !== "user") return false;
	if (typeof content === "string") return isPersons(content);
	const pieces = [content, parts].find(Array.isArray) as readonly unknown[] | undefined;
	return (pieces ?? []).some((piece) => isObject(piece) && typeof piece.text === "string" && isPersons(piece.text));
}

/** Agents put reminders and the like between tags. */
function isPersons(text: string): boolean {
	return !/^\s*(<[\w-]+|$)/.test(text);
}

function callsIn(item: Json): Call[] {
	const { type, tool_calls: calls, function_call: call, content, parts } = item;
	if (typeof type === "string" && type.endsWith("_call")) return [callOf(item.name ?? type, inputOf(item))];
	const found = Array.isArray(calls) ? calls.flatMap((one) => chatCall(one)) : isObject(call) ? chatCall(call) : [];
	for (const piece of [content, parts].flatMap((list) => (Array.isArray(list) ? list : [])))
		if (isObject(piece)) found.push(...blockCall(piece));
	return found;
}

/** `{function: {name, arguments}}`, `{custom: {name, input}}`, or what is in them. */
function chatCall(call: unknown): Call[] {
	if (!isObject(call)) return [];
	const inner = [call.function, call.custom].find(isObject) ?? call;
	return [callOf(inner.name, inputOf(inner))];
}

/** Anthropic's `tool_use` and its kin, Gemini's `functionCall`, which may be written in either case. */
function blockCall(piece: Json): Call[] {
	const { type, functionCall = piece.function_call } = piece;
	if (isObject(functionCall)) return [callOf(functionCall.name, inputOf(functionCall))];
	return typeof type === "string" && type.endsWith("tool_use") ? [callOf(piece.name, inputOf(piece))] : [];
}

function inputOf({ arguments: text, input, args, action, ...others }: Json): unknown {
	const { id: _id, call_id: _callId, status: _status, ...rest } = others;
	return text ?? input ?? args ?? action ?? rest;
}

function callOf(name: unknown, input: unknown): Call {
	return { tool: typeof name === "string" ? name.slice(0, 128) : "", input };
}

function isSame(one: readonly Call[], other: readonly Call[]): boolean {
	if (one === other) return true;
	if (one.length !== other.length) return false;
	const isEqual = one.every(({ tool, input }, index) => {
		const { tool: otherTool, input: otherInput } = other[index] as Call;
		return tool === otherTool && (input === otherInput || canonical(input) === canonical(otherInput));
	});
	// Calls in parallel have no order.
	return isEqual || (one.length > 1 && inOrder(one) === inOrder(other));
}

function inOrder(calls: readonly Call[]): string {
	const texts = calls.map(({ tool, input }) => JSON.stringify([tool, canonical(input)]));
	return texts.sort().join("\n");
}

/** The same text for the same arguments, whatever their order and spaces; the input itself if it is no JSON, or nested too deeply. */
function canonical(input: unknown): unknown {
	try {
		return canonicalJson(typeof input === "string" ? JSON.parse(input) : input);
	} catch {
		return input;
	}
}
