/** A request's claims on each limit, before it is sent and when it is over. */
import type { Claim, Metric } from "../limits/ledger.js";
import type { AppliedLimit } from "./limitTable.js";

/** So much of each. Money is in millionths of a dollar; undefined if no price is known. */
export interface Amounts {
	readonly input: number;
	/** Most tokens that the answer may have. */
	readonly output: number;
	/** Tokens that it is likely to have, at most `output`; undefined if unknown. */
	readonly likelyOutput?: number;
	/** Prices tokens. */
	cost(input: number, output: number): number | undefined;
}

export interface Claiming {
	/** By claim. */
	readonly limits: readonly AppliedLimit[];
	readonly claims: readonly Claim[];
	/** Tokens of the answer that are among them. */
	readonly output: number;
	/** A budget is not asked, since the model has no price. */
	readonly isUnpriced: boolean;
}

/** No counter is raised by more at a time, so that it stays a whole number whatever is asked. */
const mostAmount = 1e12;

/**
 * Reserves the most that a request may use, so that concurrent requests can't use more than there is. A request that may
 * use more than a whole limit could never be granted that: it reserves its likely amount, as long as no other such request
 * is in flight. Only the prompt can make a request impossible.
 */
export function claimsOf(applied: readonly AppliedLimit[], amounts: Amounts): Claiming {
	const { output, cost } = amounts;
	// A model without a price uses no budget.
	const isUnpriced = applied.some(({ limit }) => limit.metric === "cost") && cost(amounts.input, output) === undefined;
	const limits: AppliedLimit[] = [];
	const claims: Claim[] = [];
	let reserved = output;
	for (const one of applied) {
		const { limit } = one;
		if (isUnpriced && limit.metric === "cost") continue;
		const need = needOf(one, amounts);
		limits.push(one);
		claims.push({ limit, amount: need.amount });
		reserved = Math.min(reserved, need.output);
		if (!need.isPart) continue;
		const alone = aloneAt(one);
		limits.push(alone);
		claims.push({ limit: alone.limit, amount: 1 });
	}
	return { limits, claims, output: reserved, isUnpriced };
}

interface Need {
	readonly amount: number;
	/** Tokens of the answer that are in it. */
	readonly output: number;
	/** More may come than is claimed, and less than all that the limit allows is. */
	readonly isPart: boolean;
}

function needOf(
	{ limit: { metric, max } }: AppliedLimit,
	{ input, output, likelyOutput = output, cost }: Amounts,
): Need {
	if (metric === "time") return { amount: 0, output, isPart: false };
	if (metric !== "tokens" && metric !== "cost") return { amount: 1, output, isPart: false };
	const priced =
		metric === "tokens" ? (tokens: number) => input + tokens : (tokens: number) => cost(input, tokens) ?? 0;
	const amountOf = (tokens: number) => Math.min(mostAmount, Math.ceil(priced(tokens)));
	const all = amountOf(output);
	if (all <= max) return { amount: all, output, isPart: false };
	const least = amountOf(output === 0 ? 0 : 1);
	const likely = amountOf(likelyOutput);
	if (least < max && likely < max) return { amount: likely, output: likelyOutput, isPart: true };
	const prompt = amountOf(0);
	const share = all === prompt ? 0 : Math.max(0, max - prompt) / (all - prompt);
	return { amount: Math.max(least, max), output: Math.floor(output * share), isPart: false };
}

/** Holds for one request at a time. */
function aloneAt({ level, name, label, limit }: AppliedLimit): AppliedLimit {
	const counter = `${limit.counter}:alone`;
	return { level, name, label, limit: { counter, metric: "concurrency", span: "now", max: 1 }, isForOversized: limit };
}

/** By metric, for `extend` and `settle`. */
export function amountsOf(claims: readonly Claim[], byMetric: Readonly<Record<Metric, number>>): number[] {
	return claims.map(({ limit }) => byMetric[limit.metric]);
}
