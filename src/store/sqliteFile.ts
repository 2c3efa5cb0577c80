/** The version of the tables in a SQLite file, read without loading SQLite. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

export const fileName = "llmgw.sqlite";

/** Where a file's header keeps `user_version`, in four bytes. https://sqlite.org/fileformat2.html#user_version_number */
const versionOffset = 60;

/**
 * The version as it stands in the file's header; a change that is still in the write-ahead log is not seen.
 *
 * @returns nothing when there is no such file, or it is empty or not to be read.
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
	return header.readInt32BE(versionOffset);
}
