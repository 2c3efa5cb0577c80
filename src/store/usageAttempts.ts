/** Attempts as journal and table keep them: an array of values each, since members' names would be most of the text. */
import { withAllKinds } from "../chat/tokenCounts.js";
import type { UsageAttempt, UsageTokens } from "./usageTypes.js";

/** What stands for an attempt's tokens: `true` if they follow from what is beside them. */
export type StoredTokens = true | Partial<UsageTokens> | null;

/** Values are added at the end, since earlier versions have written fewer. Units come last: few attempts have any. */
type AttemptRow = [
	upstream: UsageAttempt["upstream"],
	model: UsageAttempt["model"],
	responseModel: UsageAttempt["responseModel"],
	kind: UsageAttempt["kind"],
	outcome: UsageAttempt["outcome"],
	status: UsageAttempt["status"],
	durationMs: UsageAttempt["durationMs"],
	isEstimated: UsageAttempt["isEstimated"],
	cost: UsageAttempt["cost"],
	usage: UsageAttempt["usage"],
	tokens: StoredTokens,
	tier?: UsageAttempt["tier"],
	costSource?: UsageAttempt["costSource"],
	units?: UsageAttempt["units"],
];

export function attemptRowOf(attempt: UsageAttempt, tokens: StoredTokens): unknown[] {
	const row: AttemptRow = [
		attempt.upstream,
		attempt.model,
		attempt.responseModel,
		attempt.kind,
		attempt.outcome,
		attempt.status,
		attempt.durationMs,
		attempt.isEstimated,
		attempt.cost,
		attempt.usage,
		tokens,
		attempt.tier,
		attempt.costSource,
	];
	if (attempt.units !== null) row.push(attempt.units);
	return row;
}

/** @param following what `true` stands for, given the upstream's usage object */
export function attemptOf(
	row: readonly unknown[],
	following: (usage: UsageAttempt["usage"]) => UsageTokens | null,
): UsageAttempt {
	const [upstream, model, responseModel, kind, outcome, status, durationMs, isEstimated, cost, usage, ...later] =
		row as AttemptRow;
	const [tokens, tier, costSource, units] = later;
	return {
		upstream,
		model,
		responseModel,
		kind,
		outcome,
		status,
		durationMs,
		tokens: tokens === true ? following(usage) : tokens && withAllKinds(tokens),
		units: units ?? null,
		isEstimated,
		cost,
		usage,
		tier: tier ?? null,
		costSource: costSource ?? null,
	};
}
