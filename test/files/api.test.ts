/** Files and uploads that the gateway keeps, with the official SDKs of OpenAI and Anthropic. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";
import { expect, onTestFinished, test } from "vitest";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { overBothGateways } from "../kit/stores.js";

async function setUp(flags: Record<string, unknown> = {}) {
	const gateway = await startGateway("http://127.0.0.1:9", { overlay: withoutRateLimit(), ...flags });
	onTestFinished(() => gateway.stop());
	const clients = (apiKey: string) => ({
		openai: new OpenAI({ baseURL: gateway.baseUrl, apiKey, maxRetries: 0 }),
		anthropic: new Anthropic({ baseURL: gateway.url, apiKey, maxRetries: 0 }),
	});
	return { gateway, clients, ...clients("test") };
}

overBothGateways(() => {
	test("OpenAI's SDK keeps, retrieves, lists, downloads and deletes files", async () => {
		const { openai } = await setUp();
		const file = await toFile(Buffer.from("one,two\n"), "täble.csv", { type: "text/csv" });
		const made = await openai.files.create({ file, purpose: "user_data" });
		expect(made).toMatchObject({
			id: expect.stringMatching(/^file-\w{24}$/),
			object: "file",
			...{ bytes: 8, filename: "täble.csv", purpose: "user_data", status: "processed" },
			created_at: expect.any(Number),
		});
		expect(await openai.files.retrieve(made.id)).toMatchObject(made);
		const other = await openai.files.create({
			file: await toFile(Buffer.from("{}"), "lines.jsonl"),
			purpose: "batch",
			expires_after: { anchor: "created_at", seconds: 3_600 },
		});
		expect(other.expires_at).toBe(other.created_at + 3_600);
		const names = async (query: OpenAI.FileListParams) => (await openai.files.list(query)).data.map(({ id }) => id);
		expect(await names({})).toEqual([other.id, made.id]);
		expect(await names({ purpose: "batch" })).toEqual([other.id]);
		expect(await names({ order: "asc", limit: 1, after: made.id })).toEqual([other.id]);
		const content = await openai.files.content(made.id);
		expect(content.headers.get("content-disposition")).toMatch(/^attachment;/);
		expect(await content.text()).toBe("one,two\n");
		expect(await openai.files.delete(made.id)).toEqual({ id: made.id, object: "file", deleted: true });
		for (const asking of [
			() => openai.files.retrieve(made.id),
			() => openai.files.content(made.id),
			() => openai.files.delete(made.id),
			() => openai.files.list({ after: made.id }),
		])
			await expect(asking()).rejects.toMatchObject({ status: 404 });
	});

	test("Anthropic's SDK has them in its own words", async () => {
		const { anthropic, openai } = await setUp();
		const ids: string[] = [];
		for (const name of ["a.txt", "b.txt", "c.txt"]) {
			const file = await Anthropic.toFile(Buffer.from(name), name, { type: "text/plain" });
			const made = await anthropic.beta.files.upload({ file });
			expect(made).toMatchObject({ type: "file", filename: name, mime_type: "text/plain", size_bytes: 5 });
			ids.unshift(made.id);
		}
		const [, middle = ""] = ids;
		expect((await anthropic.beta.files.retrieveMetadata(middle)).created_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z$/);
		const listed: string[] = [];
		for await (const { id } of anthropic.beta.files.list({ limit: 1 })) listed.push(id);
		expect(listed).toEqual(ids);
		const before = await anthropic.beta.files.list({ before_id: middle } as object);
		expect(before.data.map(({ id }) => id)).toEqual([ids[0]]);
		const named = await anthropic.beta.files.list({ ids: [middle, "file-none"] });
		expect(named.data.map(({ id }) => id)).toEqual([middle]);
		expect(await (await anthropic.beta.files.download(middle)).text()).toBe("b.txt");
		expect(await anthropic.beta.files.delete(middle)).toEqual({ id: middle, type: "file_deleted" });
		const gone = await anthropic.beta.files.retrieveMetadata(middle).catch((error: unknown) => error);
		expect(gone).toMatchObject({ status: 404, error: { type: "error", error: { type: "not_found_error" } } });
		expect((await openai.files.list()).data.map(({ filename }) => filename)).toEqual(["c.txt", "a.txt"]);
	});

	test("another key's file and upload are not there", async () => {
		const { gateway, clients } = await setUp();
		const [one, two] = [await addKey(gateway, { name: "one" }), await addKey(gateway, { name: "two" })];
		const [mine, theirs] = [clients(one.secret).openai, clients(two.secret).openai];
		const { id } = await mine.files.create({ file: await toFile(Buffer.from("x"), "x"), purpose: "user_data" });
		const upload = await mine.uploads.create({
			...{ bytes: 1, filename: "x", mime_type: "text/plain", purpose: "user_data" },
		});
		expect((await theirs.files.list()).data).toEqual([]);
		for (const asking of [
			() => theirs.files.retrieve(id),
			() => theirs.files.content(id),
			() => theirs.files.delete(id),
			() => theirs.uploads.cancel(upload.id),
			() => theirs.uploads.complete(upload.id, { part_ids: ["part_1"] }),
		])
			await expect(asking()).rejects.toMatchObject({ status: 404 });
		expect((await mine.files.retrieve(id)).id).toBe(id);
	});

	test("a file's name may be no Unicode, and a file that could never be kept is refused at once", async () => {
		const { openai } = await setUp();
		const about = { mime_type: "text/plain", purpose: "user_data" as const };
		const upload = await openai.uploads.create({ ...about, bytes: 1, filename: "\ud800.txt" });
		const part = await openai.uploads.parts.create(upload.id, { data: await toFile(Buffer.from("x")) });
		const { file } = await openai.uploads.complete(upload.id, { part_ids: [part.id] });
		const content = await openai.files.content(file?.id ?? "");
		expect(content.headers.get("content-disposition")).toContain("filename*=UTF-8''%EF%BF%BD.txt");
		const endless = openai.uploads.create({ ...about, bytes: 1e30, filename: "x" });
		await expect(endless).rejects.toMatchObject({ status: 413, code: "files_quota_exceeded" });
	});

	test("an upload in parts becomes a file", async () => {
		const { openai } = await setUp();
		const upload = await openai.uploads.create({
			...{ bytes: 10, filename: "long.pdf", mime_type: "application/pdf", purpose: "user_data" },
		});
		expect(upload).toMatchObject({ object: "upload", status: "pending", bytes: 10 });
		expect(upload.expires_at).toBe(upload.created_at + 3_600);
		const part = async (text: string) =>
			openai.uploads.parts.create(upload.id, { data: await toFile(Buffer.from(text)) });
		const [first, second] = await Promise.all([part("01234"), part("56789")]);
		const done = await openai.uploads.complete(upload.id, { part_ids: [first?.id ?? "", second?.id ?? ""] });
		expect(done).toMatchObject({ id: upload.id, status: "completed", file: { bytes: 10, filename: "long.pdf" } });
		expect(await (await openai.files.content(done.file?.id ?? "")).text()).toBe("0123456789");
		await expect(part("x")).rejects.toMatchObject({ status: 400, code: "upload_completed" });
	});
});

test("a file whose purpose is wrong or missing is refused, whole or as it comes, and nothing of it is left", async () => {
	const { openai, gateway } = await setUp({ "upload-memory": "1kb" });
	const post = async (fields: [string, string][], bytes: number) => {
		const form = new FormData();
		form.append("file", new Blob([Buffer.alloc(bytes, "x")]), "x.txt");
		for (const [name, value] of fields) form.append(name, value);
		const response = await fetch(`${gateway.baseUrl}/files`, { method: "POST", body: form });
		return { ...((await response.json()) as object), status: response.status };
	};
	for (const bytes of [10, 300_000]) {
		expect(await post([], bytes)).toMatchObject({ status: 400, error: { param: "purpose" } });
		const late = await post(
			[
				["purpose", "user_data"],
				["expires_after[seconds]", "5"],
			],
			bytes,
		);
		expect(late).toMatchObject({ status: 400 });
		expect(await post([["purpose", "user_data"]], bytes)).toMatchObject({ status: 200, bytes });
	}
	expect((await openai.files.list()).data).toHaveLength(2);
});
