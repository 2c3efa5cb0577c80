/** The keys as the primary knows them, for all its workers: read from the store, and read again when they have changed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../contract/problem.js";
import type { Settings } from "../contract/settings.js";
import type { KeyChanges } from "../store/keys.js";
import { lazyStore } from "../store/lazyStore.js";
import { fileName, versionInFile } from "../store/sqliteFile.js";
import { type Store, StoreError } from "../store/store.js";
import { markKeysInUse, markOf, signOfKeys } from "./keysInUse.js";
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
	/**
	 * Somebody says that there is something new in the store. Throws nothing: what can't be read now is read later.
	 *
	 * @returns whether it could be read
	 */
	refresh(): Promise<boolean>;
	/** Why the gateway is closed though the store names no key, for the operator. */
	closedBy(): string | undefined;
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
	let reading: Promise<boolean> | undefined;
	let readAgain = false;
	let sign: string | undefined;
	let hasMark = false;
	if (isLost(settings)) beClosedBySign();
	const timer = setInterval(refresh, pollMs).unref();

	/** Where the store can't say whether there are keys, something else may. */
	function beClosedBySign(): void {
		sign ??= signOfKeys(settings);
		if (sign !== undefined && !table.hasKeys) table.apply({ ...nothingKnown, wereInUse: true });
	}

	/** One reading after the other; who asks during one gets what the next one finds. */
	function refresh(): Promise<boolean> {
		readAgain = true;
		reading ??= readWhileAsked().finally(() => {
			reading = undefined;
		});
		return reading;
	}

	async function readWhileAsked(): Promise<boolean> {
		let isRead = false;
		while (readAgain) {
			readAgain = false;
			isRead = await read().then(
				() => true,
				(error: unknown) => {
					// The store itself complains of what is wrong with it.
					if (!(error instanceof StoreError)) events.complain(`keys can't be read: ${messageOf(error)}`);
					if (!table.isKnown) beClosedBySign();
					return false;
				},
			);
		}
		return isRead;
	}

	async function read(): Promise<void> {
		if (isEmpty(settings, sign)) return tell({ revision: 0, adminHash: undefined, keys: [] });
		store ??= open(settings, events.complain);
		if (settings.requireKeys && settings.adminKey === undefined && table.adminHash === undefined)
			await makeAdmin(store);
		const known = Math.max(0, table.revision);
		const changes = await store.keys.changes(known, table.auditHash ?? "");
		// An older state of the store, as from a backup: what it doesn't know is not in force any more.
		const isPutBack = table.isKnown && (changes.revision < known || changes.isOther === true);
		tell(isPutBack ? { ...(await store.keys.changes(0, "")), isWhole: true } : changes);
	}

	function tell(given: KeyChanges): void {
		const isKeyed = given.keys.length > 0;
		if (!table.namesKeys && !isKeyed) sign ??= markOf(settings);
		const changes = sign === undefined || isKeyed ? given : { ...given, wereInUse: true };
		const isNews = changes.isWhole || changes.revision !== table.revision;
		table.apply(changes);
		if (isNews) events.changed(changes);
		if (isKeyed && !hasMark) mark();
	}

	function mark(): void {
		try {
			markKeysInUse(settings);
			hasMark = true;
		} catch (error) {
			events.complain(`that there are keys can't be noted beside the database: ${messageOf(error)}`);
		}
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
		closedBy: () => (sign !== undefined && !table.namesKeys ? sign : undefined),
		close() {
			clearInterval(timer);
			store?.close().catch((error: unknown) => events.complain(`the store did not close: ${messageOf(error)}`));
		},
	};
}

/** Nobody has stored anything, and nobody needs anything stored: then the store isn't opened. */
function isEmpty({ storeUrl, dataFolder, requireKeys, adminKey }: Settings, sign: string | undefined): boolean {
	if (storeUrl !== undefined || sign !== undefined || (requireKeys && adminKey === undefined)) return false;
	return dataFolder === undefined || !existsSync(join(dataFolder, fileName));
}

/** There is no database, or what stands in its place is none. */
function isLost({ storeUrl, dataFolder }: Settings): boolean {
	return storeUrl !== undefined || (dataFolder !== undefined && versionInFile(dataFolder) === undefined);
}

const nothingKnown: KeyChanges = { revision: -1, adminHash: undefined, keys: [] };
