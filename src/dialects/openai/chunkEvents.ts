/** The events in one chunk of a streamed completion. */
import type { Citation } from "../../chat/citations.js";
import type { ChatEvent, FinishReason } from "../../chat/event.js";
import type { TokenProbability } from "../../chat/logProbabilities.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { tokensOf, usageIn } from "../usageCounts.js";
import { readAnnotations, referencesIn } from "./annotations.js";
import { type ChoiceDelta, opaqueLength, readChoice } from "./choice.js";
import { readTokens } from "./logProbabilities.js";
import { mediaIn } from "./media.js";

/** The ids of tool calls that were named so far, by choice and place: upstreams that send each call whole may leave indexes out. */
export type CallIds = Map<number, Map<number, string>>;

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
	["stop", "stop"],
	["length", "length"],
	["tool_calls", "tool_calls"],
	["function_call", "tool_calls"],
	["content_filter", "content_filter"],
]);

export function finishReasonOf(vendorReason: string): FinishReason {
	return finishReasons.get(vendorReason) ?? "other";
}

/** @param ids what is new of them is added */
export function eventsOfChunk(chunk: Json, ids: CallIds): ChatEvent[] {
	const events: ChatEvent[] = [];
	addStart(chunk, events);
	if (isObject(chunk.llmgw) && isObject(chunk.llmgw.seam)) events.push(seamOf(chunk.llmgw.seam));
	if (isProgress(chunk)) events.push({ type: "progress" });
	if (Array.isArray(chunk.choices)) {
		for (const choice of chunk.choices) {
			if (!isObject(choice)) continue;
			const index = typeof choice.index === "number" ? choice.index : 0;
			let callIds = ids.get(index);
			if (callIds === undefined) {
				callIds = new Map();
				ids.set(index, callIds);
			}
			addChoice(readChoice(choice, callIds), choice, events);
		}
	}
	const raw = usageIn(chunk);
	if (raw !== undefined) events.push({ type: "usage", tokens: tokensOf(raw), raw, isAlone: isOfCounts(chunk) });
	return events;
}

/** A chunk of token counts, which belongs to no choice. */
export function isOfCounts({ usage, choices }: Json): boolean {
	if (typeof usage !== "object" || usage === null) return false;
	return Array.isArray(choices) ? choices.length === 0 : (choices ?? null) === null;
}

function addStart(chunk: Json, events: ChatEvent[]): void {
	const { id, created, model, system_fingerprint: fingerprint, service_tier: tier } = chunk;
	const start = {
		id: typeof id === "string" && id !== "" ? id : undefined,
		created: typeof created === "number" ? created : undefined,
		model: typeof model === "string" && model !== "" ? model : undefined,
		fingerprint: typeof fingerprint === "string" ? fingerprint : undefined,
		tier: tier ?? undefined,
	};
	if ((start.id ?? start.created ?? start.model ?? start.fingerprint ?? start.tier) !== undefined)
		events.push({ type: "start", ...start });
}

function addChoice(delta: ChoiceDelta, given: Json, events: ChatEvent[]): void {
	const { index: choice, role, texts, reasoningMembers, calls, finishReason, hasLogprobs, isOpaque, isInParts } = delta;
	const form = isInParts ? { isInParts } : {};
	if (role !== undefined) events.push({ type: "role", choice, role });
	if (texts.reasoning !== "")
		events.push({ type: "reasoning", choice, text: texts.reasoning, members: reasoningMembers, ...form });
	if (hasLogprobs) events.push({ type: "logprobs", choice, tokens: tokensIn(given.logprobs) });
	if (texts.content !== "") events.push({ type: "text", choice, text: texts.content, isPlain: false, ...form });
	if (texts.refusal !== "") events.push({ type: "refusal", choice, text: texts.refusal });
	if (texts.text !== "") events.push({ type: "text", choice, text: texts.text, isPlain: true });
	for (const { place, id, type: callType, name, arguments: text } of calls)
		events.push({ type: "tool_call", choice, place, id, callType, name, arguments: text });
	if (isOpaque) {
		for (const citation of citationsIn(given.delta)) events.push({ type: "citation", choice, citation });
		events.push({ type: "opaque", choice, length: opaqueLength(given) });
		for (const part of mediaIn(given.delta)) events.push({ type: "media", choice, part });
	}
	if (finishReason !== undefined)
		events.push({ type: "finish", choice, reason: finishReasonOf(finishReason), vendorReason: finishReason });
}

function tokensIn(logprobs: unknown): TokenProbability[] {
	return isObject(logprobs) ? readTokens(logprobs.content) : [];
}

function citationsIn(delta: unknown): Citation[] {
	return isObject(delta) ? [...readAnnotations(delta.annotations), ...referencesIn(delta.content)] : [];
}

function seamOf({ offset, reasoning_offset: reasoningOffset }: Json): ChatEvent {
	return {
		type: "seam",
		offset: typeof offset === "number" ? offset : undefined,
		reasoningOffset: typeof reasoningOffset === "number" ? reasoningOffset : undefined,
	};
}

/** `prompt_progress` of llama.cpp, `progress` and `….progress` of others. */
function isProgress(chunk: Json): boolean {
	for (const name in chunk) {
		const value = chunk[name];
		if (/progress/i.test(name) && value !== null && value !== undefined) return true;
		if ((name === "type" || name === "object") && typeof value === "string" && /progress/i.test(value)) return true;
	}
	return false;
}
