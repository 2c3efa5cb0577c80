/** The usage journal: an array of values as a line of JSON for each request, in the data folder until the store writer moves it into the store. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { sumOfTokens, withAllKinds } from "../chat/tokenCounts.js";
import { sumOfUnits } from "../chat/usedUnits.js";
import { tokensOf } from "../dialects/usageCounts.js";
import type { Settings } from "../settings/settings.js";
import { type Piece, readPiece } from "../store/journalFiles.js";
import type { UsageAttempt, UsageRecord } from "../store/usageTypes.js";

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
 * Columns of a row; attempts come after them. Written for every request, so members' names and values that follow from others are
 * left out.
 */
const columns = [
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
] as const satisfies (keyof UsageRecord)[];

/**
 * Columns of an attempt; tokens come after them, or `true` if `usage` has them; then the columns that earlier versions did
 * not write; then other units, which few attempts have.
 */
const attemptColumns = [
	"upstream",
	"model",
	"responseModel",
	"kind",
	"outcome",
	"status",
	"durationMs",
	"isEstimated",
	"cost",
	"usage",
] as const satisfies (keyof UsageAttempt)[];
const laterColumns = ["tier", "costSource"] as const satisfies (keyof UsageAttempt)[];

/** Columns that come after the attempts: earlier versions did not write them, and most requests have none of them. */
const laterRecordColumns = [
	"session",
	"agent",
	"subagent",
	"cached",
	"ownUnits",
] as const satisfies (keyof UsageRecord)[];

/** @returns a record's line, with its line end */
export function lineOf(record: UsageRecord): string {
	const line = `${JSON.stringify(rowOf(record))}\n`;
	if (line.length <= maxRecordLength) return line;
	const attempts = record.attempts.map((attempt) => ({ ...attempt, usage: null }));
	return `${JSON.stringify(rowOf({ ...record, attempts }))}\n`;
}

function rowOf(record: UsageRecord): unknown[] {
	const row: unknown[] = [];
	for (const name of columns) row.push(record[name]);
	row.push(record.attempts.map(attemptRowOf));
	if (record.agent !== null || record.cached !== null || record.ownUnits !== null)
		for (const name of laterRecordColumns) row.push(record[name]);
	return row;
}

function attemptRowOf(attempt: UsageAttempt): unknown[] {
	const { usage, tokens, isEstimated } = attempt;
	const isReported = tokens !== null && usage !== null && !isEstimated;
	const row: unknown[] = [];
	for (const name of attemptColumns) row.push(attempt[name]);
	row.push(isReported ? true : tokens);
	for (const name of laterColumns) row.push(attempt[name]);
	if (attempt.units !== null) row.push(attempt.units);
	return row;
}

function parseLine(line: string): UsageRecord | undefined {
	try {
		const row: unknown = JSON.parse(line);
		return Array.isArray(row) && Array.isArray(row[columns.length]) ? recordOf(row) : undefined;
	} catch {
		return undefined;
	}
}

function recordOf(row: readonly unknown[]): UsageRecord {
	const attempts = (row[columns.length] as unknown[][]).map(attemptOf);
	let isEstimated = false;
	const later = (name: (typeof laterRecordColumns)[number]) =>
		row[columns.length + 1 + laterRecordColumns.indexOf(name)] ?? null;
	const ownUnits = later("ownUnits") as UsageRecord["ownUnits"];
	let cost: number | null = later("cached") === null && ownUnits === null ? null : 0;
	for (const attempt of attempts) {
		isEstimated ||= attempt.isEstimated;
		if (attempt.cost !== null) cost = (cost ?? 0) + attempt.cost;
	}
	const [first] = attempts;
	const record = {
		attempts,
		tokens: attempts.length === 1 ? (first?.tokens ?? null) : (sumOfTokens(attempts) ?? null),
		units: sumOfUnits([{ units: ownUnits }, ...attempts]) ?? null,
		isEstimated,
		cost,
	} as Record<string, unknown>;
	for (let at = 0; at < columns.length; at += 1) record[columns[at] as string] = row[at];
	for (const name of laterRecordColumns) record[name] = later(name);
	return record as unknown as UsageRecord;
}

function attemptOf(row: readonly unknown[]): UsageAttempt {
	const attempt: Record<string, unknown> = {};
	for (let at = 0; at < attemptColumns.length; at += 1) attempt[attemptColumns[at] as string] = row[at];
	const tokens = row[attemptColumns.length] as UsageAttempt["tokens"] | true;
	const { usage } = attempt as { usage: UsageAttempt["usage"] };
	attempt.tokens = tokens === true ? (tokensOf(usage ?? undefined) ?? null) : tokens && withAllKinds(tokens);
	for (let at = 0; at < laterColumns.length; at += 1)
		attempt[laterColumns[at] as string] = row[attemptColumns.length + 1 + at] ?? null;
	attempt.units = row[attemptColumns.length + 1 + laterColumns.length] ?? null;
	return attempt as unknown as UsageAttempt;
}
