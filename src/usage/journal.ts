/** The journal of usage: a line of JSON for each request, in files of the data folder, until the keeper moves it into the store. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Settings } from "../contract/settings.js";
import { type Piece, readPiece } from "../store/journalFiles.js";
import type { UsageRecord } from "../store/usage.js";

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

function parsed(line: string): UsageRecord | undefined {
	try {
		const record = JSON.parse(line) as Partial<UsageRecord> | null;
		return typeof record?.id === "string" && Array.isArray(record.attempts) ? (record as UsageRecord) : undefined;
	} catch {
		return undefined;
	}
}
