/** Whole answers of Bedrock's Converse, into the neutral model. */
import type { FinishReason } from "../../chat/event.js";
import type { Part } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { tokensOf } from "../usageCounts.js";
import { readCitedText } from "./citations.js";

const reasons: ReadonlyMap<string, FinishReason> = new Map([
	["end_turn", "stop"],
	["stop_sequence", "stop"],
	["max_tokens", "length"],
	["model_context_window_exceeded", "length"],
	["tool_use", "tool_calls"],
	["guardrail_intervened", "content_filter"],
	["content_filtered", "content_filter"],
]);

export function reasonOf(vendorReason: string): FinishReason {
	return reasons.get(vendorReason) ?? "other";
}

export function readWhole({ output, stopReason, usage }: Json): ChatResponse {
	const vendorReason = textIn(stopReason);
	const message = isObject(output) && isObject(output.message) ? output.message : {};
	return {
		id: undefined,
		created: undefined,
		model: undefined,
		choices: [
			{
				parts: listIn(message.content).filter(isObject).flatMap(partsOf),
				finish: vendorReason === "" ? undefined : { reason: reasonOf(vendorReason), vendorReason },
			},
		],
		usage: isObject(usage) ? { tokens: tokensOf(usage), raw: usage } : undefined,
	};
}

function partsOf({ text, toolUse, reasoningContent, citationsContent }: Json): Part[] {
	if (typeof text === "string") return text === "" ? [] : [{ type: "text", text }];
	if (isObject(reasoningContent)) return [reasoningOf(reasoningContent)];
	if (isObject(citationsContent)) return [readCitedText(citationsContent)];
	// One that Bedrock has run itself says so.
	if (!isObject(toolUse) || toolUse.type === "server_tool_use") return [];
	const { toolUseId, name, input } = toolUse;
	const call = { id: textIn(toolUseId), name: textIn(name), arguments: JSON.stringify(input ?? {}) };
	return [{ type: "tool_call", callType: "function", ...call }];
}

function reasoningOf({ reasoningText, redactedContent }: Json): Part {
	if (typeof redactedContent === "string") return { type: "reasoning", text: "", encrypted: redactedContent };
	const { text, signature } = isObject(reasoningText) ? reasoningText : {};
	return { type: "reasoning", text: textIn(text), signature: textIn(signature) || undefined };
}
