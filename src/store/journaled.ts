/** Records with a journal in front of the database: fast to add, and visible to every reader. */
import { batched } from "./batched.js";
import type { Database } from "./database.js";
import { Journal, type JournalFormat } from "./journal.js";
import { type InsertMoved, journalMover } from "./journalMover.js";
import { StoreError } from "./store.js";

/** Records that a reader moves in one transaction: its streams wait for the millisecond or two this takes. */
const fewAtOnce = 50;
/** Records that the store writer, which has no streams, moves in one transaction. */
const manyAtOnce = 250;
/** A process checks the backlog after adding this much. */
const checkEveryBytes = 1024 * 1024;
/** With a longer backlog than this, additions wait until some of it is moved. */
const maxBacklogBytes = 8 * 1024 * 1024;

export interface Journaled<Entry> {
	/** Durable when it resolves. */
	append(entry: Entry): Promise<void>;
	/**
	 * Runs `use` after moving everything that any process has acknowledged. If moving fails, as on a full disk, `use` runs all
	 * the same and its result stands unless it found nothing: the record may be one that could not be moved.
	 */
	afterMoving<Result>(use: () => Promise<Result>): Promise<Result>;
	/** Moves everything added so far into the database. */
	settle(): Promise<void>;
	/** Ends adding; moves what it can. */
	close(): Promise<void>;
}

export function journaled<Entry>(
	database: Database,
	insert: InsertMoved<Entry>,
	dataFolder: string,
	format: JournalFormat<Entry>,
): Journaled<Entry> {
	const journal = new Journal(dataFolder, format, (thrown) => {
		const error = database.errorOf(thrown);
		return error instanceof StoreError ? error : new StoreError("unavailable", (error as Error).message, error);
	});
	const mover = journalMover(database, insert, dataFolder, format);
	let checkedAt = 0;

	async function relieve(): Promise<void> {
		if ((await mover.backlog()) > maxBacklogBytes) await mover.move(fewAtOnce);
	}

	return {
		append: batched<Entry>(async (entries) => {
			if (journal.written - checkedAt > checkEveryBytes) {
				checkedAt = journal.written;
				// A failure to move records, such as a full disk, then reaches the caller.
				await relieve().catch((thrown: unknown) => {
					throw database.errorOf(thrown);
				});
			}
			journal.append(entries);
		}),

		async afterMoving(use) {
			const failure = await mover.move(fewAtOnce).then(
				() => undefined,
				(error: unknown) => error,
			);
			if (failure === undefined) return use();
			const found = await use().catch(() => undefined);
			if (found === undefined || found === false) throw failure;
			return found;
		},

		settle: () => mover.move(manyAtOnce),

		async close() {
			journal.seal();
			// Records that can't be moved now stay in the journal.
			await mover.move(fewAtOnce).catch(() => {});
		},
	};
}

/** Writes to the database directly, where no journal is needed; the same interface. */
export function unjournaled<Entry>(
	{ db, errorOf }: Pick<Database, "db" | "errorOf">,
	insert: InsertMoved<Entry>,
): Journaled<Entry> {
	return {
		append: batched<Entry>(async (entries) => {
			try {
				await db.transaction().execute((transaction) => insert(transaction, entries));
			} catch (thrown) {
				throw errorOf(thrown);
			}
		}),
		afterMoving: (use) => use(),
		async settle() {},
		async close() {},
	};
}
