/** Moves usage from the journal into the store. Any process may: a record's id makes adding it twice harmless. */
import { join } from "node:path";
import { messageOf } from "../errors/problem.js";
import { keepForRecovery, removeFile, setAside, unmovedFiles } from "../store/journalFiles.js";
import { StoreError } from "../store/store.js";
import type { UsageEntry, UsageStore } from "../store/usageTypes.js";
import { abandonedUsage, removeFolder } from "./openUsage.js";
import { readUsage } from "./usageJournal.js";

/** Records in one transaction. */
const atOnce = 500;

export interface UsageMover {
	/** Moves everything that the journal has now, and what killed processes have left of open sessions. @throws StoreError; the rest then stays in the journal */
	move(): Promise<void>;
}

export function usageMover(
	usage: Pick<UsageStore, "addEntries">,
	folder: string,
	complain: (line: string) => void,
): UsageMover {
	/** Offset by file up to which this process has moved it, and sizes of files whose last record is incomplete. */
	const moved = new Map<string, number>();
	const cut = new Map<string, number>();
	/** Files with lines that are no records. */
	const damaged = new Set<string>();

	async function moveFile(file: string, size: number): Promise<void> {
		const path = join(folder, file);
		for (;;) {
			const piece = readUsage(path, moved.get(file) ?? 0, atOnce);
			if (piece.entries.length > 0) await add(piece.entries);
			if (piece.damaged > 0) {
				complain(`damaged usage records in ${path} are left out: ${piece.damaged}`);
				damaged.add(file);
			}
			moved.set(file, piece.end);
			if (piece.isSealed) {
				if (damaged.delete(file)) keepForRecovery(path);
				else removeFile(path);
				moved.delete(file);
				cut.delete(file);
				return;
			}
			if (piece.isDamaged) setAside(path, piece.end);
			if (piece.isLast && piece.end < size) cut.set(file, size);
			if (piece.isLast || piece.end >= size) return;
		}
	}

	/** Adds records one by one if the store refuses them together, so that a bad one doesn't block the others. */
	async function add(entries: readonly UsageEntry[]): Promise<void> {
		try {
			await usage.addEntries(entries);
		} catch (error) {
			if (error instanceof StoreError) throw error;
			const [only] = entries;
			if (entries.length > 1) for (const entry of entries) await add([entry]);
			else complain(`the usage of request ${only?.requestId} can't be stored: ${messageOf(error)}`);
		}
	}

	return {
		async move() {
			const readUpTo = (file: string) => Math.max(moved.get(file) ?? 0, cut.get(file) ?? 0);
			for (const [file, size] of unmovedFiles(folder, readUpTo)) await moveFile(file, size);
			// If a session has a record above, that one stands.
			for (const [abandoned, entries] of abandonedUsage(folder)) {
				if (entries.length > 0) await add(entries);
				removeFolder(abandoned);
			}
		},
	};
}
