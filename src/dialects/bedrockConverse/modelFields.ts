/** What Converse has no words for, and each vendor's models take under names of their own. */
import type { ChatRequest } from "../../chat/request.js";
import type { Json } from "../dialect.js";

/** Tokens to think with, by effort; Claude takes no fewer than the first. */
const leastBudget = 1024;
const budgets: Readonly<Record<string, number>> = { low: 2048, medium: 8192, high: 16384 };
const usualBudget = 16384;

export interface ModelFields {
	readonly fields: Json;
	/** The model thinks before it answers. */
	readonly isThinking: boolean;
}

export function modelFields(request: ChatRequest, dropped: Set<string>): ModelFields {
	const model = request.model ?? "";
	const { topK } = request.sampling;
	const isClaude = /anthropic|claude/i.test(model);
	const thinking = isClaude ? claudeThinking(request) : othersThinking(request, model, dropped);
	const isThinking = isClaude && Object.keys(thinking).length > 0;
	const takesTopK = isClaude && !isThinking;
	if (topK !== undefined && !takesTopK) dropped.add("topK");
	return { fields: { ...thinking, ...(topK !== undefined && takesTopK ? { top_k: topK } : {}) }, isThinking };
}

/** The budget has to leave room for the answer. */
function claudeThinking({ reasoning, maxOutputTokens }: ChatRequest): Json {
	const { effort, budgetTokens } = reasoning ?? {};
	if (effort === "none" || effort === "minimal") return {};
	if (effort === undefined && budgetTokens === undefined) return {};
	const wanted = budgetTokens ?? budgets[effort ?? ""] ?? usualBudget;
	const budget = Math.max(leastBudget, Math.min(wanted, (maxOutputTokens ?? Number.POSITIVE_INFINITY) - 1));
	if (maxOutputTokens !== undefined && maxOutputTokens <= leastBudget) return {};
	return { thinking: { type: "enabled", budget_tokens: budget } };
}

function othersThinking({ reasoning }: ChatRequest, model: string, dropped: Set<string>): Json {
	const { effort } = reasoning ?? {};
	if (effort === undefined || effort === "none") return {};
	const word = effort === "minimal" ? "low" : effort in budgets ? effort : "high";
	if (/openai\.|gpt-oss/i.test(model)) return { reasoning_effort: word };
	if (/nova-2/i.test(model)) return { reasoningConfig: { type: "enabled", maxReasoningEffort: word } };
	dropped.add("reasoning");
	return {};
}
