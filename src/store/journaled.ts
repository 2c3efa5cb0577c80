/** Stored completions with the journal in front of the database: quick to be added, and seen by whoever reads. */
import { batched } from "./batched.js";
import type { Entry, Insert } from "./completionInsert.js";
import type { Database } from "./database.js";
import { Journal } from "./journal.js";
import { journalMover } from "./journalMover.js";
import { type CompletionStore, StoreError } from "./store.js";

/** Records that a reader moves in one transaction: a millisecond or two, in which its streams wait. */
const fewAtOnce = 50;
/** And that a process moves which has nothing else to do. */
const manyAtOnce = 250;
/** As often as this many bytes, a process looks how much waits to be moved; */
const lookEveryBytes = 1024 * 1024;
/** and when it is more than this, what it adds has to wait too. */
const mostWaitingBytes = 8 * 1024 * 1024;

export interface Journaled {
	completions: CompletionStore;
	/** Moves what has been added into the database. */
	settle(): Promise<void>;
	/** Adds nothing more. */
	close(): Promise<void>;
}

/** @param completions those in the database */
export function journaled(
	database: Database,
	insert: Insert,
	dataFolder: string,
	completions: Omit<CompletionStore, "add">,
): Journaled {
	const journal = new Journal(dataFolder, (thrown) => {
		const error = database.errorOf(thrown);
		return error instanceof StoreError ? error : new StoreError("unavailable", (error as Error).message, error);
	});
	const mover = journalMover(database, insert, dataFolder);
	let looked = 0;

	const append = batched<Entry>(async (entries) => {
		if (journal.written - looked > lookEveryBytes) {
			looked = journal.written;
			// What keeps records from being moved, such as a full disk, then reaches whoever stores.
			await relieve().catch((thrown: unknown) => {
				throw database.errorOf(thrown);
			});
		}
		journal.append(entries);
	});

	async function relieve(): Promise<void> {
		if ((await mover.backlog()) > mostWaitingBytes) await mover.move(fewAtOnce);
	}

	/**
	 * What this and other processes had acknowledged before is there to be read. Where it can't be moved, as on a full disk,
	 * what is in the database can still be read; only what isn't found may be what could not be moved.
	 */
	async function behindJournal<Result>(use: () => Promise<Result>): Promise<Result> {
		const failure = await mover.move(fewAtOnce).then(
			() => undefined,
			(error: unknown) => error,
		);
		if (failure === undefined) return use();
		const found = await use().catch(() => undefined);
		if (found === undefined || found === false) throw failure;
		return found;
	}

	return {
		completions: {
			add: (owner, completion) => append({ owner, completion }),
			get: (...given) => behindJournal(() => completions.get(...given)),
			list: (...given) => behindJournal(() => completions.list(...given)),
			update: (...given) => behindJournal(() => completions.update(...given)),
			remove: (...given) => behindJournal(() => completions.remove(...given)),
			retain: (...given) => behindJournal(() => completions.retain(...given)),
			count: () => behindJournal(() => completions.count()),
		},
		settle: () => mover.move(manyAtOnce),
		async close() {
			journal.seal();
			// What can't be moved now stays in the journal.
			await mover.move(fewAtOnce).catch(() => {});
		},
	};
}
