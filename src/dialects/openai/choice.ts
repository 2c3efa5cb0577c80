/** What one choice of a streamed chunk says, whatever shape its host gives it. */
import { isObject } from "../../json/isObject.js";

export type Json = Record<string, unknown>;

/** `text` is a text completion's; the others are a chat completion's. */
export type TextKind = "reasoning" | "content" | "refusal" | "text";

/** Texts of one delta in the order in which a model says them. */
export const textKinds: readonly TextKind[] = ["reasoning", "content", "refusal", "text"];

export type ReasoningMember = "reasoning_content" | "reasoning";

export interface SaidCall {
	/** The call's index; `functionCallPlace` for a `function_call`. */
	readonly place: number;
	readonly id: string;
	readonly type: string;
	readonly name: string;
	readonly arguments: string;
	/** As it came. */
	readonly given: Json;
}

export interface Said {
	readonly index: number;
	readonly role: string | undefined;
	/** Empty where nothing of the kind is said. */
	readonly texts: Readonly<Record<TextKind, string>>;
	/** Under which names the reasoning stands; some hosts use both at once. */
	readonly reasoningMembers: readonly ReasoningMember[];
	readonly calls: readonly SaidCall[];
	readonly finishReason: string | undefined;
	readonly hasLogprobs: boolean;
	/** Output of a kind that can't be compared with another answer's: parts, audio, details of reasoning. */
	readonly isOpaque: boolean;
}

/** Where the one `function_call` of the time before tool calls is kept among them. */
export const functionCallPlace = -1;

/** What a delta may say beside its output, in strings or lists of its own. */
const otherMembers = new Set(["role", "id", "object", "name", "obfuscation", "tool_calls", "function_call"]);
const textMembers = new Set<string>(["content", "reasoning", "reasoning_content", "refusal"]);
const reasoningNames = ["reasoning_content", "reasoning"] as const;

/**
 * @param ids of the calls that this choice's chunks have named so far, by their place; what is new is added. Calls are
 * told apart by their index; hosts that send each call whole may leave it out.
 */
export function readChoice(choice: Json, ids: Map<number, string>): Said {
	const { index, finish_reason: reason } = choice;
	const delta = isObject(choice.delta) ? choice.delta : {};
	const reasoningMembers = reasoningNames.filter((name) => textIn(delta[name]) !== "");
	return {
		index: typeof index === "number" ? index : 0,
		role: textIn(delta.role) || undefined,
		texts: {
			reasoning: reasoningMembers[0] ? textIn(delta[reasoningMembers[0]]) : "",
			content: textIn(delta.content),
			refusal: textIn(delta.refusal),
			text: textIn(choice.text),
		},
		reasoningMembers,
		calls: readCalls(delta, ids),
		finishReason: textIn(reason) || undefined,
		hasLogprobs: isObject(choice.logprobs),
		isOpaque: isOpaque(delta, choice.text),
	};
}

/** Text, reasoning, a refusal, a call or something that can't be compared; not a finish reason. */
export function hasOutput({ texts, calls, isOpaque }: Said): boolean {
	return calls.length > 0 || isOpaque || textKinds.some((kind) => texts[kind] !== "");
}

export function listIn(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string {
	return typeof value === "string" ? value : "";
}

function readCalls(delta: Json, ids: Map<number, string>): SaidCall[] {
	const calls = listIn(delta.tool_calls)
		.filter(isObject)
		.map((call) => saidCall(call, call.function, placeOf(call, ids)));
	const { function_call: legacy } = delta;
	return isObject(legacy) ? [...calls, saidCall(legacy, legacy, functionCallPlace)] : calls;
}

function saidCall(given: Json, about: unknown, place: number): SaidCall {
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

function isOpaque(delta: Json, text: unknown): boolean {
	if (isObject(text) || Array.isArray(text)) return true;
	for (const name in delta) {
		if (otherMembers.has(name)) continue;
		const value = delta[name];
		if (typeof value === "string") {
			if (value !== "" && !textMembers.has(name)) return true;
		} else if (Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0) return true;
	}
	return false;
}
