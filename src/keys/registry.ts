/** The keys as the primary knows them, for all its workers: read from the store, and read again when they have changed. */
import { messageOf } from "../contract/problem.js";
import type { Settings } from "../contract/settings.js";
import type { KeyChanges } from "../store/keys.js";
import { lazyStore } from "../store/lazyStore.js";
import { versionInFile } from "../store/sqliteFile.js";
import { type Store, StoreError } from "../store/store.js";
import { KeyTable } from "./keyTable.js";
import { hashOf, newSecret } from "./secret.js";

/** How often the store is asked whether another machine has changed a key; that costs it one row. */
const pollMs = 2_000;

export interface RegistryEvents {
	/** For all workers. */
	changed(changes: KeyChanges): void;
	complain(line: string): void;
	/** A credential for administrators was made, which is said once and never again. */
	adminMade(secret: string): void;
}

export interface KeyRegistry {
	/** What a worker begins with; nothing while the store could not be read. */
	snapshot(): KeyChanges | undefined;
	hasKeys(): boolean;
	/** The revision, without keys: for a worker that has been told of them already. */
	news(): KeyChanges;
	/** Somebody says that there is something new in the store. Throws nothing: what can't be read now is read later. */
	refresh(): Promise<void>;
	close(): void;
}

/** @param open opens the store that settings name, at its first use */
export function createKeyRegistry(
	settings: Settings,
	events: RegistryEvents,
	open: (settings: Settings, complain: (line: string) => void) => Store = lazyStore,
): KeyRegistry {
	const table = new KeyTable();
	let store: Store | undefined;
	let reading: Promise<void> | undefined;
	let readAgain = false;
	const timer = setInterval(refresh, pollMs).unref();

	/** One reading after the other; who asks during one gets what the next one finds. */
	function refresh(): Promise<void> {
		readAgain = true;
		reading ??= readWhileAsked().finally(() => {
			reading = undefined;
		});
		return reading;
	}

	async function readWhileAsked(): Promise<void> {
		while (readAgain) {
			readAgain = false;
			await read().catch((error: unknown) => {
				// The store itself complains of what is wrong with it.
				if (!(error instanceof StoreError)) events.complain(`keys can't be read: ${messageOf(error)}`);
			});
		}
	}

	async function read(): Promise<void> {
		if (isEmpty(settings)) return tell({ revision: 0, adminHash: undefined, keys: [] });
		store ??= open(settings, events.complain);
		if (settings.requireKeys && settings.adminKey === undefined && table.adminHash === undefined)
			await makeAdmin(store);
		tell(await store.keys.changes(Math.max(0, table.revision)));
	}

	function tell(changes: KeyChanges): void {
		const isNews = changes.revision !== table.revision;
		table.apply(changes);
		if (isNews) events.changed(changes);
	}

	async function makeAdmin({ keys }: Store): Promise<void> {
		const secret = newSecret("admin");
		const by = { name: "gateway", address: undefined, requestId: undefined };
		if (await keys.addAdmin(hashOf(secret), by)) events.adminMade(secret);
	}

	return {
		snapshot: () => table.snapshot(),
		hasKeys: () => table.hasKeys,
		news: () => ({ revision: table.revision, adminHash: table.adminHash, keys: [] }),
		refresh,
		close() {
			clearInterval(timer);
			store?.close().catch((error: unknown) => events.complain(`the store did not close: ${messageOf(error)}`));
		},
	};
}

/** Nobody has stored anything, and nobody needs anything stored: then the store isn't opened. */
function isEmpty({ storeUrl, dataFolder, requireKeys, adminKey }: Settings): boolean {
	if (storeUrl !== undefined || (requireKeys && adminKey === undefined)) return false;
	return dataFolder === undefined || versionInFile(dataFolder) === undefined;
}
