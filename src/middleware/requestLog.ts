/** `--log-format json`: one line for each request when it is over. Never what was asked or answered, and no credential. */

import { usageOf } from "../accounting/exchangeUsage.js";
import { dollarsOf } from "../accounting/price.js";
import { type TokenCounts, tokensResource } from "../chat/tokenCounts.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Ending } from "../exchange/outcome.js";
import type { ExchangeUsage } from "../exchange/usage.js";
import { secretsIn } from "../keys/credentials.js";
import { isLogged, jsonLine } from "../logging/log.js";
import { type Legible, legibleWithout } from "../logging/verboseText.js";
import type { LogLevel } from "../settings/settings.js";
import type { Attempt } from "../upstream/attempt.js";
import { defineLink, type GatewayContext } from "./link.js";

export const requestLog = defineLink({
	name: "request-log",
	stage: "edge",
	middleware: ({ log, settings, prices }) => {
		const keys = settings.routing.upstreams.flatMap(({ key, headers }) => [key ?? "", ...Object.values(headers)]);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			exchange.onOver((ending) => {
				const level = levelOf(exchange, ending);
				if (!isLogged(level, settings.logLevel)) return;
				const legible = legibleWithout([...keys, ...secretsIn(ctx.req.headers)]);
				log(jsonLine(level, new Date(), "request", describe(ctx, ending, usageOf(exchange, prices), legible)));
			});
			return next();
		};
	},
});

/** Probes and scrapes come all the time, and tell nothing as long as they go well. */
function levelOf({ operation }: Exchange, { status, isBroken }: Ending): LogLevel {
	if (status >= 500 || isBroken) return "error";
	if (status >= 400 && status !== 499) return "warn";
	return operation?.asksPlugins === false ? "debug" : "info";
}

function describe(
	ctx: GatewayContext,
	{ status, isBroken, code, atMs }: Ending,
	{ tokens, units, isEstimated, cost }: ExchangeUsage,
	legible: Legible,
): object {
	const { exchange } = ctx.state;
	const { operation, route, attempts, body, tags } = exchange;
	const chosen = attempts.findLast(({ isChosen }) => isChosen) ?? attempts.at(-1);
	const first = attempts.find(({ isChosen }) => isChosen)?.firstOutputMs;
	const model = body?.json.model;
	const text = (value: string | undefined) => (value === undefined ? undefined : legible(value));
	return {
		request_id: legible(exchange.id),
		method: ctx.method,
		path: legible(ctx.path),
		operation: operation?.id,
		route: route?.name,
		upstream: chosen?.target.upstream,
		model: typeof model === "string" ? legible(model) : undefined,
		response_model: text(chosen?.model),
		status,
		error: text(code),
		broken: isBroken || undefined,
		cached: exchange.cached?.isGiven ? exchange.cached.kind : undefined,
		stream: exchange.answer?.isStream,
		duration_ms: rounded(atMs - exchange.receivedMs),
		first_token_ms: first === undefined ? undefined : rounded(first - exchange.receivedMs),
		attempts: attempts.length === 0 ? undefined : attempts.map((attempt) => describeAttempt(attempt, atMs)),
		tokens: tokens && tokensInLog(tokens),
		units,
		answer: exchange.binaryAnswer && { bytes: exchange.binaryAnswer.bytes, sha256: exchange.binaryAnswer.digest() },
		tokens_estimated: isEstimated || undefined,
		cost: cost === undefined ? undefined : dollarsOf(cost),
		client: legible(exchange.clientAddress),
		key: text(exchange.caller?.keyName),
		tags: Object.keys(tags).length === 0 ? undefined : mapValues(tags, legible),
	};
}

function describeAttempt(attempt: Attempt, atMs: number): object {
	const { target, outcome, startedMs, wholeMs, isRescue, isHedge } = attempt;
	const kind = isRescue ? "rescue" : isHedge ? "hedge" : undefined;
	return { target: target.name, outcome, ms: rounded((wholeMs ?? atMs) - startedMs), kind };
}

function mapValues(tags: Record<string, string>, legible: Legible): Record<string, string> {
	return Object.fromEntries(Object.entries(tags).map(([name, value]) => [legible(name), legible(String(value))]));
}

/** To a tenth of a millisecond. */
function rounded(ms: number): number {
	return Math.round(ms * 10) / 10;
}

/** Kinds that few requests have are left out of those that have none. */
function tokensInLog(tokens: TokenCounts): object {
	const { cache_write, cache_write_1h, image_input, image_output, ...usual } = tokensResource(tokens);
	return {
		...usual,
		cache_write: cache_write || undefined,
		cache_write_1h: cache_write_1h || undefined,
		image_input: image_input || undefined,
		image_output: image_output || undefined,
	};
}
