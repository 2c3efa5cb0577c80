/** Opens the store that settings name, and brings its tables up to date. */
import type { Settings } from "../settings/settings.js";
import type { Entry } from "./completionInsert.js";
import type { Database } from "./database.js";
import type { Journaled } from "./journaled.js";
import { methods } from "./methods.js";
import { currentVersion } from "./schemaVersion.js";
import { versionInFile } from "./sqliteFile.js";
import { type CompletionStore, type Store, StoreError } from "./store.js";
import { unwatched, watchDatabase } from "./watch.js";

export type StoreSettings = Pick<Settings, "dataFolder" | "storeUrl">;

/**
 * The store, with its tables as this version of the program has them. Loads what it needs only now.
 *
 * @param now milliseconds since the epoch
 * @throws StoreError `newer`, or `unavailable` or `full` when it can't be reached, created or written
 */
export async function openStore(settings: StoreSettings, now: () => number = Date.now): Promise<Store> {
	const database = await openDatabase(settings);
	const watch = database.server === undefined ? unwatched : watchDatabase(database.server);
	try {
		await bringUpToDate(database);
		const [{ promptStore }, { keyStore }, { auditStore }, { usageStore }] = await Promise.all([
			import("./promptStore.js"),
			import("./keyStore.js"),
			import("./auditStore.js"),
			import("./usageStore.js"),
		]);
		const prompts = promptStore(database, now);
		const keys = keyStore(database, now);
		const audit = auditStore(database);
		const usage = usageStore(database, now);
		const { completions, settle, close } = await openCompletions(settings, database, now);
		const known = (call: () => Promise<unknown>) =>
			watch.run(call).catch((thrown: unknown) => {
				throw database.errorOf(thrown);
			});
		return {
			prompts: methods((name, given) => known(() => (prompts[name] as Method)(...given))),
			// What it throws is known, and it is what there is most of.
			completions: methods<CompletionStore>(
				(name, given) => known(() => (completions[name] as unknown as Method)(...given)),
				{
					add: (...given) => watch.run(() => completions.add(...given)),
				},
			),
			keys: methods((name, given) => known(() => (keys[name] as Method)(...given))),
			usage: methods((name, given) => known(() => (usage[name] as Method)(...given))),
			audit: methods((name, given) => known(() => (audit[name] as Method)(...given))),
			settle: () => known(settle) as Promise<void>,
			async close() {
				watch.close();
				await close();
				await database.close();
			},
		};
	} catch (thrown) {
		await database.close().catch(() => {});
		throw database.errorOf(thrown);
	}
}

/** In SQLite, which has one writer at a time, completions are written to a journal first. */
async function openCompletions(
	{ storeUrl, dataFolder }: StoreSettings,
	database: Database,
	now: () => number,
): Promise<Journaled> {
	const [{ completionStore }, { inserter }, { batched }, { journaled }] = await Promise.all([
		import("./completionStore.js"),
		import("./completionInsert.js"),
		import("./batched.js"),
		import("./journaled.js"),
	]);
	const insert = inserter(database);
	const stored = completionStore(database, now);
	if (storeUrl === undefined) return journaled(database, insert, dataFolder as string, stored);
	const add = batched<Entry>(async (entries) => {
		try {
			await database.db.transaction().execute((transaction) => insert(transaction, entries));
		} catch (thrown) {
			throw database.errorOf(thrown);
		}
	});
	return {
		completions: { ...stored, add: (owner, completion) => add({ owner, completion }) },
		async settle() {},
		async close() {},
	};
}

type Method = (...given: unknown[]) => Promise<unknown>;

/**
 * Makes or changes the store's tables where this version of the program has others, under a lock: any number of
 * processes may do so at once. There is no way back.
 *
 * @throws StoreError like `openStore`
 */
export async function migrateStore(settings: StoreSettings): Promise<void> {
	await (await openStore(settings)).close();
}

/**
 * What the primary does before it forks: migrates a store that an older program wrote, and refuses one of a newer. A file
 * of this version is only looked at, and one that isn't there is made at its first use, or now where that is certain.
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
		throw new StoreError("unavailable", "there is no home folder to store in; name a folder with --data");
	return (await import("./sqlite.js")).openSqlite(dataFolder);
}

async function bringUpToDate(database: Database): Promise<void> {
	const version = await database.version();
	if (version === currentVersion) return;
	if (version > currentVersion) throw newer(version);
	const { steps } = await import("./steps.js");
	// Another process may have been faster.
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
