/** Reads whole answers of chat and text completions into the neutral model. */

import type { Citation } from "../../chat/citations.js";
import type { Part } from "../../chat/request.js";
import type { ChatChoice, ChatResponse } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { tokensOf, usageIn } from "../usageCounts.js";
import { readAnnotations, referencesIn, sourcesIn } from "./annotations.js";
import { listIn, spokenIn, textIn, thoughtsIn } from "./choice.js";
import { finishReasonOf } from "./chunkEvents.js";
import { readTokens } from "./logProbabilities.js";
import { mediaIn } from "./media.js";
import { readToolCall } from "./toolCall.js";

export function readWhole(body: Json): ChatResponse {
	const raw = usageIn(body);
	return {
		id: textIn(body.id) || undefined,
		created: typeof body.created === "number" ? body.created : undefined,
		model: textIn(body.model) || undefined,
		choices: withSources(listIn(body.choices).filter(isObject).map(readChoice), sourcesIn(body)),
		usage: raw && { tokens: tokensOf(raw), raw },
	};
}

/** Sources of the whole answer, which many list beside the choices, are the last text's. */
function withSources(choices: readonly ChatChoice[], sources: readonly Citation[]): ChatChoice[] {
	return choices.map((choice) => ({ ...choice, parts: cited(choice.parts, sources) }));
}

function cited(parts: readonly Part[], citations: readonly Citation[]): Part[] {
	const last = parts.findLastIndex(({ type }) => type === "text");
	return parts.map((part, at) =>
		at === last && part.type === "text" && citations.length > 0
			? { ...part, citations: [...(part.citations ?? []), ...citations] }
			: part,
	);
}

function readChoice({ message, text, finish_reason: reason, logprobs }: Json): ChatChoice {
	const vendorReason = textIn(reason);
	const tokens = isObject(logprobs) ? readTokens(logprobs.content) : [];
	return {
		...(tokens.length > 0 ? { logprobs: tokens } : {}),
		parts: isObject(message) ? partsOf(message) : [{ type: "text", text: textIn(text) }],
		finish: vendorReason === "" ? undefined : { reason: finishReasonOf(vendorReason), vendorReason },
	};
}

function partsOf(message: Json): Part[] {
	const { content, refusal, tool_calls: calls, function_call: legacy } = message;
	const reasoning = textIn(message.reasoning_content) || textIn(message.reasoning) || thoughtsIn(content);
	const parts: Part[] = reasoning === "" ? [] : [{ type: "reasoning", text: reasoning }];
	if (typeof content === "string" && content !== "") parts.push({ type: "text", text: content });
	// Mistral cuts its text where it names what that comes from.
	const joined = spokenIn(listIn(content));
	if (joined !== "") parts.push({ type: "text", text: joined });
	if (typeof refusal === "string" && refusal !== "") parts.push({ type: "refusal", text: refusal });
	parts.push(...mediaIn(message));
	for (const call of listIn(calls)) if (isObject(call)) parts.push(readToolCall(call));
	if (isObject(legacy)) parts.push(readToolCall({ function: legacy }));
	return cited(parts, [...readAnnotations(message.annotations), ...referencesIn(content)]);
}
