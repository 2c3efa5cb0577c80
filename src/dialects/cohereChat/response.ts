/** Whole answers of Cohere's chat, into the neutral model. */
import type { Citation } from "../../chat/citations.js";
import type { FinishReason } from "../../chat/event.js";
import type { Part, Text, ToolCall } from "../../chat/request.js";
import type { ChatChoice, ChatResponse } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { tokensOf } from "../usageCounts.js";
import { readCitations } from "./citations.js";
import { readTokens } from "./logProbabilities.js";

const reasons: ReadonlyMap<string, FinishReason> = new Map([
	["COMPLETE", "stop"],
	["STOP_SEQUENCE", "stop"],
	["MAX_TOKENS", "length"],
	["TOOL_CALL", "tool_calls"],
	["ERROR_TOXIC", "content_filter"],
]);

export function reasonOf(vendorReason: string): FinishReason {
	return reasons.get(vendorReason) ?? "other";
}

export function readWhole({ id, message, finish_reason: reason, usage, logprobs }: Json): ChatResponse {
	const vendorReason = textIn(reason);
	return {
		id: textIn(id) || undefined,
		created: undefined,
		model: undefined,
		choices: [
			{
				parts: isObject(message) ? partsOf(message) : [],
				...tokensMember(logprobs),
				finish: vendorReason === "" ? undefined : { reason: reasonOf(vendorReason), vendorReason },
			},
		],
		usage: isObject(usage) ? { tokens: tokensOf(usage), raw: usage } : undefined,
	};
}

/** The plan for its tools is reasoning: it is said before the calls, and not to the user. */
function partsOf({ content, tool_plan: plan, tool_calls: calls, citations }: Json): Part[] {
	const parts: Part[] = textIn(plan) === "" ? [] : [{ type: "reasoning", text: textIn(plan) }];
	const said = typeof content === "string" ? [{ text: content }] : listIn(content);
	for (const [at, part] of said.entries()) {
		if (!isObject(part)) continue;
		if (part.type === "thinking") parts.push({ type: "reasoning", text: textIn(part.thinking) });
		else if (textIn(part.text) !== "") parts.push(textOf(textIn(part.text), readCitations(citations, at)));
	}
	return [...parts, ...listIn(calls).filter(isObject).map(readCall)];
}

function textOf(text: string, citations: readonly Citation[]): Text {
	return { type: "text", text, ...(citations.length > 0 ? { citations } : {}) };
}

function tokensMember(logprobs: unknown): Pick<ChatChoice, "logprobs"> {
	const tokens = readTokens(logprobs);
	return tokens.length > 0 ? { logprobs: tokens } : {};
}

function readCall({ id, function: called }: Json): ToolCall {
	const { name, arguments: text } = isObject(called) ? called : {};
	return { type: "tool_call", id: textIn(id), callType: "function", name: textIn(name), arguments: textIn(text) };
}
