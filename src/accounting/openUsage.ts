/** What sessions have used that are still open, in the data folder, so that a killed process takes none of it along. */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesIn, journalSuffix, namesIn, removeFile, statusOf } from "../store/journalFiles.js";
import type { UsageEntry, UsageRecord } from "../store/usageTypes.js";
import { lineOf, readUsage } from "./usageJournal.js";

/** A killed process loses up to this much. */
const writeEveryMs = 500;
/** A process that is there says so this often. */
const beatEveryMs = 10_000;
/** One that hasn't for this long is no more. */
const goneMs = 60_000;

const nameOf = (journal: string) => join(journal, "open");

export class OpenUsage {
	/** This process's, with a file for each session. */
	readonly #folder: string;
	readonly #complain: (error: unknown) => void;
	readonly #changed = new Map<string, () => UsageRecord>();
	readonly #written = new Set<string>();
	#timer: NodeJS.Timeout | undefined;
	#beat: NodeJS.Timeout | undefined;

	/** @param journal the folder of the usage journal */
	constructor(journal: string, complain: (error: unknown) => void) {
		this.#folder = join(nameOf(journal), `${Date.now()}-${process.pid}`);
		this.#complain = complain;
	}

	/** @param record gives what the session has used when that is written */
	keep(id: string, record: () => UsageRecord): void {
		this.#changed.set(id, record);
		this.#timer ??= setTimeout(() => this.#write(), writeEveryMs).unref();
	}

	/** Whether something is kept of the session. */
	has(id: string): boolean {
		return this.#written.has(id) || this.#changed.has(id);
	}

	/** The session's record is in the journal. */
	remove(id: string): void {
		this.#changed.delete(id);
		if (!this.#written.delete(id)) return;
		this.#try(() => {
			removeFile(this.#fileOf(id));
			if (this.#written.size === 0) this.#leave();
		});
	}

	/** What is left is moved when this process is no more. */
	close(): void {
		clearTimeout(this.#timer);
		clearInterval(this.#beat);
	}

	#write(): void {
		this.#timer = undefined;
		this.#try(() => {
			for (const [id, record] of this.#changed) {
				this.#writeOne(id, lineOf(record()));
				this.#changed.delete(id);
			}
		});
		// A disk that is full may have room again.
		if (this.#changed.size > 0) this.#timer = setTimeout(() => this.#write(), beatEveryMs).unref();
	}

	#try(change: () => void): void {
		try {
			change();
		} catch (error) {
			this.#complain(error);
		}
	}

	/** A file is whole, or not there. */
	#writeOne(id: string, line: string): void {
		const file = this.#fileOf(id);
		mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
		const beat = () => utimesSync(this.#folder, new Date(), new Date());
		this.#beat ??= setInterval(() => this.#try(beat), beatEveryMs).unref();
		this.#written.add(id);
		writeFileSync(`${file}.new`, line, { mode: 0o600 });
		renameSync(`${file}.new`, file);
	}

	#leave(): void {
		clearInterval(this.#beat);
		this.#beat = undefined;
		removeFolder(this.#folder);
	}

	#fileOf(id: string): string {
		return join(this.#folder, id + journalSuffix);
	}
}

/** Of processes that are no more. @param journal the folder of the usage journal @returns their folders, each with its records */
export function abandonedUsage(journal: string): [folder: string, entries: UsageEntry[]][] {
	const folder = nameOf(journal);
	return namesIn(folder)
		.map((name) => join(folder, name))
		.filter((one) => statusOf(one).mtimeMs < Date.now() - goneMs)
		.map((one) => [one, recordsIn(one)]);
}

export function removeFolder(folder: string): void {
	rmSync(folder, { recursive: true, force: true });
	// A journal without files needs no store writer.
	if (namesIn(dirname(folder)).length === 0) rmSync(dirname(folder), { recursive: true, force: true });
}

function recordsIn(folder: string): UsageEntry[] {
	return filesIn(folder).flatMap((name) => readUsage(join(folder, name), 0, 1).entries);
}
