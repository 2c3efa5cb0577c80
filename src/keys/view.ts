/** What a worker knows of keys: a table that the primary keeps current. */
import type { KeyChanges, KeyStore } from "../store/keys.js";
import { KeyTable } from "./keyTable.js";
import type { KeyNews, KeysChanged, KeysTaken } from "./messages.js";

/** How long an administrator's change waits for the primary, which itself waits less long for the other workers. */
const patienceMs = 5_000;

export interface KeyView {
	readonly table: KeyTable;
	/** A key was changed in the store; resolves when it is so in all workers, with those, in words, that have not said so. */
	changed(): Promise<readonly string[]>;
}

export interface WorkerKeys extends KeyView {
	receive(news: KeyNews): void;
}

/** @param known what the primary knows when the worker starts; nothing where the store could not be read yet */
export function createKeyView(
	known: KeyChanges | undefined,
	send: (message: KeysChanged | KeysTaken) => void,
): WorkerKeys {
	const table = new KeyTable();
	if (known) table.apply(known);
	const waiting = new Map<number, (pending: readonly string[]) => void>();
	let asked = 0;
	return {
		table,
		receive({ changes, edition, answers, pending = [] }) {
			table.apply(changes);
			send({ type: "keysTaken", edition });
			if (answers !== undefined) waiting.get(answers)?.(pending);
		},
		changed() {
			asked += 1;
			const number = asked;
			send({ type: "keysChanged", number });
			return new Promise((resolve) => {
				const done = (pending: readonly string[]) => {
					clearTimeout(timer);
					waiting.delete(number);
					resolve(pending);
				};
				const timer = setTimeout(done, patienceMs, ["the primary process"]);
				waiting.set(number, done);
			});
		},
	};
}

/** For a gateway without a primary: reads what has changed by itself, and knows at first that there is nothing. */
export function createLocalKeys(): KeyView & { readFrom(keys: KeyStore): void } {
	const table = new KeyTable();
	table.apply({ revision: 0, adminHash: undefined, keys: [] });
	let store: KeyStore | undefined;
	return {
		table,
		readFrom(keys) {
			store = keys;
		},
		async changed() {
			if (store) table.apply(await store.changes(table.revision));
			return [];
		},
	};
}
