/** What a worker knows of keys: a table that the primary keeps current. */
import type { Actor, KeyChanges, KeyStore } from "../store/keyTypes.js";
import { KeyTable } from "./keyTable.js";
import type { KeyNews, KeysChanged, KeysTaken, RevocationAnswered, RevocationAsked, RevokedHere } from "./messages.js";

/** How long an administrator's change waits for the primary, which itself waits less long for the other workers. */
const patienceMs = 5_000;

export interface KeyView {
	readonly table: KeyTable;
	/** A key was changed in the store; resolves when it is so in all workers, with those, in words, that have not said so. */
	changed(): Promise<readonly string[]>;
	/**
	 * Revokes a key, by its id or name, in all workers of this gateway, and in the store as soon as that can be written.
	 * Resolves with undefined if the gateway doesn't know the key.
	 */
	revoke(name: string, by: Actor): Promise<RevokedHere | undefined>;
}

export interface WorkerKeys extends KeyView {
	receive(message: KeyNews | RevocationAnswered): void;
}

/** @param known what the primary knows when the worker starts; nothing where the store could not be read yet */
export function createKeyView(
	known: KeyChanges | undefined,
	send: (message: KeysChanged | KeysTaken | RevocationAsked) => void,
): WorkerKeys {
	const table = new KeyTable();
	if (known) table.apply(known);
	const changing = waitingRoom<readonly string[]>(["the primary process"]);
	const revoking = waitingRoom<RevokedHere | undefined>(undefined);
	return {
		table,
		receive(message) {
			if (message.type === "revocationAnswered") return revoking.answer(message.number, message.revoked);
			const { changes, edition, answers, pending = [] } = message;
			table.apply(changes);
			send({ type: "keysTaken", edition });
			if (answers !== undefined) changing.answer(answers, pending);
		},
		changed: () => changing.wait((number) => send({ type: "keysChanged", number })),
		revoke: (name, by) => revoking.wait((number) => send({ type: "revocationAsked", number, name, by })),
	};
}

/** Questions to the primary that wait for its answers. @param otherwise stands in for an answer that doesn't come */
function waitingRoom<Answer>(otherwise: Answer) {
	const waiting = new Map<number, (answer: Answer) => void>();
	let asked = 0;
	return {
		/** @param ask sends the question, with its number */
		wait(ask: (number: number) => void): Promise<Answer> {
			asked += 1;
			const number = asked;
			ask(number);
			return new Promise((resolve) => {
				const done = (answer: Answer) => {
					clearTimeout(timer);
					waiting.delete(number);
					resolve(answer);
				};
				const timer = setTimeout(done, patienceMs, otherwise);
				waiting.set(number, done);
			});
		},
		answer(number: number, answer: Answer): void {
			waiting.get(number)?.(answer);
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
		// What it knows ends with it: nobody is there to write a revocation later.
		revoke: async () => undefined,
	};
}
