/** Streams of Cohere's chat, into neutral events. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import type { ObjectReader } from "../jsonEvents.js";
import { textIn } from "../openai/choice.js";
import { textLengthOf } from "../openai/textLength.js";
import { tokensOf } from "../usageCounts.js";
import { readCitations } from "./citations.js";
import { cohereErrors, failureOf } from "./errors.js";
import { readTokens } from "./logProbabilities.js";
import { reasonOf } from "./response.js";

const choice = 0;

export function createReader(): ObjectReader {
	/** Places of calls, by the index that they have in the stream. */
	const places = new Map<unknown, number>();
	return (json) => {
		const delta = isObject(json.delta) ? json.delta : {};
		const message = isObject(delta.message) ? delta.message : {};
		switch (json.type) {
			case "message-start":
				return [
					{ type: "start", id: textIn(json.id) || undefined },
					{ type: "role", choice, role: "assistant" },
				];
			case "content-start": {
				// Places of citations count from the beginning of the part that they name.
				const isText = isObject(message.content) && message.content.type !== "thinking";
				return [...(isText ? [{ type: "block", choice } as const] : []), ...content(message.content)];
			}
			case "content-delta":
				return [...tokens(delta.logprobs ?? json.logprobs), ...content(message.content)];
			case "tool-plan-delta":
				return textIn(message.tool_plan) === "" ? [] : [{ type: "reasoning", choice, text: textIn(message.tool_plan) }];
			case "tool-call-start":
				places.set(json.index, places.size);
				return call(message.tool_calls, places.size - 1);
			case "tool-call-delta":
				return call(message.tool_calls, places.get(json.index) ?? Math.max(0, places.size - 1));
			case "citation-start":
				return [
					...readCitations(message.citations).map((citation): ChatEvent => ({ type: "citation", choice, citation })),
					{ type: "opaque", choice, length: textLengthOf(message.citations) },
				];
			case "message-end":
				return end(delta);
		}
		const error = cohereErrors.read(json, "event");
		return error === undefined ? [] : [{ ...error, type: "error" }];
	};
}

function tokens(logprobs: unknown): ChatEvent[] {
	const read = readTokens(logprobs);
	return read.length === 0 ? [] : [{ type: "logprobs", choice, tokens: read }];
}

function content(part: unknown): ChatEvent[] {
	if (!isObject(part)) return [];
	if (textIn(part.thinking) !== "") return [{ type: "reasoning", choice, text: textIn(part.thinking) }];
	return textIn(part.text) === "" ? [] : [{ type: "text", choice, text: textIn(part.text), isPlain: false }];
}

function call(given: unknown, place: number): ChatEvent[] {
	const { id, function: called } = isObject(given) ? given : {};
	const { name, arguments: text } = isObject(called) ? called : {};
	const named = { id: textIn(id), callType: textIn(id) === "" ? "" : "function", name: textIn(name) };
	return [{ type: "tool_call", choice, place, ...named, arguments: textIn(text) }];
}

function end(delta: Json): ChatEvent[] {
	const failure = failureOf(delta);
	if (failure !== undefined) return [{ ...failure, type: "error" }];
	const { finish_reason: reason, usage } = delta;
	const vendorReason = textIn(reason);
	const events: ChatEvent[] = [{ type: "finish", choice, reason: reasonOf(vendorReason), vendorReason }];
	if (isObject(usage)) events.push({ type: "usage", tokens: tokensOf(usage), raw: usage, isAlone: true });
	return [...events, { type: "end" }];
}
