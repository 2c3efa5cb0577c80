/** The usage of batches that upstreams run, and what administrators see of them. */
import { expect, onTestFinished, test } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { readSettings, type Settings } from "../../src/settings/settings.js";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { readMetrics } from "../kit/metrics.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";
import { overBothGateways } from "../kit/stores.js";
import { anthropicFor, messageRequest, openaiFor } from "./kit.js";

type Provider = NonNullable<UpstreamSettings["provider"]>;

/** A token costs a dollar, and in a batch half of that. */
const cost = { input: 1e6, output: 1e6, tiers: { batch: 0.5 } };
const admin = { authorization: "Bearer sk-admin-0123456789abcdef" };

async function inFrontOf(url: string, provider: Provider, more: Partial<Settings> = {}) {
	const upstreams = [upstream("theirs", url, { provider, key: "secret" })];
	const routing = { upstreams, routes: [route([target("theirs", { cost })], { models: ["*"] })] };
	const flags = { overlay: withoutRateLimit(), "admin-key": "sk-admin-0123456789abcdef" };
	const gateway = await startGateway("127.0.0.1", flags, routing, more);
	onTestFinished(() => gateway.stop());
	return gateway;
}

async function over(provider: Provider, answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return { host, gateway: await inFrontOf(`${host.url}/v1`, provider) };
}

/** Records of batches, as they are stored. */
async function recordsIn({ gateway }: TestGateway) {
	const { data } = await gateway.services.store.usage.list({ limit: 20, order: "asc" });
	return data
		.filter(({ tags }) => tags.batch !== undefined)
		.map(({ operation, keyName, model, tokens, cost: nanodollars, upstream: at, tags }) => ({
			...{ operation, keyName, model, at, batch: tags.batch, cost: nanodollars },
			tokens: [tokens?.input, tokens?.output],
		}));
}

const line = (custom_id: string) =>
	JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body: { model: "m", messages: [] } });

async function makeBatch(gateway: TestGateway, secret: string) {
	const client = openaiFor(gateway.url, secret);
	const file = new File([`${line("a")}\n${line("b")}\n`], "in.jsonl");
	const { id } = await client.files.create({ file, purpose: "batch" });
	const asked = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
	return { client, batch: await client.batches.create(asked) };
}

overBothGateways(() => {
	test("a batch's own `usage` is recorded once for the key that made it, whoever of its team looks and however often", async () => {
		const lab = await startLab();
		const gateway = await inFrontOf(lab.url, "openai");
		const { secret } = await addKey(gateway, { name: "mine", team: "red" });
		const { secret: colleague } = await addKey(gateway, { name: "colleague", team: "red" });
		const { client, batch } = await makeBatch(gateway, secret);
		expect(await recordsIn(gateway)).toEqual([]);
		const others = openaiFor(gateway.url, colleague);
		await Promise.all([1, 2, 3].map(() => others.batches.retrieve(batch.id)));
		const { output_file_id: output } = await client.batches.retrieve(batch.id);
		expect((await (await client.files.content(output ?? "")).text()).split("\n")).toHaveLength(3);
		await others.batches.retrieve(batch.id);
		expect(await recordsIn(gateway)).toEqual([
			{
				...{ operation: "createChatCompletion", keyName: "mine", model: "m", at: "theirs", batch: batch.id },
				...{ tokens: [2, 22], cost: 12e9 },
			},
		]);
		const metrics = await fetch(`${gateway.url}/metrics`, { headers: admin });
		expect(readMetrics(await metrics.text()).sum("llmgw_cost_dollars_total")).toBe(12);
	});
});

test("without `usage` the lines of the output file are added up, when all of them have been read", async () => {
	const file = { id: "file-in", object: "file", bytes: 2, created_at: 1, filename: "in.jsonl", purpose: "batch" };
	const batch = { id: "batch_x", object: "batch", status: "completed", output_file_id: "file-out", created_at: 1 };
	const answered = (prompt_tokens: number) =>
		JSON.stringify({ response: { body: { model: "m-1", usage: { prompt_tokens, completion_tokens: 1 } } } });
	let isCut = true;
	const { gateway } = await over("openai", ({ url }, response) => {
		if (!url.endsWith("/content")) return sendJson(response, url.includes("/files") ? file : batch);
		response.writeHead(200, { "content-type": "application/octet-stream" });
		response.write(`${answered(3)}\n`);
		if (isCut) setImmediate(() => response.destroy());
		else response.end(`not JSON\n{"response": null}\n${answered(4)}`);
	});
	const { secret } = await addKey(gateway, { name: "mine" });
	const { client } = await makeBatch(gateway, secret);
	const read = async () => (await client.files.content("file-out")).text();
	await expect(read()).rejects.toThrow();
	expect(await recordsIn(gateway)).toEqual([]);
	isCut = false;
	await read();
	await read();
	await expect.poll(() => recordsIn(gateway)).toMatchObject([{ model: "m-1", tokens: [7, 2], cost: 4.5e9 }]);
});

test("results of messages are added up by model, once", async () => {
	const batch = {
		id: "msgbatch_x",
		type: "message_batch",
		processing_status: "ended",
		results_url: "https://api.anthropic.com/x",
	};
	const result = (model: string, input_tokens: number) =>
		JSON.stringify({ result: { type: "succeeded", message: { model, usage: { input_tokens, output_tokens: 1 } } } });
	const lines = [result("b", 1), result("a", 2), result("b", 4), '{"result":{"type":"expired"}}'];
	const { gateway } = await over("anthropic", ({ url }, response) =>
		url.endsWith("/results") ? void response.end(lines.join("\n")) : sendJson(response, batch),
	);
	const { secret } = await addKey(gateway, { name: "mine" });
	const { batches } = anthropicFor(gateway.url, secret).messages;
	const { id } = await batches.create({ requests: [messageRequest("a")] });
	for (let time = 0; time < 2; time += 1) for await (const one of await batches.results(id)) expect(one).toBeTruthy();
	await expect
		.poll(() => recordsIn(gateway))
		.toMatchObject([
			{ operation: "createMessage", model: "a", tokens: [2, 1] },
			{ operation: "createMessage", model: "b", tokens: [5, 2] },
		]);
});

test("what it has used counts for the budget of its key's team", async () => {
	const lab = await startLab();
	const { limits } = readSettings({ aihost: "x" }, {});
	const teams = { red: { budgetPerDay: 12 } };
	const gateway = await inFrontOf(lab.url, "openai", { limits: { ...limits, teams } });
	const { secret } = await addKey(gateway, { name: "mine", team: "red" });
	const { client, batch } = await makeBatch(gateway, secret);
	await client.batches.retrieve(batch.id);
	await expect(makeBatch(gateway, secret)).rejects.toMatchObject({ status: 429 });
});

test("administrators see those of upstreams as they were last seen, and cancel them there", async () => {
	const lab = await startLab();
	const gateway = await inFrontOf(lab.url, "openai");
	const { secret } = await addKey(gateway, { name: "mine" });
	const { client, batch } = await makeBatch(gateway, secret);
	const ask = async (path: string, method = "GET") =>
		(await fetch(`${gateway.baseUrl}/admin/batches${path}`, { method, headers: admin })).json();
	const shown = { object: "gateway.batch", id: batch.id, key: "mine", upstream: "theirs", model: "m" };
	const counts = { total: 2, completed: 0, failed: 0 };
	expect(await ask("")).toMatchObject({ data: [{ ...shown, status: "in_progress", request_counts: counts }] });
	expect(await ask(`/${batch.id}/cancel`, "POST")).toMatchObject({ ...shown, status: "cancelled" });
	expect(await ask(`/${batch.id}`)).toMatchObject({ ...shown, status: "cancelled" });
	expect((await client.batches.retrieve(batch.id)).status).toBe("cancelled");
});

test("an administrator's credential is not shown to an upstream that sees its clients' own", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith(
		{
			upstreams: [upstream("theirs", lab.url, { provider: "openai", forwardsCredential: true })],
			routes: [route(["theirs"], { models: ["*"] })],
		},
		{ "admin-key": "sk-admin-0123456789abcdef" },
	);
	const { batch } = await makeBatch(gateway, "sk-their-own");
	const path = `${gateway.baseUrl}/admin/batches/${batch.id}/cancel`;
	const answer = await fetch(path, { method: "POST", headers: admin });
	expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "batch_elsewhere" } }]);
});
