/** Collects the usage records of all requests, and writes them to the journal twice a second. */
import { messageOf } from "../errors/problem.js";
import { AppendFiles } from "../store/appendFiles.js";
import { usageLineWriter } from "../store/usageLine.js";
import type { UsageRecord } from "../store/usageTypes.js";
import { LineBuffer } from "./lineBuffer.js";
import { OpenUsage } from "./openUsage.js";
import { type UsageJournalSettings, usageFolder } from "./usageJournal.js";

export interface UsageRecorder {
	add(record: UsageRecord): void;
	/** Keeps what a session has used that is still open. @param record gives what is to be added if this process is killed */
	keep(id: string, record: () => UsageRecord): void;
	/** Writes what is waiting, and ends. */
	close(): void;
}

/** A killed process loses up to this much. */
const writeEveryMs = 500;
/** Written sooner if this many bytes wait. */
const writeBytes = 1024 * 1024;
/** While writing fails, the newest records are kept up to this many bytes. */
const maxWaitingBytes = 8 * 1024 * 1024;
const complaintEveryMs = 60_000;
/** Small files, since those that a killed process left unsealed are removed late. */
const limits = { maxBytes: 1024 * 1024, maxAgeMs: 600_000 };

export function createUsageRecorder(settings: UsageJournalSettings, complain: (line: string) => void): UsageRecorder {
	const folder = usageFolder(settings);
	const files = folder === undefined ? undefined : new AppendFiles(folder, limits);
	const open = folder === undefined ? undefined : new OpenUsage(folder, (error) => complainRarely(messageOf(error)));
	/** Sessions whose records wait to be written. */
	const over: string[] = [];
	const lines = new LineBuffer(maxWaitingBytes);
	const lineOf = usageLineWriter();
	let lost = 0;
	let timer: NodeJS.Timeout | undefined;
	let isFailing = false;
	let quietUntil = 0;

	function write(): void {
		clearTimeout(timer);
		timer = undefined;
		if (lines.length === 0 || files === undefined) return;
		const { written, error } = files.append(lines.bytes);
		isFailing = error !== undefined;
		lines.drop(written);
		if (!isFailing) {
			for (const id of over.splice(0)) open?.remove(id);
			return;
		}
		complainRarely(messageOf(error));
		schedule();
	}

	function complainRarely(reason: string): void {
		const now = performance.now();
		if (now < quietUntil) return;
		quietUntil = now + complaintEveryMs;
		complain(`Usage can't be recorded: ${reason}${lost === 0 ? "" : `; ${lost} records are lost`}`);
	}

	function schedule(): void {
		timer ??= setTimeout(write, writeEveryMs).unref();
	}

	return {
		add(record) {
			if (files === undefined) {
				complainRarely("there is no home folder to record it in; set one with --data");
				return;
			}
			lost += lines.add(`${lineOf(record)}\n`);
			if (open?.has(record.id)) over.push(record.id);
			if (lines.length > writeBytes && !isFailing) write();
			else schedule();
		},
		keep(id, record) {
			open?.keep(id, record);
		},
		close() {
			write();
			open?.close();
			clearTimeout(timer);
			files?.seal();
		},
	};
}
