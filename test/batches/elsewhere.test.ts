/** Batches that an upstream runs itself: passed through, each to its owner. */
import { expect, onTestFinished, test } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { addKey } from "../kit/keys.js";
import { gatewayWith, route, startLab, upstream } from "../kit/routing.js";
import { anthropicFor, messageRequest, openaiFor } from "./kit.js";

async function over(provider: NonNullable<UpstreamSettings["provider"]>, answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const upstreams = [upstream("theirs", `${host.url}/v1`, { provider, key: "secret" })];
	const gateway = await gatewayWith({ upstreams, routes: [route(["theirs"], { models: ["*"] })] });
	const { secret: mine } = await addKey(gateway, { name: "mine" });
	const { secret: other } = await addKey(gateway, { name: "other" });
	return { host, gateway, mine, other };
}

const messageBatch = {
	...{ id: "msgbatch_theirs", type: "message_batch", processing_status: "ended", archived_at: null },
	request_counts: { processing: 0, succeeded: 1, errored: 0, canceled: 0, expired: 0 },
	...{ created_at: "2026-01-01T00:00:00Z", expires_at: "2026-01-02T00:00:00Z", ended_at: null },
	...{
		cancel_initiated_at: null,
		results_url: "https://api.anthropic.com/v1/messages/batches/msgbatch_theirs/results",
	},
};

test("of messages are Anthropic's own, with results by way of the gateway", async () => {
	const { host, gateway, mine, other } = await over("anthropic", ({ method, url }, response) => {
		if (url.endsWith("/results")) response.end('{"custom_id":"a","result":{"type":"canceled"}}\n');
		else if (method === "DELETE") sendJson(response, { id: messageBatch.id, type: "message_batch_deleted" });
		else sendJson(response, messageBatch);
	});
	const { batches } = anthropicFor(gateway.url, mine).messages;
	const made = await batches.create({ requests: [messageRequest("a")] });
	expect(made).toMatchObject({ id: messageBatch.id, results_url: expect.stringMatching(`^${gateway.url}/`) });
	expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toEqual({ requests: [messageRequest("a")] });
	expect(host.received[0]?.headers["x-api-key"]).toBe("secret");
	expect((await batches.retrieve(made.id)).processing_status).toBe("ended");
	expect((await batches.list()).data).toMatchObject([{ id: made.id }]);
	const results = [];
	for await (const result of await batches.results(made.id)) results.push(result);
	expect(results).toEqual([{ custom_id: "a", result: { type: "canceled" } }]);
	const others = anthropicFor(gateway.url, other).messages.batches;
	await expect(others.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
	await expect(others.cancel(made.id)).rejects.toMatchObject({ status: 404 });
	expect(await batches.delete(made.id)).toMatchObject({ type: "message_batch_deleted" });
	await expect(batches.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
	expect(host.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
		"POST /v1/messages/batches",
		`GET /v1/messages/batches/${made.id}`,
		`GET /v1/messages/batches/${made.id}`,
		`GET /v1/messages/batches/${made.id}/results`,
		`DELETE /v1/messages/batches/${made.id}`,
	]);
});

test("can be tried at the lab", async () => {
	const lab = await startLab();
	const upstreams = [upstream("lab", lab.url, { provider: "anthropic", key: "any" })];
	const gateway = await gatewayWith({ upstreams, routes: [route(["lab"], { models: ["*"] })] });
	const { batches } = anthropicFor(gateway.url).messages;
	const { id } = await batches.create({ requests: [messageRequest("a"), messageRequest("b")] });
	expect(id).toMatch(/^msgbatch_lab/);
	const results = [];
	for await (const { custom_id, result } of await batches.results(id)) results.push([custom_id, result.type]);
	expect(results).toEqual([
		["a", "succeeded"],
		["b", "succeeded"],
	]);
});

test("of files are run where the file is, and what they write is their owner's", async () => {
	const file = { id: "file-theirs", object: "file", bytes: 2, created_at: 1, filename: "in.jsonl", purpose: "batch" };
	const batch = { id: "batch_theirs", object: "batch", status: "completed", output_file_id: "file-out", created_at: 1 };
	const { host, gateway, mine, other } = await over("openai", ({ url }, response) => {
		if (url.endsWith("/content")) response.end("{}\n");
		else sendJson(response, url.includes("/files") ? file : batch);
	});
	const client = openaiFor(gateway.url, mine);
	const { id: input } = await client.files.create({ file: new File(["{}"], "in.jsonl"), purpose: "batch" });
	const asked = { input_file_id: input, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
	const made = await client.batches.create(asked);
	expect(made).toMatchObject({ id: "batch_theirs" });
	expect(JSON.parse(host.received.at(-1)?.body.toString() ?? "")).toEqual(asked);
	expect(await client.batches.retrieve(made.id)).toMatchObject({ output_file_id: "file-out" });
	expect(await (await client.files.content("file-out")).text()).toBe("{}\n");
	expect((await client.batches.list()).data).toMatchObject([{ id: made.id }]);
	const stranger = openaiFor(gateway.url, other);
	await expect(stranger.batches.create(asked)).rejects.toMatchObject({ status: 404 });
	await expect(stranger.batches.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
	await expect(stranger.files.content("file-out")).rejects.toMatchObject({ status: 404 });
	expect(await client.batches.cancel(made.id)).toMatchObject({ id: made.id });
});

test("of files are refused to a key whose models and limits nobody would hold them to", async () => {
	const file = { id: "file-theirs", object: "file", bytes: 2, created_at: 1, filename: "in.jsonl", purpose: "batch" };
	const { host, gateway } = await over("openai", (_request, response) => sendJson(response, file));
	const restrictions: Parameters<typeof addKey>[1][] = [
		{ name: "small", models: ["small"] },
		{ name: "poor", budget: { per_month: 1 } },
	];
	for (const restriction of restrictions) {
		const { secret } = await addKey(gateway, restriction);
		const client = openaiFor(gateway.url, secret);
		const { id } = await client.files.create({ file: new File(["{}"], "in.jsonl"), purpose: "batch" });
		const asked = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
		await expect(client.batches.create(asked)).rejects.toMatchObject({ status: 403, code: "batch_not_allowed" });
	}
	expect(host.received.map(({ url }) => url)).toEqual(["/v1/files", "/v1/files"]);
});

test("of messages that name another's file are run by the gateway, which refuses that", async () => {
	const { host, gateway, mine } = await over("anthropic", (_request, response) => sendJson(response, messageBatch));
	const { batches } = anthropicFor(gateway.url, mine).messages;
	const { params } = messageRequest("a");
	const content = [{ type: "document", source: { type: "file", file_id: "file_others" } }] as never;
	const { id } = await batches.create({
		requests: [{ custom_id: "a", params: { ...params, messages: [{ role: "user", content }] } }],
	});
	await expect.poll(async () => (await batches.retrieve(id)).processing_status).toBe("ended");
	const results = [];
	for await (const { result } of await batches.results(id)) results.push(result);
	expect(results).toMatchObject([{ type: "errored", error: { error: { type: "not_found_error" } } }]);
	expect(host.received).toEqual([]);
});
