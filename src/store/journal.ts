/**
 * The journal: with SQLite, workers write completions here first, because appending to a file costs a tenth of a transaction.
 * `journalMover.ts` moves them into the database.
 *
 * Each process appends to its own files. A record is acknowledged once the system has its bytes, so it survives the end of any
 * process. It consists of one line of JSON, which holds everything but the two texts and gives their lengths in bytes, and then
 * the texts, each followed by a line end; an incomplete record is ignored. Members may be added to the line, but existing ones
 * never change, since a newer program moves what an older one wrote.
 */
import { join } from "node:path";
import { AppendFiles } from "./appendFiles.js";
import { PartialWrite } from "./batched.js";
import type { Entry } from "./completionInsert.js";
import { hasFiles } from "./journalFiles.js";
import type { Metadata } from "./page.js";
import type { CompletionStatus, StoreError } from "./store.js";

export const journalFolder = "journal";

/** A file beyond either limit is sealed, and another is begun. */
const maxBytes = 8 * 1024 * 1024;
const maxAgeMs = 3_600_000;

/** A record's first line, parsed. */
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
	/** Lengths of the texts, in bytes. */
	request: number;
	response: number;
}

export class Journal {
	readonly #files: AppendFiles;
	readonly #errorOf: (thrown: unknown) => StoreError | unknown;
	#written = 0;

	/**
	 * @param dataFolder the first write creates the journal's folder in it
	 * @param errorOf converts the file system's errors to StoreErrors
	 */
	constructor(dataFolder: string, errorOf: (thrown: unknown) => StoreError | unknown) {
		this.#files = new AppendFiles(join(dataFolder, journalFolder), { maxBytes, maxAgeMs });
		this.#errorOf = errorOf;
	}

	/** Bytes appended since the start. */
	get written(): number {
		return this.#written;
	}

	/** Durable when it returns. @throws PartialWrite caused by a StoreError, with the number of entries that were written */
	append(entries: readonly Entry[]): void {
		const recordEnds: number[] = [];
		let bytes: Buffer = buffer;
		let end = 0;
		for (const entry of entries) {
			const line = lineOf(entry);
			const { request, response } = entry.completion;
			const most = line.length * mostBytesOfCharacter + mostBytesOf(request) + mostBytesOf(response) + 3;
			if (end + most > bytes.length) bytes = longer(bytes, end, end + most);
			end = put(bytes, end, line);
			end = put(bytes, end, request);
			end = put(bytes, end, response);
			recordEnds.push(end);
		}
		const { written, error } = this.#files.append(bytes.subarray(0, end));
		this.#written += written;
		if (error === undefined) return;
		const whole = recordEnds.filter((recordEnd) => recordEnd <= written).length;
		throw new PartialWrite(whole, this.#errorOf(error));
	}

	/** Ends the current file; the next append begins another. */
	seal(): void {
		this.#files.seal();
	}
}

/** @returns whether anything was ever written to this folder's journal */
export function hasJournal(dataFolder: string): boolean {
	return hasFiles(join(dataFolder, journalFolder));
}

/** Reused for every batch. */
const buffer = Buffer.allocUnsafe(128 * 1024);
const mostBytesOfCharacter = 3;
const lf = 0x0a;

function longer(bytes: Buffer, used: number, length: number): Buffer {
	const more = Buffer.allocUnsafe(length + buffer.length);
	bytes.copy(more, 0, 0, used);
	return more;
}

/** A `RecordLine`, serialised by hand: only the client's own texts need escaping. */
function lineOf({ owner, completion }: Entry): string {
	const { id, model, status, metadata, createdAt, promptTokens, completionTokens, durationMs } = completion;
	const pairs = isEmpty(metadata) ? "{}" : JSON.stringify(metadata);
	const counts =
		(promptTokens === undefined ? "" : `"promptTokens":${promptTokens},`) +
		(completionTokens === undefined ? "" : `"completionTokens":${completionTokens},`);
	return (
		`{"owner":${JSON.stringify(owner)},"id":${JSON.stringify(id)},"model":${JSON.stringify(model)},` +
		`"status":"${status}","metadata":${pairs},"createdAt":${createdAt},${counts}"durationMs":${durationMs},` +
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

/** @returns the offset after the text and its line end */
function put(bytes: Buffer, at: number, text: string | Buffer): number {
	const end = at + (typeof text === "string" ? bytes.write(text, at) : text.copy(bytes, at));
	bytes[end] = lf;
	return end + 1;
}
