/** What a worker knows of keys: a table that the primary keeps current. */
import type { KeyChanges, KeyStore } from "../store/keys.js";
import { KeyTable } from "./keyTable.js";
import type { KeyNews, KeysChanged } from "./messages.js";

/** How long an administrator's change waits for the news of itself; it is in force a moment later all the same. */
const patienceMs = 1_000;

export interface KeyView {
	readonly table: KeyTable;
	/** A key was changed in the store; resolves when it is so in this worker's table too. */
	changed(): Promise<void>;
}

export interface WorkerKeys extends KeyView {
	receive(news: KeyNews): void;
}

/** @param known what the primary knows when the worker starts; nothing where the store could not be read yet */
export function createKeyView(known: KeyChanges | undefined, send: (message: KeysChanged) => void): WorkerKeys {
	const table = new KeyTable();
	if (known) table.apply(known);
	const waiting = new Map<number, () => void>();
	let asked = 0;
	return {
		table,
		receive({ changes, answers }) {
			table.apply(changes);
			if (answers !== undefined) waiting.get(answers)?.();
		},
		changed() {
			asked += 1;
			const number = asked;
			send({ type: "keysChanged", number });
			return new Promise((resolve) => {
				const done = () => {
					clearTimeout(timer);
					waiting.delete(number);
					resolve();
				};
				const timer = setTimeout(done, patienceMs);
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
		},
	};
}
