/** The version of the tables in a SQLite file, read without loading SQLite. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

export const fileName = "llmgw.sqlite";

/** What is larger, in the place of a version, is no database of ours but something else. */
const mostVersions = 10_000;

/** Where a file's header keeps `user_version`, in four bytes. https://sqlite.org/fileformat2.html#user_version_number */
const versionOffset = 60;

/**
 * The version as it stands in the file's header; a change that is still in the write-ahead log is not seen.
 *
 * @returns nothing when there is no such file, or it is empty, no database or not to be read.
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
	return version >= 0 && version < mostVersions ? version : undefined;
}

/** Tells whether another file has been put in a database's place; undefined while there is none. */
export function identityOf(folder: string): string | undefined {
	try {
		const { dev, ino } = statSync(join(folder, fileName));
		return `${dev}:${ino}`;
	} catch {
		return undefined;
	}
}
