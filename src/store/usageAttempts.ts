/** Attempts as journal and table keep them: an array of values each, since members' names would be most of the text. */
import { sumOfTokens, withAllKinds } from "../chat/tokenCounts.js";
import { sumOfUnits } from "../chat/usedUnits.js";
import type { UsageAttempt, UsageRecord, UsageTokens } from "./usageTypes.js";

/** An attempt's tokens: the numbers of all kinds. Earlier versions have named them, or have written `true` if they follow from the usage object. */
type StoredTokens = true | readonly number[] | Partial<UsageTokens> | null;

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

export function attemptRowOf(attempt: UsageAttempt): unknown[] {
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
		attempt.tokens && numbersOf(attempt.tokens),
		attempt.tier,
		attempt.costSource,
	];
	if (attempt.units !== null) row.push(attempt.units);
	return row;
}

/** @param reported what `true` stands for */
export function attemptOf(
	row: readonly unknown[],
	reported: (usage: UsageAttempt["usage"]) => UsageTokens | null = () => null,
): UsageAttempt {
	const attempt = row as AttemptRow;
	const tokens = attempt[10];
	return {
		upstream: attempt[0],
		model: attempt[1],
		responseModel: attempt[2],
		kind: attempt[3],
		outcome: attempt[4],
		status: attempt[5],
		durationMs: attempt[6],
		tokens: tokens === true ? reported(attempt[9]) : tokensOf(tokens),
		units: attempt[13] ?? null,
		isEstimated: attempt[7],
		cost: attempt[8],
		usage: attempt[9],
		tier: attempt[11] ?? null,
		costSource: attempt[12] ?? null,
	};
}

/** New kinds come last. */
function numbersOf(tokens: UsageTokens): readonly number[] {
	return [
		tokens.input,
		tokens.cached,
		tokens.written,
		tokens.writtenForHour,
		tokens.audioInput,
		tokens.imageInput,
		tokens.output,
		tokens.reasoning,
		tokens.audioOutput,
		tokens.imageOutput,
	];
}

function tokensOf(stored: Exclude<StoredTokens, true>): UsageTokens | null {
	if (stored === null) return null;
	if (!Array.isArray(stored)) return withAllKinds(stored as Partial<UsageTokens>);
	const numbers = stored as readonly number[];
	return {
		input: numbers[0] ?? 0,
		cached: numbers[1] ?? 0,
		written: numbers[2] ?? 0,
		writtenForHour: numbers[3] ?? 0,
		audioInput: numbers[4] ?? 0,
		imageInput: numbers[5] ?? 0,
		output: numbers[6] ?? 0,
		reasoning: numbers[7] ?? 0,
		audioOutput: numbers[8] ?? 0,
		imageOutput: numbers[9] ?? 0,
	};
}

/** What follows for a request from its attempts. What it was given from the cache, or has used itself, costs nothing, which is a price too. */
export function totalsOf(
	attempts: readonly UsageAttempt[],
	{ cached, ownUnits }: Pick<UsageRecord, "cached" | "ownUnits">,
): Pick<UsageRecord, "tokens" | "units" | "isEstimated" | "cost"> {
	let isEstimated = false;
	let cost = cached === null && ownUnits === null ? null : 0;
	for (const attempt of attempts) {
		isEstimated ||= attempt.isEstimated;
		if (attempt.cost !== null) cost = (cost ?? 0) + attempt.cost;
	}
	const [first] = attempts;
	return {
		tokens: attempts.length === 1 ? (first?.tokens ?? null) : (sumOfTokens(attempts) ?? null),
		units: sumOfUnits([{ units: ownUnits }, ...attempts]) ?? null,
		isEstimated,
		cost,
	};
}
