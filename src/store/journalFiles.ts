/** The files of a journal, as whoever moves their records sees them; `appendFiles.ts` writes them. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, renameSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./store.js";

export const journalSuffix = ".records";

/** The last line of a file that is written no further. */
export const sealLine = "end";

/** After this time without a seal, nobody writes a file any more: its process was killed. */
export const abandonedMs = 24 * 3_600_000;

export interface Piece<Entry> {
	entries: Entry[];
	/** Offset behind the last of them. */
	end: number;
	/** Nothing whole is behind them now: the file's end, or a record that is being written or was cut. */
	isLast: boolean;
	/** Nor will there ever be. */
	isSealed: boolean;
	/** What is behind them is no record. */
	isDamaged: boolean;
}

/** A record begins with a line. @returns nothing where the line is none of a record's; else how many bytes follow the line, and what they make of it */
export type RecordReader<Entry> = (
	line: string,
) => { bytes: number; read(bytes: Buffer, start: number): Entry } | undefined;

const windowBytes = 512 * 1024;
const lf = 0x0a;

/** Whole records from this offset on: as many as are in half a megabyte, no more than `most`, and at least one where there is one. */
export function readPiece<Entry>(path: string, from: number, most: number, record: RecordReader<Entry>): Piece<Entry> {
	const file = openForReading(path);
	if (file === undefined) return { entries: [], isLast: true, isSealed: false, isDamaged: false, end: from };
	try {
		const left = fstatSync(file).size - from;
		const { length, ...piece } = decode(read(file, from, Math.min(left, windowBytes)), from, most, record);
		// Longer than the window, and all there.
		if (piece.entries.length === 0 && length > windowBytes && length <= left)
			return { ...decode(read(file, from, length), from, 1, record), isLast: length === left };
		return { ...piece, isLast: piece.isSealed || piece.end + length > from + left };
	} finally {
		closeSync(file);
	}
}

/** Another process may have moved all of it, and removed it. */
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

/** @returns also how long the record behind them is at least */
function decode<Entry>(
	bytes: Buffer,
	from: number,
	most: number,
	record: RecordReader<Entry>,
): Omit<Piece<Entry>, "isLast"> & { length: number } {
	const entries: Entry[] = [];
	let at = 0;
	const soFar = { entries, isSealed: false, isDamaged: false };
	while (entries.length < most) {
		const lineEnd = bytes.indexOf(lf, at);
		if (lineEnd === -1)
			return { ...soFar, end: from + at, length: bytes.length - at + 1, isDamaged: bytes.length - at >= windowBytes };
		const line = bytes.toString("utf8", at, lineEnd);
		if (line === sealLine) return { ...soFar, end: from + lineEnd + 1, length: 0, isSealed: true };
		const found = record(line);
		if (found === undefined) return { ...soFar, end: from + at, length: 1, isDamaged: true };
		const end = lineEnd + 1 + found.bytes;
		if (end > bytes.length) return { ...soFar, end: from + at, length: end - at };
		entries.push(found.read(bytes, lineEnd + 1));
		at = end;
	}
	return { ...soFar, end: from + at, length: 0 };
}

/** Their names, the oldest first. */
export function filesIn(folder: string): string[] {
	try {
		return readdirSync(folder)
			.filter((name) => name.endsWith(journalSuffix))
			.sort();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw error;
	}
}

/** Somebody has written something in this folder. */
export function hasFiles(folder: string): boolean {
	try {
		return readdirSync(folder).length > 0;
	} catch {
		return false;
	}
}

/** A file that another process has removed meanwhile has nothing in it. */
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
 * Files that have something to be moved, with their sizes, the oldest first. What nobody writes any more, and is all
 * moved, is removed.
 *
 * @param known how far each is moved, or known to have nothing whole in it
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

/** Only a power failure leaves a file like this. What is in it is kept for whoever can make something of it. */
export function setAside(path: string, end: number): never {
	const aside = `${path}.damaged`;
	renameSync(path, aside);
	throw new StoreError("unavailable", `records are damaged from byte ${end} on in ${aside}, which is set aside`);
}
