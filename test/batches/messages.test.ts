/** Batches of Anthropic's Messages API, run by the gateway over an upstream that has none. */
import type Anthropic from "@anthropic-ai/sdk";
import { expect, test, vi } from "vitest";
import { StoreError } from "../../src/store/store.js";
import { gatewayFor } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { anthropicFor, messageRequest, numbered, startEcho } from "./kit.js";

async function started(before?: Parameters<typeof startEcho>[0], flags: Record<string, unknown> = {}) {
	const { host, asked } = await startEcho(before);
	const gateway = await gatewayFor(host, flags);
	return { host, asked, gateway, client: anthropicFor(gateway.url) };
}

function ended({ messages }: Anthropic, id: string) {
	return expect
		.poll(async () => (await messages.batches.retrieve(id)).processing_status, { timeout: 15_000 })
		.toBe("ended");
}

async function resultsOf({ messages }: Anthropic, id: string) {
	const results = [];
	for await (const result of await messages.batches.results(id)) results.push(result);
	return results;
}

test("are answered line by line, in the order of their requests", async () => {
	const { asked, client } = await started();
	const names = numbered(30);
	const batch = await client.messages.batches.create({ requests: names.map((name) => messageRequest(name)) });
	expect(batch).toMatchObject({ type: "message_batch", results_url: null, ended_at: null });
	await ended(client, batch.id);
	const over = await client.messages.batches.retrieve(batch.id);
	expect(over.request_counts).toEqual({ processing: 0, succeeded: 30, errored: 0, canceled: 0, expired: 0 });
	const results = await resultsOf(client, batch.id);
	expect(results.map(({ custom_id }) => custom_id)).toEqual(names);
	for (const { custom_id, result } of results)
		expect(result).toMatchObject({ type: "succeeded", message: { type: "message", content: [{ text: custom_id }] } });
	expect(asked.toSorted()).toEqual(names.toSorted());
});

test("have the errors of single lines among their results", async () => {
	const { client } = await started(({ text, response }) => {
		if (text === "wrong")
			response.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"No."}}');
	});
	const { id } = await client.messages.batches.create({ requests: [messageRequest("right"), messageRequest("wrong")] });
	await ended(client, id);
	const [right, wrong] = await resultsOf(client, id);
	expect(right?.result.type).toBe("succeeded");
	expect(wrong?.result).toMatchObject({ type: "errored", error: { type: "error", error: { message: "No." } } });
});

test("ask again for what an upstream was too busy for", async () => {
	let refusals = 0;
	const { client, asked } = await started(({ response }) => {
		refusals += 1;
		if (refusals <= 6) response.writeHead(429, { "content-type": "application/json", "retry-after": "0" }).end("{}");
	});
	const { id } = await client.messages.batches.create({ requests: [messageRequest("a"), messageRequest("b")] });
	await ended(client, id);
	expect((await resultsOf(client, id)).map(({ result }) => result.type)).toEqual(["succeeded", "succeeded"]);
	expect(asked.length).toBeGreaterThan(6);
});

test("are cancelled: what is answered stays, and the rest is not asked for", async () => {
	let release = () => {};
	const held = new Promise<void>((resolve) => {
		release = resolve;
	});
	const { client, asked } = await started(({ text }) => (text === "line-1" ? undefined : held), {
		"batch-concurrency": "2",
	});
	const { id } = await client.messages.batches.create({ requests: numbered(20).map((name) => messageRequest(name)) });
	await expect.poll(async () => (await client.messages.batches.retrieve(id)).request_counts.succeeded).toBe(1);
	const cancelled = await client.messages.batches.cancel(id);
	expect(cancelled.cancel_initiated_at).not.toBeNull();
	await ended(client, id);
	release();
	expect(asked.length).toBeLessThanOrEqual(3);
	const { request_counts: counts } = await client.messages.batches.retrieve(id);
	expect(counts).toEqual({ processing: 0, succeeded: 1, errored: 0, canceled: 19, expired: 0 });
	const results = await resultsOf(client, id);
	expect(results.map(({ result }) => result.type)).toEqual(["succeeded", ...Array(19).fill("canceled")]);
	expect((await client.messages.batches.cancel(id)).processing_status).toBe("ended");
});

test("hold up no stop while the store takes nothing: others ask again", async () => {
	const { client, asked, gateway } = await started();
	const { store } = gateway.gateway.services;
	const answer = vi.fn().mockRejectedValue(new StoreError("full", "no room"));
	Object.assign(store.batches, { answer });
	await client.messages.batches.create({ requests: [messageRequest("a")] });
	await expect.poll(() => asked).toEqual(["a"]);
	await expect.poll(() => answer.mock.calls.length).toBeGreaterThan(0);
	const startedMs = performance.now();
	await gateway.gateway.close();
	expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test("are listed by pages, and deleted once they have ended", async () => {
	const { client } = await started();
	const ids: string[] = [];
	for (const name of numbered(3)) {
		const { id } = await client.messages.batches.create({ requests: [messageRequest(name)] });
		await ended(client, id);
		ids.unshift(id);
	}
	const listed = [];
	for await (const { id } of client.messages.batches.list({ limit: 2 })) listed.push(id);
	expect(listed).toEqual(ids);
	const before = await client.messages.batches.list({ before_id: ids[2] as string, limit: 1 });
	expect(before.data.map(({ id }) => id)).toEqual([ids[1]]);
	expect(await client.messages.batches.delete(ids[0] as string)).toMatchObject({ type: "message_batch_deleted" });
	await expect(client.messages.batches.retrieve(ids[0] as string)).rejects.toMatchObject({ status: 404 });
});

test("are refused in Anthropic's words, with the place of what is wrong", async () => {
	const { client, gateway } = await started();
	const twice = client.messages.batches.create({ requests: [messageRequest("a"), messageRequest("a")] });
	await expect(twice).rejects.toMatchObject({
		...{ status: 400, type: "invalid_request_error" },
		message: expect.stringContaining("requests[1].custom_id"),
	});
	const streamed = { custom_id: "a", params: { ...messageRequest("a").params, stream: true } };
	await expect(client.messages.batches.create({ requests: [streamed as never] })).rejects.toMatchObject({
		status: 400,
	});
	await expect(client.messages.batches.create({ requests: [] })).rejects.toMatchObject({ status: 400 });
	const { status } = await fetch(`${gateway.url}/v1/messages/batches/msgbatch_none`);
	expect(status).toBe(404);
});

test("belong to their key, whose models they may ask for", async () => {
	const { gateway } = await started();
	const mine = await addKey(gateway, { name: "mine", models: ["m"] });
	const other = await addKey(gateway, { name: "other" });
	const client = anthropicFor(gateway.url, mine.secret);
	const { id } = await client.messages.batches.create({ requests: [messageRequest("a")] });
	await ended(client, id);
	await expect(anthropicFor(gateway.url, other.secret).messages.batches.retrieve(id)).rejects.toMatchObject({
		status: 404,
	});
	const another = { custom_id: "a", params: { ...messageRequest("a").params, model: "other" } };
	await expect(client.messages.batches.create({ requests: [another] })).rejects.toMatchObject({ status: 403 });
});
