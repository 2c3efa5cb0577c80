/** Conversations and their items, with OpenAI's SDK. */
import type OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { clientOf } from "../kit/routing.js";
import { overBothGateways } from "../kit/stores.js";

async function setUp() {
	const gateway = await startGateway("http://127.0.0.1:9", { overlay: withoutRateLimit() });
	onTestFinished(() => gateway.stop());
	return { gateway, client: clientOf(gateway) };
}

const user = (content: string) => ({ type: "message" as const, role: "user" as const, content });
const textsOf = (items: readonly unknown[]) =>
	items.map((item) => (item as { content: { text: string }[] }).content.map(({ text }) => text).join());

overBothGateways(() => {
	test("a conversation is made, read, changed and deleted", async () => {
		const { client } = await setUp();
		const made = await client.conversations.create({ metadata: { topic: "stars" }, items: [user("Hi")] });
		expect(made).toMatchObject({
			id: expect.stringMatching(/^conv_\w{24}$/),
			object: "conversation",
			created_at: expect.any(Number),
			metadata: { topic: "stars" },
		});
		const { id } = made;
		expect(await client.conversations.retrieve(id)).toMatchObject(made);
		const changed = await client.conversations.update(id, { metadata: { topic: "moons" } });
		expect(changed.metadata).toEqual({ topic: "moons" });
		expect(await client.conversations.delete(id)).toMatchObject({ id, object: "conversation.deleted", deleted: true });
		for (const asking of [
			() => client.conversations.retrieve(id),
			() => client.conversations.update(id, { metadata: {} }),
			() => client.conversations.delete(id),
			() => client.conversations.items.list(id),
			() => client.conversations.items.create(id, { items: [user("x")] }),
		])
			await expect(asking()).rejects.toMatchObject({ status: 404, code: "conversation_not_found" });
		expect(await client.conversations.create()).toMatchObject({ metadata: {} });
	});

	test("items keep their order and form, get ids, and are paged", async () => {
		const { client } = await setUp();
		const { id } = await client.conversations.create({ items: [user("0")] });
		const call = { type: "function_call" as const, call_id: "c1", name: "look", arguments: "{}" };
		const more: OpenAI.Responses.ResponseInputItem[] = [
			{ type: "message", role: "user", content: [{ type: "input_text", text: "1" }] },
			{ role: "assistant", content: "2" },
			call,
			{ type: "function_call_output", call_id: "c1", output: "ä" },
			{ id: "my_item", type: "anything", of: { mine: [1] } } as never,
		];
		const added = await client.conversations.items.create(id, { items: more });
		expect(added).toMatchObject({ object: "list", has_more: false, last_id: "my_item" });
		expect(added.data).toMatchObject([
			{
				id: expect.stringMatching(/^msg_/),
				role: "user",
				status: "completed",
				content: [{ type: "input_text", text: "1" }],
			},
			{ role: "assistant", content: [{ type: "output_text", text: "2", annotations: [] }] },
			{ id: expect.stringMatching(/^fc_/), ...call },
			{ type: "function_call_output", output: "ä" },
			{ id: "my_item", type: "anything", of: { mine: [1] } },
		]);
		const all = [];
		for await (const item of client.conversations.items.list(id, { limit: 2, order: "asc" })) all.push(item);
		expect(all.slice(1)).toEqual(added.data);
		const { data } = await client.conversations.items.list(id, { limit: 1 });
		expect(data).toEqual(all.slice(-1));
		const [first] = all as unknown as [{ id: string }];
		expect(await client.conversations.items.retrieve(first.id, { conversation_id: id })).toEqual(all[0]);
		expect(await client.conversations.items.delete(first.id, { conversation_id: id })).toMatchObject({ id });
		const missing = client.conversations.items.retrieve(first.id, { conversation_id: id });
		await expect(missing).rejects.toMatchObject({ status: 404, param: "item_id" });
		const unknown = client.conversations.items.list(id, { after: "msg_x" });
		await expect(unknown).rejects.toMatchObject({ status: 404 });
	});

	test("all of the items are added, or none", async () => {
		const { client } = await setUp();
		const { id } = await client.conversations.create({ items: [{ ...user("a"), id: "msg_a" } as never] });
		const items = [user("b"), { ...user("c"), id: "msg_a" }] as never[];
		const asking = client.conversations.items.create(id, { items });
		await expect(asking).rejects.toMatchObject({ status: 400, code: "duplicate_item" });
		expect(textsOf((await client.conversations.items.list(id)).data)).toEqual(["a"]);
	});

	test("those that are kept are listed in the order in which they were made, in pages", async () => {
		const { gateway, client } = await setUp();
		const made: string[] = [];
		for (const topic of ["a", "b", "c"]) made.push((await client.conversations.create({ metadata: { topic } })).id);
		const list = async (query: string) =>
			(await (await fetch(`${gateway.baseUrl}/conversations/kept?${query}`)).json()) as {
				data: { id: string; metadata: object; used_at: number }[];
				has_more: boolean;
			};
		const newest = await list("limit=2");
		expect(newest).toMatchObject({ has_more: true, first_id: made[2], last_id: made[1] });
		expect(newest.data[0]).toMatchObject({ object: "conversation", metadata: { topic: "c" } });
		expect(newest.data[0]?.used_at).toBeGreaterThan(1_700_000_000);
		expect((await list(`limit=2&after=${made[1]}`)).data.map(({ id }) => id)).toEqual([made[0]]);
		await client.conversations.delete(made[1] as string);
		expect((await list("order=asc")).data.map(({ id }) => id)).toEqual([made[0], made[2]]);
	});

	test("twenty clients at once add theirs one after the other", async () => {
		const { client } = await setUp();
		const { id } = await client.conversations.create();
		const pairs = Array.from({ length: 20 }, (_none, index) => [user(`${index}a`), user(`${index}b`)]);
		await Promise.all(pairs.map((items) => client.conversations.items.create(id, { items })));
		const texts = textsOf((await client.conversations.items.list(id, { limit: 100, order: "asc" })).data);
		expect(texts).toHaveLength(40);
		for (let at = 0; at < 40; at += 2) expect(texts[at + 1]).toBe(texts[at]?.replace("a", "b"));
	});
});

describe("what is refused", () => {
	test.each([
		["more than 20 items", { items: Array.from({ length: 21 }, () => user("x")) }, /at most 20 items/],
		["items that are no list", { items: "x" }, /items/],
		[
			"more than 16 notes",
			{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_n, at) => [`k${at}`, ""])) },
			/metadata/,
		],
		["a note that is no text", { metadata: { a: 1 } }, /metadata/],
	])("%s", async (_what, body, message) => {
		const { client } = await setUp();
		const asking = client.conversations.create(body as never);
		await expect(asking).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) });
	});
});

test("each owner has conversations of its own", async () => {
	const asAdmin = { authorization: "Bearer an-administrator-of-tests", "content-type": "application/json" };
	const gateway = await startGateway("http://127.0.0.1:9", {
		overlay: withoutRateLimit(),
		"admin-key": "an-administrator-of-tests",
	});
	onTestFinished(() => gateway.stop());
	const clientOfKey = async (name: string) => {
		const made = await fetch(`${gateway.baseUrl}/admin/keys`, {
			method: "POST",
			headers: asAdmin,
			body: JSON.stringify({ name }),
		});
		const { secret } = (await made.json()) as { secret: string };
		return clientOf(gateway).withOptions({ apiKey: secret });
	};
	const [one, other] = [await clientOfKey("one"), await clientOfKey("other")];
	const { id } = await one.conversations.create();
	expect((await one.conversations.retrieve(id)).id).toBe(id);
	await expect(other.conversations.retrieve(id)).rejects.toMatchObject({ status: 404 });
	await expect(other.conversations.delete(id)).rejects.toMatchObject({ status: 404 });
	const listed = async (client: OpenAI) => (await client.get<{ data: object[] }>("/conversations/kept")).data;
	expect(await listed(one)).toMatchObject([{ id }]);
	expect(await listed(other)).toEqual([]);
});
