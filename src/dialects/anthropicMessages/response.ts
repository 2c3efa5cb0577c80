/** Whole answers of Anthropic's Messages: into the neutral model, and out of it. */
import type { FinishReason } from "../../chat/event.js";
import type { Part } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { signedId, splitId } from "../../chat/signedIds.js";
import { type TokenCounts, textTokens } from "../../chat/tokenCounts.js";
import { fitText, type TextForm } from "../../chat/tools/fitting.js";
import { isObject } from "../../json/isObject.js";
import type { Json, WriteContext } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { tokensOf } from "../usageCounts.js";
import { inputOf, readContent } from "./blocks.js";
import { writeCitedText } from "./citations.js";

const reasons: ReadonlyMap<string, FinishReason> = new Map([
	["end_turn", "stop"],
	["stop_sequence", "stop"],
	["max_tokens", "length"],
	["model_context_window_exceeded", "length"],
	["tool_use", "tool_calls"],
	["refusal", "content_filter"],
]);

const words: Readonly<Record<FinishReason, string>> = {
	stop: "end_turn",
	length: "max_tokens",
	tool_calls: "tool_use",
	content_filter: "refusal",
	other: "end_turn",
};

/** What Anthropic takes as the id of a call. */
export const callId: TextForm = { refused: /[^a-zA-Z0-9_-]/g, maxLength: 128 };

/** The id of a call as clients get it; a signature that it carries stays whole, since it comes back to the gateway alone. */
export function answeredId(given: string): string {
	const { id, signature } = splitId(given);
	return signature === undefined ? fitText(given, callId) : signedId(fitText(id, callId), signature);
}

export function reasonOf(vendorReason: string): FinishReason {
	return reasons.get(vendorReason) ?? "other";
}

export function writeReason(reason: FinishReason): string {
	return words[reason];
}

export function readWhole(body: Json): ChatResponse {
	const { usage } = body;
	const vendorReason = textIn(body.stop_reason);
	return {
		id: textIn(body.id) || undefined,
		created: undefined,
		model: textIn(body.model) || undefined,
		choices: [
			{
				parts: readContent(body.content),
				finish: vendorReason === "" ? undefined : { reason: reasonOf(vendorReason), vendorReason },
			},
		],
		usage: isObject(usage) ? { tokens: tokensOf(usage), raw: usage } : undefined,
	};
}

/** Under the model's name that was asked for: clients keep thinking only of answers that bear it. */
export function writeResponse(response: ChatResponse, context: WriteContext): Json {
	const [choice] = response.choices;
	const parts = choice?.parts ?? [];
	const hasCalls = parts.some(({ type }) => type === "tool_call");
	const reason = choice?.finish === undefined ? undefined : writeReason(choice.finish.reason);
	return {
		id: messageId(context.requestId),
		type: "message",
		role: "assistant",
		model: context.model ?? response.model ?? "",
		content: parts.flatMap(writeAnswered),
		stop_reason: reason === "end_turn" && hasCalls ? "tool_use" : (reason ?? null),
		stop_sequence: null,
		usage: writeUsage(response.usage?.tokens),
	};
}

export function messageId(requestId: string): string {
	return `msg_${requestId}`;
}

/** Anthropic's input leaves out what the cache had or was given; others' includes it. */
export function writeUsage(tokens: TokenCounts | undefined): Json {
	const { input, cached, written, writtenForHour, output, reasoning } = tokens ?? textTokens(0, 0);
	return {
		input_tokens: Math.max(0, input - cached - written),
		cache_creation_input_tokens: written,
		cache_read_input_tokens: cached,
		...(written === 0 ? {} : { cache_creation: lifetimes(written, writtenForHour) }),
		output_tokens: output,
		...(reasoning === 0 ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
	};
}

function lifetimes(written: number, forHour: number): Json {
	return { ephemeral_5m_input_tokens: written - forHour, ephemeral_1h_input_tokens: forHour };
}

function writeAnswered(part: Part): Json[] {
	switch (part.type) {
		case "text":
			if (part.citations !== undefined && part.text !== "") return writeCitedText(part.text, part.citations);
			return part.text === "" ? [] : [{ type: "text", text: part.text }];
		case "refusal":
			return part.text === "" ? [] : [{ type: "text", text: part.text }];
		case "reasoning":
			return part.encrypted === undefined
				? [{ type: "thinking", thinking: part.text, signature: part.signature ?? "" }]
				: [{ type: "redacted_thinking", data: part.encrypted }];
		case "tool_call":
			return [{ type: "tool_use", id: answeredId(part.id), name: part.name, input: inputOf(part) }];
		default:
			return [];
	}
}
