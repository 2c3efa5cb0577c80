/** Whole answers of Cohere's chat, into the neutral model. */
import type { FinishReason } from "../../chat/event.js";
import type { Part, ToolCall } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { tokensOf } from "../usageCounts.js";

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

export function readWhole({ id, message, finish_reason: reason, usage }: Json): ChatResponse {
	const vendorReason = textIn(reason);
	return {
		id: textIn(id) || undefined,
		created: undefined,
		model: undefined,
		choices: [
			{
				parts: isObject(message) ? partsOf(message) : [],
				finish: vendorReason === "" ? undefined : { reason: reasonOf(vendorReason), vendorReason },
			},
		],
		usage: isObject(usage) ? { tokens: tokensOf(usage), raw: usage } : undefined,
	};
}

/** The plan for its tools is reasoning: it is said before the calls, and not to the user. */
function partsOf({ content, tool_plan: plan, tool_calls: calls }: Json): Part[] {
	const parts: Part[] = textIn(plan) === "" ? [] : [{ type: "reasoning", text: textIn(plan) }];
	if (typeof content === "string" && content !== "") parts.push({ type: "text", text: content });
	for (const part of listIn(content).filter(isObject)) {
		if (part.type === "thinking") parts.push({ type: "reasoning", text: textIn(part.thinking) });
		else if (textIn(part.text) !== "") parts.push({ type: "text", text: textIn(part.text) });
	}
	return [...parts, ...listIn(calls).filter(isObject).map(readCall)];
}

function readCall({ id, function: called }: Json): ToolCall {
	const { name, arguments: text } = isObject(called) ? called : {};
	return { type: "tool_call", id: textIn(id), callType: "function", name: textIn(name), arguments: textIn(text) };
}
