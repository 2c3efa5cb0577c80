/** Reads whole answers of chat and text completions into the neutral model. */

import type { Part } from "../../chat/request.js";
import type { ChatChoice, ChatResponse } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { tokensOf, usageIn } from "../usageCounts.js";
import { listIn, textIn, thoughtsIn } from "./choice.js";
import { finishReasonOf } from "./chunkEvents.js";
import { readToolCall } from "./toolCall.js";

export function readWhole(body: Json): ChatResponse {
	const raw = usageIn(body);
	return {
		id: textIn(body.id) || undefined,
		created: typeof body.created === "number" ? body.created : undefined,
		model: textIn(body.model) || undefined,
		choices: listIn(body.choices).filter(isObject).map(readChoice),
		usage: raw && { tokens: tokensOf(raw), raw },
	};
}

function readChoice({ message, text, finish_reason: reason }: Json): ChatChoice {
	const vendorReason = textIn(reason);
	return {
		parts: isObject(message) ? partsOf(message) : [{ type: "text", text: textIn(text) }],
		finish: vendorReason === "" ? undefined : { reason: finishReasonOf(vendorReason), vendorReason },
	};
}

function partsOf(message: Json): Part[] {
	const { content, refusal, tool_calls: calls, function_call: legacy } = message;
	const reasoning = textIn(message.reasoning_content) || textIn(message.reasoning) || thoughtsIn(content);
	const parts: Part[] = reasoning === "" ? [] : [{ type: "reasoning", text: reasoning }];
	if (typeof content === "string" && content !== "") parts.push({ type: "text", text: content });
	for (const part of listIn(content))
		if (isObject(part) && typeof part.text === "string") parts.push({ type: "text", text: part.text });
	if (typeof refusal === "string" && refusal !== "") parts.push({ type: "refusal", text: refusal });
	for (const call of listIn(calls)) if (isObject(call)) parts.push(readToolCall(call));
	if (isObject(legacy)) parts.push(readToolCall({ function: legacy }));
	return parts;
}
