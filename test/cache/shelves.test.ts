/** Where answers are kept: in memory within its bound, in the store, and in Redis; and what is never given from there. */
import { expect, onTestFinished, test } from "vitest";
import { createAnswerCache } from "../../src/cache/answerCache.js";
import { type CacheEntry, openEntry, sealEntry } from "../../src/cache/entry.js";
import { createLocalMemory } from "../../src/cache/local.js";
import { MemoryShelf } from "../../src/cache/memoryShelf.js";
import { createRedisShelf } from "../../src/cache/redisShelf.js";
import { Vectors } from "../../src/cache/vectors.js";
import type { Shelf, ShelvedAnswer } from "../../src/store/cacheTypes.js";
import { startRedis } from "../kit/redis.js";
import { overBothStores } from "../kit/stores.js";
import { cachingGateway, question, startCountingHost } from "./kit.js";

const now = Date.now();

function answer(key: string, more: Partial<ShelvedAnswer> = {}): ShelvedAnswer {
	return {
		...{ key, text: `text of ${key}`, model: "m", keyId: "key_1", keyName: "bot", tags: [] },
		...{ createdAt: now, expiresAt: now + 60_000, ...more },
	};
}

function entry(more: Partial<CacheEntry> = {}): CacheEntry {
	return {
		...{ key: "k", createdAt: now, expiresAt: now + 60_000, headers: {}, body: "{}", model: "m", responseModel: null },
		...{ keyId: null, keyName: null, tags: [], tokens: null, cost: null },
		form: { dialect: "openai.chat", isStream: false, variant: "" },
		...more,
	};
}

test("an entry is read only if nobody has cut or changed it, and it is of this version, key and age", () => {
	const sealed = sealEntry(entry());
	expect(openEntry(sealed, "k", now)).toMatchObject({ key: "k", body: "{}" });
	const wrong: [string, string, number?][] = [
		[sealed.slice(0, -1), "k"],
		[sealed.slice(1), "k"],
		[sealed.replace('"body":"{}"', '"body":"[]"'), "k"],
		[sealed, "other"],
		[sealed, "k", now + 60_000],
		["", "k"],
		[sealEntry({ ...entry(), version: 2 } as CacheEntry), "k"],
	];
	for (const [text, key, at = now] of wrong) expect([text, openEntry(text, key, at)]).toEqual([text, undefined]);
});

test("memory holds what was asked for lately, within its bound", () => {
	const shelf = new MemoryShelf(10_000, () => now);
	const text = "x".repeat(1_500);
	for (const key of ["a", "b", "c", "d"]) shelf.put(answer(key, { text }));
	expect(shelf.get("a")).toBe(text);
	for (const key of ["e", "f"]) shelf.put(answer(key, { text }));
	expect(["a", "b", "c", "d", "e", "f"].filter((key) => shelf.get(key) !== undefined)).toEqual(["a", "d", "e", "f"]);
	expect(shelf.totals().bytes).toBeLessThanOrEqual(10_000);
	shelf.put(answer("large", { text: "x".repeat(2_600) }));
	expect(shelf.get("large")).toBeUndefined();
	shelf.put(answer("a", { expiresAt: now }));
	expect(shelf.get("a")).toBeUndefined();
	shelf.maxBytes = 2_100;
	shelf.clean();
	expect(shelf.totals().entries).toBe(1);
});

test("vectors are compared within their group, and are few", () => {
	const vectors = new Vectors(() => now);
	const encode = (...values: number[]) => Buffer.from(new Float32Array(values).buffer).toString("base64");
	vectors.learn("g", encode(1, 0), "east", now + 1);
	vectors.learn("g", encode(3, 4), "north-east", now + 1);
	vectors.learn("h", encode(0, 1), "north", now + 1);
	vectors.learn("g", encode(0, 2), "gone", now);
	vectors.learn("g", encode(0, 0), "nowhere", now + 1);
	expect(vectors.nearest("g", encode(0, 5))).toEqual({ key: "north-east", similarity: expect.closeTo(0.8) });
	expect(vectors.nearest("g", encode(1, 2, 3))).toBeUndefined();
	expect(vectors.nearest("i", encode(1, 0))).toBeUndefined();
	for (let at = 0; at < 600; at += 1) vectors.learn("g", encode(1, at), `k${at}`, now + 1);
	expect(vectors.nearest("g", encode(1, 0))?.key).not.toBe("east");
});

/** All shelves do the same. */
async function checkShelf(shelf: Shelf): Promise<void> {
	const named = { keyName: 'a "name"', tags: ["faq", "spring_1"] };
	await shelf.put(answer("a", named));
	await shelf.put(answer("b", { model: "n", keyId: null, keyName: null, tags: ["springx1"] }));
	await shelf.put(answer("c"));
	await shelf.put(answer("c", { text: "anew" }));
	expect([await shelf.get("a"), await shelf.get("c"), await shelf.get("d")]).toEqual(["text of a", "anew", undefined]);
	expect(await shelf.totals()).toEqual({ entries: 3, bytes: 22 });
	expect(await shelf.remove({ tag: "spring_1", model: "n" })).toBe(0);
	expect(await shelf.remove({ tag: "spring_1" })).toBe(1);
	expect(await shelf.remove({ key: 'a "name"' })).toBe(0);
	expect(await shelf.remove({ key: "bot" })).toBe(1);
	expect(await shelf.remove({})).toBe(1);
	expect(await shelf.totals()).toEqual({ entries: 0, bytes: 0 });
}

overBothStores(({ open }) => {
	test("keeps answers, finds and removes them, those that are too old and the oldest of too many", async () => {
		let time = now;
		const { cache } = await open(undefined, () => time);
		await checkShelf(cache);
		for (const [at, key] of ["a", "b", "c"].entries())
			await cache.put(answer(key, { createdAt: now + at, expiresAt: now + 100 + at }));
		time = now + 100;
		expect(await cache.get("a")).toBeUndefined();
		expect(await cache.retain({ maxBytes: 12 })).toBe(2);
		expect([await cache.get("b"), await cache.get("c")]).toEqual([undefined, "text of c"]);
	});
});

test("Redis keeps answers for all machines, and is missed by nobody while it is away", async () => {
	const redis = await startRedis();
	const shelf = createRedisShelf(redis.url);
	onTestFinished(() => shelf.close());
	await checkShelf(shelf);
	await shelf.put(answer("soon", { expiresAt: Date.now() + 1_000 }));
	expect(await redis.client.pttl("llmw:cache:soon")).toBeGreaterThan(0);

	const host = await startCountingHost();
	const [one, other] = [
		await cachingGateway(host, {}, { redis: redis.url }),
		await cachingGateway(host, {}, { redis: redis.url }),
	];
	const { text } = await one.ask(question());
	await one.gateway.services.cache.settled();
	expect(await other.ask(question())).toMatchObject({ text, cache: expect.stringMatching(/^hit/) });
	for (const name of await redis.client.keys("llmw:cache:*")) await redis.client.hset(name, "text", "poison");
	const third = await cachingGateway(host, {}, { redis: redis.url });
	expect((await third.ask(question())).cache).toBe("fwd=miss; stored");
	await redis.kill();
	expect((await third.ask(question("Away"))).cache).toBe("fwd=miss; stored");
	expect((await third.ask(question("Away"))).cache).toMatch(/^hit/);
	expect(third.printed.join()).toContain("Cached answers can't be kept or found for now");
});

test("an answer that another machine has removed is given for seconds at most", async () => {
	let time = now;
	const kept = new Map<string, string>();
	const shelf: Shelf = {
		get: async (key) => kept.get(key),
		put: async ({ key, text }) => void kept.set(key, text),
		remove: async () => 0,
		totals: async () => ({ entries: 0, bytes: 0 }),
	};
	const memory = createLocalMemory({ cacheMemoryBytes: 1_000_000 }, () => time);
	const cache = createAnswerCache(
		memory,
		{ shelf, isShared: true },
		() => {},
		() => time,
	);
	cache.put(entry());
	kept.clear();
	expect(await cache.find("k")).toBeDefined();
	time += 10_001;
	expect(await cache.find("k")).toBeUndefined();
});
