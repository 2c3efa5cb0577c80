/** What a request has used, by what AI hosts say and, where they could not say it, by what came from them. */
import { sentModel } from "../contract/sentModel.js";
import type { Exchange } from "../exchange.js";
import { generativeOperation } from "../exchangeFacts.js";
import { costOfTokens, type Nanodollars, type Price } from "../pricing/price.js";
import type { Prices } from "../pricing/prices.js";
import type { Attempt } from "../upstream/attempt.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { sumOfTokens, type TokenCounts, textTokens, tokensOf } from "../upstream/tokens.js";

export interface AttemptUsage {
	/** Nothing where the host has done nothing that anybody would bill: it was not reached, or has refused. */
	readonly tokens: TokenCounts | undefined;
	/** They are not the host's word, or not all of them. */
	readonly isEstimated: boolean;
	/** Nothing where no price is known. */
	readonly cost: Nanodollars | undefined;
	/** The host's own usage object. */
	readonly reported: Readonly<Record<string, unknown>> | undefined;
}

export interface ExchangeUsage {
	/** In the order of the exchange's attempts. */
	readonly attempts: readonly AttemptUsage[];
	/** Of all attempts together, each counted once. */
	readonly tokens: TokenCounts | undefined;
	readonly isEstimated: boolean;
	readonly cost: Nanodollars | undefined;
}

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
		const usage = said(attempt);
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
function said(attempt: Attempt): AttemptUsage {
	const reported = attempt.usage;
	const tokens = tokensOf(reported);
	return tokens === undefined ? nothing : withMore(tokens, attempt, reported);
}

/** Some hosts say with each piece what has been used so far; pieces may have come behind the last of those. */
function withMore(
	tokens: TokenCounts,
	{ events, outcome }: Attempt,
	reported: Record<string, unknown> | undefined,
): AttemptUsage {
	const more = outcome === "200" || events === undefined ? 0 : events.piecesSinceUsage;
	if (more === 0) return { tokens, isEstimated: false, cost: undefined, reported };
	return { tokens: { ...tokens, output: tokens.output + more }, isEstimated: true, cost: undefined, reported };
}

/** The host has taken the request, and works on it. */
function hasBegun({ head }: Attempt): boolean {
	return head !== undefined && head.status < 300;
}

function estimated(exchange: Exchange, attempt: Attempt, others: readonly AttemptUsage[]): AttemptUsage {
	const operation = generativeOperation(exchange.operation?.id ?? "");
	const json = exchange.body?.json;
	if (json === undefined || operation === exchange.operation?.id) return nothing;
	const input = reportedInput(exchange.attempts, attempt, others) ?? estimateTokens(json);
	const output = operation === "embeddings" ? 0 : attempt.outputEstimate;
	return { tokens: textTokens(input, output), isEstimated: true, cost: undefined, reported: undefined };
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
