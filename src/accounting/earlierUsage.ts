/** Lines of the usage journal as earlier versions have written them, which an update may find: one array of all values. */
import { tokensOf } from "../dialects/usageCounts.js";
import { attemptOf, attemptRowOf } from "../store/usageAttempts.js";
import { lineOfParts, type UsageLineReader } from "../store/usageLine.js";
import type { UsageAttempt, UsageEntry, UsageTokens } from "../store/usageTypes.js";

/** Where an array has its values: as now, but for these in between. The later ones may be missing. */
const places = { operation: 3, durationMs: 16, firstTokenMs: 17, tags: 18, summedTags: 19, attempts: 20, session: 21 };

/** @param read reads lines as they are now @returns undefined if it is no such line */
export function earlierEntry(line: string, read: UsageLineReader): UsageEntry | undefined {
	const row = rowIn(line);
	if (row === undefined) return undefined;
	const attempts = (row[places.attempts] as unknown[][]).map((attempt) => attemptOf(attempt, reportedTokens));
	const own = [...row.slice(0, places.operation), row[places.durationMs], row[places.firstTokenMs]];
	const facts = [
		...row.slice(places.operation, places.durationMs),
		attempts.some(({ isEstimated }) => isEstimated),
		row[places.tags],
		row[places.summedTags],
		...row.slice(places.session),
	];
	return read(lineOfParts(own, attempts.map(attemptRowOf), JSON.stringify(facts)));
}

function rowIn(line: string): unknown[] | undefined {
	try {
		const row: unknown = JSON.parse(line);
		const attempts: unknown = Array.isArray(row) ? row[places.attempts] : undefined;
		return Array.isArray(attempts) && attempts.every(Array.isArray) ? (row as unknown[]) : undefined;
	} catch {
		return undefined;
	}
}

/** They have written `true` for tokens that follow from the upstream's usage object. */
function reportedTokens(usage: UsageAttempt["usage"]): UsageTokens | null {
	return tokensOf(usage ?? undefined) ?? null;
}
