/** Reads the files of a journal; `appendFiles.ts` writes them. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, renameSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./store.js";

export const journalSuffix = ".records";

/** The last line of a finished file. */
export const sealLine = "end";

/** A file that is unsealed and unchanged for this long is abandoned: its process was killed. */
export const abandonedMs = 24 * 3_600_000;

export interface Piece<Entry> {
	entries: Entry[];
	/** Offset after the last entry. */
	end: number;
	/** No whole record follows for now: the file ends, or a record is being written or was cut short. */
	isLast: boolean;
	/** No record will ever follow. */
	isSealed: boolean;
	/** The bytes that follow aren't a record. */
	isDamaged: boolean;
}

/** Parses a record's first line. @returns how many bytes follow it and how to read them; undefined if the line begins no record */
export type RecordReader<Entry> = (
	line: string,
) => { bytes: number; read(bytes: Buffer, start: number): Entry } | undefined;

const windowBytes = 512 * 1024;
const lf = 0x0a;

/** Reads whole records from an offset on: those in the next half megabyte, at most `most`, but at least one if there is one. */
export function readPiece<Entry>(path: string, from: number, most: number, record: RecordReader<Entry>): Piece<Entry> {
	const file = openForReading(path);
	if (file === undefined) return { entries: [], isLast: true, isSealed: false, isDamaged: false, end: from };
	try {
		const remaining = fstatSync(file).size - from;
		const { length, ...piece } = decode(read(file, from, Math.min(remaining, windowBytes)), from, most, record);
		// The record is longer than the window, and complete.
		if (piece.entries.length === 0 && length > windowBytes && length <= remaining)
			return { ...decode(read(file, from, length), from, 1, record), isLast: length === remaining };
		return { ...piece, isLast: piece.isSealed || piece.end + length > from + remaining };
	} finally {
		closeSync(file);
	}
}

/** @returns undefined if there is no such file: another process may have moved its records and removed it */
function openForReading(path: string): number | undefined {
	try {
		return openSync(path, "r");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

function read(file: number, from: number, length: number): Buffer {
	const bytes = Buffer.allocUnsafe(Math.max(0, length));
	return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
}

/** @returns also the minimum length of the record after the last entry, in bytes */
function decode<Entry>(
	bytes: Buffer,
	from: number,
	most: number,
	record: RecordReader<Entry>,
): Omit<Piece<Entry>, "isLast"> & { length: number } {
	const entries: Entry[] = [];
	let at = 0;
	const piece = { entries, isSealed: false, isDamaged: false };
	while (entries.length < most) {
		const lineEnd = bytes.indexOf(lf, at);
		if (lineEnd === -1)
			return { ...piece, end: from + at, length: bytes.length - at + 1, isDamaged: bytes.length - at >= windowBytes };
		const line = bytes.toString("utf8", at, lineEnd);
		if (line === sealLine) return { ...piece, end: from + lineEnd + 1, length: 0, isSealed: true };
		const found = record(line);
		if (found === undefined) return { ...piece, end: from + at, length: 1, isDamaged: true };
		const end = lineEnd + 1 + found.bytes;
		if (end > bytes.length) return { ...piece, end: from + at, length: end - at };
		entries.push(found.read(bytes, lineEnd + 1));
		at = end;
	}
	return { ...piece, end: from + at, length: 0 };
}

/** @returns the names of a folder's journal files, oldest first */
export function filesIn(folder: string): string[] {
	return namesIn(folder)
		.filter((name) => name.endsWith(journalSuffix))
		.sort();
}

/** @returns none for a folder that is not there */
export function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw error;
	}
}

/** @returns whether a folder exists and has any file */
export function hasFiles(folder: string): boolean {
	try {
		return readdirSync(folder).length > 0;
	} catch {
		return false;
	}
}

/** A file that another process has removed counts as empty. */
export function statusOf(path: string): { size: number; mtimeMs: number } {
	return statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: Number.POSITIVE_INFINITY };
}

export function removeFile(path: string): void {
	try {
		unlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
	}
}

/**
 * Finds the files with records to move, and removes abandoned files that have none.
 *
 * @param known the offset up to which a file has been moved, or is known to have no whole record
 * @returns sizes in bytes by file name, oldest first
 */
export function unmovedFiles(folder: string, known: (file: string) => number): Map<string, number> {
	const sizes = new Map<string, number>();
	for (const file of filesIn(folder)) {
		const { size, mtimeMs } = statusOf(join(folder, file));
		if (size > known(file)) sizes.set(file, size);
		else if (mtimeMs < Date.now() - abandonedMs) removeFile(join(folder, file));
	}
	return sizes;
}

/** Sets aside a damaged file, which only a power failure leaves. @throws StoreError always */
export function setAside(path: string, end: number): never {
	const aside = keepForRecovery(path);
	throw new StoreError("unavailable", `records are damaged from byte ${end} on in ${aside}, which is set aside`);
}

/** Renames a file with damaged records, so that its contents are kept. @returns its new path */
export function keepForRecovery(path: string): string {
	const aside = `${path}.damaged`;
	renameSync(path, aside);
	return aside;
}
