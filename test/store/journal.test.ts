/** The journal in front of SQLite: what is in it counts once, whatever happened to whoever wrote it. */
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import type { Store } from "../../src/store/store.js";
import { startAiHost } from "../kit/aiHost.js";
import { hello, postChat, temporaryFolder } from "../kit/gateway.js";
import { serveLlmw, storeWriterOf } from "../kit/llmw.js";
import { aCompletion, aResponse } from "../kit/stores.js";

async function open(dataFolder = temporaryFolder()): Promise<{ store: Store; dataFolder: string; journal: string }> {
	const store = await openStore({ dataFolder, storeUrl: undefined });
	onTestFinished(() => store.close());
	return { store, dataFolder, journal: join(dataFolder, "journal") };
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** Ids in the table, past the journal. */
function idsInDatabase(dataFolder: string): string[] {
	const Libsql = createRequire(import.meta.url)("libsql") as new (
		file: string,
	) => { prepare(text: string): { all(given: []): { id: string }[] }; close(): void };
	const database = new Libsql(join(dataFolder, "llmgw.sqlite"));
	const rows = database.prepare("select id from completion order by sequence").all([]);
	database.close();
	return rows.map(({ id }) => id);
}

test("what is added is in the journal, and another process that reads finds it", async () => {
	const { store, dataFolder, journal } = await open();
	await store.completions.add("me", aCompletion("a"));
	expect(idsInDatabase(dataFolder)).toEqual([]);
	const [file = ""] = filesIn(journal);
	expect(readFileSync(join(journal, file), "utf8")).toContain('"id":"a"');
	expect(statSync(join(journal, file)).mode & 0o777).toBe(0o600);
	const other = await open(dataFolder);
	expect(await other.store.completions.get("me", "a")).toEqual(aCompletion("a"));
	expect(idsInDatabase(dataFolder)).toEqual(["a"]);
	expect(await store.completions.count()).toBe(1);
});

test("a removed record does not come back", async () => {
	const { store, dataFolder } = await open();
	await store.completions.add("me", aCompletion("a"));
	expect(await store.completions.remove("me", "a")).toBe(true);
	const other = await open(dataFolder);
	expect(await other.store.completions.count()).toBe(0);
});

test("several that move at once add each record once, in its order", async () => {
	const { store, dataFolder } = await open();
	const ids = Array.from({ length: 700 }, (_, number) => `c${number}`);
	await Promise.all(ids.map((id) => store.completions.add("me", aCompletion(id))));
	const others = await Promise.all([1, 2, 3].map(() => open(dataFolder)));
	await Promise.all([store, ...others.map((other) => other.store)].map((one) => one.completions.count()));
	expect(idsInDatabase(dataFolder)).toEqual(ids);
});

test("a record of megabytes and a text of any letters are read whole", async () => {
	const { store } = await open();
	const request = JSON.stringify({ messages: [{ role: "user", content: "é🎉\n".repeat(400_000) }] });
	await Promise.all(["a", "b", "c"].map((id) => store.completions.add("me", aCompletion(id, { request }))));
	for (const id of ["a", "b", "c"]) expect((await store.completions.get("me", id))?.request === request).toBe(true);
});

test("a record that was cut when its process was killed is left out, and keeps nobody from reading", async () => {
	const { store, dataFolder, journal } = await open();
	await store.completions.add("me", aCompletion("a"));
	const [file = ""] = filesIn(journal);
	const bytes = readFileSync(join(journal, file));
	for (const [number, length] of [1, 40, bytes.length - 30, bytes.length - 1].entries())
		writeFileSync(join(journal, `9-${number}.records`), Buffer.concat([bytes, bytes.subarray(0, length)]));
	expect(await store.completions.count()).toBe(1);
	expect(await store.completions.count()).toBe(1);
	await store.completions.add("me", aCompletion("b"));
	expect(idsInDatabase(dataFolder)).toEqual(["a"]);
	expect(await store.completions.count()).toBe(2);
});

test("a file is removed when it is sealed, or nobody has written it for a day", async () => {
	const { store, journal, dataFolder } = await open();
	await store.completions.add("me", aCompletion("a"));
	await store.close();
	expect(filesIn(journal)).toEqual([]);
	const { store: other } = await open(dataFolder);
	await other.completions.add("me", aCompletion("b"));
	await other.settle();
	const [file = ""] = filesIn(journal);
	await other.settle();
	expect(filesIn(journal)).toEqual([file]);
	const longAgo = Date.now() / 1000 - 90_000;
	utimesSync(join(journal, file), longAgo, longAgo);
	await other.settle();
	expect(filesIn(journal)).toEqual([]);
	expect(await other.completions.count()).toBe(2);
});

test("a file with what is no record in it is set aside, and said to be", async () => {
	const { store, journal } = await open();
	await store.completions.add("me", aCompletion("a"));
	const [file = ""] = filesIn(journal);
	appendFileSync(join(journal, file), `${"\0".repeat(100)}\n`);
	await expect(store.settle()).rejects.toMatchObject({
		problem: "unavailable",
		message: expect.stringContaining(".damaged"),
	});
	expect(await store.completions.count()).toBe(1);
	expect(filesIn(journal)).toEqual([`${file}.damaged`]);
});

test.each([
	["longer than is read at once", ""],
	["much longer", "x".repeat(100)],
])("a record's first line may be %s, and those around it are kept", async (_what, more) => {
	const { store, dataFolder } = await open();
	const itemIds = Array.from({ length: 50_000 }, (_, number) => `fc_${number}${more}`);
	await Promise.all([
		store.responses.add("me", aResponse("before")),
		store.responses.add("me", aResponse("long", { itemIds })),
		store.responses.add("me", aResponse("after")),
	]);
	await store.settle();
	expect(filesIn(join(dataFolder, "responses")).filter((file) => file.endsWith(".damaged"))).toEqual([]);
	for (const id of ["before", "long", "after"]) expect(await store.responses.get("me", id)).toMatchObject({ id });
});

test("half of a long first line is waited for", async () => {
	const { store, journal } = await open();
	await store.completions.add("me", aCompletion("a"));
	const [file = ""] = filesIn(journal);
	appendFileSync(join(journal, file), `{"owner":"${"x".repeat(2_000_000)}`);
	await store.settle();
	expect(await store.completions.count()).toBe(1);
	expect(filesIn(journal)).toEqual([file]);
});

test("the gateway has it moved by a process beside the workers, and again when that was killed", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const data = temporaryFolder();
	const llmw = await serveLlmw(host, ["--workers", "1", "--data", data]);
	const store = async () => (await postChat(`${llmw.url}/v1`, { ...hello, store: true })).status;
	expect(await store()).toBe(200);
	await expect.poll(() => idsInDatabase(data), { timeout: 25_000 }).toHaveLength(1);
	const storeWriter = storeWriterOf(llmw.pid());
	expect(storeWriter).toBeDefined();
	process.kill(storeWriter as number, "SIGKILL");
	await llmw.says(/the store writer was killed by SIGKILL/);
	expect(await store()).toBe(200);
	await expect.poll(() => idsInDatabase(data), { timeout: 25_000 }).toHaveLength(2);
});
