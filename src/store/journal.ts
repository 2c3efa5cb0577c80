/**
 * The journal: where workers that store in SQLite write completions first, because appending to a file costs a tenth of
 * what a transaction does. `journalMover.ts` moves them into the database.
 *
 * Each process appends to files of its own, which nobody else writes. A record is acknowledged when the system has its
 * bytes, so that it survives the end of any process, and counts when it is whole: one line of JSON with all but the two
 * texts and with their lengths in bytes, then the texts, each with a line end behind it. Members may be added to that line;
 * those that are there never change, since a newer program moves what an older one wrote.
 */
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Partly } from "./batched.js";
import type { Entry } from "./completionInsert.js";
import type { CompletionStatus, Metadata, StoreError } from "./store.js";

export const journalFolder = "journal";
export const journalSuffix = ".records";

/** The last line of a file that is written no further. */
export const sealLine = "end";

/** A file that is longer or older is sealed, and another begun. */
const maxBytes = 8 * 1024 * 1024;
const maxAgeMs = 3_600_000;
/** After this time without a seal, nobody writes a file any more: its process was killed. */
export const abandonedMs = 24 * maxAgeMs;

/** What a record's first line says. */
export interface RecordLine {
	owner: string;
	id: string;
	model: string;
	status: CompletionStatus;
	metadata: Metadata;
	createdAt: number;
	promptTokens?: number;
	completionTokens?: number;
	durationMs: number;
	/** Bytes of the texts. */
	request: number;
	response: number;
}

export class Journal {
	readonly #folder: string;
	readonly #errorOf: (thrown: unknown) => StoreError | unknown;
	#file: { fd: number; bytes: number; since: number } | undefined;
	#made = 0;
	#written = 0;

	/**
	 * @param dataFolder in which there is a folder for it, once something is written
	 * @param errorOf what the file system threw as a StoreError
	 */
	constructor(dataFolder: string, errorOf: (thrown: unknown) => StoreError | unknown) {
		this.#folder = join(dataFolder, journalFolder);
		this.#errorOf = errorOf;
	}

	/** Bytes that have been appended in all. */
	get written(): number {
		return this.#written;
	}

	/** Durable when it returns. @throws StoreError, or Partly with one where the first ones fitted */
	append(entries: readonly Entry[]): void {
		const ends: number[] = [];
		let bytes: Buffer = kept;
		let end = 0;
		for (const entry of entries) {
			const line = lineOf(entry);
			const { request, response } = entry.completion;
			const most = line.length * mostBytesOfCharacter + mostBytesOf(request) + mostBytesOf(response) + 3;
			if (end + most > bytes.length) bytes = longer(bytes, end, end + most);
			end = put(bytes, end, line);
			end = put(bytes, end, request);
			end = put(bytes, end, response);
			ends.push(end);
		}
		const { written, error } = this.#write(bytes.subarray(0, end));
		this.#written += written;
		if (error === undefined) return;
		const whole = ends.filter((recordEnd) => recordEnd <= written).length;
		throw new Partly(whole, this.#errorOf(error));
	}

	/** Nothing more is written for now. */
	seal(): void {
		if (!this.#file) return;
		const { fd } = this.#file;
		this.#file = undefined;
		try {
			writeSync(fd, `${sealLine}\n`);
		} catch {
			// It then counts as abandoned, after a while.
		} finally {
			closeSync(fd);
		}
	}

	#write(bytes: Buffer): { written: number; error?: unknown } {
		let written = 0;
		try {
			const file = this.#current();
			while (written < bytes.length) {
				const count = writeSync(file.fd, bytes, written, bytes.length - written);
				written += count;
				file.bytes += count;
			}
			return { written };
		} catch (error) {
			// A record that was cut would swallow the next one.
			if (written > 0 && this.#file) {
				closeSync(this.#file.fd);
				this.#file = undefined;
			}
			return { written, error };
		}
	}

	#current(): { fd: number; bytes: number; since: number } {
		const now = Date.now();
		if (this.#file && (this.#file.bytes > maxBytes || now - this.#file.since > maxAgeMs)) this.seal();
		this.#file ??= { fd: this.#begin(now), bytes: 0, since: now };
		return this.#file;
	}

	/** Names are in the order of time, and never used twice. */
	#begin(now: number): number {
		this.#made += 1;
		const name = `${now}-${String(this.#made).padStart(6, "0")}-${process.pid}${journalSuffix}`;
		mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
		return openSync(join(this.#folder, name), "ax", 0o600);
	}
}

/** Somebody has stored something in this folder. */
export function hasJournal(dataFolder: string): boolean {
	try {
		return readdirSync(join(dataFolder, journalFolder)).length > 0;
	} catch {
		return false;
	}
}

/** Used for each batch anew. */
const kept = Buffer.allocUnsafe(128 * 1024);
const mostBytesOfCharacter = 3;
const lf = 0x0a;

function longer(bytes: Buffer, used: number, length: number): Buffer {
	const more = Buffer.allocUnsafe(length + kept.length);
	bytes.copy(more, 0, 0, used);
	return more;
}

/** A `RecordLine`, put together by hand: of its texts, only the client's own have to be escaped. */
function lineOf({ owner, completion }: Entry): string {
	const { id, model, status, metadata, createdAt, promptTokens, completionTokens, durationMs } = completion;
	const notes = isEmpty(metadata) ? "{}" : JSON.stringify(metadata);
	const counts =
		(promptTokens === undefined ? "" : `"promptTokens":${promptTokens},`) +
		(completionTokens === undefined ? "" : `"completionTokens":${completionTokens},`);
	return (
		`{"owner":${JSON.stringify(owner)},"id":${JSON.stringify(id)},"model":${JSON.stringify(model)},` +
		`"status":"${status}","metadata":${notes},"createdAt":${createdAt},${counts}"durationMs":${durationMs},` +
		`"request":${bytesOf(completion.request)},"response":${bytesOf(completion.response)}}`
	);
}

function isEmpty(metadata: Metadata): boolean {
	for (const _name in metadata) return false;
	return true;
}

function bytesOf(text: string | Buffer): number {
	return typeof text === "string" ? Buffer.byteLength(text) : text.length;
}

function mostBytesOf(text: string | Buffer): number {
	return typeof text === "string" ? text.length * mostBytesOfCharacter : text.length;
}

/** @returns the offset behind the text and its line end */
function put(bytes: Buffer, at: number, text: string | Buffer): number {
	const end = at + (typeof text === "string" ? bytes.write(text, at) : text.copy(bytes, at));
	bytes[end] = lf;
	return end + 1;
}
