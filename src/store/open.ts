/** Opens the configured store and brings its tables up to date. */
import type { Settings } from "../settings/settings.js";
import type { BatchStore } from "./batchTypes.js";
import type { ConversationStore } from "./conversationTypes.js";
import type { Database } from "./database.js";
import { methods } from "./methods.js";
import type { ResponseStore } from "./responseTypes.js";
import { currentVersion } from "./schemaVersion.js";
import { versionInFile } from "./sqliteFile.js";
import { type CompletionStore, type Store, StoreError } from "./store.js";
import { unwatched, watchDatabase } from "./watch.js";

export type StoreSettings = Pick<Settings, "dataFolder" | "storeUrl">;

/**
 * Opens the store and migrates its tables to this version. Loads the database's libraries only now.
 *
 * @param now milliseconds since the epoch
 * @throws StoreError `newer`; `unavailable` or `full` if it can't be reached, created or written
 */
export async function openStore(settings: StoreSettings, now: () => number = Date.now): Promise<Store> {
	const database = await openDatabase(settings);
	const watch = database.server === undefined ? unwatched : watchDatabase(database.server);
	try {
		await bringUpToDate(database);
		const { storesOf } = await import("./storesOf.js");
		const folder = settings.storeUrl === undefined ? settings.dataFolder : undefined;
		const stores = storesOf(database, folder, now);
		const { completions, responses } = stores;
		const withStoreErrors = (call: () => Promise<unknown>) =>
			watch.run(call).catch((thrown: unknown) => {
				throw database.errorOf(thrown);
			});
		return {
			prompts: methods((name, args) => withStoreErrors(() => (stores.prompts[name] as Method)(...args))),
			// Without conversion: `add` throws StoreErrors already, and is by far the most frequent call.
			completions: methods<CompletionStore>(
				(name, args) => withStoreErrors(() => (completions[name] as unknown as Method)(...args)),
				{
					add: (...args) => watch.run(() => completions.add(...args)),
				},
			),
			responses: methods<ResponseStore>(
				(name, args) => withStoreErrors(() => (responses[name] as unknown as Method)(...args)),
				{ add: (...args) => watch.run(() => responses.add(...args)) },
			),
			keys: methods((name, args) => withStoreErrors(() => (stores.keys[name] as Method)(...args))),
			usage: methods((name, args) => withStoreErrors(() => (stores.usage[name] as Method)(...args))),
			cache: methods((name, args) => withStoreErrors(() => (stores.cache[name] as Method)(...args))),
			sessions: methods((name, args) => withStoreErrors(() => (stores.sessions[name] as Method)(...args))),
			conversations: methods<ConversationStore>((name, args) =>
				withStoreErrors(() => (stores.conversations[name] as unknown as Method)(...args)),
			),
			secrets: methods((name, args) => withStoreErrors(() => (stores.secrets[name] as Method)(...args))),
			background: methods((name, args) => withStoreErrors(() => (stores.background[name] as Method)(...args))),
			batches: methods<BatchStore>((name, args) =>
				withStoreErrors(() => (stores.batches[name] as unknown as Method)(...args)),
			),
			webhooks: methods((name, args) => withStoreErrors(() => (stores.webhooks[name] as Method)(...args))),
			files: methods((name, args) => withStoreErrors(() => (stores.files[name] as Method)(...args))),
			calls: methods((name, args) => withStoreErrors(() => (stores.calls[name] as Method)(...args))),
			audit: methods((name, args) => withStoreErrors(() => (stores.audit[name] as Method)(...args))),
			settle: () => withStoreErrors(stores.settle) as Promise<void>,
			async close() {
				watch.close();
				await stores.close();
				await database.close();
			},
		};
	} catch (thrown) {
		await database.close().catch(() => {});
		throw database.errorOf(thrown);
	}
}

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Creates the store's tables or migrates them to this version, under a lock, so any number of processes may call it at once.
 * There is no way back.
 *
 * @throws StoreError like `openStore`
 */
export async function migrateStore(settings: StoreSettings): Promise<void> {
	await (await openStore(settings)).close();
}

/**
 * Called by the primary before it forks: migrates a store that an older program wrote, and refuses a newer one. A SQLite file
 * of this version is only inspected; a missing one is created now if `storeAll` is set, otherwise at its first use.
 *
 * @throws StoreError like `openStore`
 */
export async function prepareStore(settings: StoreSettings & Pick<Settings, "storeAll">): Promise<void> {
	const { storeUrl, dataFolder, storeAll } = settings;
	if (storeUrl === undefined) {
		const version = dataFolder === undefined ? undefined : versionInFile(dataFolder);
		if (version === currentVersion || (version === undefined && !storeAll)) return;
		if (version !== undefined && version > currentVersion) throw newer(version);
	}
	await migrateStore(settings);
}

async function openDatabase({ storeUrl, dataFolder }: StoreSettings): Promise<Database> {
	if (storeUrl !== undefined) return (await import("./postgres.js")).openPostgres(storeUrl);
	if (dataFolder === undefined)
		throw new StoreError("unavailable", "there is no home folder to store in; set one with --data");
	return (await import("./sqlite.js")).openSqlite(dataFolder);
}

async function bringUpToDate(database: Database): Promise<void> {
	const version = await database.version();
	if (version === currentVersion) return;
	if (version > currentVersion) throw newer(version);
	const { steps } = await import("./steps.js");
	// Another process may have migrated meanwhile.
	await database.exclusively(async (transaction, from) => {
		if (from > currentVersion) throw newer(from);
		if (from === 0) await database.prepare(transaction);
		for (const step of steps.slice(from)) await step(transaction, database.kinds);
		if (from < currentVersion) await database.setVersion(transaction, currentVersion);
	});
	await database.settle();
}

function newer(version: number): StoreError {
	return new StoreError(
		"newer",
		`the store was written by a newer version of llmw (its tables are of version ${version}, this one knows ${currentVersion}); install that version, or name another store`,
	);
}
