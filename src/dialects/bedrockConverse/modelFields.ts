/** What Converse has no words for, and each vendor's models take under names of their own (`additionalModelRequestFields`). */
import type { ChatRequest } from "../../chat/request.js";
import type { Dropped as MessagesDropped } from "../anthropicMessages/losses.js";
import { writeThinking } from "../anthropicMessages/thinking.js";
import type { Json } from "../dialect.js";
import { withoutUndefined } from "../openai/members.js";
import type { Dropped } from "./losses.js";
import { isClaude } from "./modelName.js";

/** The bound of an answer with its thinking, where the request has none. All models that think allow it. */
const usualMaxTokens = 32_000;

export interface ModelFields {
	readonly fields: Json;
	/** Claude thinks before it answers. */
	readonly isThinking: boolean;
	/** What the thinking needs, where the request has no bound. */
	readonly maxTokens: number | undefined;
}

export function modelFields(request: ChatRequest, dropped: Dropped): ModelFields {
	const { model = "", sampling, maxOutputTokens } = request;
	if (!isClaude(model)) {
		const fields = { ...othersThinking(request, model, dropped), ...othersTopK(sampling.topK, model, dropped) };
		return { fields, isThinking: false, maxTokens: maxOutputTokens };
	}
	const { thinking, effort } = writeThinking(request, maxOutputTokens ?? usualMaxTokens, dropped as MessagesDropped);
	const isThinking = thinking !== undefined && thinking.type !== "disabled";
	if (isThinking && sampling.topK !== undefined) dropped.add("topK");
	const fields = withoutUndefined({
		thinking,
		output_config: effort === undefined ? undefined : { effort },
		top_k: isThinking ? undefined : sampling.topK,
	});
	return { fields, isThinking, maxTokens: maxOutputTokens ?? (isThinking ? usualMaxTokens : undefined) };
}

/** Efforts that all of them know. */
const words: Readonly<Record<string, string>> = { minimal: "low", low: "low", medium: "medium", high: "high" };

function othersThinking({ reasoning }: ChatRequest, model: string, dropped: Dropped): Json {
	const { effort } = reasoning ?? {};
	if (effort === undefined || effort === "none") return {};
	const word = words[effort] ?? "high";
	if (/openai\.|gpt-oss/i.test(model)) return { reasoning_effort: word };
	if (/nova-2/i.test(model)) return { reasoningConfig: { type: "enabled", maxReasoningEffort: word } };
	dropped.add("reasoning");
	return {};
}

function othersTopK(topK: number | undefined, model: string, dropped: Dropped): Json {
	if (topK === undefined) return {};
	if (/nova/i.test(model)) return { inferenceConfig: { topK } };
	if (/mistral\./i.test(model)) return { top_k: topK };
	if (/cohere\./i.test(model)) return { k: topK };
	dropped.add("topK");
	return {};
}
