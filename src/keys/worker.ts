/** A worker's half of keys: a table that the primary keeps current. */
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { Actor, KeyChanges, KeyStore } from "../store/keyTypes.js";
import { KeyTable } from "./keyTable.js";
import type { KeysTopic, RevokedHere } from "./messages.js";

/** How long an administrator's change waits for the primary, which itself waits less long for the other workers. */
const patienceMs = 5_000;

export interface KeyView {
	readonly table: KeyTable;
	/** A key was changed in the store. Resolves when it is so in all workers, and names those, in words, that have not confirmed it. */
	changed(): Promise<readonly string[]>;
	/**
	 * Revokes a key, by its id or name, in all workers of this gateway, and in the store as soon as that can be written.
	 * Resolves with undefined if the gateway doesn't know the key.
	 */
	revoke(name: string, by: Actor): Promise<RevokedHere | undefined>;
}

export interface WorkerKeys extends KeyView, WorkerHalf<KeysTopic> {}

/** @param known undefined while the primary could not read the store */
export function createWorkerKeys(primary: PrimaryPort<KeysTopic>, known: KeyChanges | undefined): WorkerKeys {
	const table = new KeyTable();
	if (known) table.apply(known);
	return {
		table,
		receive({ changes, edition }) {
			table.apply(changes);
			primary.send({ topic: "keys", edition });
		},
		changed: () => primary.ask("changed", undefined, { timeoutMs: patienceMs, otherwise: ["the primary process"] }),
		revoke: (name, by) => primary.ask("revoke", { name, by }, { timeoutMs: patienceMs, otherwise: undefined }),
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
		// What it knows ends with it: nobody is there to write a revocation later.
		revoke: async () => undefined,
	};
}
