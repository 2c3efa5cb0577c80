/** Inspects a SQLite file without loading SQLite. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../settings/settings.js";

export const fileName = "llmgw.sqlite";

/** Whether there can be a store. Looking for one creates none. */
export function mayHaveStore({ storeUrl, dataFolder }: Pick<Settings, "storeUrl" | "dataFolder">): boolean {
	return storeUrl !== undefined || (dataFolder !== undefined && existsSync(join(dataFolder, fileName)));
}

/** A file with a larger number as its version is not one of ours. */
const maxVersion = 10_000;

/** Offset of `user_version` in the file's header, four bytes. https://sqlite.org/fileformat2.html#user_version_number */
const versionOffset = 60;

/**
 * Reads the tables' version from the file's header; a change that is still in the write-ahead log is not seen.
 *
 * @returns undefined if the file is missing, empty, unreadable or not a database
 */
export function versionInFile(folder: string): number | undefined {
	const header = Buffer.alloc(100);
	try {
		const file = openSync(join(folder, fileName), "r");
		try {
			if (readSync(file, header, 0, header.length, 0) < header.length) return undefined;
		} finally {
			closeSync(file);
		}
	} catch {
		return undefined;
	}
	const version = header.readInt32BE(versionOffset);
	return version >= 0 && version < maxVersion ? version : undefined;
}

/** @returns the file's device and inode, which change if another file replaces it; undefined if there is none */
export function identityOf(folder: string): string | undefined {
	try {
		const { dev, ino } = statSync(join(folder, fileName));
		return `${dev}:${ino}`;
	} catch {
		return undefined;
	}
}
