/** The usage record of a finished request. */

import type { Exchange } from "../exchange/exchange.js";
import type { Ending } from "../exchange/outcome.js";
import type { AttemptUsage, ExchangeUsage } from "../exchange/usage.js";
import { sessionIdOf } from "../sessions/sessionId.js";
import { sentModel } from "../settings/sentModel.js";
import { newTimedId } from "../store/newId.js";
import type { Metadata } from "../store/page.js";
import type { UsageAttempt, UsageOutcome, UsageRecord } from "../store/usageTypes.js";
import type { Attempt } from "../upstream/attempt.js";
import { kindOf, outcomeOf } from "./attemptKind.js";
import { ownUnitsOf } from "./exchangeUsage.js";

/** Limits of tags and metadata together; longer names and values are cut. */
const maxTags = 16;
const maxNameLength = 64;
const maxValueLength = 256;
/** Limit of names, such as models', that clients and upstreams choose. */
const maxTextLength = 128;
/** Limit of a tag's value by which sums are kept. */
const maxSummedLength = 64;

/** Whether a request is recorded: not if its caller was refused, since anybody can send such requests, nor if it got another request's answer. */
export function leavesRecord({ operation, attempts, caller, isReplay }: Exchange, { status }: Ending): boolean {
	if (operation?.usage === undefined || isReplay) return false;
	if (attempts.length > 0) return true;
	return status !== 401 && (status !== 403 || caller !== undefined);
}

/** @param summed names of the tags by which sums are kept */
export function usageRecord(
	exchange: Exchange,
	ending: Ending,
	used: ExchangeUsage,
	summed: readonly string[],
): UsageRecord {
	const { operation, caller, route, attempts, body, receivedMs } = exchange;
	const answering = attempts.findLast(({ isChosen }) => isChosen) ?? attempts.at(-1);
	const first = attempts.find(({ isChosen }) => isChosen)?.firstOutputMs;
	const tags = tagsOf(exchange);
	const session = exchange.facts?.session;
	const { keyId = null } = caller ?? {};
	return {
		id: usageIdOf(exchange),
		createdAt: Math.floor(exchange.receivedAt / 1000),
		requestId: cut(exchange.id),
		operation: operation?.id ?? "",
		keyId,
		keyName: caller?.keyName ?? null,
		team: caller?.team ?? null,
		organisation: caller?.organisation ?? null,
		route: route?.name ?? null,
		session: session === undefined ? null : { id: sessionIdOf(keyId, session.id), name: session.id },
		agent: exchange.facts?.agent ?? null,
		subagent: session?.subagent ?? null,
		// An alias is the model behind it. A session without a name for it has the upstream's.
		model: textOf(exchange.model ?? body?.json.model ?? answering?.reporting?.model),
		responseModel: textOf(answering?.model ?? exchange.cached?.model),
		upstream: answering?.target.upstream ?? null,
		isStream: body?.json.stream === true,
		status: ending.status,
		outcome: outcomeOfRequest(exchange, ending),
		errorCode: ending.code ?? null,
		tokens: used.tokens ?? null,
		units: used.units ?? null,
		ownUnits: ownUnitsOf(exchange) ?? null,
		isEstimated: used.isEstimated,
		cost: used.cost ?? null,
		durationMs: roundToTenths(ending.atMs - receivedMs),
		firstTokenMs: first === undefined ? null : roundToTenths(first - receivedMs),
		attempts: attempts.map((attempt, at) =>
			attemptRecord(attempt, kindOf(attempts, at), used.attempts[at], ending, body?.json.model),
		),
		cached: cachedUse(exchange),
		tags,
		summedTags: summed.length === 0 ? noTags : summedOf(tags, summed),
	};
}

/** The same for all that is written of a request. */
export function usageIdOf(exchange: Exchange): string {
	exchange.usageId ??= newTimedId("usage_", 24);
	return exchange.usageId;
}

const noTags: Metadata = {};

function cachedUse({ cached }: Exchange): UsageRecord["cached"] {
	if (!cached?.isGiven) return null;
	return { kind: cached.kind, saved: cached.saved ?? null, similarity: cached.similarity ?? null };
}

function outcomeOfRequest({ attempts }: Exchange, { status, isBroken, code }: Ending): UsageOutcome {
	if (code === "client_closed" || code === "response_cancelled") return "cancelled";
	if (status < 400 && !isBroken) return "completed";
	// An open breaker or an unavailable store is not the request's fault.
	return attempts.length === 0 && status < 500 ? "refused" : "failed";
}

function attemptRecord(
	attempt: Attempt,
	kind: UsageAttempt["kind"],
	usage: AttemptUsage | undefined,
	{ atMs }: Ending,
	requestedModel: unknown,
): UsageAttempt {
	const { target, head, startedMs, wholeMs } = attempt;
	return {
		upstream: target.upstream,
		model:
			target.model === undefined
				? null
				: textOf(sentModel(target, typeof requestedModel === "string" ? requestedModel : undefined)),
		responseModel: textOf(attempt.model),
		kind,
		outcome: outcomeOf(attempt),
		status: head?.status ?? null,
		durationMs: roundToTenths((wholeMs ?? atMs) - startedMs),
		tokens: usage?.tokens ?? null,
		units: usage?.units ?? null,
		isEstimated: usage?.isEstimated ?? false,
		cost: usage?.cost ?? null,
		usage: usage?.reported ?? null,
		tier: usage?.tier ?? null,
		costSource: usage?.costSource ?? null,
	};
}

/** Tags set by plugins, and the request's `metadata` pairs whose value is text. */
function tagsOf({ tags, body }: Exchange): Metadata {
	const found: Metadata = {};
	let count = 0;
	for (const source of [tags, body?.json.metadata]) {
		if (typeof source !== "object" || source === null) continue;
		for (const name in source) {
			const value = (source as Record<string, unknown>)[name];
			if (typeof value !== "string" || count === maxTags) continue;
			const short = name.slice(0, maxNameLength);
			if (short === "__proto__" || Object.hasOwn(found, short)) continue;
			found[short] = value.slice(0, maxValueLength);
			count += 1;
		}
	}
	return count === 0 ? noTags : found;
}

function summedOf(tags: Metadata, names: readonly string[]): Metadata {
	const found: Metadata = {};
	for (const name of names)
		if (tags[name] !== undefined && tags[name] !== "") found[name] = tags[name].slice(0, maxSummedLength);
	return found;
}

function textOf(value: unknown): string | null {
	return typeof value === "string" ? cut(value) : null;
}

function cut(text: string): string {
	return text.slice(0, maxTextLength);
}

/** Rounds to tenths of a millisecond. */
function roundToTenths(ms: number): number {
	return Math.round(ms * 10) / 10;
}
