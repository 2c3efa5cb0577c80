/** How much a model is to think: effort and budget, in Anthropic's words and in the neutral model's. */
import type { ChatRequest, Message, ReasoningRequest } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import type { Dropped } from "./losses.js";

/** Budgets in tokens below which the effort is low, and medium. */
const mediumFrom = 4_000;
const highFrom = 16_000;
const budgetOfEffort: Readonly<Record<string, number>> = { minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384 };
const highestBudget = 32_000;
const leastBudget = 1_024;
/** Left for the answer itself. */
const leastAnswer = 1_024;

/** Models that take a budget, and no effort; later ones find their budget themselves. */
const budgeted = /claude-(3-7|(opus|sonnet|haiku)-4(-[015])?(-\d{8}|-latest|@|$))/;

/** Models that don't think, and refuse to be asked. */
const unthinking = /claude-(2|instant|3-5|3-(opus|sonnet|haiku))/;

export function readThinking({ thinking, output_config: config }: Json): ReasoningRequest | undefined {
	const effort = isObject(config) ? textIn(config.effort) || undefined : undefined;
	if (!isObject(thinking)) return effort === undefined ? undefined : { effort };
	if (thinking.type === "disabled") return { effort: "none" };
	const budgetTokens = typeof thinking.budget_tokens === "number" ? thinking.budget_tokens : undefined;
	return {
		effort: effort ?? effortOf(budgetTokens),
		...(budgetTokens === undefined ? {} : { budgetTokens }),
		isShown: thinking.display !== "omitted",
	};
}

function effortOf(budget: number | undefined): string | undefined {
	if (budget === undefined) return undefined;
	return budget < mediumFrom ? "low" : budget < highFrom ? "medium" : "high";
}

export interface Thinking {
	readonly thinking?: Json | undefined;
	readonly effort?: string | undefined;
}

/** @param maxTokens of the answer with its thinking */
export function writeThinking(request: ChatRequest, maxTokens: number, dropped: Dropped): Thinking {
	const { reasoning, model = "", messages } = request;
	if (reasoning === undefined) return {};
	const { effort, budgetTokens } = reasoning;
	const cannot = unthinking.test(model);
	if (effort === "none") return cannot ? {} : { thinking: { type: "disabled" } };
	const isForced = request.toolChoice?.type === "required" || request.toolChoice?.type === "tool";
	if (cannot || isForced || isInUnsignedLoop(messages)) {
		dropped.add("reasoning");
		return {};
	}
	const budget = budgetTokens ?? budgetOfEffort[effort ?? "medium"] ?? highestBudget;
	if (!budgeted.test(model)) return { thinking: { type: "adaptive" }, effort: writeEffort(effort ?? effortOf(budget)) };
	const fit = Math.min(budget, maxTokens - leastAnswer);
	if (fit >= leastBudget) return { thinking: { type: "enabled", budget_tokens: fit } };
	dropped.add("reasoning");
	return {};
}

function writeEffort(effort: string | undefined): string | undefined {
	return effort === "minimal" ? "low" : effort;
}

/** A tool's result follows a turn whose thinking is not here: Anthropic then refuses to think on. */
function isInUnsignedLoop(messages: readonly Message[]): boolean {
	const last = messages.at(-1);
	if (!last?.parts.some(({ type }) => type === "tool_result")) return false;
	const turn = messages.findLast(({ role }) => role === "assistant");
	return !turn?.parts.some((part) => part.type === "reasoning" && (part.signature ?? part.encrypted) !== undefined);
}
