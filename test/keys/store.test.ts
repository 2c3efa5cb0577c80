/** Keys and the audit in both stores. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/json/canonicalJson.js";
import { hashedSecret, hashOf, newSecret } from "../../src/keys/secret.js";
import { auditHash, firstPreviousHash } from "../../src/store/auditHash.js";
import { openStore } from "../../src/store/open.js";
import type { Store } from "../../src/store/store.js";
import { newKey, someAdmin, storeKey } from "../kit/keys.js";
import { overBothStores } from "../kit/stores.js";

test("a secret is llmw- and 256 random bits, and only its hash and last letters are kept", () => {
	const secret = newSecret();
	expect(secret).toMatch(/^llmw-[\w-]{43}$/);
	expect(Buffer.from(secret.slice(5), "base64url")).toHaveLength(32);
	expect(newSecret()).not.toBe(secret);
	expect(hashedSecret(secret)).toEqual({
		hash: createHash("sha256").update(secret).digest("hex"),
		hint: secret.slice(-4),
	});
});

test.each<[unknown, string]>([
	[{ b: 1, a: [true, null, "é\n"], c: undefined }, '{"a":[true,null,"é\\n"],"b":1}'],
	[{ "€": 1, "\r": 2, a: { z: 1, y: 2 } }, '{"\\r":2,"a":{"y":2,"z":1},"€":1}'],
])("the canonical JSON of %j", (value, expected) => {
	expect(canonicalJson(value)).toBe(expected);
});

overBothStores(({ fresh }) => {
	let store: Store;
	let nowMs = 1_700_000_000_000;
	beforeEach(async () => {
		nowMs = 1_700_000_000_000;
		store = await openStore(await fresh(), () => nowMs);
	});
	afterEach(() => store.close());

	test("a key comes back as it was made, with texts that databases find hard", async () => {
		const given = newKey({
			name: "bot",
			owner: 'Zoë "\u0000" 🎉',
			team: "blue",
			organisation: "acme",
			metadata: { ticket: "O'Neil; drop table" },
			expiresAt: 1_800_000_000,
			models: ["qwen-*"],
			routes: ["*"],
			addresses: ["10.0.0.0/8"],
		});
		const { record } = await storeKey(store, given);
		expect(record).toMatchObject({ ...given, createdAt: 1_700_000_000, updatedAt: 1_700_000_000 });
		expect(record.id).toMatch(/^key_\w{24}$/);
		expect(await store.keys.find(record.id)).toEqual(record);
		expect(await store.keys.find("bot")).toEqual(record);
		expect(await store.keys.find("other")).toBeUndefined();
	});

	test("a name is taken until its key is revoked", async () => {
		const { record } = await storeKey(store, { name: "bot" });
		await expect(storeKey(store, { name: "bot" })).rejects.toMatchObject({ problem: "conflict" });
		const other = await storeKey(store, { name: "other" });
		await expect(store.keys.update(other.record.id, { name: "bot" }, someAdmin)).rejects.toMatchObject({
			problem: "conflict",
		});
		await store.keys.revoke(record.id, someAdmin);
		const again = await storeKey(store, { name: "bot" });
		expect((await store.keys.find("bot"))?.id).toBe(again.record.id);
		expect((await store.keys.find(record.id))?.revokedAt).toBe(1_700_000_000);
	});

	test("a revoked key is neither changed nor rotated, and revoked only once", async () => {
		const { record } = await storeKey(store);
		const revoked = await store.keys.revoke(record.id, someAdmin);
		nowMs += 5_000;
		expect(await store.keys.revoke(record.id, someAdmin)).toEqual(revoked);
		const gone = { problem: "not_found" };
		await expect(store.keys.update(record.id, { team: "red" }, someAdmin)).rejects.toMatchObject(gone);
		await expect(store.keys.rotate(record.id, hashedSecret("x"), 0, someAdmin)).rejects.toMatchObject(gone);
		await expect(store.keys.revoke("key_nothing", someAdmin)).rejects.toMatchObject(gone);
	});

	test("an update changes what is given, also to nothing, and leaves the rest", async () => {
		const limits = { tokens_per_day: 9 };
		const { record } = await storeKey(store, { team: "blue", models: ["a"], expiresAt: 9, limits, priority: 4 });
		expect((await store.keys.find(record.id))?.limits).toEqual(limits);
		nowMs += 5_000;
		const change = {
			models: undefined,
			expiresAt: undefined,
			owner: "ada",
			priority: undefined,
			budget: { per_day: 0.5 },
		};
		expect(await store.keys.update(record.id, change, someAdmin)).toEqual({
			...record,
			...change,
			updatedAt: 1_700_000_005,
		});
	});

	test("a rotation keeps the hash before for its grace", async () => {
		const { record } = await storeKey(store);
		const next = hashedSecret(newSecret());
		expect(await store.keys.rotate(record.id, next, 60, someAdmin)).toMatchObject({
			...next,
			previousHash: record.hash,
			previousUntil: 1_700_000_060,
			rotatedAt: 1_700_000_000,
		});
		expect(await store.keys.rotate(record.id, hashedSecret("y"), 0, someAdmin)).toMatchObject({
			previousHash: undefined,
			previousUntil: undefined,
		});
	});

	test("lists go from key to key", async () => {
		const ids: string[] = [];
		for (const name of ["a", "b", "c"]) ids.push((await storeKey(store, { name })).record.id);
		const page = async (order: "asc" | "desc", after?: string) => {
			const { data, hasMore } = await store.keys.list({ limit: 2, order, after });
			return [data.map(({ id }) => id), hasMore];
		};
		expect(await page("asc")).toEqual([ids.slice(0, 2), true]);
		expect(await page("asc", ids[1])).toEqual([ids.slice(2), false]);
		expect(await page("desc", ids[2])).toEqual([[ids[1], ids[0]], false]);
		await expect(page("asc", "key_nothing")).rejects.toMatchObject({ problem: "not_found" });
	});

	test("lists what has changed since a revision, and nothing else", async () => {
		const a = await storeKey(store, { name: "a" });
		const { revision } = await store.keys.changes(0);
		expect(await store.keys.changes(revision)).toEqual({ revision, adminHash: undefined, keys: [] });
		const { auditHash } = await store.keys.changes(revision, "");
		expect(auditHash).toMatch(/^[0-9a-f]{64}$/);
		const b = await storeKey(store, { name: "b" });
		expect((await store.keys.changes(revision)).keys.map(({ id }) => id)).toEqual([b.record.id]);
		await store.keys.revoke(a.record.id, someAdmin);
		const all = await store.keys.changes(0);
		expect(all.revision).toBe(revision + 2);
		expect(all.keys).toHaveLength(2);
	});

	test("using a key is noted without a revision or an audit entry, and never backwards", async () => {
		const { record } = await storeKey(store);
		const before = await store.keys.changes(0);
		await store.keys.touch([record.id, "key_nothing"], 1_700_000_060);
		await store.keys.touch([record.id], 1_700_000_000);
		expect((await store.keys.find(record.id))?.lastUsedAt).toBe(1_700_000_060);
		expect((await store.keys.changes(0)).revision).toBe(before.revision);
	});

	test("of many who make the administrator's credential, one does", async () => {
		const made = await Promise.all(["1", "2", "3"].map((hash) => store.keys.addAdmin(hash, someAdmin)));
		expect(made.filter(Boolean)).toHaveLength(1);
		expect((await store.keys.changes(0)).adminHash).toBe(String(made.indexOf(true) + 1));
	});

	describe("the audit", () => {
		const all = async () => (await store.audit.list({ limit: 100, order: "asc" })).data;

		test("has who did what to which key, from where, and what it was before and after", async () => {
			const { record, secret } = await storeKey(store, { team: "blue" });
			await store.keys.update(record.id, { team: "red" }, someAdmin);
			const [created, updated] = await all();
			expect(created).toMatchObject({
				number: 1,
				actor: someAdmin,
				action: "key.created",
				target: record.id,
				before: undefined,
				after: { id: record.id, team: "blue" },
				createdAt: 1_700_000_000,
			});
			expect(updated).toMatchObject({ number: 2, before: { team: "blue" }, after: { team: "red" } });
			expect(JSON.stringify([created, updated])).not.toContain(secret);
			expect(JSON.stringify([created, updated])).not.toContain(record.hash);
		});

		test("is one chain, also when many write at once", async () => {
			await Promise.all(Array.from({ length: 20 }, (_, number) => storeKey(store, { name: `k${number}` })));
			const { data, head } = await store.audit.list({ limit: 100, order: "asc" });
			expect(data.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
			let last = firstPreviousHash;
			for (const { previousHash, hash, ...entry } of data) {
				expect(previousHash).toBe(last);
				const { name, address, requestId } = entry.actor;
				expect(hash).toBe(
					auditHash(previousHash, {
						id: entry.id,
						number: entry.number,
						created_at: entry.createdAt,
						actor: { name, address, request_id: requestId },
						action: entry.action,
						target: entry.target,
						before: entry.before ?? null,
						after: entry.after,
					}),
				);
				last = hash;
			}
			expect(head).toEqual({ number: 20, hash: last });
		});

		test("has no entry for what did not happen", async () => {
			const { record } = await storeKey(store, { name: "bot" });
			await storeKey(store, { name: "bot" }).catch(() => {});
			await store.keys.revoke("key_nothing", someAdmin).catch(() => {});
			await store.keys.revoke(record.id, someAdmin);
			await store.keys.revoke(record.id, someAdmin);
			expect((await all()).map(({ action }) => action)).toEqual(["key.created", "key.revoked"]);
		});
	});
});

test("hashes don't depend on how they are made", () => {
	expect(hashOf("llmw-1")).toBe(createHash("sha256").update("llmw-1").digest("hex"));
});
