/** The usage journal: a line for each request, in the data folder until the store writer moves it into the store. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Settings } from "../settings/settings.js";
import { type Piece, readPiece } from "../store/journalFiles.js";
import { usageLineReader, usageLineWriter } from "../store/usageLine.js";
import type { UsageEntry, UsageRecord } from "../store/usageTypes.js";
import { earlierEntry } from "./earlierUsage.js";

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

/** Reads at most so many lines. @returns also how many of them are no records: what follows them is read all the same */
export function readUsage(path: string, from: number, most: number): Piece<UsageEntry> & { readonly damaged: number } {
	const read = usageLineReader();
	const piece = readPiece(path, from, most, (line) => {
		const entry = read(line) ?? earlierEntry(line, read);
		return { bytes: 0, read: () => entry };
	});
	const entries = piece.entries.filter((entry) => entry !== undefined);
	return { ...piece, entries, damaged: piece.entries.length - entries.length };
}

/** @returns the line of a single record, with its line end */
export function lineOf(record: UsageRecord): string {
	return `${usageLineWriter()(record)}\n`;
}
