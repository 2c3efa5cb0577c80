/** What a request takes of each limit, before it is sent and when it is over. */
import type { Claim, Metric } from "../limits/ledger.js";
import type { AppliedLimit } from "./limitTable.js";

/** So much of each. Money is in millionths of a dollar; nothing where no price is known. */
export interface Amounts {
	readonly input: number;
	readonly output: number;
	/** What tokens cost. */
	cost(input: number, output: number): number | undefined;
}

export interface Claiming {
	readonly limits: readonly AppliedLimit[];
	readonly claims: readonly Claim[];
	/** Tokens of the answer that are among them. */
	readonly output: number;
}

/**
 * How long the answer will be is no more than a guess. So it is taken to be no longer than the smallest limit allows: it
 * is the prompt alone that makes a request impossible.
 */
export function claimsOf(applied: readonly AppliedLimit[], { input, output: likely, cost }: Amounts): Claiming {
	const isBudgeted = applied.some(({ limit }) => limit.metric === "cost");
	// Of what has no price, no budget is used.
	const isUnpriced = isBudgeted && cost(input, likely) === undefined;
	const limits = isUnpriced ? applied.filter(({ limit }) => limit.metric !== "cost") : applied;
	const least = likely === 0 ? 0 : 1;
	let output = likely;
	for (const { limit } of limits)
		if (limit.metric === "tokens") output = Math.min(output, Math.max(least, limit.max - input));
	const claims: Claim[] = [];
	for (const { limit } of limits) {
		let amount = 1;
		if (limit.metric === "tokens") amount = input + output;
		else if (limit.metric === "cost")
			amount = Math.max(cost(input, least) ?? 0, Math.min(limit.max, cost(input, output) ?? 0));
		claims.push({ limit, amount });
	}
	return { limits, claims, output };
}

/** By metric, for `extend` and `settle`. */
export function amountsOf(claims: readonly Claim[], byMetric: Readonly<Record<Metric, number>>): number[] {
	return claims.map(({ limit }) => byMetric[limit.metric]);
}
