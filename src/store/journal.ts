/**
 * A journal: with SQLite, workers write completions and responses here first, because appending to a file costs a tenth of a
 * transaction. `journalMover.ts` moves them into the database.
 *
 * Each process appends to its own files. A record is acknowledged once the system has its bytes, so it survives the end of any
 * process. It consists of one line of JSON, which holds everything but the long texts and gives their lengths in bytes, and then
 * the texts, each followed by a line end; an incomplete record is ignored. Members may be added to the line, but existing ones
 * never change, since a newer program moves what an older one wrote.
 */
import { join } from "node:path";
import { AppendFiles } from "./appendFiles.js";
import { PartialWrite } from "./batched.js";
import type { RecordReader } from "./journalFiles.js";
import type { StoreError } from "./store.js";

/** How the records of one kind are written and read. */
export interface JournalFormat<Entry> {
	/** Below the data folder. */
	readonly folder: string;
	/** Precedes the names of its files where they are noted as moved; empty for completions, which were first. */
	readonly prefix: string;
	/** Everything but the texts, as one line of JSON. */
	line(entry: Entry): string;
	texts(entry: Entry): readonly (string | Buffer)[];
	readonly read: RecordReader<Entry>;
}

/** A file beyond either limit is sealed, and another is begun. */
const maxBytes = 8 * 1024 * 1024;
const maxAgeMs = 3_600_000;

export class Journal<Entry> {
	readonly #format: JournalFormat<Entry>;
	readonly #files: AppendFiles;
	readonly #errorOf: (thrown: unknown) => StoreError | unknown;
	#written = 0;

	/**
	 * @param dataFolder the first write creates the journal's folder in it
	 * @param errorOf converts the file system's errors to StoreErrors
	 */
	constructor(dataFolder: string, format: JournalFormat<Entry>, errorOf: (thrown: unknown) => StoreError | unknown) {
		this.#format = format;
		this.#files = new AppendFiles(join(dataFolder, format.folder), { maxBytes, maxAgeMs });
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
			const line = this.#format.line(entry);
			const texts = this.#format.texts(entry);
			let most = mostBytesOf(line) + 1;
			for (const text of texts) most += mostBytesOf(text) + 1;
			if (end + most > bytes.length) bytes = longer(bytes, end, end + most);
			end = put(bytes, end, line);
			for (const text of texts) end = put(bytes, end, text);
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

/** Reused for every batch. */
const buffer = Buffer.allocUnsafe(128 * 1024);
const mostBytesOfCharacter = 3;
const lf = 0x0a;

function longer(bytes: Buffer, used: number, length: number): Buffer {
	const more = Buffer.allocUnsafe(length + buffer.length);
	bytes.copy(more, 0, 0, used);
	return more;
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
