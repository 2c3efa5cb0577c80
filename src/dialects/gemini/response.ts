/** Whole answers of Gemini's generateContent: into the neutral model, and out of it. */
import { randomBytes } from "node:crypto";
import { placedIn } from "../../chat/citations.js";
import type { FinishReason } from "../../chat/event.js";
import type { Part, Reasoning, ToolCall } from "../../chat/request.js";
import type { ChatChoice, ChatResponse } from "../../chat/response.js";
import type { TokenCounts } from "../../chat/tokenCounts.js";
import { isObject } from "../../json/isObject.js";
import { argumentsOf } from "../callArguments.js";
import { CallIds } from "../callIds.js";
import type { Json, WriteContext } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { sealOfCall } from "../sealedReasoning.js";
import { tokensOf } from "../usageCounts.js";
import { type CitedPart, readGrounding, textOfParts, writeGrounding } from "./grounding.js";
import { readTokens, writeTokens } from "./logProbabilities.js";
import { readParts, writeAudio } from "./parts.js";

const reasons: ReadonlyMap<string, FinishReason> = new Map([
	["STOP", "stop"],
	["MAX_TOKENS", "length"],
	["SAFETY", "content_filter"],
	["RECITATION", "content_filter"],
	["BLOCKLIST", "content_filter"],
	["PROHIBITED_CONTENT", "content_filter"],
	["SPII", "content_filter"],
	["MODEL_ARMOR", "content_filter"],
	["IMAGE_SAFETY", "content_filter"],
	["IMAGE_PROHIBITED_CONTENT", "content_filter"],
	["IMAGE_RECITATION", "content_filter"],
]);

const words: Readonly<Record<FinishReason, string>> = {
	stop: "STOP",
	length: "MAX_TOKENS",
	tool_calls: "STOP",
	content_filter: "SAFETY",
	other: "OTHER",
};

/** @returns undefined while nothing has ended */
export function finishOf(vendorReason: string, hasCalls: boolean): ChatChoice["finish"] {
	if (vendorReason === "" || vendorReason === "FINISH_REASON_UNSPECIFIED") return undefined;
	const reason = reasons.get(vendorReason) ?? "other";
	return { reason: reason === "stop" && hasCalls ? "tool_calls" : reason, vendorReason };
}

export function writeReason(reason: FinishReason): string {
	return words[reason];
}

/** Why a prompt was not answered at all; empty if it was. */
export function blockReasonOf({ promptFeedback }: Json): string {
	return isObject(promptFeedback) ? textIn(promptFeedback.blockReason) : "";
}

/** For a call that has none. It has to differ from those of other turns, which stand beside it in later requests. */
export function newCallId(): string {
	return `call_${randomBytes(12).toString("hex")}`;
}

export function readWhole(body: Json): ChatResponse {
	const { usageMetadata: usage } = body;
	const candidates = listIn(body.candidates).filter(isObject);
	const blocked = blockReasonOf(body);
	const choices = candidates.map(readCandidate);
	if (choices.length === 0 && blocked !== "")
		choices.push({ parts: [], finish: { reason: "content_filter", vendorReason: blocked } });
	return {
		id: textIn(body.responseId) || undefined,
		created: createdIn(body),
		model: textIn(body.modelVersion) || undefined,
		choices,
		usage: isObject(usage) ? { tokens: tokensOf(usage), raw: usage } : undefined,
	};
}

/** Seconds since 1970. */
export function createdIn({ createTime }: Json): number | undefined {
	const ms = Date.parse(textIn(createTime));
	return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

function readCandidate(candidate: Json): ChatChoice {
	const { content, finishReason } = candidate;
	const parts = isObject(content) ? readParts(content, new CallIds(newCallId)) : [];
	const hasCalls = parts.some(({ type }) => type === "tool_call");
	const logprobs = readTokens(candidate);
	return {
		parts: withCitations(parts, candidate),
		finish: finishOf(textIn(finishReason), hasCalls),
		...(logprobs.length > 0 ? { logprobs } : {}),
	};
}

function withCitations(parts: readonly Part[], candidate: Json): Part[] {
	const grounded = readGrounding(candidate, textOfParts(candidate.content));
	if (grounded.length === 0) return [...parts];
	let texts = 0;
	return parts.map((part) => {
		if (part.type !== "text") return part;
		const citations = grounded.filter(({ index }) => index === texts).map(({ citation }) => citation);
		texts += 1;
		return citations.length > 0 ? { ...part, citations } : part;
	});
}

export function writeResponse(response: ChatResponse, context: WriteContext): Json {
	return {
		candidates: response.choices.map(({ parts, finish, logprobs = [] }, index) => ({
			...contentOf(parts),
			...(finish === undefined ? {} : { finishReason: writeReason(finish.reason) }),
			index,
			...writeTokens(logprobs),
		})),
		...usageMember(response.usage?.tokens),
		modelVersion: response.model ?? context.model ?? "",
		responseId: response.id ?? context.requestId,
	};
}

export function usageMember(tokens: TokenCounts | undefined): Json {
	return tokens === undefined ? {} : { usageMetadata: writeUsage(tokens) };
}

/** Google's candidates leave out the thoughts; others' output includes them. */
export function writeUsage({ input, cached, output, reasoning }: TokenCounts): Json {
	return {
		promptTokenCount: input,
		...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
		candidatesTokenCount: Math.max(0, output - reasoning),
		...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
		totalTokenCount: input + output,
	};
}

/**
 * The content, and where it comes from. Reasoning stands in its place, and is carried by the first call after it as well:
 * Google's clients give back only that.
 */
function contentOf(parts: readonly Part[]): Json {
	let thoughts: Reasoning[] = [];
	const written: Json[] = [];
	const cited: CitedPart[] = [];
	for (const part of parts) {
		if (part.type === "reasoning") thoughts.push(part);
		const carried = part.type === "tool_call" ? carrying(part, thoughts) : part;
		if (part.type === "tool_call") thoughts = [];
		const answered = writeAnswered(carried);
		if (answered === undefined) continue;
		if (part.type === "text" && part.citations !== undefined)
			cited.push({ index: written.length, text: part.text, citations: placedIn(part.text, part.citations) });
		written.push(answered);
	}
	return { content: { parts: written, role: "model" }, ...writeGrounding(cited) };
}

/** A call with the sealed reasoning before it, unless its vendor has signed it. */
export function carrying(call: ToolCall, thoughts: readonly Reasoning[]): ToolCall {
	const seal = call.signature === undefined ? sealOfCall(thoughts) : undefined;
	return seal === undefined ? call : { ...call, signature: seal };
}

/** A part of an answer; undefined for what only another vendor understands. */
export function writeAnswered(part: Part): Json | undefined {
	const signed = "signature" in part && part.signature !== undefined ? { thoughtSignature: part.signature } : {};
	switch (part.type) {
		case "text":
		case "refusal":
			return part.text === "" ? undefined : { text: part.text };
		case "reasoning":
			return part.text === "" && part.signature === undefined
				? undefined
				: { text: part.text, thought: true, ...signed };
		case "tool_call": {
			const id = part.id === "" ? {} : { id: part.id };
			return { functionCall: { ...id, name: part.name, args: argumentsOf(part) }, ...signed };
		}
		case "image":
			return "data" in part.source
				? { inlineData: { mimeType: part.source.mediaType, data: part.source.data } }
				: undefined;
		case "audio":
			return writeAudio(part);
		default:
			return undefined;
	}
}
