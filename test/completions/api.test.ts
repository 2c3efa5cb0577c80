/** Stored completions as the official SDK sees them. */
import OpenAI from "openai";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, type TestGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { overBothGateways } from "../kit/stores.js";

let gateway: TestGateway;
let client: OpenAI;

overBothGateways(() => {
	beforeEach(async () => {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		gateway = await gatewayFor(host);
		client = clientOf("blue");
	});

	function clientOf(apiKey: string): OpenAI {
		return new OpenAI({ baseURL: gateway.baseUrl, apiKey, maxRetries: 0 });
	}

	/** Has one stored. @returns its id. */
	async function store(
		more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {},
		by = client,
	): Promise<string> {
		const { id } = await by.chat.completions.create({
			model: "m",
			messages: [{ role: "user", content: "Hello" }],
			store: true,
			...more,
		});
		return id;
	}

	async function idsOf(query?: OpenAI.ChatCompletionListParams, by = client): Promise<string[]> {
		const ids: string[] = [];
		for await (const { id } of by.chat.completions.list(query)) ids.push(id);
		return ids;
	}

	test("what was stored can be listed, retrieved, updated and deleted", async () => {
		const id = await store({ metadata: { team: "blue" }, temperature: 0.5, user: "u1" });
		expect(await idsOf()).toEqual([id]);
		const kept = await client.chat.completions.retrieve(id);
		expect(kept).toMatchObject({
			id,
			object: "chat.completion",
			metadata: { team: "blue" },
			temperature: 0.5,
			input_user: "u1",
		});
		expect(kept).not.toHaveProperty("messages");
		const updated = await client.chat.completions.update(id, { metadata: { run: "7" } });
		expect(updated).toEqual({ ...kept, metadata: { run: "7" } });
		expect(await client.chat.completions.retrieve(id)).toEqual(updated);
		expect(await client.chat.completions.update(id, { metadata: null })).toMatchObject({ metadata: {} });
		expect(await client.chat.completions.delete(id)).toEqual({ object: "chat.completion.deleted", id, deleted: true });
		expect(await idsOf()).toEqual([]);
		await expect(client.chat.completions.retrieve(id)).rejects.toMatchObject({ status: 404, code: "not_found" });
		await expect(client.chat.completions.delete(id)).rejects.toMatchObject({ status: 404 });
	});

	test("its messages are there, in pages, each with an id", async () => {
		const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } } as const;
		const id = await store({
			messages: [
				{ role: "system", content: "Be brief.", name: "author" },
				{ role: "user", content: [{ type: "text", text: "What is it?" }, image] },
				{
					role: "assistant",
					content: null,
					tool_calls: [{ id: "t", type: "function", function: { name: "f", arguments: "{}" } }],
				},
				{ role: "tool", tool_call_id: "t", content: "42" },
			],
		});
		const messages: OpenAI.ChatCompletionStoreMessage[] = [];
		for await (const message of client.chat.completions.messages.list(id, { limit: 3 })) messages.push(message);
		expect(messages).toMatchObject([
			{ id: `${id}-0`, role: "system", content: "Be brief.", content_parts: null, name: "author" },
			{
				id: `${id}-1`,
				role: "user",
				content: null,
				content_parts: [{ type: "text", text: "What is it?" }, image],
				name: null,
			},
			{ id: `${id}-2`, role: "assistant", content: null, tool_calls: [{ id: "t" }] },
			{ id: `${id}-3`, role: "tool", content: "42", tool_call_id: "t" },
		]);
		const { data } = await client.chat.completions.messages.list(id, { order: "desc", limit: 1 });
		expect(data).toMatchObject([{ role: "tool" }]);
		await expect(client.chat.completions.messages.list(id, { after: "other" })).rejects.toMatchObject({ status: 404 });
	});

	describe("a list", () => {
		test("is paged through in either order", async () => {
			const ids: string[] = [];
			for (let count = 0; count < 7; count += 1) ids.push(await store());
			expect(await idsOf({ limit: 3 })).toEqual(ids);
			expect(await idsOf({ limit: 2, order: "desc" })).toEqual(ids.toReversed());
			const page = await fetch(`${gateway.baseUrl}/chat/completions?limit=2`, {
				headers: { authorization: "Bearer blue" },
			});
			expect(await page.json()).toMatchObject({ object: "list", first_id: ids[0], last_id: ids[1], has_more: true });
		});

		test("is filtered by model, and by metadata", async () => {
			const one = await store({ metadata: { team: "red", run: "1" } });
			const two = await store({ metadata: { team: "red", run: "2" }, model: "n" });
			await store({ metadata: { team: "green" } });
			expect(await idsOf({ metadata: { team: "red" } })).toEqual([one, two]);
			expect(await idsOf({ metadata: { team: "red", run: "2" } })).toEqual([two]);
			expect(await idsOf({ metadata: { team: "red" }, model: "m" })).toEqual([one]);
			expect(await idsOf({ model: "n" })).toEqual([two]);
			expect(await idsOf({ metadata: { "a]b[": "x" } })).toEqual([]);
		});

		test.each([
			"limit=0",
			"limit=101",
			"limit=x",
			"limit=1&limit=2",
			"order=up",
			"metadata=x",
			"metadata[a]=1&metadata[a]=2",
			"after=",
		])("refuses %s", async (query) => {
			const response = await fetch(`${gateway.baseUrl}/chat/completions?${query}`);
			expect(response.status).toBe(400);
			expect((await errorOf(response)).param).toMatch(/^(limit|order|metadata(\.a)?|after)$/);
		});
	});

	test("a caller sees only what its own key stored", async () => {
		client = clientOf((await addKey(gateway, { name: "blue" })).secret);
		const id = await store();
		const other = clientOf((await addKey(gateway, { name: "red" })).secret);
		const theirs = await store({}, other);
		expect(await idsOf()).toEqual([id]);
		expect(await idsOf({}, other)).toEqual([theirs]);
		const { completions } = other.chat;
		for (const attempt of [
			() => completions.retrieve(id),
			() => completions.update(id, { metadata: {} }),
			() => completions.delete(id),
			() => completions.messages.list(id),
			() => completions.list({ after: id }),
		])
			await expect(attempt()).rejects.toMatchObject({ status: 404 });
		expect(await idsOf()).toEqual([id]);
	});

	test("metadata has OpenAI's limits", async () => {
		const id = await store();
		const pairs = (count: number) =>
			Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
		const most = { ...pairs(15), ["k".repeat(64)]: "v".repeat(512) };
		expect((await client.chat.completions.update(id, { metadata: most })).id).toBe(id);
		for (const metadata of [pairs(17), { ["k".repeat(65)]: "v" }, { k: "v".repeat(513) }])
			await expect(client.chat.completions.update(id, { metadata })).rejects.toMatchObject({ status: 400 });
	});
});
