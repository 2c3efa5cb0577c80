/** Inspects a SQLite file without loading SQLite, and without a harm to those who have it open. */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
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
		if (readSync(descriptorOf(join(folder, fileName)), header, 0, header.length, 0) < header.length) return undefined;
	} catch {
		return undefined;
	}
	const version = header.readInt32BE(versionOffset);
	return version >= 0 && version < maxVersion ? version : undefined;
}

interface Opened {
	readonly descriptor: number;
	readonly identity: string;
}

/** By path. */
const opened = new Map<string, Opened>();

/**
 * A descriptor to read a database's file with, which its caller must not close. It is closed only once the file is gone: to close
 * any descriptor of a file takes from this process the locks that SQLite holds on it. Others would then take the database for one that
 * nobody has open, and remove its log. https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 *
 * @throws Error if the file can't be opened
 */
export function descriptorOf(path: string): number {
	for (const [other, { descriptor, identity }] of opened) {
		if (identity === identityAt(other)) continue;
		opened.delete(other);
		closeSync(descriptor);
	}
	const known = opened.get(path);
	if (known !== undefined) return known.descriptor;
	const descriptor = openSync(path, "r");
	opened.set(path, { descriptor, identity: identityIn(fstatSync(descriptor)) });
	return descriptor;
}

/** @returns the file's device and inode, which change if another file replaces it; undefined if there is none */
export function identityOf(folder: string): string | undefined {
	return identityAt(join(folder, fileName));
}

function identityAt(path: string): string | undefined {
	const stats = statSync(path, { throwIfNoEntry: false });
	return stats && identityIn(stats);
}

function identityIn({ dev, ino }: { dev: number; ino: number }): string {
	return `${dev}:${ino}`;
}
