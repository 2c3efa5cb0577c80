/** A conversation's turns and items in the store, exact whoever asks at once, and for how long they are kept. */
import { expect, test } from "vitest";
import type { ConversationStore } from "../../src/store/conversationTypes.js";
import { overBothStores } from "../kit/stores.js";

const name = { owner: "key:1", id: "conv_1" };
const item = (id: string) => ({ id, item: JSON.stringify({ id }) });

overBothStores(({ open }) => {
	async function setUp() {
		const clock = { now: 1_000_000_000_000 };
		const { conversations } = await open(undefined, () => clock.now);
		await conversations.create(name, {}, []);
		const later = (ms: number) => clock.now + ms;
		return { clock, conversations, later };
	}

	test("a turn is one token's until it is over, or its time is", async () => {
		const { clock, conversations, later } = await setUp();
		const lock = (token: string) => conversations.lock(name, token, later(60_000));
		expect([await lock("a"), await lock("b"), await lock("a")]).toEqual(["done", "busy", "done"]);
		expect(await conversations.append(name, [item("x")])).toBe("busy");
		expect(await conversations.removeItem(name, "x")).toBe("busy");
		expect(await conversations.append(name, [item("1")], "a")).toBe("done");
		expect(await lock("b")).toBe("done");
		clock.now += 60_001;
		expect(await lock("c")).toBe("done");
		// Whoever was taken for dead comes too late.
		expect(await conversations.append(name, [item("2")], "b")).toBe("busy");
		await conversations.release(name, "b");
		expect(await lock("d")).toBe("busy");
		await conversations.release(name, "c");
		expect(await lock("d")).toBe("done");
		expect(await conversations.items(name)).toEqual([item("1").item]);
	});

	test("of many who want the turn at once, one gets it", async () => {
		const { conversations, later } = await setUp();
		const tokens = Array.from({ length: 30 }, (_none, index) => `t${index}`);
		const got = await Promise.all(tokens.map((token) => conversations.lock(name, token, later(60_000))));
		expect(got.filter((one) => one === "done")).toHaveLength(1);
	});

	test("another owner's is not there", async () => {
		const { conversations, later } = await setUp();
		const other = { ...name, owner: "key:2" };
		expect(await conversations.get(other)).toBeUndefined();
		expect(await conversations.lock(other, "a", later(60_000))).toBe("missing");
		expect(await conversations.append(other, [item("1")])).toBe("missing");
		expect(await conversations.remove(other)).toBe(false);
		expect(await conversations.items(other)).toEqual([]);
	});

	test("one that nobody has used for too long is removed with its items, and no other", async () => {
		const { clock, conversations } = await setUp();
		const others: ConversationStore = conversations;
		await others.append(name, [item("1")]);
		clock.now += 10_000;
		await conversations.create({ ...name, id: "conv_2" }, {}, [item("1")]);
		clock.now += 5_000;
		expect(await conversations.retain({ maxAgeMs: undefined })).toBe(0);
		expect(await conversations.retain({ maxAgeMs: 9_000 })).toBe(1);
		expect(await conversations.get(name)).toBeUndefined();
		expect(await conversations.items({ ...name, id: "conv_2" })).toEqual([item("1").item]);
	});

	test("more items come at once than a statement takes values", async () => {
		const { conversations } = await setUp();
		const many = Array.from({ length: 66_000 }, (_none, index) => item(`i${index}`));
		expect(await conversations.append(name, [...many, item("i7")])).toEqual({ duplicate: "i7" });
		expect(await conversations.append(name, many)).toBe("done");
		expect(await conversations.append(name, [item("new"), item("i7")])).toEqual({ duplicate: "i7" });
	});

	test("three hundred items come at once, and in order", async () => {
		const { conversations } = await setUp();
		const many = Array.from({ length: 300 }, (_none, index) => item(`i${index}`));
		expect(await conversations.append(name, many)).toBe("done");
		expect(await conversations.items(name)).toEqual(many.map((one) => one.item));
		expect(await conversations.append(name, [item("new"), item("i7")])).toEqual({ duplicate: "i7" });
		expect(await conversations.items(name)).toHaveLength(300);
	});
});
