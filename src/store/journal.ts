/**
 * The journal: where workers that store in SQLite write completions first, because appending to a file costs a tenth of
 * what a transaction does. `journalMover.ts` moves them into the database.
 *
 * Each process appends to files of its own, which nobody else writes. A record is acknowledged when the system has its
 * bytes, so that it survives the end of any process, and counts when it is whole: one line of JSON with all but the two
 * texts and with their lengths in bytes, then the texts, each with a line end behind it. Members may be added to that line;
 * those that are there never change, since a newer program moves what an older one wrote.
 */
import { join } from "node:path";
import { AppendFiles } from "./appendFiles.js";
import { Partly } from "./batched.js";
import type { Entry } from "./completionInsert.js";
import { hasFiles } from "./journalFiles.js";
import type { Metadata } from "./page.js";
import type { CompletionStatus, StoreError } from "./store.js";

export const journalFolder = "journal";

/** A file that is longer or older is sealed, and another begun. */
const maxBytes = 8 * 1024 * 1024;
const maxAgeMs = 3_600_000;

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
	readonly #files: AppendFiles;
	readonly #errorOf: (thrown: unknown) => StoreError | unknown;
	#written = 0;

	/**
	 * @param dataFolder in which there is a folder for it, once something is written
	 * @param errorOf what the file system threw as a StoreError
	 */
	constructor(dataFolder: string, errorOf: (thrown: unknown) => StoreError | unknown) {
		this.#files = new AppendFiles(join(dataFolder, journalFolder), { maxBytes, maxAgeMs });
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
		const { written, error } = this.#files.append(bytes.subarray(0, end));
		this.#written += written;
		if (error === undefined) return;
		const whole = ends.filter((recordEnd) => recordEnd <= written).length;
		throw new Partly(whole, this.#errorOf(error));
	}

	/** Nothing more is written for now. */
	seal(): void {
		this.#files.seal();
	}
}

/** Somebody has stored something in this folder. */
export function hasJournal(dataFolder: string): boolean {
	return hasFiles(join(dataFolder, journalFolder));
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
