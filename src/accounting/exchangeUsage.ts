/** A request's usage: as upstreams report it, else estimated from the parts of their answers that came. */

import { sumOfTokens, type TokenCounts, textTokens } from "../chat/tokenCounts.js";
import { sumOfUnits, type UnitCounts, type UsedUnits } from "../chat/usedUnits.js";
import { answersWithText } from "../dialects/answersWithText.js";
import { readUsage } from "../dialects/usageCounts.js";
import { chargedDollars } from "../dialects/usageFacts.js";
import { billedUnits } from "../dialects/usageWords.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Nanodollars } from "../exchange/nanodollars.js";
import type { AttemptUsage, ExchangeUsage } from "../exchange/usage.js";
import { sentModel } from "../settings/sentModel.js";
import type { Attempt } from "../upstream/attempt.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { costOfUse, nanodollarsOf, ownSource, type Price } from "./price.js";
import type { Prices } from "./prices.js";

/** Works out the usage at the first call and remembers it. Call it only once the response is closed. */
export function usageOf(exchange: Exchange, prices: Prices): ExchangeUsage {
	exchange.usage ??= exchange.cached?.isGiven ? ofCache : workOut(exchange, prices);
	return exchange.usage;
}

/** The usage so far, of an answer that has come to its end and whose response is not closed. */
export function usageSoFar(exchange: Exchange, prices: Prices): ExchangeUsage {
	return workOut(exchange, prices);
}

/** An answer of the cache costs nothing. */
const ofCache: ExchangeUsage = { attempts: [], tokens: undefined, isEstimated: false, cost: 0 };

const noUsage: AttemptUsage = { tokens: undefined, isEstimated: false, cost: undefined, reported: undefined };

/** On the hot path; nearly all requests have one attempt, whose usage the upstream reports. */
function workOut(exchange: Exchange, prices: Prices): ExchangeUsage {
	const { attempts, body } = exchange;
	const model = body?.json.model;
	const requestedModel = typeof model === "string" ? model : undefined;
	const usages: AttemptUsage[] = [];
	let areAllReported = true;
	for (const attempt of attempts) {
		const usage = reportedUsage(attempt, exchange);
		usages.push(usage);
		areAllReported &&= usage !== noUsage;
	}
	if (!areAllReported)
		for (const [at, attempt] of attempts.entries())
			if (usages[at] === noUsage && hasBegun(attempt))
				usages[at] = isMeasured(exchange, attempt, { requestedModel, prices })
					? { ...noUsage, reported: attempt.usage }
					: estimateUsage(exchange, attempt, usages);
	let isEstimated = false;
	let cost: Nanodollars | undefined;
	for (let at = 0; at < usages.length; at += 1) {
		const attempt = attempts[at] as Attempt;
		const used = withUnits(usages[at] as AttemptUsage, attempt, exchange);
		const usage = withCost(used, attempt, requestedModel, prices);
		usages[at] = usage;
		isEstimated ||= usage.isEstimated;
		// A sum over the attempts whose cost is known.
		if (usage.cost !== undefined) cost = (cost ?? 0) + usage.cost;
	}
	const own = ownUnitsOf(exchange);
	const units = sumOfUnits(own === undefined ? usages : [{ units: own }, ...usages]);
	return {
		attempts: usages,
		tokens: sumOfTokens(usages),
		units,
		isEstimated,
		cost: own === undefined ? cost : (cost ?? 0),
	};
}

/** No model is asked, also where an upstream is. */
function isServedHere({ operation }: Exchange): boolean {
	return operation !== undefined && operation.upstreamPath === undefined;
}

/** @returns what a request for a file or a batch uses by itself, which nobody bills; undefined for a request to a model */
export function ownUnitsOf(exchange: Exchange): UnitCounts | undefined {
	const { operation, fileBytes } = exchange;
	if (operation?.usage === undefined || !isServedHere(exchange)) return undefined;
	return fileBytes === undefined ? {} : { file_bytes: fileBytes };
}

/** @returns the usage as reported by the upstream, completed with what it left out; `noUsage` if it reported none */
function reportedUsage(attempt: Attempt, exchange: Exchange): AttemptUsage {
	const reported = attempt.usage;
	// A batch that is looked at says what others have used.
	if (reported === undefined || isServedHere(exchange)) return noUsage;
	const { tokens, unknown, isOdd } = readUsage(reported);
	if (isOdd) attempt.noteMiscounted();
	if (tokens === undefined) return noUsage;
	const output =
		tokens.output +
		(answersWithText(exchange.operation?.dialect) ? uncountedOutput(attempt, tokens, unknown === "output") : 0);
	const input = unknown === "input" ? (promptOf(exchange) ?? 0) : tokens.input;
	const isEstimated = output !== tokens.output || input !== tokens.input;
	if (!isEstimated) return { tokens, isEstimated, cost: undefined, reported };
	return { tokens: { ...tokens, input, output }, isEstimated, cost: undefined, reported };
}

/** @returns output tokens that came but are not in the report: some upstreams report with every chunk, some only the prompt's tokens */
function uncountedOutput(attempt: Attempt, { output }: TokenCounts, isUnknown: boolean): number {
	if (isUnknown) return attempt.outputEstimate;
	const { events, outcome } = attempt;
	if (events === undefined) return 0;
	return outcome !== "200" || output < events.pieces ? events.piecesSinceUsage : 0;
}

/** Whether the upstream works on the request: it accepted it, or the request was sent and nobody waited for the response. */
function hasBegun({ head, isSent, isCancelled, fault, reporting }: Attempt): boolean {
	// All that a session uses is reported.
	if (reporting !== undefined) return false;
	if (head !== undefined) return head.status < 300;
	return isSent && (isCancelled || fault?.kind === "silent" || fault?.kind === "final");
}

function estimateUsage(exchange: Exchange, attempt: Attempt, others: readonly AttemptUsage[]): AttemptUsage {
	const input = reportedInput(exchange.attempts, attempt, others) ?? promptOf(exchange);
	// For an operation without a dialect, only an abandoned answer is estimated: others may use no tokens.
	const isUnknown = !isGenerative(exchange) && attempt.head !== undefined && !attempt.isCancelled;
	if (input === undefined || isUnknown) return noUsage;
	const output = answersWithText(exchange.operation?.dialect) ? attempt.outputEstimate : 0;
	return { tokens: textTokens(input, output), isEstimated: true, cost: undefined, reported: attempt.usage };
}

/** Only few operations have units of their own. */
function unitsOf({ operation, body }: Exchange, attempt: Attempt): UsedUnits | undefined {
	if (operation?.dialect?.unitsOf === undefined || body === undefined || !hasBegun(attempt)) return undefined;
	return operation.dialect.unitsOf(body.json, attempt.usage);
}

function withUnits(usage: AttemptUsage, attempt: Attempt, exchange: Exchange): AttemptUsage {
	const used = unitsOf(exchange, attempt);
	return used === undefined ? usage : { ...usage, units: used.counts, unitVariant: used.variant };
}

/** Units measure it, so that no tokens need to be estimated; unless they are what its price is for. */
function isMeasured(exchange: Exchange, attempt: Attempt, { requestedModel, prices }: Pricing): boolean {
	const units = unitsOf(exchange, attempt);
	if (units === undefined) return false;
	const price = priceFor(attempt, requestedModel, prices);
	return price === undefined || costOfUse(price, { tokens: undefined, units }) !== undefined;
}

interface Pricing {
	readonly requestedModel: string | undefined;
	readonly prices: Prices;
}

/** @returns the tokens of a call's prompt as limits have counted them, or an estimate; undefined if there is neither */
function promptOf(exchange: Exchange): number | undefined {
	const tokens = wholePromptOf(exchange);
	return tokens === undefined || exchange.callCount < 2 ? tokens : Math.ceil(tokens / exchange.callCount);
}

function wholePromptOf(exchange: Exchange): number | undefined {
	const { body, promptTokens } = exchange;
	if (promptTokens !== undefined || body === undefined || !isGenerative(exchange)) return promptTokens;
	return estimateTokens(body.outline ?? body.json, body.outline !== undefined);
}

function isGenerative({ operation }: Exchange): boolean {
	return operation?.dialect !== undefined && operation.dialect.usesTokens !== false;
}

/** @returns the input tokens that another attempt's upstream has counted for the same prompt, preferably for the same model */
function reportedInput(
	attempts: readonly Attempt[],
	{ target, isContinuation }: Attempt,
	usages: readonly AttemptUsage[],
): number | undefined {
	let input: number | undefined;
	for (const [at, other] of attempts.entries()) {
		const { tokens, isEstimated } = usages[at] ?? noUsage;
		if (tokens === undefined || isEstimated || isContinuation || other.isContinuation) continue;
		if (other.target.model === target.model) return tokens.input;
		input ??= tokens.input;
	}
	return input;
}

/** The operator's price goes before what the upstream says that it charges, and that before a price list's. */
function withCost(
	usage: AttemptUsage,
	attempt: Attempt,
	requestedModel: string | undefined,
	prices: Prices,
): AttemptUsage {
	const { tokens, units, unitVariant, reported } = usage;
	const charged = reported && chargedDollars(reported);
	if (tokens === undefined && units === undefined && charged === undefined) return usage;
	const { tier } = attempt;
	const price = priceFor(attempt, requestedModel, prices);
	// What is estimated is more than the upstream knew when it said its charge.
	if (charged !== undefined && price?.source !== ownSource && !usage.isEstimated)
		return { tier, costSource: "upstream", ...usage, cost: nanodollarsOf(charged) };
	const used = { tokens: tokens && billed(tokens, reported), units: units && { counts: units, variant: unitVariant } };
	const cost = price && costOfUse(price, used, tier);
	if (price === undefined || cost === undefined) return { tier, ...usage };
	return { tier, costSource: price.source, ...usage, cost };
}

/** Cohere bills less than it counts. */
function billed(tokens: TokenCounts, reported: AttemptUsage["reported"]): TokenCounts {
	const units = reported && billedUnits(reported);
	return units === undefined ? tokens : { ...tokens, ...units };
}

function priceFor(attempt: Attempt, requestedModel: string | undefined, prices: Prices): Price | undefined {
	return prices.priceOf(attempt.target, requestedModel) ?? priceOfAnswer(attempt, requestedModel, prices);
}

/** The price by the model that the answer names: an upstream may choose among models, or use longer names. */
function priceOfAnswer(
	{ target, model }: Attempt,
	requestedModel: string | undefined,
	prices: Prices,
): Price | undefined {
	if (model === undefined || model === sentModel(target, requestedModel)) return undefined;
	return prices.priceOfModel(target.upstream, model);
}
