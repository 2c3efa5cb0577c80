/** Batches of files, as OpenAI's clients make them, run by the gateway. */
import type OpenAI from "openai";
import { expect, test } from "vitest";
import { ownerOf } from "../../src/keys/owner.js";
import { anonymous } from "../../src/store/anonymousOwner.js";
import { gatewayFor, type TestGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { numbered, openaiFor, startEcho } from "./kit.js";

const endpoint = "/v1/chat/completions";

function line(customId: string, more: object = {}, body: object = {}) {
	const messages = [{ role: "user", content: customId }];
	return { custom_id: customId, method: "POST", url: endpoint, body: { model: "m", messages, ...body }, ...more };
}

async function started(before?: Parameters<typeof startEcho>[0], flags: Record<string, unknown> = {}) {
	const { host, asked } = await startEcho(before);
	const gateway = await gatewayFor(host, flags);
	return { host, asked, gateway, client: openaiFor(gateway.url) };
}

async function fileOf(
	{ gateway }: TestGateway,
	lines: readonly (object | string | Buffer)[],
	owner = anonymous,
	purpose = "batch",
) {
	const { id } = await gateway.services.files.create(owner, { filename: "in.jsonl", purpose }, contentOf(lines));
	return id;
}

async function* contentOf(lines: readonly (object | string | Buffer)[]) {
	for (const [at, one] of lines.entries()) {
		if (at > 0) yield Buffer.from("\n");
		yield Buffer.isBuffer(one) ? one : Buffer.from(typeof one === "string" ? one : JSON.stringify(one));
	}
}

async function textOf({ gateway }: TestGateway, id: string | undefined, owner = anonymous): Promise<string[]> {
	const parts: Buffer[] = [];
	for await (const part of await gateway.services.files.read(owner, id ?? "")) parts.push(part);
	return Buffer.concat(parts).toString().trimEnd().split("\n");
}

const rowsOf = async (gateway: TestGateway, id: string | undefined) =>
	(await textOf(gateway, id)).map((text) => JSON.parse(text) as Record<string, never>);

async function over(client: OpenAI, id: string, status: string) {
	await expect.poll(async () => (await client.batches.retrieve(id)).status, { timeout: 15_000 }).toBe(status);
	return client.batches.retrieve(id);
}

async function create(client: OpenAI, input_file_id: string, more: object = {}) {
	return client.batches.create({ input_file_id, endpoint, completion_window: "24h", ...more });
}

test("has its lines named in the log", async () => {
	const { gateway, client } = await started(undefined, { "log-format": "json" });
	const { id } = await create(client, await fileOf(gateway, [line("line-1")]));
	await over(client, id, "completed");
	const lines = () => gateway.printed.map((text) => JSON.parse(text) as Record<string, unknown>);
	await expect
		.poll(() => lines().find(({ operation }) => operation === "createChatCompletion"))
		.toMatchObject({ made_for: "batch", tags: { batch: id } });
});

test("has its answers in one file and its failures in another, with all usage", async () => {
	const { gateway, client } = await started(({ text, response }) => {
		if (text === "line-3")
			response.writeHead(400, { "content-type": "application/json" }).end('{\n"error": {"message": "No."}\n}');
	});
	const names = numbered(5);
	const file = await fileOf(
		gateway,
		names.map((name) => line(name)),
	);
	const made = await create(client, file, { metadata: { of: "tests" } });
	expect(made).toMatchObject({ object: "batch", input_file_id: file, endpoint, metadata: { of: "tests" } });
	const batch = await over(client, made.id, "completed");
	expect(batch).toMatchObject({
		...{ model: "m", request_counts: { total: 5, completed: 4, failed: 1 } },
		usage: { input_tokens: 12, output_tokens: 8, total_tokens: 20 },
	});
	const rows = await rowsOf(gateway, batch.output_file_id);
	expect(rows.map(({ custom_id }) => custom_id)).toEqual(names.filter((name) => name !== "line-3"));
	for (const row of rows)
		expect(row).toMatchObject({
			...{ id: expect.stringMatching(/^batch_req_/), error: null },
			response: { status_code: 200, body: { choices: [{ message: { content: row.custom_id } }] } },
		});
	expect(await rowsOf(gateway, batch.error_file_id)).toMatchObject([
		{ custom_id: "line-3", error: null, response: { status_code: 400, body: { error: { message: "No." } } } },
	]);
});

test.each<[string, (object | string | Buffer)[], string, number | null]>([
	["a line that is no JSON", [line("a"), "{"], "invalid_json_line", 2],
	["a line that is no UTF-8", [line("a"), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])], "invalid_json_line", 2],
	["the same custom_id twice", [line("a"), line("a")], "duplicate_custom_id", 2],
	["another url", [line("a", { url: "/v1/embeddings" })], "url_mismatch", 1],
	["another model", [line("a"), line("b", {}, { model: "other" })], "model_mismatch", 2],
	["no model", [line("a", {}, { model: undefined })], "missing_required_parameter", 1],
	["another method", [line("a", { method: "GET" })], "invalid_method", 1],
	["a stream", [line("a", {}, { stream: true })], "invalid_request", 1],
	["no lines", ["", ""], "empty_file", null],
	["too many lines", Array.from({ length: 50_001 }, (_none, index) => line(`${index}`)), "too_many_tasks", null],
])("fails with %s, and sends nothing", { timeout: 30_000 }, async (_what, lines, code, number) => {
	const { gateway, client, asked } = await started();
	const { id } = await create(client, await fileOf(gateway, lines));
	const batch = await over(client, id, "failed");
	expect(batch.errors?.data?.[0]).toMatchObject({ code, line: number });
	expect(asked).toEqual([]);
});

test("takes files as editors write them: with a byte order mark, CRLF and empty lines", async () => {
	const { gateway, client } = await started();
	const file = await fileOf(gateway, [
		`\ufeff${JSON.stringify(line("a"))}\r`,
		"\r",
		`${JSON.stringify(line("b"))}\r`,
		"",
	]);
	const { id } = await create(client, file);
	expect((await over(client, id, "completed")).request_counts).toMatchObject({ total: 2, completed: 2 });
});

test("waits for room for its files, and leaves nothing behind meanwhile", async () => {
	const { gateway, client } = await started(
		({ text, response }) => {
			const error = { message: "x".repeat(8_000) };
			if (text === "b") response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
		},
		{ "files-quota": "8kb" },
	);
	const file = await fileOf(gateway, [line("a"), line("b")]);
	const { id } = await create(client, file);
	const complaints = () => gateway.printed.filter((text) => text.includes(id)).length;
	await expect.poll(complaints).toBe(1);
	await new Promise((resolve) => setTimeout(resolve, 700));
	expect(complaints()).toBe(1);
	expect((await client.files.list()).data.map((one) => one.id)).toEqual([file]);
	expect((await client.batches.retrieve(id)).status).toBe("finalizing");
});

test("expires with what is done, and says so of the rest", async () => {
	const { gateway, client } = await started(({ text, response }) => {
		if (text !== "a") response.writeHead(503, { "content-type": "application/json" }).end("{}");
	});
	const file = await fileOf(gateway, [line("a"), line("b")]);
	const { id } = await create(client, file, { completion_window: "2s" });
	const batch = await over(client, id, "expired");
	expect(await rowsOf(gateway, batch.output_file_id)).toMatchObject([{ custom_id: "a" }]);
	expect(await rowsOf(gateway, batch.error_file_id)).toMatchObject([
		{ custom_id: "b", response: null, error: { code: "batch_expired" } },
	]);
});

test("keeps a partial file when it is cancelled", async () => {
	const { gateway, client, asked } = await started(
		({ text }) => (text === "line-1" ? undefined : new Promise(() => {})),
		{ "batch-concurrency": "2" },
	);
	const { id } = await create(
		client,
		await fileOf(
			gateway,
			numbered(9).map((name) => line(name)),
		),
	);
	await expect.poll(async () => (await client.batches.retrieve(id)).request_counts?.completed).toBe(1);
	expect((await client.batches.cancel(id)).status).toMatch(/cancelling|cancelled/);
	const batch = await over(client, id, "cancelled");
	expect(await rowsOf(gateway, batch.output_file_id)).toMatchObject([{ custom_id: "line-1" }]);
	expect(batch.error_file_id).toBeNull();
	expect(asked.length).toBeLessThan(4);
});

test("lets clients' requests go first", async () => {
	const held = new Map<string, () => void>();
	const { gateway, client, asked } = await started(
		({ text }) => new Promise<void>((resolve) => held.set(text, resolve)),
		{ "batch-concurrency": "3" },
	);
	const asking = ["x", "y"].map((content) =>
		client.chat.completions.create({ model: "m", messages: [{ role: "user", content }] }),
	);
	await expect.poll(() => asked.length).toBe(2);
	const { id } = await create(
		client,
		await fileOf(
			gateway,
			numbered(6).map((name) => line(name)),
		),
	);
	await expect.poll(() => asked.length).toBe(3);
	held.get("line-1")?.();
	await expect.poll(() => asked).toHaveLength(4);
	expect(asked).not.toContain("line-3");
	for (const name of ["x", "y"]) held.get(name)?.();
	await Promise.all(asking);
	await expect.poll(() => asked).toEqual(expect.arrayContaining(["line-2", "line-3", "line-4"]));
	await client.batches.cancel(id);
});

test("counts for its key's limits, and belongs to it", async () => {
	const { gateway } = await started();
	const { record, secret } = await addKey(gateway, { name: "mine", limits: { requests_per_minute: 3 } });
	const { secret: other } = await addKey(gateway, { name: "other" });
	const owner = ownerOf({
		state: { exchange: { caller: { ...record, keyId: record.id } as never, formerCredential: undefined } },
	});
	const file = await fileOf(
		gateway,
		numbered(4).map((name) => line(name)),
		owner,
	);
	const client = openaiFor(gateway.url, secret);
	await expect(create(openaiFor(gateway.url, other), file)).rejects.toMatchObject({ status: 404 });
	// The creation counts too.
	const { id } = await create(client, file);
	await expect.poll(async () => (await client.batches.retrieve(id)).request_counts?.completed).toBe(2);
	await expect(openaiFor(gateway.url, other).batches.retrieve(id)).rejects.toMatchObject({ status: 404 });
	await client.batches.cancel(id);
	expect((await over(client, id, "cancelled")).request_counts).toEqual({ total: 4, completed: 2, failed: 0 });
});

test("is refused for another endpoint, a file that is not there, or one of another purpose", async () => {
	const { gateway, client } = await started();
	const file = await fileOf(gateway, [line("a")]);
	await expect(create(client, file, { endpoint: "/v1/files" })).rejects.toMatchObject({ status: 400 });
	await expect(create(client, "file-none")).rejects.toMatchObject({ status: 404, param: "input_file_id" });
	const assistants = await fileOf(gateway, [line("a")], anonymous, "user_data");
	await expect(create(client, assistants)).rejects.toMatchObject({ status: 400, code: "invalid_file_purpose" });
});
