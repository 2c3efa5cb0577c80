/** The error that a client gets when a limit is used up, in the words of OpenAI's API. */
import { GatewayError } from "../errors/gatewayError.js";
import { type Claim, type Decision, isLasting, type Limit, type Metric } from "../limits/ledger.js";
import { formatSeconds } from "../settings/quantity.js";
import type { AppliedLimit, EqualCallsLimit, Level } from "./limitTable.js";

export type Refused = Extract<Decision, { isGranted: false }>;

/** A client that waits longer than this is better told not to try again by itself. */
const longestRetryMs = 90_000;

const wordsOf: Readonly<Record<string, string>> = {
	"requests:minute": "requests per minute (RPM)",
	"requests:day": "requests per day (RPD)",
	"tokens:minute": "tokens per minute (TPM)",
	"tokens:day": "tokens per day (TPD)",
	"concurrency:now": "requests at a time",
	"cost:day": "US dollars per day",
	"cost:month": "US dollars per month",
	"requests:session": "requests per session",
	"tokens:session": "tokens per session",
	"cost:session": "US dollars per session",
	"time:elapsed": "minutes per session",
};

const levels: Readonly<Record<Level, string>> = {
	organisation: "organisation",
	team: "team",
	key: "key",
	client: "this client",
	contract: "this client",
	model: "model",
	agent: "agent",
	subagent: "sub-agent",
	// Which one it is, is no client's business.
	upstream: "the upstream",
};

/** @param now milliseconds since the epoch */
export function limitRefusal(applied: AppliedLimit, claim: Claim, refused: Refused, now: number): GatewayError {
	const { limit } = applied;
	if (isFinal(limit, refused)) return endOfSession(sessionMessage(applied, claim, refused), applied);
	const waitMs = refused.retryAt === undefined ? undefined : Math.max(0, refused.retryAt - now);
	const isMoney = limit.metric === "cost";
	const mayRetry = !refused.isImpossible && !isMoney && (waitMs ?? 0) <= longestRetryMs;
	const headers: Record<string, string> = {};
	if (!refused.isImpossible) headers["retry-after"] = String(secondsOf(waitMs));
	if (!mayRetry) headers["x-should-retry"] = "false";
	const code = isMoney ? "insufficient_quota" : "rate_limit_exceeded";
	return new GatewayError(429, messageOf(applied, claim, refused, waitMs), { code, headers });
}

/** Nothing but a new session, or another limit, lets the request through. */
export function isFinal(limit: Limit | undefined, { retryAt }: Pick<Refused, "retryAt">): boolean {
	return limit !== undefined && isLasting(limit.span) && retryAt === undefined;
}

/** Tools that a message names. */
const mostNamed = 5;

/** An agent has called the same tools with the same arguments too often. */
export function loopRefusal(limit: EqualCallsLimit, tools: readonly string[]): GatewayError {
	const different = [...new Set(tools)];
	const names = different.slice(0, mostNamed).map((tool) => JSON.stringify(tool));
	if (different.length > mostNamed) names.push(`${different.length - mostNamed} more`);
	const called = names.join(", ");
	const message = `The last ${limit.max} turns called ${called} with the same arguments, which looks like a loop. ${stop} after a new message of theirs you may go on in another way.`;
	return endOfSession(message, limit);
}

/** For agents, which act on what they read. */
const stop = "Stop here and tell the user what was done and what is left;";

function sessionMessage(applied: AppliedLimit, claim: Claim, refused: Refused): string {
	const { level, name, limit } = applied;
	const { metric, max } = limit;
	const used = Math.max(0, max - (refused.standings[refused.claim]?.remaining ?? 0));
	const whose = { agent: `The agent ${name}`, subagent: `The sub-agent ${name}` }[level as string] ?? "This session";
	const by =
		level in ownLevels ? "" : ` (a limit of ${name === undefined ? levels[level] : `${levels[level]} ${name}`})`;
	return `${whose} ${usedUp(metric, { used, max, needed: claim.amount })}${by}. ${stop} a new session begins with nothing used.`;
}

const ownLevels: Partial<Record<Level, true>> = { agent: true, subagent: true };

function usedUp(metric: Metric, { used, max, needed }: { used: number; max: number; needed: number }): string {
	if (metric === "time") return `has lasted as long as it may: ${max / 60} minute${max === 60 ? "" : "s"}`;
	if (metric === "requests")
		return max === 1 ? "has made the one request that it may make" : `has made all ${max} requests that it may make`;
	const allowed = metric === "cost" ? `budget of ${amountOf(metric, max)}` : `${max} tokens`;
	const request = used >= max ? "" : `, and this request may need ${amountOf(metric, needed)}`;
	return `has used ${amountOf(metric, used)} of its ${allowed}${request}`;
}

/**
 * A 400: agents give up on it at once and show its message, while some of them ask again for minutes after a 429, 403 or 402, whatever its headers say.
 */
function endOfSession(message: string, { label }: Pick<AppliedLimit, "label">): GatewayError {
	const code = label.endsWith(":calls:equal") ? "tool_call_loop" : "session_limit_exceeded";
	return new GatewayError(400, message, { code, headers: { "x-should-retry": "false" } });
}

function messageOf(applied: AppliedLimit, claim: Claim, refused: Refused, waitMs: number | undefined): string {
	const { level, name, limit, isForOversized } = applied;
	const whose = name === undefined ? levels[level] : `${levels[level]} ${name}`;
	const what = isForOversized
		? `requests at a time that may use more than all of its ${nameOf(isForOversized)}`
		: nameOf(limit);
	const { metric, max } = limit;
	const requested = amountOf(metric, claim.amount);
	if (refused.isImpossible)
		return `Request too large for ${whose} on ${what}: Limit ${amountOf(metric, max)}, Requested ${requested}. ${adviceOf(metric)}`;
	const used = amountOf(metric, Math.max(0, max - (refused.standings[refused.claim]?.remaining ?? 0)));
	const numbers = `Limit ${amountOf(metric, max)}, Used ${used}, Requested ${requested}`;
	const queue = refused.isQueueFull ? " Too many requests wait for it already." : "";
	if (metric === "cost") {
		const reset = refused.retryAt === undefined ? "" : ` It resets at ${timeOf(refused.retryAt)}.`;
		return `You exceeded the budget of ${whose} in ${what}: ${numbers}.${reset}${queue}`;
	}
	if (metric === "concurrency")
		return `Rate limit reached for ${whose} on ${what}: ${numbers}. Try again when another request has ended.${queue}`;
	return `Rate limit reached for ${whose} on ${what}: ${numbers}. Try again in ${formatSeconds(secondsOf(waitMs))}.${queue}`;
}

function nameOf({ metric, span }: Limit): string {
	return wordsOf[`${metric}:${span}`] ?? metric;
}

function amountOf(metric: Metric, amount: number): string {
	if (metric !== "cost") return String(amount);
	const dollars = amount / 1e6;
	return `$${Number.isInteger(dollars * 100) ? dollars.toFixed(2) : String(dollars)}`;
}

function adviceOf(metric: Metric): string {
	return metric === "tokens"
		? "Shorten the prompt, or ask for fewer tokens with max_completion_tokens."
		: "Shorten the prompt, or ask a cheaper model.";
}

/** Whole, and never 0: a client that comes back at once comes too soon. */
export function secondsOf(waitMs = 0): number {
	return Math.max(1, Math.ceil(waitMs / 1000));
}

/** `2026-12-01 00:00 UTC` */
function timeOf(at: number): string {
	return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
