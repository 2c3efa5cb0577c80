/** A database that is damaged, cut, empty, gone, put back or replaced: keys that were in use keep the gateway closed. */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Libsql from "libsql";
import { describe, expect, onTestFinished, test } from "vitest";
import { createKeyRegistry } from "../../src/keys/keyRegistry.js";
import { KeyTable } from "../../src/keys/keyTable.js";
import { hashOf } from "../../src/keys/secret.js";
import { readSettings } from "../../src/settings/settings.js";
import type { KeyChanges } from "../../src/store/keyTypes.js";
import { openStore } from "../../src/store/open.js";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { newKey, someAdmin, storeKey } from "../kit/keys.js";
import { resultOf, serveLlmw } from "../kit/llmw.js";

/** A folder whose database has a key, as a gateway has left it that has seen it. */
async function usedFolder(isMarked = true): Promise<{ data: string; file: string; secret: string }> {
	const data = temporaryFolder();
	const store = await openStore({ dataFolder: data, storeUrl: undefined });
	const { secret } = await storeKey(store);
	await store.close();
	const database = new Libsql(join(data, "llmgw.sqlite"));
	database.exec("pragma wal_checkpoint(truncate)");
	database.close();
	if (isMarked) {
		const { registry } = registryOf(data);
		await registry.refresh();
		registry.close();
		expect(existsSync(join(data, "llmgw.keys"))).toBe(true);
	}
	return { data, file: join(data, "llmgw.sqlite"), secret };
}

/** The primary's registry, and the table of a worker that follows it. */
function registryOf(data: string, flags: Record<string, unknown> = {}) {
	const told: KeyChanges[] = [];
	const complaints: string[] = [];
	const settings = readSettings({ data, ...flags }, {});
	const worker = new KeyTable();
	const registry = createKeyRegistry(settings, {
		changed(news) {
			told.push(news);
			worker.apply(news);
		},
		complain: (line) => void complaints.push(line),
		adminMade: () => {},
	});
	onTestFinished(() => registry.close());
	return { registry, told, complaints, worker };
}

const withoutLog = (file: string) => {
	for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true });
};

const faults: [name: string, harm: (file: string) => void][] = [
	["empty", (file) => truncateSync(file, 0)],
	["cut in its header", (file) => truncateSync(file, 50)],
	["cut after its first page", (file) => truncateSync(file, 4096)],
	["cut in the middle", (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
	["gone", (file) => rmSync(file)],
	["other bytes", (file) => writeFileSync(file, Buffer.alloc(65_536, "x"))],
	["zeros", (file) => writeFileSync(file, Buffer.alloc(65_536))],
	[
		"damaged after its header",
		(file) => {
			const bytes = readFileSync(file);
			writeFileSync(file, bytes.fill(0xff, 100));
		},
	],
];

describe.each(faults)("%s", (_name, harm) => {
	test("a worker that begins is closed, and so is one that runs on", async () => {
		const { data, file } = await usedFolder();
		withoutLog(file);
		harm(file);
		const { registry } = registryOf(data);
		await registry.refresh();
		expect(registry.hasKeys()).toBe(true);
		expect(registry.closedBy()).toBe(join(data, "llmgw.keys"));
		const worker = new KeyTable();
		worker.apply(registry.snapshot() as KeyChanges);
		expect(worker.hasKeys).toBe(true);
	});

	test("without the mark too, where an administrator's credential is set and something is there", async () => {
		const { data, file } = await usedFolder(false);
		withoutLog(file);
		harm(file);
		const { registry } = registryOf(data, { "admin-key": "an-administrator-of-tests" });
		await registry.refresh();
		expect(registry.hasKeys()).toBe(existsSync(file));
	});
});

test("what is left of a damaged database tells of keys, where there is no mark", async () => {
	const { data, file } = await usedFolder(false);
	withoutLog(file);
	const bytes = readFileSync(file);
	writeFileSync(file, bytes.fill(0, 0, 100));
	const { registry } = registryOf(data);
	await registry.refresh();
	expect([registry.hasKeys(), registry.closedBy()]).toEqual([true, file]);
});

test("a fresh folder is open, also with an administrator's credential, and so is one that never had keys", async () => {
	for (const flags of [{}, { "admin-key": "an-administrator-of-tests" }]) {
		const data = temporaryFolder();
		const { registry } = registryOf(data, flags);
		await registry.refresh();
		expect(registry.hasKeys()).toBe(false);
		await (await openStore({ dataFolder: data, storeUrl: undefined })).close();
		await registry.refresh();
		expect([registry.hasKeys(), registry.closedBy()]).toEqual([false, undefined]);
	}
});

test("an older state that is put back under running gateways is read as a whole", async () => {
	const { data, file, secret } = await usedFolder();
	const { registry, worker, told } = registryOf(data);
	await registry.refresh();
	const store = await openStore({ dataFolder: data, storeUrl: undefined });
	onTestFinished(() => store.close());
	const later = await store.keys.create(
		newKey({ name: "later" }),
		{ hash: hashOf("later-secret"), hint: "cret" },
		someAdmin,
	);
	await registry.refresh();
	expect(worker.find(hashOf("later-secret"))).toBeDefined();
	const database = new Libsql(file);
	onTestFinished(() => void database.close());
	const [first] = database.prepare("select hash from audit_entry where number = 1").all() as { hash: string }[];
	database.prepare("delete from api_key where id = ?").run(later.id);
	database.prepare("update administration set revision = 1, audit_number = 1, audit_hash = ?").run(first?.hash);
	await registry.refresh();
	expect(told.at(-1)).toMatchObject({ revision: 1, isWhole: true });
	expect(worker.find(hashOf("later-secret"))).toBeUndefined();
	expect(worker.find(hashOf(secret))).toBeDefined();
});

test("also one that was put back and has gone on since, up to the same revision or further", async () => {
	const { data, file } = await usedFolder();
	copyFileSync(file, `${file}.backup`);
	const { registry, worker } = registryOf(data);
	const make = async (name: string) => {
		const store = await openStore({ dataFolder: data, storeUrl: undefined });
		await store.keys.create(newKey({ name }), { hash: hashOf(name), hint: "hint" }, someAdmin);
		await store.close();
	};
	await make("lost");
	await registry.refresh();
	expect(worker.find(hashOf("lost"))).toBeDefined();
	for (const others of [["other"], ["other", "another"]]) {
		// As a restore does it: other files under the same name.
		withoutLog(file);
		copyFileSync(`${file}.backup`, `${file}.next`);
		renameSync(`${file}.next`, file);
		for (const name of others) await make(name);
		await expect
			.poll(
				async () => {
					await registry.refresh();
					return [worker.find(hashOf("lost")), ...others.map((name) => worker.find(hashOf(name)))].map(
						(found) => found !== undefined,
					);
				},
				{ timeout: 20_000 },
			)
			.toEqual([false, ...others.map(() => true)]);
	}
});

async function started(data: string, args: string[] = []) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await serveLlmw(host, ["--data", data, "--workers", "1", ...args]);
	return { ...gateway, at: ["--bindport", String(gateway.port)] };
}

test("at the start it says what is wrong and how to go on, and that is true", async () => {
	const { data, file } = await usedFolder();
	withoutLog(file);
	truncateSync(file, 0);
	const { url, says, at } = await started(data);
	const status = async (headers: Record<string, string> = {}) => (await fetch(`${url}/v1/models`, { headers })).status;
	await says(/the database has no key, but .*llmgw\.keys says that there may have been some/);
	expect(await status()).toBe(401);
	const { stdout, code } = await resultOf(["keys", "create", "me", ...at]);
	expect(code).toBe(0);
	expect(await status({ authorization: `Bearer ${stdout.trim()}` })).toBe(200);
});

test("a damaged one is no reason to open, nor to forget keys that are there", async () => {
	const { data, file } = await usedFolder();
	withoutLog(file);
	const bytes = readFileSync(file);
	writeFileSync(file, Buffer.from(bytes).fill(0xff, 100));
	const { url, says } = await started(data);
	await says(/says that there may have been some/);
	for (const headers of [{}, { authorization: "Bearer any" }] as Record<string, string>[])
		expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(503);
	expect(readFileSync(file).equals(Buffer.from(bytes).fill(0xff, 100))).toBe(true);
});
