/** Errors of a store that can't be used, and its recovery. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { usageFolder } from "../../src/accounting/usageJournal.js";
import { usageMover } from "../../src/accounting/usageMover.js";
import { createUsageRecorder } from "../../src/accounting/usageRecorder.js";
import { migrateStore, openStore, prepareStore } from "../../src/store/open.js";
import { currentVersion } from "../../src/store/schemaVersion.js";
import { versionInFile } from "../../src/store/sqliteFile.js";
import { StoreError } from "../../src/store/store.js";
import { temporaryFolder } from "../kit/gateway.js";
import { smallDisk } from "../kit/smallDisk.js";
import { aCompletion, aPrompt, overBothStores, overPostgres } from "../kit/stores.js";
import { usageRecord } from "../kit/usage.js";

/** Changes a SQLite file as another program would. */
function runSql(folder: string, statement: string): void {
	const Libsql = createRequire(import.meta.url)("libsql") as new (
		file: string,
	) => { exec(text: string): void; close(): void };
	const database = new Libsql(join(folder, "llmgw.sqlite"));
	database.exec(statement);
	database.close();
}

overBothStores(({ fresh, open }) => {
	test("a store of a newer program is refused, and left as it is", async () => {
		const settings = await fresh();
		await migrateStore(settings);
		if (settings.dataFolder) runSql(settings.dataFolder, "pragma user_version = 99; pragma wal_checkpoint(truncate)");
		else await queryOnce(settings.storeUrl as string, "update llmgw.version set number = 99");
		const newer = {
			problem: "newer",
			message: expect.stringContaining("newer version of llmw (its tables are of version 99"),
		};
		await expect(openStore(settings)).rejects.toMatchObject(newer);
		await expect(migrateStore(settings)).rejects.toMatchObject(newer);
		await expect(prepareStore({ ...settings, storeAll: false })).rejects.toMatchObject(newer);
	});

	test("a migration keeps what is stored", async () => {
		const settings = await fresh();
		const store = await open(settings);
		const created = await store.prompts.create("me", aPrompt());
		await migrateStore(settings);
		await prepareStore({ ...settings, storeAll: true });
		expect(await store.prompts.find("me", created.id)).toEqual(created);
	});
});

describe("a full disk", () => {
	test("says so, keeps what was stored, and stores again when there is room", async ({ skip }) => {
		const dataFolder = smallDisk("size=1m");
		if (!dataFolder) return skip("only root can mount a small disk");
		const store = await openStore({ dataFolder, storeUrl: undefined });
		onTestFinished(() => store.close());
		const response = "x".repeat(20_000);
		const stored: string[] = [];
		let failure: unknown;
		for (let count = 0; !failure && count < 200; count += 1) {
			await store.completions.add("me", aCompletion(`c${count}`, { response })).then(
				() => stored.push(`c${count}`),
				(error: unknown) => {
					failure = error;
				},
			);
		}
		expect(failure).toMatchObject({ name: "StoreError", problem: "full" });
		await expect(store.prompts.create("me", aPrompt({ description: response.repeat(9) }))).rejects.toMatchObject({
			problem: "full",
		});
		expect(stored.length).toBeGreaterThan(5);
		// What could not be brought into the database any more is not said to be missing.
		for (const id of stored) {
			const found = await store.completions.get("me", id).catch((error: unknown) => error);
			if (!(found instanceof StoreError)) expect(found).toEqual(aCompletion(id, { response }));
			else expect(found).toMatchObject({ problem: "full" });
		}
		execFileSync("mount", ["-o", "remount,size=8m", dataFolder]);
		for (const id of stored) expect(await store.completions.get("me", id)).toEqual(aCompletion(id, { response }));
		await store.completions.add("me", aCompletion("after", { response }));
		expect(await store.completions.get("me", "after")).toBeDefined();
	});

	test("on which not even a store can be made says so", async ({ skip }) => {
		const dataFolder = smallDisk("size=16k");
		if (!dataFolder) return skip("only root can mount a small disk");
		await expect(openStore({ dataFolder, storeUrl: undefined })).rejects.toMatchObject({ problem: "full" });
	});
});

describe("a data folder", () => {
	test("and all in it is its user's alone", async () => {
		const dataFolder = join(temporaryFolder(), "a", "b");
		const store = await openStore({ dataFolder, storeUrl: undefined });
		onTestFinished(() => store.close());
		await store.completions.add("me", aCompletion("a"));
		expect(statSync(dataFolder).mode & 0o777).toBe(0o700);
		for (const name of ["llmgw.sqlite", "llmgw.sqlite-wal", "llmgw.sqlite-shm"])
			expect(statSync(join(dataFolder, name)).mode & 0o777).toBe(0o600);
	});

	test("that can't be made, or isn't one, is said to be it", async () => {
		const folder = temporaryFolder();
		writeFileSync(join(folder, "file"), "");
		mkdirSync(join(folder, "strange"));
		writeFileSync(join(folder, "strange", "llmgw.sqlite"), "something else".repeat(100));
		for (const dataFolder of [
			join(folder, "file"),
			join(folder, "file", "x"),
			"/proc/nowhere",
			join(folder, "strange"),
		])
			await expect(openStore({ dataFolder, storeUrl: undefined })).rejects.toMatchObject({
				name: "StoreError",
				problem: "unavailable",
				message: expect.stringContaining(dataFolder),
			});
		await expect(openStore({ dataFolder: undefined, storeUrl: undefined })).rejects.toMatchObject({
			problem: "unavailable",
			message: expect.stringContaining("--data"),
		});
	});

	test("that can't be written is said to be it", async ({ skip }) => {
		// Root may write everywhere but on a file system that is read-only.
		const isRoot = process.getuid?.() === 0;
		const dataFolder = isRoot ? smallDisk("ro") : temporaryFolder();
		if (!dataFolder) return skip("root can write everywhere, and can mount nothing here");
		if (!isRoot) chmodSync(dataFolder, 0o500);
		await expect(openStore({ dataFolder, storeUrl: undefined })).rejects.toMatchObject({ problem: "unavailable" });
	});

	test("is not touched before something is stored, unless everything is to be", async () => {
		const dataFolder = join(temporaryFolder(), "data");
		await prepareStore({ dataFolder, storeUrl: undefined, storeAll: false });
		expect(() => statSync(dataFolder)).toThrow("ENOENT");
		await prepareStore({ dataFolder, storeUrl: undefined, storeAll: true });
		expect(versionInFile(dataFolder)).toBe(currentVersion);
	});
});

overPostgres(({ fresh, open, server }) => {
	test("a lost server is not available, and is used again when it is back", async () => {
		const store = await open(await fresh());
		const created = await store.prompts.create("me", aPrompt());
		server().stop();
		const unavailable = { name: "StoreError", problem: "unavailable" };
		await expect(store.prompts.find("me", created.id)).rejects.toMatchObject(unavailable);
		await expect(store.completions.add("me", aCompletion("a"))).rejects.toMatchObject(unavailable);
		server().start();
		expect(await store.prompts.find("me", created.id)).toEqual(created);
		await store.completions.add("me", aCompletion("a"));
	});

	test("usage waits in the journal while the server is away, and is all there when it is back", async () => {
		const dataFolder = temporaryFolder();
		const settings = { dataFolder, storeUrl: (await fresh()).storeUrl };
		const store = await open(settings);
		const recorder = createUsageRecorder(settings, () => {});
		const mover = usageMover(store.usage, usageFolder(settings) as string, () => {});
		server().stop();
		recorder.add(usageRecord());
		recorder.add(usageRecord());
		recorder.close();
		await expect(mover.move()).rejects.toMatchObject({ name: "StoreError", problem: "unavailable" });
		server().start();
		await mover.move();
		expect((await store.usage.list({ limit: 10, order: "desc" })).data).toHaveLength(2);
	});

	test("a connection that is cut while it is used fails that use alone", async () => {
		const settings = await fresh();
		const store = await open(settings);
		await store.prompts.create("me", aPrompt());
		const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'llmgw'";
		for (let count = 0; count < 5; count += 1) {
			const uses = Promise.allSettled(Array.from({ length: 20 }, () => store.prompts.find("me", "greeting")));
			await queryOnce(settings.storeUrl as string, cut);
			for (const result of await uses)
				if (result.status === "rejected") expect(result.reason).toMatchObject({ problem: "unavailable" });
		}
		// The end of a connection that nobody uses may be noticed a moment later.
		await expect.poll(() => store.prompts.find("me", "greeting").catch(() => undefined)).toBeDefined();
	});

	test.each([
		["no server there", (url: string) => url.replace("host=/", "host=/nowhere/")],
		["no such database", (url: string) => url.replace(/store_\d+/, "nothing")],
		["no such user", (url: string) => url.replace("user=postgres", "user=nobody")],
		["no such host", () => "postgres://u:secret@host.invalid/x"],
	])("%s: not available, and the password is not said", async (_name, change) => {
		const { storeUrl = "" } = await fresh();
		const opened = openStore({ dataFolder: undefined, storeUrl: change(storeUrl) });
		await expect(opened).rejects.toMatchObject({ name: "StoreError", problem: "unavailable" });
		await expect(opened).rejects.not.toThrow(/secret/);
	});
});

async function queryOnce(url: string, query: string): Promise<void> {
	const client = new pg.Client(url);
	await client.connect();
	await client.query(query);
	await client.end();
}
