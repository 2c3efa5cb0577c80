/** The keys as one generation in the primary knows them: read from the store, and read again when they have changed. */
import { messageOf } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";
import type { Actor, KeyChanges, KeyRecord } from "../store/keyTypes.js";
import { lazyStore } from "../store/lazyStore.js";
import { mayHaveStore, versionInFile } from "../store/sqliteFile.js";
import { type Store, StoreError } from "../store/store.js";
import { markKeysInUse, markOf, signOfKeys } from "./keysInUse.js";
import { KeyTable } from "./keyTable.js";
import type { RevokedHere } from "./messages.js";
import { hashOf, newSecret } from "./secret.js";
import { createUnwrittenRevocations, type Revocation, type UnwrittenRevocations } from "./unwrittenRevocations.js";

/** How often the store is asked whether another machine has changed a key; that costs it one row. */
const pollMs = 2_000;

export interface RegistryEvents {
	/** For all workers of the generation. */
	changed(changes: KeyChanges): void;
	complain(line: string): void;
	/** A credential for administrators was made, to be shown this once. */
	adminMade(secret: string): void;
}

export interface KeyRegistry {
	/** What a worker begins with; undefined while the store could not be read. */
	snapshot(): KeyChanges | undefined;
	hasKeys(): boolean;
	/** The revision, without keys: for a worker that has them already. */
	news(): KeyChanges;
	/**
	 * Reads what is new in the store. Throws nothing: what can't be read now is read later.
	 *
	 * @returns whether it could be read
	 */
	refresh(): Promise<boolean>;
	/**
	 * Revokes a key, by its id or name, at once, and in the store as soon as that can be written. Undefined if the key
	 * isn't known.
	 */
	revoke(idOrName: string, by: Actor): Omit<RevokedHere, "pending"> | undefined;
	/** Why the gateway is closed though the store names no key, for the operator. */
	closedBy(): string | undefined;
	close(): void;
}

/**
 * @param open opens the store that settings name, at its first use
 * @param unwritten what this database doesn't have yet
 */
export function createKeyRegistry(
	settings: Settings,
	events: RegistryEvents,
	open: (settings: Settings, complain: (line: string) => void) => Store = lazyStore,
	unwritten: UnwrittenRevocations = createUnwrittenRevocations(events.complain)(settings),
): KeyRegistry {
	const table = new KeyTable();
	let store: Store | undefined;
	let reading: Promise<boolean> | undefined;
	let readAgain = false;
	let sign: string | undefined;
	let hasMark = false;
	if (isLost(settings)) beClosedBySign();
	const timer = setInterval(refresh, pollMs).unref();
	const unfollow = unwritten.follow(enforce);

	/** While the store can't be read, other signs may show that there were keys. */
	function beClosedBySign(): void {
		sign ??= signOfKeys(settings);
		if (sign !== undefined && !table.hasKeys) table.apply({ ...nothingKnown, wereInUse: true });
	}

	/** One reading after the other; a call during one waits for the next. */
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
		if (isEmpty(settings, sign)) return take({ revision: 0, adminHash: undefined, keys: [] });
		store ??= open(settings, events.complain);
		// Also those that another generation writes during this reading, which may find the keys as they were before.
		const revocations = unwritten.all();
		await writeRevocations(store);
		if (settings.requireKeys && settings.adminKey === undefined && table.adminHash === undefined)
			await makeAdmin(store);
		const known = Math.max(0, table.revision);
		const changes = await store.keys.changes(known, table.auditHash ?? "");
		// An older state of the store, as from a backup: what it doesn't know is not in force any more.
		const isPutBack = table.isKnown && (changes.revision < known || changes.isOther === true);
		const news: KeyChanges = isPutBack ? { ...(await store.keys.changes(0, "")), isWhole: true } : changes;
		take(withRevoked(news, [...revocations, ...unwritten.all()]));
	}

	/** In their order. What can't be written now is tried again at the next reading. */
	async function writeRevocations({ keys }: Store): Promise<void> {
		for (const { keyId, by, atMs } of unwritten.all()) {
			try {
				await keys.revoke(keyId, by, secondsOf(atMs));
				unwritten.remove(keyId);
			} catch (error) {
				if (!(error instanceof StoreError)) throw error;
				// An older state of the database may not know the key; it might be put back to a later one.
				if (error.problem !== "not_found") return;
			}
		}
	}

	function enforce(revocation: Revocation): void {
		const record = table.record(revocation.keyId);
		if (record === undefined) return;
		const { revision, adminHash, auditHash } = table;
		const changes = { revision, adminHash, keys: [record], ...(auditHash === undefined ? {} : { auditHash }) };
		applyAndPublish(withRevoked(changes, [revocation]));
	}

	function recordOf(idOrName: string): KeyRecord | undefined {
		const revoked = () => unwritten.all().map(({ keyId }) => table.record(keyId));
		return table.record(idOrName) ?? revoked().find((record) => record?.name === idOrName);
	}

	function applyAndPublish(changes: KeyChanges): void {
		table.apply(changes);
		events.changed(changes);
	}

	function take(given: KeyChanges): void {
		const isKeyed = given.keys.length > 0;
		if (!table.namesKeys && !isKeyed) sign ??= markOf(settings);
		const changes = sign === undefined || isKeyed ? given : { ...given, wereInUse: true };
		const isNews = changes.isWhole || changes.revision !== table.revision;
		if (isNews) applyAndPublish(changes);
		else table.apply(changes);
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
		revoke(idOrName, by) {
			const known = recordOf(idOrName);
			if (known === undefined) return undefined;
			const { id, revokedAt } = known;
			if (revokedAt === undefined) unwritten.add({ keyId: id, by, atMs: Date.now() });
			const survivesRestart = unwritten.survivesRestart(id);
			void refresh();
			return { record: table.record(id) ?? known, ...(survivesRestart === undefined ? {} : { survivesRestart }) };
		},
		closedBy: () => (sign !== undefined && !table.namesKeys ? sign : undefined),
		close() {
			clearInterval(timer);
			unfollow();
			store?.close().catch((error: unknown) => events.complain(`the store did not close: ${messageOf(error)}`));
		},
	};
}

/** Nobody has stored anything, and nobody needs anything stored: then the store isn't opened. */
function isEmpty(settings: Settings, sign: string | undefined): boolean {
	const { requireKeys, adminKey } = settings;
	if (sign !== undefined || (requireKeys && adminKey === undefined)) return false;
	return !mayHaveStore(settings);
}

/** There is no database, or what stands in its place is none. */
function isLost({ storeUrl, dataFolder }: Settings): boolean {
	return storeUrl !== undefined || (dataFolder !== undefined && versionInFile(dataFolder) === undefined);
}

const nothingKnown: KeyChanges = { revision: -1, adminHash: undefined, keys: [] };

/** The changes with these keys revoked, whatever the store has. */
function withRevoked(changes: KeyChanges, revocations: readonly Revocation[]): KeyChanges {
	if (revocations.length === 0) return changes;
	const atMs = new Map(revocations.map((revocation) => [revocation.keyId, revocation.atMs]));
	const keys = changes.keys.map((record) => {
		const revokedMs = atMs.get(record.id);
		if (revokedMs === undefined || record.revokedAt !== undefined) return record;
		return { ...record, revokedAt: secondsOf(revokedMs), previousHash: undefined, previousUntil: undefined };
	});
	return { ...changes, keys };
}

function secondsOf(ms: number): number {
	return Math.floor(ms / 1000);
}
