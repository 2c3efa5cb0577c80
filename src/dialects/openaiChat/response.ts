/** Whole answers of OpenAI's chat completions, out of the neutral model. */
import { type PlacedCitation, placedIn } from "../../chat/citations.js";
import { codePoints } from "../../chat/codePoints.js";
import type { FinishReason } from "../../chat/event.js";
import type { Part } from "../../chat/request.js";
import type { ChatResponse } from "../../chat/response.js";
import { type TokenCounts, textTokens } from "../../chat/tokenCounts.js";
import type { Json, WriteContext } from "../dialect.js";
import { writeUrlCitations } from "../openai/annotations.js";
import { writeTokens } from "../openai/logProbabilities.js";
import { writeAudio, writeImages } from "../openai/media.js";
import { writeAnswer } from "./request.js";

export function writeResponse(response: ChatResponse, context: WriteContext): Json {
	const { usage } = response;
	return {
		id: response.id ?? `chatcmpl-${context.requestId}`,
		object: "chat.completion",
		created: response.created ?? context.created,
		model: response.model ?? context.model ?? "",
		choices: response.choices.map(({ parts, finish, logprobs }, index) => ({
			index,
			message: {
				role: "assistant",
				...writeAnswer(parts.filter(isSaid), new Set()),
				refusal: refusalIn(parts),
				...annotationsOf(parts),
				...mediaMembers(parts, context),
			},
			logprobs: logprobs === undefined ? null : { content: writeTokens(logprobs), refusal: null },
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
		prompt_tokens_details: { cached_tokens: cached, ...(written === 0 ? {} : { cache_write_tokens: written }) },
		completion_tokens_details: { reasoning_tokens: reasoning },
	};
}

/**
 * What only another vendor understands, such as a search that it has made, is no part of a message's content; pictures and
 * recordings stand beside it.
 */
function isSaid({ type }: Part): boolean {
	return type !== "opaque" && type !== "image" && type !== "audio";
}

function mediaMembers(parts: readonly Part[], { requestId, created }: WriteContext): Json {
	const images = parts.filter((part) => part.type === "image");
	const audio = parts.find((part) => part.type === "audio");
	return {
		...(images.length > 0 ? { images: writeImages(images) } : {}),
		...(audio === undefined ? {} : { audio: writeAudio(audio, `audio_${requestId}`, created) }),
	};
}

/** Its texts are one. */
function annotationsOf(parts: readonly Part[]): Json {
	const placed: PlacedCitation[] = [];
	let base = 0;
	for (const part of parts) {
		if (part.type !== "text") continue;
		if (part.citations !== undefined) placed.push(...placedIn(part.text, part.citations, base));
		base += codePoints(part.text, part.text.length);
	}
	const annotations = writeUrlCitations(placed);
	return annotations.length > 0 ? { annotations } : {};
}

function refusalIn(parts: readonly Part[]): string | null {
	const texts = parts.filter((part) => part.type === "refusal").map(({ text }) => text);
	return texts.length === 0 ? null : texts.join("");
}
