/** Takes usage records on the way of every request, and writes them to the journal twice a second. */
import { messageOf } from "../errors/problem.js";
import { AppendFiles } from "../store/appendFiles.js";
import type { UsageRecord } from "../store/usageTypes.js";
import { LineBuffer } from "./lineBuffer.js";
import { lineOf, type UsageJournalSettings, usageFolder } from "./usageJournal.js";

export interface UsageRecorder {
	add(record: UsageRecord): void;
	/** Writes what there is, and ends. */
	close(): void;
}

/** So much can be lost with a process that is killed. */
const writeEveryMs = 500;
/** Sooner, where so many bytes wait. */
const manyBytes = 1024 * 1024;
/** What can't be written is kept up to this many bytes, the newest. */
const mostKept = 8 * 1024 * 1024;
const complaintEveryMs = 60_000;
/** Few records wait in a file that nobody has sealed, since its process was killed. */
const limits = { maxBytes: 1024 * 1024, maxAgeMs: 600_000 };

export function createUsageRecorder(settings: UsageJournalSettings, complain: (line: string) => void): UsageRecorder {
	const folder = usageFolder(settings);
	const files = folder === undefined ? undefined : new AppendFiles(folder, limits);
	const lines = new LineBuffer(mostKept);
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
		if (!isFailing) return;
		tell(messageOf(error));
		schedule();
	}

	function tell(reason: string): void {
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
				tell("there is no home folder to record it in; name a folder with --data");
				return;
			}
			lost += lines.add(lineOf(record));
			if (lines.length > manyBytes && !isFailing) write();
			else schedule();
		},
		close() {
			write();
			clearTimeout(timer);
			files?.seal();
		},
	};
}
