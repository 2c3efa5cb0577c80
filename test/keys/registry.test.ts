/** The primary's knowledge of keys: when it reads the store, and what it does when it can't. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createKeyRegistry } from "../../src/keys/keyRegistry.js";
import { readSettings } from "../../src/settings/settings.js";
import type { KeyChanges } from "../../src/store/keyTypes.js";
import { openStore } from "../../src/store/open.js";
import { type Store, StoreError } from "../../src/store/store.js";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, hello, postChat, temporaryFolder } from "../kit/gateway.js";
import { someAdmin, storeKey } from "../kit/keys.js";
import { serveLlmw } from "../kit/llmw.js";

/** A registry over a store whose keys are read by `changes`. */
function registryOver(changes: (since: number) => Promise<KeyChanges>, flags: Record<string, unknown> = {}) {
	const told: KeyChanges[] = [];
	const complaints: string[] = [];
	const settings = readSettings({ store: "postgres://127.0.0.1:1/none", ...flags }, {});
	const events = {
		changed: (news: KeyChanges) => void told.push(news),
		complain: (line: string) => void complaints.push(line),
		adminMade: () => {},
	};
	const revoke = async () => {
		throw new StoreError("full", "no room");
	};
	const store = { keys: { changes, revoke }, close: async () => {} } as unknown as Store;
	const registry = createKeyRegistry(settings, events, () => store);
	onTestFinished(() => registry.close());
	return { registry, told, complaints };
}

const nothing = { adminHash: undefined, keys: [] };

test("tells of what has changed, asks only for what is after that, and tells nothing twice", async () => {
	const asked: number[] = [];
	let revision = 3;
	const { registry, told } = registryOver(async (since) => {
		asked.push(since);
		return { revision, ...nothing };
	});
	await registry.refresh();
	await registry.refresh();
	revision = 4;
	await registry.refresh();
	expect(asked).toEqual([0, 3, 3]);
	expect(told.map((news) => news.revision)).toEqual([3, 4]);
});

test("whoever asks during a reading gets what a later one finds", async () => {
	let revision = 0;
	const { registry } = registryOver(async () => {
		const found = { revision, ...nothing };
		await new Promise((resolve) => setImmediate(resolve));
		return found;
	});
	const first = registry.refresh();
	revision = 1;
	await registry.refresh();
	expect(registry.news().revision).toBe(1);
	await first;
});

test("knows nothing while the store can't be read, keeps what it knows when it can't any more", async () => {
	let fails = true;
	const { registry, told, complaints } = registryOver(async () => {
		if (fails) throw new StoreError("unavailable", "gone");
		return { revision: 1, ...nothing };
	});
	await registry.refresh();
	expect(registry.snapshot()).toBeUndefined();
	fails = false;
	await registry.refresh();
	fails = true;
	await registry.refresh();
	expect(registry.snapshot()).toEqual({ revision: 1, ...nothing, stops: [] });
	expect(told).toHaveLength(1);
	expect(complaints).toEqual([]);
});

test("neither a later reading nor an older database brings back a key whose revocation isn't written yet", async () => {
	const folder = temporaryFolder();
	const source = await openStore(readSettings({ data: folder }, {}));
	onTestFinished(() => source.close());
	const { record } = await storeKey(source);
	let revision = 5;
	const { registry, told } = registryOver(async () => ({ revision, adminHash: undefined, keys: [record] }), {
		data: temporaryFolder(),
	});
	await registry.refresh();
	expect(registry.revoke("bot", someAdmin)?.record.revokedAt).toBeDefined();
	for (revision of [6, 2]) await registry.refresh();
	expect(told.map(({ keys }) => keys[0]?.revokedAt !== undefined)).toEqual([false, true, true, true]);
	expect(told.at(-1)).toMatchObject({ revision: 2, isWhole: true });
	expect(registry.snapshot()?.keys).toMatchObject([{ id: record.id, revokedAt: expect.any(Number) }]);
});

test("opens no store where nobody has stored anything, and finds it when somebody has", async () => {
	const data = temporaryFolder();
	const settings = readSettings({ data }, {});
	let opened = 0;
	const store = await openStore(settings);
	onTestFinished(() => store.close());
	const empty = readSettings({ data: join(data, "empty") }, {});
	for (const [given, expected] of [
		[empty, 0],
		[settings, 1],
	] as const) {
		const events = { changed: () => {}, complain: () => {}, adminMade: () => {} };
		const registry = createKeyRegistry(given, events, () => {
			opened += 1;
			return store;
		});
		onTestFinished(() => registry.close());
		await registry.refresh();
		expect(opened).toBe(expected);
		expect(registry.snapshot()).toEqual({ revision: 0, ...nothing, stops: [] });
	}
	await storeKey(store);
});

test.each([
	["127.0.0.1", [], 200],
	["127.0.0.1", ["--require-keys"], 503],
	["0.0.0.0", [], 503],
])("on %s with %j, a gateway that could never read its store answers %d", async (bindip, args, status) => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const store = ["--store", "postgres://127.0.0.1:1/none", "--workers", "1"];
	const { url } = await serveLlmw(host, ["--bindip", bindip, ...store, ...args]);
	const response = await postChat(`${url}/v1`, hello);
	expect(response.status).toBe(status);
	if (status === 503) expect((await errorOf(response)).code).toBe("store_unavailable");
	expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
