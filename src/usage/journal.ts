/** The journal of usage: a line of JSON for each request, a list of its values, in files of the data folder, until the keeper moves it into the store. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Settings } from "../contract/settings.js";
import { type Piece, readPiece } from "../store/journalFiles.js";
import type { UsageAttempt, UsageRecord } from "../store/usage.js";
import { sumOfTokens, tokensOf } from "../upstream/tokens.js";

export type UsageJournalSettings = Pick<Settings, "dataFolder" | "storeUrl">;

/** Gateways with different stores may have one data folder. */
export function usageFolder({ dataFolder, storeUrl }: UsageJournalSettings): string | undefined {
	if (dataFolder === undefined) return undefined;
	return join(dataFolder, storeUrl === undefined ? "usage" : `usage-${nameOf(storeUrl)}`);
}

/** The same whatever its password. */
function nameOf(storeUrl: string): string {
	const { host, pathname, search } = new URL(storeUrl);
	return createHash("sha256").update(`${host}${pathname}${search}`).digest("hex").slice(0, 12);
}

export function readUsage(path: string, from: number, most: number): Piece<UsageRecord> {
	return readPiece(path, from, most, (line) => {
		const record = parsed(line);
		return record && { bytes: 0, read: () => record };
	});
}

/** A longer record goes without the hosts' own usage objects. */
const longRecord = 32 * 1024;

/** What can be worked out of the rest is left out, and names of members: it is written for every request. */
type Row = readonly [
	...Columns<
		UsageRecord,
		[
			"id",
			"createdAt",
			"requestId",
			"operation",
			"keyId",
			"keyName",
			"team",
			"organisation",
			"route",
			"model",
			"responseModel",
			"upstream",
			"isStream",
			"status",
			"outcome",
			"errorCode",
			"durationMs",
			"firstTokenMs",
			"tags",
			"summedTags",
		]
	>,
	attempts: readonly AttemptRow[],
];
type AttemptRow = readonly [
	...Columns<
		UsageAttempt,
		["upstream", "model", "responseModel", "kind", "outcome", "status", "durationMs", "isEstimated", "cost", "usage"]
	>,
	/** `true` where they are what `usage` says. */
	tokens: UsageAttempt["tokens"] | true,
];
type Columns<Of, Names extends readonly (keyof Of)[]> = { [At in keyof Names]: Of[Names[At]] };

/** With its end. */
export function lineOf(record: UsageRecord): string {
	const line = `${JSON.stringify(rowOf(record))}\n`;
	if (line.length <= longRecord) return line;
	const attempts = record.attempts.map((attempt) => ({ ...attempt, usage: null }));
	return `${JSON.stringify(rowOf({ ...record, attempts }))}\n`;
}

function rowOf(record: UsageRecord): Row {
	return [
		record.id,
		record.createdAt,
		record.requestId,
		record.operation,
		record.keyId,
		record.keyName,
		record.team,
		record.organisation,
		record.route,
		record.model,
		record.responseModel,
		record.upstream,
		record.isStream,
		record.status,
		record.outcome,
		record.errorCode,
		record.durationMs,
		record.firstTokenMs,
		record.tags,
		record.summedTags,
		record.attempts.map(attemptRowOf),
	];
}

function attemptRowOf(attempt: UsageAttempt): AttemptRow {
	const { usage, tokens, isEstimated } = attempt;
	return [
		attempt.upstream,
		attempt.model,
		attempt.responseModel,
		attempt.kind,
		attempt.outcome,
		attempt.status,
		attempt.durationMs,
		isEstimated,
		attempt.cost,
		usage,
		tokens !== null && usage !== null && !isEstimated ? true : tokens,
	];
}

function parsed(line: string): UsageRecord | undefined {
	try {
		const row = JSON.parse(line) as Row | null;
		return Array.isArray(row) && Array.isArray(row[20]) ? recordOf(row as Row) : undefined;
	} catch {
		return undefined;
	}
}

function recordOf(row: Row): UsageRecord {
	const attempts = row[20].map(attemptOf);
	const costs = attempts.flatMap(({ cost }) => cost ?? []);
	return {
		id: row[0],
		createdAt: row[1],
		requestId: row[2],
		operation: row[3],
		keyId: row[4],
		keyName: row[5],
		team: row[6],
		organisation: row[7],
		route: row[8],
		model: row[9],
		responseModel: row[10],
		upstream: row[11],
		isStream: row[12],
		status: row[13],
		outcome: row[14],
		errorCode: row[15],
		durationMs: row[16],
		firstTokenMs: row[17],
		tags: row[18],
		summedTags: row[19],
		attempts,
		tokens: sumOfTokens(attempts) ?? null,
		isEstimated: attempts.some(({ isEstimated }) => isEstimated),
		cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
	};
}

function attemptOf(row: AttemptRow): UsageAttempt {
	const usage = row[9];
	return {
		upstream: row[0],
		model: row[1],
		responseModel: row[2],
		kind: row[3],
		outcome: row[4],
		status: row[5],
		durationMs: row[6],
		isEstimated: row[7],
		cost: row[8],
		usage,
		tokens: row[10] === true ? (tokensOf(usage ?? undefined) ?? null) : row[10],
	};
}
