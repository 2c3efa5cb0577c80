/** What the audit says of files and batches. */
import { expect, onTestFinished, test } from "vitest";
import { messageRequest, openaiFor } from "../batches/kit.js";
import { startGateway, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { gatewayWith, route, startLab, upstream } from "../kit/routing.js";

const flags = { "admin-key": "sk-admin-0123456789abcdef", overlay: withoutRateLimit() };

async function entriesIn({ gateway }: TestGateway) {
	const { data } = await gateway.services.store.audit.list({ limit: 50, order: "asc" });
	return data
		.filter(({ action }) => /^(?:file|upload|batch)/.test(action))
		.map(({ action, actor, after }) => ({ action, by: actor.name, after }));
}

async function useAll(gateway: TestGateway) {
	const { secret } = await addKey(gateway, { name: "mine" });
	const client = openaiFor(gateway.url, secret);
	const { id } = await client.files.create({ file: new File(["{}"], "in.jsonl"), purpose: "batch" });
	const sized = { bytes: 3, filename: "b", mime_type: "text/plain", purpose: "user_data" } as const;
	const upload = await client.uploads.create(sized);
	await client.uploads.cancel(upload.id);
	const asked = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
	const batch = await client.batches.create(asked);
	const headers = { authorization: `Bearer ${flags["admin-key"]}` };
	await fetch(`${gateway.baseUrl}/admin/batches/${batch.id}/cancel`, { method: "POST", headers });
	await client.files.delete(id);
	await expect(client.files.delete(id)).rejects.toMatchObject({ status: 404 });
	return { file: id, upload: upload.id, batch: batch.id };
}

test.each(["gateway", "upstream"])("those of the %s have entries, each once", async (keeper) => {
	const lab = await startLab();
	const upstreams = [upstream("theirs", lab.url, { provider: "openai", key: "k" })];
	const files = keeper === "gateway" ? "local" : "theirs";
	const gateway = await gatewayWith({ upstreams, routes: [route(["theirs"], { models: ["*"] })] }, { ...flags, files });
	const made = await useAll(gateway);
	const at = keeper === "gateway" ? null : "theirs";
	expect(await entriesIn(gateway)).toEqual([
		{ action: "upload.cancelled", by: "mine", after: expect.objectContaining({ upload: made.upload, upstream: at }) },
		{ action: "batch.created", by: "mine", after: expect.objectContaining({ batch: made.batch, upstream: at }) },
		{
			action: "batch.cancelled",
			by: expect.stringMatching(/^admin:/),
			after: expect.objectContaining({ key: "mine" }),
		},
		{ action: "file.deleted", by: "mine", after: expect.objectContaining({ file: made.file, filename: "in.jsonl" }) },
	]);
});

test("without keys nobody has a name, and a batch of messages has an entry too", async () => {
	const gateway = await startGateway("http://127.0.0.1:9", flags);
	onTestFinished(() => gateway.stop());
	await fetch(`${gateway.baseUrl}/messages/batches`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ requests: [messageRequest("a")] }),
	});
	expect(await entriesIn(gateway)).toMatchObject([{ action: "batch.created", by: "without a key" }]);
});
