/** One choice of a streamed chunk, whatever shape its upstream gives it. */

import { functionCallPlace } from "../../chat/event.js";
import { type TextKind, textKinds } from "../../chat/transcript.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { textLengthOf } from "./textLength.js";

export type ReasoningMember = "reasoning_content" | "reasoning";

export interface CallDelta {
	/** The call's index; `functionCallPlace` for a `function_call`. */
	readonly place: number;
	readonly id: string;
	readonly type: string;
	readonly name: string;
	readonly arguments: string;
	/** As it came. */
	readonly given: Json;
}

export interface ChoiceDelta {
	readonly index: number;
	readonly role: string | undefined;
	/** Empty where nothing of the kind is said. */
	readonly texts: Readonly<Record<TextKind, string>>;
	/** Under which names the reasoning stands; some upstreams use both at once. */
	readonly reasoningMembers: readonly ReasoningMember[];
	readonly calls: readonly CallDelta[];
	readonly finishReason: string | undefined;
	readonly hasLogprobs: boolean;
	/** Output of a kind that can't be compared with another answer's: parts, audio, details of reasoning. */
	readonly isOpaque: boolean;
	/** Its content is a list of parts. */
	readonly isInParts: boolean;
}

/** Members of a delta other than its output, in strings or lists of their own. */
const otherMembers = new Set(["role", "id", "object", "name", "obfuscation", "tool_calls", "function_call"]);
const textMembers = new Set<string>(["content", "reasoning", "reasoning_content", "refusal"]);
const reasoningNames = ["reasoning_content", "reasoning"] as const;

/**
 * @param ids of the calls that this choice's chunks have named so far, by their place; what is new is added. Calls are
 * told apart by their index; upstreams that send each call whole may leave it out.
 */
export function readChoice(choice: Json, ids: Map<number, string>): ChoiceDelta {
	const { index, finish_reason: reason } = choice;
	const delta = isObject(choice.delta) ? choice.delta : {};
	const reasoningMembers = reasoningNames.filter((name) => textIn(delta[name]) !== "");
	return {
		index: typeof index === "number" ? index : 0,
		role: textIn(delta.role) || undefined,
		texts: {
			reasoning: reasoningMembers[0] ? textIn(delta[reasoningMembers[0]]) : thoughtsIn(delta.content),
			content: spokenIn(delta.content),
			refusal: textIn(delta.refusal),
			text: textIn(choice.text),
		},
		reasoningMembers,
		calls: readCalls(delta, ids),
		finishReason: textIn(reason) || undefined,
		hasLogprobs: isObject(choice.logprobs),
		isOpaque: isOpaque(delta, choice.text),
		isInParts: listIn(delta.content).length > 0,
	};
}

/** Text, reasoning, a refusal, a call or something that can't be compared; not a finish reason. */
export function hasOutput({ texts, calls, isOpaque }: ChoiceDelta): boolean {
	return calls.length > 0 || isOpaque || textKinds.some((kind) => texts[kind] !== "");
}

/** Mistral's parts of content: texts, and thoughts, which are parts themselves. */
function isWords(part: unknown): boolean {
	return isObject(part) && (part.type === "thinking" || (part.type === "text" && typeof part.text === "string"));
}

/** The text that content holds, which may come in parts. */
export function spokenIn(content: unknown): string {
	if (typeof content === "string") return content;
	return textsIn(listIn(content).filter((part) => isObject(part) && part.type !== "thinking"));
}

/** The thoughts that content in parts holds. */
export function thoughtsIn(content: unknown): string {
	const thoughts = listIn(content).filter((part) => isObject(part) && part.type === "thinking") as Json[];
	return thoughts.map(({ thinking }) => (typeof thinking === "string" ? thinking : textsIn(listIn(thinking)))).join("");
}

function textsIn(parts: readonly unknown[]): string {
	return parts.map((part) => (isObject(part) ? textIn(part.text) : "")).join("");
}

export function listIn(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string {
	return typeof value === "string" ? value : "";
}

function readCalls(delta: Json, ids: Map<number, string>): CallDelta[] {
	const calls = listIn(delta.tool_calls)
		.filter(isObject)
		.map((call) => callDelta(call, call.function, placeOf(call, ids)));
	const { function_call: legacy } = delta;
	return isObject(legacy) ? [...calls, callDelta(legacy, legacy, functionCallPlace)] : calls;
}

function callDelta(given: Json, about: unknown, place: number): CallDelta {
	// `custom` is what a custom tool's call has in place of `function`, with an `input`.
	const named = isObject(about) ? about : isObject(given.custom) ? given.custom : {};
	return {
		place,
		id: textIn(given.id),
		type: textIn(given.type),
		name: textIn(named.name),
		arguments: textIn(named.arguments) || textIn(named.input),
		given,
	};
}

function placeOf({ index, id }: Json, ids: Map<number, string>): number {
	const said = textIn(id);
	if (typeof index === "number") {
		if (said !== "" || !ids.has(index)) ids.set(index, said);
		return index;
	}
	if (said === "") return Math.max(0, ids.size - 1);
	for (const [place, known] of ids) if (known === said) return place;
	ids.set(ids.size, said);
	return ids.size - 1;
}

/** Characters of what `isOpaque` speaks of. */
export function opaqueLength({ delta, text }: Json): number {
	let length = typeof text === "object" ? textLengthOf(text) : 0;
	if (isObject(delta))
		for (const name in delta) if (isOpaqueMember(name, delta[name])) length += textLengthOf(delta[name]);
	return length;
}

function isOpaque(delta: Json, text: unknown): boolean {
	if (isObject(text) || Array.isArray(text)) return true;
	for (const name in delta) if (isOpaqueMember(name, delta[name])) return true;
	return false;
}

function isOpaqueMember(name: string, value: unknown): boolean {
	if (otherMembers.has(name)) return false;
	if (name === "content" && Array.isArray(value)) return !value.every(isWords);
	if (typeof value === "string") return value !== "" && !textMembers.has(name);
	return Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0;
}
