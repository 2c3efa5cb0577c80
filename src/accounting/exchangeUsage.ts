/** What a request has used, by what AI hosts say and, where they could not say it, by what came from them. */

import { sumOfTokens, type TokenCounts, textTokens } from "../chat/tokenCounts.js";
import { readUsage } from "../dialects/usageCounts.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Nanodollars } from "../exchange/nanodollars.js";
import type { AttemptUsage, ExchangeUsage } from "../exchange/usage.js";
import { sentModel } from "../settings/sentModel.js";
import type { Attempt } from "../upstream/attempt.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { costOfTokens, type Price } from "./price.js";
import type { Prices } from "./prices.js";

/** To be asked when the response is closed; whoever asks first has it worked out for all. */
export function usageOf(exchange: Exchange, prices: Prices): ExchangeUsage {
	exchange.usage ??= workOut(exchange, prices);
	return exchange.usage;
}

const nothing: AttemptUsage = { tokens: undefined, isEstimated: false, cost: undefined, reported: undefined };

/** On the way of every request, of which nearly all have one attempt, and that with a host's word. */
function workOut(exchange: Exchange, prices: Prices): ExchangeUsage {
	const { attempts, body } = exchange;
	const model = body?.json.model;
	const asked = typeof model === "string" ? model : undefined;
	const usages: AttemptUsage[] = [];
	let areAllSaid = true;
	for (const attempt of attempts) {
		const usage = said(attempt, exchange);
		usages.push(usage);
		areAllSaid &&= usage !== nothing;
	}
	if (!areAllSaid)
		for (const [at, attempt] of attempts.entries())
			if (usages[at] === nothing && hasBegun(attempt)) usages[at] = estimated(exchange, attempt, usages);
	let isEstimated = false;
	let cost: Nanodollars | undefined;
	for (let at = 0; at < usages.length; at += 1) {
		const usage = withCost(usages[at] as AttemptUsage, attempts[at] as Attempt, asked, prices);
		usages[at] = usage;
		isEstimated ||= usage.isEstimated;
		// Of those that are known.
		if (usage.cost !== undefined) cost = (cost ?? 0) + usage.cost;
	}
	return { attempts: usages, tokens: sumOfTokens(usages), isEstimated, cost };
}

/** By the host. */
function said(attempt: Attempt, exchange: Exchange): AttemptUsage {
	const reported = attempt.usage;
	if (reported === undefined) return nothing;
	const { tokens, unknown, isOdd } = readUsage(reported);
	if (isOdd) attempt.noteMiscounted();
	if (tokens === undefined) return nothing;
	const output = tokens.output + (says(exchange) ? outputBesides(attempt, tokens, unknown === "output") : 0);
	const input = unknown === "input" ? (promptOf(exchange) ?? 0) : tokens.input;
	const isEstimated = output !== tokens.output || input !== tokens.input;
	if (!isEstimated) return { tokens, isEstimated, cost: undefined, reported };
	return { tokens: { ...tokens, input, output }, isEstimated, cost: undefined, reported };
}

/** What has come, and is not counted: some hosts say with each piece what has been used so far, and some say no more than the prompt's. */
function outputBesides(attempt: Attempt, { output }: TokenCounts, isUnknown: boolean): number {
	if (isUnknown) return attempt.outputEstimate;
	const { events, outcome } = attempt;
	if (events === undefined) return 0;
	return outcome !== "200" || output < events.pieces ? events.piecesSinceUsage : 0;
}

/** The host has taken the request, and works on it; or it was sent it, and nobody has waited for what it would say. */
function hasBegun({ head, isSent, isCancelled, fault }: Attempt): boolean {
	if (head !== undefined) return head.status < 300;
	return isSent && (isCancelled || fault?.kind === "silent" || fault?.kind === "final");
}

function estimated(exchange: Exchange, attempt: Attempt, others: readonly AttemptUsage[]): AttemptUsage {
	const input = reportedInput(exchange.attempts, attempt, others) ?? promptOf(exchange);
	// Of an operation that nothing is known of, only an answer that was left counts: others may use no tokens.
	const isUnknown = !isGenerative(exchange) && attempt.head !== undefined && !attempt.isCancelled;
	if (input === undefined || isUnknown) return nothing;
	const output = says(exchange) ? attempt.outputEstimate : 0;
	return { tokens: textTokens(input, output), isEstimated: true, cost: undefined, reported: attempt.usage };
}

/** Tokens of the prompt, as limits have counted them, or about. */
function promptOf(exchange: Exchange): number | undefined {
	const json = exchange.body?.json;
	return exchange.promptTokens ?? (json && isGenerative(exchange) ? estimateTokens(json) : undefined);
}

/** Its answer is text, which is made of tokens. */
function says({ operation }: Exchange): boolean {
	return operation?.dialect?.stream !== undefined;
}

function isGenerative({ operation }: Exchange): boolean {
	return operation?.dialect !== undefined && operation.dialect.usesTokens !== false;
}

/** Another host was asked the same, at best by the same model, and has counted it. */
function reportedInput(
	attempts: readonly Attempt[],
	{ target, isContinuation }: Attempt,
	usages: readonly AttemptUsage[],
): number | undefined {
	let input: number | undefined;
	for (const [at, other] of attempts.entries()) {
		const { tokens, isEstimated } = usages[at] ?? nothing;
		if (tokens === undefined || isEstimated || isContinuation || other.isContinuation) continue;
		if (other.target.model === target.model) return tokens.input;
		input ??= tokens.input;
	}
	return input;
}

function withCost(usage: AttemptUsage, attempt: Attempt, asked: string | undefined, prices: Prices): AttemptUsage {
	const { tokens } = usage;
	if (tokens === undefined) return usage;
	const { target } = attempt;
	const price = prices.priceOf(target, asked) ?? priceOfAnswer(attempt, asked, prices);
	return price === undefined ? usage : { ...usage, cost: costOfTokens(price, tokens) };
}

/** A host may choose among models, and know them by longer names. */
function priceOfAnswer({ target, model }: Attempt, asked: string | undefined, prices: Prices): Price | undefined {
	if (model === undefined || model === sentModel(target, asked)) return undefined;
	return prices.priceOfModel(target.upstream, model);
}
