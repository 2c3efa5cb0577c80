/** Responses in the store: chains, unfinished ones, lists, removal and retention, in SQLite and in PostgreSQL. */
import { expect, test } from "vitest";
import type { Store } from "../../src/store/store.js";
import { aResponse, overBothStores } from "../kit/stores.js";

const me = "key:me";

/** Adds a thread of so many responses, each with a time of its own. @returns their ids */
async function addThread(store: Store, name: string, turns: number, createdAt = 1_700_000_000, owner = me) {
	const ids = Array.from({ length: turns }, (_, turn) => `resp_${name}${turn}`);
	for (const [turn, id] of ids.entries()) {
		const links = { previous: ids[turn - 1], thread: ids[0] as string, createdAt: createdAt + turn };
		await store.responses.add(owner, aResponse(id, links));
	}
	return ids;
}

const idsOf = (heads: readonly { id: string }[]) => heads.map(({ id }) => id);

overBothStores(({ open, fresh }) => {
	test("a record is found as it was added, by its owner alone", async () => {
		const store = await open();
		const given = aResponse("resp_a", {
			previous: "resp_0",
			thread: "resp_0",
			conversation: "conv_1",
			request: '{"a":"ä"}',
		});
		await store.responses.add(me, given);
		const { itemIds, ...kept } = given;
		expect(await store.responses.get(me, "resp_a")).toEqual({ ...kept, owner: me });
		expect(await store.responses.get("key:other", "resp_a")).toBeUndefined();
		expect(await store.responses.withItems(me, ["msg_resp_a", "msg_x"])).toEqual(new Map([["msg_resp_a", "resp_a"]]));
		expect(await store.responses.withItems("key:other", ["msg_resp_a"])).toEqual(new Map());
		const many = Array.from({ length: 70_000 }, (_, number) => `msg_${number}`);
		expect(await store.responses.withItems(me, [...many, "msg_resp_a"])).toEqual(new Map([["msg_resp_a", "resp_a"]]));
	});

	test("a chain is followed back to its beginning, and says where it breaks", async () => {
		const store = await open();
		const ids = await addThread(store, "t", 5);
		await addThread(store, "u", 2);
		const { heads, ...rest } = await store.responses.chain(me, ids[3] as string, true);
		expect(idsOf(heads)).toEqual(ids.slice(0, 4));
		expect(rest).toEqual({ missing: undefined, isRemoved: false });
		expect(await store.responses.chain("key:other", ids[3] as string, true)).toMatchObject({
			heads: [],
			missing: ids[3],
		});
		await store.responses.remove(me, ids[1] as string);
		const broken = await store.responses.chain(me, ids[3] as string);
		expect(broken).toMatchObject({ missing: ids[1], isRemoved: true });
		expect(idsOf(broken.heads)).toEqual(ids.slice(2, 4));
		const items = await store.responses.items(me, [ids[2] as string, ids[1] as string]);
		const { input, output } = aResponse(ids[2] as string);
		expect(items).toEqual(new Map([[ids[2], { input, output }]]));
	});

	test("a finished record takes the place of an unfinished one, in either order, once", async () => {
		const store = await open();
		const done = aResponse("resp_b", { isUpdate: true, output: '{"done":1}' });
		const begun = aResponse("resp_b", { status: "queued", output: "", body: "{}", request: "{}" });
		await store.responses.add(me, begun);
		expect(idsOf(await store.responses.unfinished(10))).toEqual(["resp_b"]);
		await store.responses.add(me, { ...begun, status: "in_progress", isUpdate: true });
		await store.responses.add("key:other", { ...done, output: "stolen" });
		expect(await store.responses.get(me, "resp_b")).toMatchObject({ status: "in_progress" });
		await store.responses.add(me, done);
		await store.responses.add(me, { ...done, status: "cancelled", output: "late" });
		await store.responses.add(me, { ...begun, isUpdate: true });
		expect(await store.responses.get(me, "resp_b")).toMatchObject({ status: "completed", output: '{"done":1}' });
		await Promise.all([
			store.responses.add(me, aResponse("resp_c", { status: "queued" })),
			store.responses.add(me, aResponse("resp_c", { isUpdate: true, output: "x" })),
		]);
		expect(await store.responses.get(me, "resp_c")).toMatchObject({ status: "completed", output: "x" });
		expect(await store.responses.unfinished(10)).toEqual([]);
	});

	test("what was removed while it was under way doesn't come back", async () => {
		const store = await open();
		await store.responses.add(me, aResponse("resp_d", { status: "queued" }));
		expect(await store.responses.remove("key:other", "resp_d")).toBe(false);
		expect(await store.responses.remove(me, "resp_d")).toBe(true);
		await store.responses.add(me, aResponse("resp_d", { isUpdate: true }));
		expect(await store.responses.get(me, "resp_d")).toBeUndefined();
	});

	test("lists are pages, of a thread or of all, and go on after what was removed", async () => {
		const store = await open();
		const ids = await addThread(store, "v", 4);
		const others = await addThread(store, "w", 2, 1_700_000_100);
		await addThread(store, "x", 1, 1_700_000_200, "key:other");
		const page = (more: object) => store.responses.list(me, { limit: 2, order: "desc", ...more });
		expect(await page({}).then(({ data, hasMore }) => [idsOf(data), hasMore])).toEqual([[...others].reverse(), true]);
		await store.responses.remove(me, others[0] as string);
		expect(idsOf((await page({ after: others[0] })).data)).toEqual([ids[3], ids[2]]);
		const ofThread = await page({ thread: ids[0], order: "asc", limit: 3 });
		expect([idsOf(ofThread.data), ofThread.hasMore]).toEqual([ids.slice(0, 3), true]);
		await expect(page({ after: "resp_no" })).rejects.toMatchObject({ problem: "not_found" });
	});

	test("a thread is too old when its last response is", async () => {
		const now = 1_700_000_000_000;
		const store = await open(await fresh(), () => now);
		const day = 86_400;
		await addThread(store, "old", 3, now / 1000 - 40 * day);
		const kept = await addThread(store, "used", 2, now / 1000 - 40 * day);
		await store.responses.add(
			me,
			aResponse("resp_last", { previous: kept[1], thread: kept[0] as string, createdAt: now / 1000 - day }),
		);
		expect(await store.responses.retain({ maxAgeMs: 30 * day * 1000 })).toBe(3);
		expect(await store.responses.chain(me, "resp_last")).toMatchObject({ missing: undefined });
		expect(await store.responses.count()).toBe(3);
	});

	test("of too many responses of one owner those go whose thread was used longest ago", async () => {
		const store = await open();
		const first = await addThread(store, "one", 3);
		const second = await addThread(store, "two", 3);
		await store.responses.add(me, aResponse("resp_again", { previous: first[2], thread: first[0] as string }));
		await addThread(store, "foreign", 4, 1_700_000_000, "key:other");
		expect(await store.responses.retain({ maxCount: 4 })).toBe(3);
		expect(await store.responses.chain(me, "resp_again")).toMatchObject({ missing: undefined });
		expect(await store.responses.get(me, second[2] as string)).toBeUndefined();
		expect(await store.responses.count()).toBe(8);
	});
});
