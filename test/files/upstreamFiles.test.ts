/** Files that upstreams keep: each its owner's, asked for where it is, and requests that name it go there. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";
import { expect, test } from "vitest";
import { addKey } from "../kit/keys.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";

/** Two vendors, of which each keeps files, and a server that keeps none. */
async function setUp(flags: Record<string, unknown> = {}) {
	const [first, second, third] = [await startLab(), await startLab(), await startLab()];
	const gateway = await gatewayWith(
		{
			upstreams: [
				upstream("openai", first.url, { provider: "openai", key: "k" }),
				upstream("anthropic", second.url, { provider: "anthropic", key: "k" }),
				upstream("server", third.url, { key: "k" }),
			],
			routes: [
				route([target("server/ok"), target("openai/ok")], {
					models: ["gpt"],
					passthrough: ["/v1/vector_stores", "/v1/fine_tuning"],
				}),
				route([target("anthropic/ok")], { models: ["claude"] }),
				route([target("server/ok")], { models: ["local"] }),
			],
		},
		flags,
	);
	const clients = (apiKey: string) => ({
		openai: new OpenAI({ baseURL: gateway.baseUrl, apiKey, maxRetries: 0 }),
		anthropic: new Anthropic({ baseURL: gateway.url, apiKey, maxRetries: 0 }),
	});
	return { gateway, labs: { first, second, third }, clients, ...clients("test") };
}

const textFile = (text: string, name = "a.txt") => toFile(Buffer.from(text), name, { type: "text/plain" });
const naming = (model: string, file_id: string) => ({
	model,
	messages: [{ role: "user" as const, content: [{ type: "file" as const, file: { file_id } }] }],
});

test("each client's files are kept by the vendor of its API", async () => {
	const { openai, anthropic } = await setUp();
	const one = await openai.files.create({ file: await textFile("one"), purpose: "user_data" });
	const two = await anthropic.beta.files.upload({ file: await textFile("two") });
	expect(await openai.files.retrieve(one.id)).toEqual(one);
	expect(await anthropic.beta.files.retrieveMetadata(two.id)).toEqual(two);
	expect(await (await openai.files.content(one.id)).text()).toBe("one");
	expect(await (await anthropic.beta.files.download(two.id)).text()).toBe("two");
	// Each client is told of the other's in its own words.
	expect(await openai.files.retrieve(two.id)).toMatchObject({ id: two.id, object: "file", bytes: 3 });
	expect((await openai.files.list()).data.map(({ id }) => id)).toEqual([two.id, one.id]);
	expect(await anthropic.beta.files.delete(one.id)).toMatchObject({ id: one.id, type: "file_deleted" });
	await expect(openai.files.retrieve(one.id)).rejects.toMatchObject({ status: 404 });
});

test("another key's file is not there, whether it asks for it or a request names it", async () => {
	const { gateway, clients, labs } = await setUp();
	const clientNamed = async (name: string) => clients((await addKey(gateway, { name })).secret).openai;
	const [mine, theirs] = [await clientNamed("mine"), await clientNamed("theirs")];
	const { id } = await mine.files.create({ file: await textFile("x"), purpose: "user_data" });
	const asked = labs.first.ledger.entries().length;
	for (const asking of [
		() => theirs.files.retrieve(id),
		() => theirs.files.content(id),
		() => theirs.files.delete(id),
		() => theirs.chat.completions.create(naming("gpt", id)),
	])
		await expect(asking()).rejects.toMatchObject({ status: 404, code: "file_not_found" });
	// An upstream reads a name with escapes as any other parser does.
	const hidden = JSON.stringify(naming("gpt", id)).replace("file_id", "\\u0066ile_\\u0069d");
	const { secret } = await addKey(gateway, { name: "others" });
	const answer = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
		body: hidden,
	});
	expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: "file_not_found" } }]);
	expect(labs.first.ledger.entries()).toHaveLength(asked);
	expect((await theirs.files.list()).data).toEqual([]);
	expect((await mine.files.retrieve(id)).id).toBe(id);
});

test("another key's file and response are not there where the upstream gets only the credentials that are no keys", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("theirs", lab.url, { provider: "openai", forwardsCredential: true })],
		routes: [route([target("theirs/ok")], { models: ["*"] })],
	});
	const clientNamed = async (name: string) =>
		new OpenAI({ baseURL: gateway.baseUrl, apiKey: (await addKey(gateway, { name })).secret, maxRetries: 0 });
	const [mine, theirs] = [await clientNamed("mine"), await clientNamed("theirs")];
	const { id } = await mine.files.create({ file: await textFile("x"), purpose: "user_data" });
	const response = await mine.responses.create({ model: "gpt", input: "x" });
	const asked = lab.ledger.entries().length;
	for (const asking of [
		() => theirs.files.retrieve(id),
		() => theirs.chat.completions.create(naming("gpt", id)),
		() => theirs.responses.retrieve(response.id),
		() => theirs.responses.create({ model: "gpt", input: "x", previous_response_id: response.id }),
	])
		await expect(asking()).rejects.toMatchObject({ code: expect.stringMatching(/_not_found$/) });
	expect(lab.ledger.entries()).toHaveLength(asked);
	expect((await mine.files.retrieve(id)).id).toBe(id);
});

const file = (file_id: string) => ({ type: "input_file", file_id });
const pictured = (file_id: string) => ({ type: "image", source: { type: "file", file_id } });
const said = (...content: object[]) => [{ role: "user", content }];
/** Where requests name files, by path. */
const places: [string, string, (id: string) => object][] = [
	["an output beside a content", "responses", (id) => ({ input: [{ ...call, content: "x", output: [file(id)] }] })],
	["an output beside a list", "responses", (id) => ({ input: [{ ...call, content: [], output: [file(id)] }] })],
	[
		"a picture of a screen",
		"responses",
		(id) => ({ input: [{ ...call, output: { type: "computer_screenshot", file_id: id } }] }),
	],
	["a mask of a tool", "responses", (id) => ({ input: "x", tools: [{ input_image_mask: { file_id: id } }] })],
	["a container", "responses", (id) => ({ input: "x", tools: [{ container: { file_ids: [id] } }] })],
	["a shell", "responses", (id) => ({ input: "x", tools: [{ type: "shell", environment: { file_ids: [id] } }] })],
	[
		"an attachment",
		"chat/completions",
		(id) => ({ messages: [{ role: "user", content: "x", attachments: [file(id)] }] }),
	],
	["a part of another kind", "chat/completions", (id) => ({ messages: said({ type: "new", new: { file_id: id } }) })],
	["blocks of a document", "messages", (id) => ({ messages: said(document([pictured(id)])), max_tokens: 9 })],
	["pictures to be edited", "images/edits", (id) => ({ prompt: "x", images: [{ file_id: id }] })],
	[
		"a mask of pictures",
		"images/edits",
		(id) => ({ prompt: "x", images: [{ image_url: png }], mask: { file_id: id } }),
	],
	["a path that passes", "vector_stores", (id) => ({ file_ids: [id] })],
	["a path that passes, in another case", "vector_stores", (id) => ({ File_ID: id })],
	["a job that learns from it", "fine_tuning/jobs", (id) => ({ training_file: id })],
	["a job that is judged by it", "fine_tuning/jobs", (id) => ({ validation_file: id })],
	["an evaluation", "vector_stores", (id) => ({ data_source: { type: "jsonl", source: { type: "file_id", id } } })],
	["a batch that passes", "fine_tuning/jobs", (id) => ({ batch_input_file_id: id })],
];
const png = "data:image/png;base64,AA==";
const call = { type: "function_call_output", call_id: "c" };
const document = (content: object[]) => ({ type: "document", source: { type: "content", content } });

test.each(places)("another key's file can't be named in %s", async (_place, path, bodyWith) => {
	const { gateway, clients, labs } = await setUp();
	const { secret: mine } = await addKey(gateway, { name: "mine", permissions: ["api", "passthrough"] });
	const { secret: theirs } = await addKey(gateway, { name: "theirs", permissions: ["api", "passthrough"] });
	const { id } = await clients(mine).openai.files.create({ file: await textFile("x"), purpose: "user_data" });
	const post = async (secret: string) => {
		const before = labs.first.ledger.entries().length;
		const answer = await fetch(`${gateway.baseUrl}/${path}`, {
			method: "POST",
			headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
			body: JSON.stringify({ model: "gpt", ...bodyWith(id) }),
		});
		return { status: answer.status, asked: labs.first.ledger.entries().length - before, text: await answer.text() };
	};
	expect(await post(theirs)).toMatchObject({ status: 404, asked: 0, text: expect.stringContaining("file_not_found") });
	expect((await post(mine)).text).not.toContain("file_not_found");
});

test.each([
	'{"type": "input_file", "file_id": "OTHERS", "file_id": "MINE"}',
	'{"type": "input_file", "\\u0066ile\\u005Fid" : "OTHERS", "file_id": "MINE"}',
	'{"type": "input_file", "file_id": "OTHERS", "file_id": null}',
	'{"type": "input_image", "a": {"file_ids": ["OTHERS"]}, "a": {"b": "\\"file_id\\":"}}',
])("another key's file can't stand before one's own: %s", async (part) => {
	const { gateway, clients, labs } = await setUp();
	const keep = async (name: string) => {
		const { secret } = await addKey(gateway, { name });
		const { id } = await clients(secret).openai.files.create({ file: await textFile("x"), purpose: "user_data" });
		return { id, secret };
	};
	const [others, mine] = [await keep("others"), await keep("mine")];
	const asked = labs.first.ledger.entries().length;
	const answer = await fetch(`${gateway.baseUrl}/responses`, {
		method: "POST",
		headers: { authorization: `Bearer ${mine.secret}`, "content-type": "application/json" },
		body: `{"model": "gpt", "input": [{"role": "user", "content": [${part}]}]}`
			.replace("OTHERS", others.id)
			.replace("MINE", mine.id),
	});
	expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "duplicate_parameter" } }]);
	expect(labs.first.ledger.entries()).toHaveLength(asked);
});

test("another key's file can't be named in the path of what passes", async () => {
	const { gateway, clients, labs } = await setUp();
	const { secret: mine } = await addKey(gateway, { name: "mine", permissions: ["api", "passthrough"] });
	const { secret: theirs } = await addKey(gateway, { name: "theirs", permissions: ["api", "passthrough"] });
	const { id } = await clients(mine).openai.files.create({ file: await textFile("x"), purpose: "user_data" });
	const get = async (secret: string, name: string) => {
		const headers = { authorization: `Bearer ${secret}` };
		return (await fetch(`${gateway.baseUrl}/vector_stores/v/files/${name}`, { headers })).text();
	};
	const asked = labs.first.ledger.entries().length;
	expect(await get(theirs, id)).toContain("file_not_found");
	expect(await get(theirs, id.replace("f", "%66"))).toContain("file_not_found");
	expect(await get(theirs, `?file_id=${id}`)).toContain("file_not_found");
	expect(await get(theirs, `?File_Ids%5B%5D=${id}`)).toContain("file_not_found");
	expect(labs.first.ledger.entries()).toHaveLength(asked);
	expect(await get(mine, id)).not.toContain("file_not_found");
	expect(await get(theirs, "cfile_of_a_container")).not.toContain("file_not_found");
});

test.each([
	'{"model": "gpt", "training_file": "OTHERS", "training_file": "MINE"}',
	'{"model": "gpt", "a": {"File_ID": "OTHERS"}, "a": {"profile_id": "x"}}',
	'{"model": "gpt", "a": {"input\\u005ffile_id": "OTHERS"}, "a": 1}',
])("another key's file can't stand before one's own in what passes: %s", async (body) => {
	const { gateway, clients } = await setUp();
	const keep = async (name: string) => {
		const { secret } = await addKey(gateway, { name, permissions: ["api", "passthrough"] });
		const { id } = await clients(secret).openai.files.create({ file: await textFile("x"), purpose: "user_data" });
		return { id, secret };
	};
	const [others, mine] = [await keep("others"), await keep("mine")];
	const post = async (text: string) => {
		const headers = { authorization: `Bearer ${mine.secret}`, "content-type": "application/json" };
		const answer = await fetch(`${gateway.baseUrl}/fine_tuning/jobs`, { method: "POST", headers, body: text });
		return answer.text();
	};
	expect(await post(body.replace("OTHERS", others.id).replace("MINE", mine.id))).toContain("duplicate_parameter");
	expect(await post('{"model": "gpt", "profile_id": "x"}')).not.toContain("duplicate_parameter");
});

test("what a tool is called with, and what was said of files before, names none", async () => {
	const { gateway, clients } = await setUp();
	const { openai, anthropic } = clients((await addKey(gateway)).secret);
	const annotation = { type: "file_citation" as const, file_id: "file-gone", filename: "a", index: 0 };
	await openai.responses.create({
		model: "gpt",
		input: [
			{ type: "file_search_call", id: "fs_1", status: "completed", queries: [], results: [{ file_id: "file-gone" }] },
			{
				...{ type: "message", role: "assistant", id: "msg_1", status: "completed" },
				content: [{ type: "output_text", text: "x", annotations: [annotation] }],
			},
			{ role: "user", content: "go on" },
		],
		metadata: { file_id: "own" },
	});
	await anthropic.messages.create({
		...{ model: "gpt", max_tokens: 9 },
		messages: [
			{ role: "user", content: "x" },
			{ role: "assistant", content: [{ type: "tool_use", id: "t", name: "read", input: { file_id: "own" } }] },
			{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "x" }] },
		],
	});
});

test("a request that names a file goes to the upstream that keeps it, or is refused where no target leads there", async () => {
	const { openai, labs } = await setUp();
	const { id } = await openai.files.create({ file: await textFile("x"), purpose: "user_data" });
	await openai.chat.completions.create(naming("gpt", id));
	expect(labs.third.ledger.entries()).toHaveLength(0);
	const [entry] = labs.first.ledger.entries().slice(-1);
	expect(JSON.stringify(entry?.body)).toContain(id);
	await expect(openai.chat.completions.create(naming("local", id))).rejects.toMatchObject({
		...{ status: 400, code: "file_elsewhere" },
	});
});

test("an upload in parts goes to the upstream, and its file is its owner's", async () => {
	const { gateway, clients } = await setUp();
	const { openai } = clients((await addKey(gateway)).secret);
	const upload = await openai.uploads.create({
		...{ bytes: 6, filename: "a.txt", mime_type: "text/plain", purpose: "user_data" },
	});
	const parts = [];
	for (const text of ["abc", "def"])
		parts.push(await openai.uploads.parts.create(upload.id, { data: await textFile(text) }));
	const done = await openai.uploads.complete(upload.id, { part_ids: parts.map(({ id }) => id) });
	expect(done).toMatchObject({ status: "completed", file: { bytes: 6 } });
	expect(await (await openai.files.content(done.file?.id ?? "")).text()).toBe("abcdef");
	await expect(openai.uploads.cancel(upload.id)).rejects.toMatchObject({ status: 404 });
});

test("with `files: local` the gateway puts a file into the request, in the words of each API", async () => {
	const { openai, anthropic, labs } = await setUp({ files: "local" });
	const sent = () => labs.third.ledger.entries().at(-1)?.body as Record<string, unknown>;
	const keep = async (name: string, type: string, text: string) =>
		(await openai.files.create({ file: await toFile(Buffer.from(text), name, { type }), purpose: "user_data" })).id;
	const [pdf, png, txt] = [
		await keep("a.pdf", "application/pdf", "%PDF"),
		await keep("a.png", "image/png", "png"),
		await keep("a.txt", "text/plain", "words"),
	];
	const base64 = (text: string) => Buffer.from(text).toString("base64");
	await openai.chat.completions.create(naming("local", pdf));
	expect(sent().messages).toMatchObject([
		{
			content: [
				{ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${base64("%PDF")}` } },
			],
		},
	]);
	// The contract's defaults are in it as in any other.
	expect(sent()).toMatchObject({ temperature: 0.7, max_tokens: 128 });
	await openai.chat.completions.create(naming("local", txt));
	expect(sent().messages).toMatchObject([{ content: [{ type: "text", text: "words" }] }]);
	await openai.responses.create({
		model: "local",
		input: [{ role: "user", content: [{ type: "input_image", file_id: png, detail: "auto" }] }],
	});
	expect(JSON.stringify(sent().messages)).toContain(`data:image/png;base64,${base64("png")}`);
	await anthropic.beta.messages.create({
		model: "claude",
		max_tokens: 10,
		betas: ["files-api-2025-04-14"],
		messages: [{ role: "user", content: [{ type: "document", source: { type: "file", file_id: pdf } }] }],
	});
	expect(JSON.stringify(labs.second.ledger.entries().at(-1)?.body)).toContain(
		JSON.stringify({ type: "base64", media_type: "application/pdf", data: base64("%PDF") }),
	);
});

test.each([
	{ input: "x", tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["ID"] } }] },
	{ input: [{ type: "computer_call_output", call_id: "c", output: { type: "computer_screenshot", file_id: "ID" } }] },
])("a file of the gateway's own is refused where its content can't stand: %j", async (body) => {
	const { openai, gateway } = await setUp({ files: "local" });
	const { id } = await openai.files.create({ file: await textFile("x"), purpose: "user_data" });
	const answer = await fetch(`${gateway.baseUrl}/responses`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "gpt", ...body }).replace("ID", id),
	});
	expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "file_elsewhere" } }]);
});

test("files that make a request too large are refused", async () => {
	const { openai } = await setUp({ files: "local", "max-body": "2kb" });
	const { id } = await openai.files.create({ file: await textFile("x".repeat(2_000)), purpose: "user_data" });
	await expect(openai.chat.completions.create(naming("local", id))).rejects.toMatchObject({
		...{ status: 413, code: "body_too_large" },
	});
});
