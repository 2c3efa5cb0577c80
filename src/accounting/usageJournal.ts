/** The usage journal: an array of values as a line of JSON for each request, in the data folder until the store writer moves it into the store. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { sumOfTokens } from "../chat/tokenCounts.js";
import { sumOfUnits } from "../chat/usedUnits.js";
import { tokensOf } from "../dialects/usageCounts.js";
import type { Settings } from "../settings/settings.js";
import { type Piece, readPiece } from "../store/journalFiles.js";
import { attemptOf, attemptRowOf } from "../store/usageAttempts.js";
import type { UsageAttempt, UsageRecord, UsageTokens } from "../store/usageTypes.js";

export type UsageJournalSettings = Pick<Settings, "dataFolder" | "storeUrl">;

/** @returns the journal's folder; gateways with different stores may share a data folder. Undefined without a data folder */
export function usageFolder({ dataFolder, storeUrl }: UsageJournalSettings): string | undefined {
	if (dataFolder === undefined) return undefined;
	return join(dataFolder, storeUrl === undefined ? "usage" : `usage-${nameOf(storeUrl)}`);
}

/** A short name of a store, whatever its password. */
function nameOf(storeUrl: string): string {
	const { host, pathname, search } = new URL(storeUrl);
	return createHash("sha256").update(`${host}${pathname}${search}`).digest("hex").slice(0, 12);
}

export function readUsage(path: string, from: number, most: number): Piece<UsageRecord> {
	return readPiece(path, from, most, (line) => {
		const record = parseLine(line);
		return record && { bytes: 0, read: () => record };
	});
}

/** A longer record is written without the upstreams' own usage objects. In characters. */
const maxRecordLength = 32 * 1024;

/**
 * A record's values; members' names and values that follow from others are left out. Earlier versions did not write those after the
 * attempts, and most requests have none of them.
 */
type Row = [
	id: UsageRecord["id"],
	createdAt: UsageRecord["createdAt"],
	requestId: UsageRecord["requestId"],
	operation: UsageRecord["operation"],
	keyId: UsageRecord["keyId"],
	keyName: UsageRecord["keyName"],
	team: UsageRecord["team"],
	organisation: UsageRecord["organisation"],
	route: UsageRecord["route"],
	model: UsageRecord["model"],
	responseModel: UsageRecord["responseModel"],
	upstream: UsageRecord["upstream"],
	isStream: UsageRecord["isStream"],
	status: UsageRecord["status"],
	outcome: UsageRecord["outcome"],
	errorCode: UsageRecord["errorCode"],
	durationMs: UsageRecord["durationMs"],
	firstTokenMs: UsageRecord["firstTokenMs"],
	tags: UsageRecord["tags"],
	summedTags: UsageRecord["summedTags"],
	attempts: unknown[][],
	...later: Partial<LaterValues>,
];

type LaterValues = [
	session: UsageRecord["session"],
	agent: UsageRecord["agent"],
	subagent: UsageRecord["subagent"],
	cached: UsageRecord["cached"],
	ownUnits: UsageRecord["ownUnits"],
];

const attemptsAt = 20;

/** @returns a record's line, with its line end */
export function lineOf(record: UsageRecord): string {
	const line = `${JSON.stringify(rowOf(record))}\n`;
	if (line.length <= maxRecordLength) return line;
	const attempts = record.attempts.map((attempt) => ({ ...attempt, usage: null }));
	return `${JSON.stringify(rowOf({ ...record, attempts }))}\n`;
}

function rowOf(record: UsageRecord): Row {
	const row: Row = [
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
		record.attempts.map(rowOfAttempt),
	];
	if (record.agent !== null || record.cached !== null || record.ownUnits !== null)
		row.push(record.session, record.agent, record.subagent, record.cached, record.ownUnits);
	return row;
}

/** Tokens are left out if they follow from the upstream's usage object. */
function rowOfAttempt(attempt: UsageAttempt): unknown[] {
	const { usage, tokens, isEstimated } = attempt;
	return attemptRowOf(attempt, tokens !== null && usage !== null && !isEstimated ? true : tokens);
}

function parseLine(line: string): UsageRecord | undefined {
	try {
		const row: unknown = JSON.parse(line);
		return Array.isArray(row) && Array.isArray(row[attemptsAt]) ? recordOf(row as Row) : undefined;
	} catch {
		return undefined;
	}
}

function recordOf(row: Readonly<Row>): UsageRecord {
	const attempts = row[attemptsAt].map((attempt) => attemptOf(attempt, reportedTokens));
	const [session = null, agent = null, subagent = null, cached = null, ownUnits = null] = row.slice(
		attemptsAt + 1,
	) as Partial<LaterValues>;
	const [first] = attempts;
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
		session,
		agent,
		subagent,
		cached,
		ownUnits,
		tokens: attempts.length === 1 ? (first?.tokens ?? null) : (sumOfTokens(attempts) ?? null),
		units: sumOfUnits([{ units: ownUnits }, ...attempts]) ?? null,
		isEstimated: attempts.some((attempt) => attempt.isEstimated),
		cost: costOf(attempts, cached !== null || ownUnits !== null),
	};
}

function reportedTokens(usage: UsageAttempt["usage"]): UsageTokens | null {
	return tokensOf(usage ?? undefined) ?? null;
}

/** @param isFree whether it is known to have cost nothing itself */
function costOf(attempts: readonly UsageAttempt[], isFree: boolean): number | null {
	let sum: number | null = isFree ? 0 : null;
	for (const { cost } of attempts) if (cost !== null) sum = (sum ?? 0) + cost;
	return sum;
}
