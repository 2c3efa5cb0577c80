/** Whole answers of OpenAI's chat completions, out of the neutral model. */
import type { FinishReason } from "../../chat/event.js";
import type { Part } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { type TokenCounts, textTokens } from "../../chat/tokenCounts.js";
import type { Json, WriteContext } from "../dialect.js";
import { writeAnswer } from "./request.js";

export function writeResponse(response: ChatResponse, context: WriteContext): Json {
	const { usage } = response;
	return {
		id: response.id ?? `chatcmpl-${context.requestId}`,
		object: "chat.completion",
		created: response.created ?? context.created,
		model: response.model ?? context.model ?? "",
		choices: response.choices.map(({ parts, finish }, index) => ({
			index,
			message: { role: "assistant", ...writeAnswer(parts.filter(isSaid), new Set()), refusal: refusalIn(parts) },
			logprobs: null,
			finish_reason: finish === undefined ? null : writeReason(finish.reason),
		})),
		...(usage?.tokens ? { usage: writeUsage(usage.tokens) } : {}),
	};
}

export function writeReason(reason: FinishReason): string {
	return reason === "other" ? "stop" : reason;
}

export function writeUsage(tokens: TokenCounts): Json {
	const { input, output, cached, written, reasoning } = { ...textTokens(0, 0), ...tokens };
	return {
		prompt_tokens: input,
		completion_tokens: output,
		total_tokens: input + output,
		prompt_tokens_details: { cached_tokens: cached, ...(written === undefined ? {} : { cache_write_tokens: written }) },
		completion_tokens_details: { reasoning_tokens: reasoning },
	};
}

/** What only another vendor understands, such as a search that it has made, is no part of a message's content. */
function isSaid(part: Part): boolean {
	return part.type !== "opaque";
}

function refusalIn(parts: readonly Part[]): string | null {
	const texts = parts.filter((part) => part.type === "refusal").map(({ text }) => text);
	return texts.length === 0 ? null : texts.join("");
}
