/** Reads records of a journal's file; `journal.ts` says what they look like. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Entry } from "./completionInsert.js";
import { type RecordLine, sealLine } from "./journal.js";

export interface Piece {
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

const windowBytes = 512 * 1024;
const lf = 0x0a;
const nothing = { entries: [], isLast: true, isSealed: false, isDamaged: false };

/** Whole records from this offset on: as many as are in half a megabyte, no more than `most`, and at least one where there is one. */
export function readPiece(path: string, from: number, most: number): Piece {
	const file = openForReading(path);
	if (file === undefined) return { ...nothing, end: from };
	try {
		const left = fstatSync(file).size - from;
		const { length, ...piece } = decode(read(file, from, Math.min(left, windowBytes)), from, most);
		// Longer than the window, and all there.
		if (piece.entries.length === 0 && length > windowBytes && length <= left)
			return { ...decode(read(file, from, length), from, 1), isLast: length === left };
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
function decode(bytes: Buffer, from: number, most: number): Omit<Piece, "isLast"> & { length: number } {
	const entries: Entry[] = [];
	let at = 0;
	const soFar = { entries, isSealed: false, isDamaged: false };
	while (entries.length < most) {
		const lineEnd = bytes.indexOf(lf, at);
		if (lineEnd === -1)
			return { ...soFar, end: from + at, length: bytes.length - at + 1, isDamaged: bytes.length - at >= windowBytes };
		const line = bytes.toString("utf8", at, lineEnd);
		if (line === sealLine) return { ...soFar, end: from + lineEnd + 1, length: 0, isSealed: true };
		const record = parsed(line);
		if (record === undefined) return { ...soFar, end: from + at, length: 1, isDamaged: true };
		const { owner, request, response, ...completion } = record;
		const responseAt = lineEnd + 1 + request + 1;
		const end = responseAt + response + 1;
		if (end > bytes.length) return { ...soFar, end: from + at, length: end - at };
		const texts = {
			request: bytes.toString("utf8", lineEnd + 1, responseAt - 1),
			response: bytes.toString("utf8", responseAt, end - 1),
		};
		entries.push({
			owner,
			completion: { promptTokens: undefined, completionTokens: undefined, ...completion, ...texts },
		});
		at = end;
	}
	return { ...soFar, end: from + at, length: 0 };
}

function parsed(line: string): RecordLine | undefined {
	try {
		const record = JSON.parse(line) as RecordLine | null;
		return Number.isInteger(record?.request) && Number.isInteger(record?.response) ? (record as RecordLine) : undefined;
	} catch {
		return undefined;
	}
}
