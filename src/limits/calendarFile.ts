/** Keeps the use of days, months and sessions over a restart, in a file of lines: the last line of a counter counts. */
import { appendFileSync, fstatSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../errors/problem.js";
import type { CalendarEntry } from "./memoryCounters.js";
import { type KeptSpan, keptSpans } from "./tally.js";

/** Use within this time may be lost if the process is killed. */
const writeMs = 1_000;
/** With more lines than this, and more than twice as many as there are counters, the file is written anew. */
const manyLines = 1_000;

/** The counters that are kept in the file. */
export interface Kept {
	/** What has changed since the last call. */
	takeChanges(): CalendarEntry[];
	/** All counters. */
	entries(): CalendarEntry[];
}

/** Reads the file; lines that can't be read are left out. */
export function readCalendar(file: string, complain: (line: string) => void): CalendarEntry[] {
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
			complain(`limits per day and month begin at 0, since what was used can't be read: ${messageOf(error)}`);
		return [];
	}
	const entries = new Map<string, CalendarEntry>();
	for (const line of text.split("\n")) {
		const entry = entryOf(line);
		if (entry !== undefined) entries.set(entry[0], entry);
	}
	return [...entries.values()];
}

function entryOf(line: string): CalendarEntry | undefined {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return undefined;
	}
	if (!Array.isArray(value)) return undefined;
	const [counter, span, period, used] = value as unknown[];
	const isWhole = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
	const isSpan = keptSpans.includes(span as KeptSpan);
	if (typeof counter !== "string" || !isSpan || !isWhole(period) || !isWhole(used)) return undefined;
	return [counter, span as KeptSpan, period, used];
}

export class CalendarFile {
	readonly #file: string;
	readonly #kept: Kept;
	readonly #complain: (line: string) => void;
	/** The file that this process has written; a file that another process has put in its place is left alone. */
	#handle: FileHandle | undefined;
	#inode = 0;
	#lines = 0;
	#timer: NodeJS.Timeout | undefined;
	#writing: Promise<void> | undefined;
	/** The last write failed, which was complained of. */
	#isFailing = false;
	#isOver = false;

	constructor(file: string, kept: Kept, complain: (line: string) => void) {
		this.#file = file;
		this.#kept = kept;
		this.#complain = complain;
	}

	/** To be called when something has changed. */
	note(): void {
		if (this.#isOver) return;
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			if (this.#writing) {
				this.note();
				return;
			}
			this.#writing = this.#write().finally(() => {
				this.#writing = undefined;
			});
		}, writeMs);
	}

	/** Writes what is new at once, since the process ends. */
	close(): void {
		clearTimeout(this.#timer);
		if (this.#isOver || (this.#timer === undefined && this.#writing === undefined)) return;
		this.#isOver = true;
		try {
			mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
			// All of it: what is just being written may not get there.
			appendFileSync(this.#handle?.fd ?? this.#file, `\n${textOf(this.#kept.entries())}`, { mode: 0o600 });
		} catch (error) {
			if (!this.#isFailing) this.#complainOf(error);
		}
	}

	async #write(): Promise<void> {
		const changes = this.#kept.takeChanges();
		try {
			if (this.#isTaken()) {
				this.#isOver = true;
				return;
			}
			if (this.#handle === undefined || this.#isMissing() || this.#isLong()) await this.#writeAnew();
			else {
				await this.#handle.appendFile(textOf(changes));
				this.#lines += changes.length;
			}
			this.#isFailing = false;
		} catch (error) {
			if (!this.#isFailing) this.#complainOf(error);
			this.#isFailing = true;
			// A line may have been cut short; the whole file is tried again.
			await this.#handle?.close().catch(() => {});
			this.#handle = undefined;
			this.note();
		}
	}

	async #writeAnew(): Promise<void> {
		const next = `${this.#file}.${process.pid}`;
		await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
		const handle = await open(next, "w", 0o600);
		try {
			const entries = this.#kept.entries();
			await handle.appendFile(textOf(entries));
			await rename(next, this.#file);
			this.#lines = entries.length;
		} catch (error) {
			await handle.close();
			await rm(next, { force: true });
			throw error;
		}
		await this.#handle?.close();
		this.#handle = handle;
		this.#inode = fstatSync(handle.fd).ino;
	}

	#isLong(): boolean {
		return this.#lines > manyLines && this.#lines > 2 * this.#kept.entries().length;
	}

	#isMissing(): boolean {
		return statSync(this.#file, { throwIfNoEntry: false }) === undefined;
	}

	/** Another gateway has taken over: one that listens on the same address, when this one drains. */
	#isTaken(): boolean {
		if (this.#handle === undefined) return false;
		const there = statSync(this.#file, { throwIfNoEntry: false });
		return there !== undefined && there.ino !== this.#inode;
	}

	#complainOf(error: unknown): void {
		this.#complain(`what is used of limits per day and month can't be written, and would be lost: ${messageOf(error)}`);
	}
}

function textOf(entries: readonly CalendarEntry[]): string {
	return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
}
