/** How much a model is to think, in Gemini's words: a budget in tokens before Gemini 3, and a level since. */
import type { ReasoningRequest } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import type { Dropped } from "./losses.js";
import { memberIn, numberMember, objectMember, textMember } from "./members.js";

/** Budgets in tokens below which the effort is low, and medium. */
const mediumFrom = 4_000;
const highFrom = 16_000;
const budgetOfEffort: Readonly<Record<string, number>> = { minimal: 1_024, low: 2_048, medium: 8_192, high: 24_576 };
const highestBudget = 24_576;
const leastBudgetOfPro = 128;

/** Models that refuse to be told how much to think. */
const thoughtless = /gemini-(1|2\.0)|gemma|learnlm|-image/;
/** Models that take a level. */
const levelled = /gemini-([3-9]|\d\d)/;
const pro = /-pro/;

export function readThinking(config: Json): ReasoningRequest | undefined {
	const thinking = objectMember(config, "thinkingConfig");
	if (Object.keys(thinking).length === 0) return undefined;
	const level = textMember(thinking, "thinkingLevel").toLowerCase();
	const budget = numberMember(thinking, "thinkingBudget");
	const shows = memberIn(thinking, "includeThoughts");
	const isLevel = level !== "" && level !== "thinking_level_unspecified";
	const effort = isLevel ? level : effortOf(budget);
	return {
		...(effort === undefined ? {} : { effort }),
		// -1 leaves it to the model.
		...(budget !== undefined && budget > 0 ? { budgetTokens: budget } : {}),
		...(typeof shows === "boolean" ? { isShown: shows } : {}),
	};
}

function effortOf(budget: number | undefined): string | undefined {
	if (budget === undefined || budget < 0) return undefined;
	if (budget === 0) return "none";
	return budget < mediumFrom ? "low" : budget < highFrom ? "medium" : "high";
}

export function writeThinking(
	reasoning: ReasoningRequest | undefined,
	model: string,
	dropped: Dropped,
): Json | undefined {
	if (reasoning === undefined) return undefined;
	const { effort, budgetTokens, isShown } = reasoning;
	if (thoughtless.test(model)) {
		if (effort !== "none") dropped.add("reasoning");
		return undefined;
	}
	const includeThoughts = effort === "none" ? {} : { includeThoughts: isShown ?? true };
	if (effort === undefined && budgetTokens === undefined) return includeThoughts;
	if (levelled.test(model))
		return { ...includeThoughts, thinkingLevel: levelOf(effort ?? effortOf(budgetTokens), model) };
	const budget = effort === "none" ? 0 : (budgetTokens ?? budgetOfEffort[effort ?? ""] ?? highestBudget);
	// Those models can't leave it.
	const isTooLow = pro.test(model) && budget < leastBudgetOfPro;
	return { ...includeThoughts, thinkingBudget: isTooLow ? leastBudgetOfPro : Math.min(budget, 2 * 16_384) };
}

/** No model of these can leave thinking; the least is `MINIMAL`, and with the large ones `LOW`. */
function levelOf(effort: string | undefined, model: string): string {
	switch (effort) {
		case "none":
		case "minimal":
			return pro.test(model) ? "LOW" : "MINIMAL";
		case "low":
			return "LOW";
		case "medium":
			return "MEDIUM";
		default:
			return "HIGH";
	}
}
