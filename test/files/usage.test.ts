/** What files and batches leave in the usage, and the limits that they have to keep. */
import OpenAI, { toFile } from "openai";
import { expect, onTestFinished, test } from "vitest";
import { messageRequest } from "../batches/kit.js";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { scrape } from "../kit/metrics.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";
import { recordsOf } from "../kit/usage.js";

const clientFor = (baseURL: string, apiKey: string) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const textFile = (text: string) => toFile(Buffer.from(text), "a.txt", { type: "text/plain" });

async function localGateway(flags: Record<string, unknown> = {}) {
	const gateway = await startGateway("http://127.0.0.1:9", { overlay: withoutRateLimit(), ...flags });
	onTestFinished(() => gateway.stop());
	return gateway;
}

test("each operation on a file leaves a record with its key and its bytes, and costs nothing; looking leaves none", async () => {
	const gateway = await localGateway();
	const { record, secret } = await addKey(gateway, { name: "mine", team: "red" });
	const records = recordsOf(gateway);
	const { files, uploads } = clientFor(gateway.baseUrl, secret);
	const { id } = await files.create({ file: await textFile("four"), purpose: "user_data" });
	await files.retrieve(id);
	await files.list();
	expect(await (await files.content(id)).text()).toBe("four");
	await files.delete(id);
	await expect(files.delete(id)).rejects.toMatchObject({ status: 404 });
	const upload = await uploads.create({ bytes: 3, filename: "b", mime_type: "text/plain", purpose: "user_data" });
	await uploads.parts.create(upload.id, { data: await textFile("one") });
	await uploads.cancel(upload.id);
	await expect
		.poll(() => records.map(({ operation, units, status }) => [operation, units?.file_bytes, status]))
		.toEqual([
			["createFile", 4, 200],
			["retrieveFileContent", 4, 200],
			["deleteFile", undefined, 200],
			["deleteFile", undefined, 404],
			["createUpload", undefined, 200],
			["createUploadPart", 3, 200],
			["cancelUpload", undefined, 200],
		]);
	for (const one of records)
		expect(one).toMatchObject({
			...{ keyId: record.id, team: "red", upstream: null, cost: 0, attempts: [], tokens: null },
		});
});

test("a file that an upstream keeps leaves its upstream, with the attempt, in record and metrics", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("theirs", lab.url, { provider: "openai", key: "k" })],
		routes: [route(["theirs"])],
	});
	const records = recordsOf(gateway);
	const { files, uploads } = clientFor(gateway.baseUrl, "any");
	const { id } = await files.create({ file: await textFile("four"), purpose: "user_data" });
	await (await files.content(id)).text();
	const upload = await uploads.create({ bytes: 3, filename: "b", mime_type: "text/plain", purpose: "user_data" });
	await uploads.parts.create(upload.id, { data: await textFile("one") });
	await expect
		.poll(() => records.map(({ operation, units, upstream }) => [operation, units?.file_bytes, upstream]))
		.toEqual([
			["createFile", 4, "theirs"],
			["retrieveFileContent", 4, "theirs"],
			["createUpload", undefined, "theirs"],
			["createUploadPart", 3, "theirs"],
		]);
	expect(records[0]).toMatchObject({ attempts: [{ upstream: "theirs", status: 200 }], cost: 0 });
	const metrics = await scrape(gateway.url);
	expect(metrics.sum("llmgw_units_total", { unit: "file_bytes", upstream: "theirs" })).toBe(11);
	expect(metrics.sum("llmgw_attempts_total", { upstream: "theirs", outcome: "ok" })).toBe(4);
});

test("batches leave a record too", async () => {
	const gateway = await localGateway({ "batch-concurrency": 1 });
	const records = recordsOf(gateway);
	const post = (path: string, body: object) =>
		fetch(`${gateway.baseUrl}/${path}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	const made = (await (await post("messages/batches", { requests: [messageRequest("a")] })).json()) as { id: string };
	await post(`messages/batches/${made.id}/cancel`, {});
	await post("batches", { input_file_id: "file-none", endpoint: "/v1/embeddings", completion_window: "24h" });
	const own = () => records.filter(({ operation }) => operation.includes("Batch"));
	await expect
		.poll(() => own().map(({ operation, status, outcome }) => [operation, status, outcome]))
		.toEqual([
			["createMessageBatch", 200, "completed"],
			["cancelMessageBatch", 200, "completed"],
			["createBatch", 404, "refused"],
		]);
});

test("a key over its budget may read and delete what is its own, and sends nothing more", async () => {
	// The answer has cost more than anybody could know before.
	const usage = { prompt_tokens: 1_000, completion_tokens: 1, total_tokens: 1_001 };
	const host = await startAiHost((_request, response) =>
		sendJson(response, { id: "c", object: "chat.completion", created: 1, model: "m", choices: [], usage }),
	);
	onTestFinished(() => host.close());
	const routes = [route([target("host", { cost: { input: 1e6, output: 1e6 } })], { models: ["*"] })];
	const gateway = await gatewayWith({ upstreams: [upstream("host", `${host.url}/v1`)], routes }, { files: "local" });
	const { secret } = await addKey(gateway, { name: "poor", budget: { per_day: 100 } });
	const client = clientFor(gateway.baseUrl, secret);
	const { id } = await client.files.create({ file: await textFile("four"), purpose: "batch" });
	const { id: upload } = await client.uploads.create({
		...{ bytes: 3, filename: "b", mime_type: "text/plain", purpose: "user_data" },
	});
	await client.chat.completions.create({ model: "m", max_tokens: 5, messages: [{ role: "user", content: "x" }] });
	const sendings = [
		async () => client.files.create({ file: await textFile("four"), purpose: "user_data" }),
		() => client.uploads.create({ bytes: 3, filename: "b", mime_type: "text/plain", purpose: "user_data" }),
		async () => client.uploads.parts.create(upload, { data: await textFile("one") }),
		() => client.batches.create({ input_file_id: id, endpoint: "/v1/embeddings", completion_window: "24h" }),
		() => client.post("/messages/batches", { body: { requests: [messageRequest("a")] } }),
	];
	for (const send of sendings) await expect(send()).rejects.toMatchObject({ status: 429 });
	expect(await (await client.files.content(id)).text()).toBe("four");
	expect((await client.uploads.cancel(upload)).status).toBe("cancelled");
	expect(await client.files.delete(id)).toMatchObject({ deleted: true });
});

test("sending counts for a key's requests, and reading does not", async () => {
	const gateway = await localGateway();
	const { secret } = await addKey(gateway, { name: "slow", limits: { requests_per_minute: 2 } });
	const { files } = clientFor(gateway.baseUrl, secret);
	const send = async () => files.create({ file: await textFile("four"), purpose: "user_data" });
	const { id } = await send();
	for (let count = 0; count < 3; count += 1) await files.retrieve(id);
	await send();
	await expect(send()).rejects.toMatchObject({ status: 429 });
	expect((await files.list()).data).toHaveLength(2);
});
