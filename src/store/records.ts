/** Completions and responses, which are many: by way of a journal with SQLite, which has one writer at a time. */
import { type Entry, inserter } from "./completionInsert.js";
import { completionJournal } from "./completionJournal.js";
import { completionStore } from "./completionStore.js";
import type { Database } from "./database.js";
import { type Journaled, journaled, unjournaled } from "./journaled.js";
import { sharedKeyless } from "./keyless.js";
import { type ResponseEntry, responseInserter } from "./responseInsert.js";
import { responseJournal } from "./responseJournal.js";
import { responseStore } from "./responseStore.js";
import type { ResponseStore } from "./responseTypes.js";
import type { CompletionStore } from "./store.js";

export interface Records {
	readonly completions: CompletionStore;
	readonly responses: ResponseStore;
	/** Moves everything added so far into the database. */
	settle(): Promise<void>;
	/** Ends adding; moves what it can. */
	close(): Promise<void>;
}

/** @param dataFolder where the journals are; undefined for none */
export function openRecords(database: Database, dataFolder: string | undefined, now: () => number): Records {
	const insert = inserter(database);
	const insertResponses = responseInserter(database);
	const ofCompletions: Journaled<Entry> =
		dataFolder === undefined
			? unjournaled(database, insert)
			: journaled(
					database,
					async (transaction, entries) => insert(transaction, await sharedKeyless(transaction, entries)),
					dataFolder,
					completionJournal,
				);
	const ofResponses: Journaled<ResponseEntry> =
		dataFolder === undefined
			? unjournaled(database, insertResponses)
			: journaled(database, insertResponses, dataFolder, responseJournal);
	return {
		completions: completionsBehind(ofCompletions, completionStore(database, now)),
		responses: responsesBehind(ofResponses, responseStore(database, now)),
		async settle() {
			await ofCompletions.settle();
			await ofResponses.settle();
		},
		async close() {
			await ofCompletions.close();
			await ofResponses.close();
		},
	};
}

function completionsBehind(
	{ append, afterMoving }: Journaled<Entry>,
	completions: Omit<CompletionStore, "add">,
): CompletionStore {
	return {
		add: (owner, completion) => append({ owner, completion }),
		get: (...args) => afterMoving(() => completions.get(...args)),
		list: (...args) => afterMoving(() => completions.list(...args)),
		update: (...args) => afterMoving(() => completions.update(...args)),
		remove: (...args) => afterMoving(() => completions.remove(...args)),
		retain: (...args) => afterMoving(() => completions.retain(...args)),
		count: () => afterMoving(() => completions.count()),
	};
}

function responsesBehind(
	{ append, afterMoving }: Journaled<ResponseEntry>,
	responses: Omit<ResponseStore, "add">,
): ResponseStore {
	return {
		add: (owner, response) => append({ owner, response }),
		get: (...args) => afterMoving(() => responses.get(...args)),
		chain: (owner, id, isSettled) =>
			isSettled ? afterMoving(() => responses.chain(owner, id)) : responses.chain(owner, id),
		removedAmong: (...args) => responses.removedAmong(...args),
		items: (...args) => responses.items(...args),
		withItems: (...args) => afterMoving(() => responses.withItems(...args)),
		list: (...args) => afterMoving(() => responses.list(...args)),
		unfinished: (...args) => afterMoving(() => responses.unfinished(...args)),
		remove: (...args) => afterMoving(() => responses.remove(...args)),
		retain: (...args) => afterMoving(() => responses.retain(...args)),
		count: () => afterMoving(() => responses.count()),
	};
}
