/** Answers with a content coding that nobody asked for: what is none passes, what can be decoded is, and is read like any other. */
import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, completion, type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat } from "../kit/gateway.js";

const done = "data: [DONE]\n\n";
const usage = { prompt_tokens: 500, completion_tokens: 510, total_tokens: 1010 };
const large = { ...completion, usage };

async function gatewayBefore(answer: HostAnswer, flags: Record<string, unknown> = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return { host, gateway: await gatewayFor(host, flags) };
}

function coded(coding: string, body: Buffer | string, status = 200, type = "application/json"): HostAnswer {
	return (_request, response) => {
		const length = String(Buffer.byteLength(body));
		response.writeHead(status, { "content-type": type, "content-encoding": coding, "content-length": length });
		response.end(body);
	};
}

interface StoredList {
	data: { choices: { message: { content: string } }[]; usage?: { total_tokens: number } }[];
}

async function storedIn(baseUrl: string) {
	const { data } = await jsonOf<StoredList>(await fetch(`${baseUrl}/chat/completions`));
	return data.map(({ choices, usage }) => [choices[0]?.message.content, usage?.total_tokens]);
}

const { gzipSync, deflateSync, deflateRawSync, brotliCompressSync } = zlib;
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: string) => Buffer };
const codings: [string, (text: string) => Buffer | string][] = [
	["identity", (text) => text],
	["IDENTITY", (text) => text],
	["none", (text) => text],
	["", (text) => text],
	["identity, identity", (text) => text],
	["gzip", gzipSync],
	["GZip", gzipSync],
	["x-gzip", gzipSync],
	["deflate", deflateSync],
	["deflate", deflateRawSync],
	["br", brotliCompressSync],
	["identity, gzip", gzipSync],
	["gzip, none", gzipSync],
	["deflate, gzip", (text) => gzipSync(deflateRawSync(text))],
	...(zstdCompressSync ? [["zstd", zstdCompressSync] as [string, (text: string) => Buffer]] : []),
];

describe.each(codings)("content-encoding %j", (coding, encode) => {
	test("a whole answer reaches the client plain, and is stored and counted", async () => {
		const { gateway } = await gatewayBefore(coded(coding, encode(JSON.stringify(large))));
		const response = await postChat(gateway.baseUrl, { ...hello, store: true });
		expect(response.status).toBe(200);
		expect(response.headers.has("content-encoding")).toBe(false);
		expect(await jsonOf(response)).toMatchObject({ choices: completion.choices, usage });
		expect(await storedIn(gateway.baseUrl)).toEqual([["Hello", 1010]]);
	});

	test("a stream is one, and is stored", async () => {
		const events = chunk({ content: "Hel" }) + chunk({ content: "lo" }) + chunk({}, "stop") + done;
		const { gateway } = await gatewayBefore(coded(coding, encode(events), 200, "text/event-stream"));
		expect(await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text()).toBe(events);
		await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
		expect((await storedIn(gateway.baseUrl)).map(([text]) => text)).toEqual(["Hello"]);
	});

	test("a refusal keeps its status and its words", async () => {
		const said = { error: { message: "no such model", type: "invalid_request_error", param: null, code: "x" } };
		const { gateway } = await gatewayBefore(coded(coding, encode(JSON.stringify(said)), 404));
		const response = await postChat(gateway.baseUrl, hello);
		expect([response.status, await jsonOf(response)]).toEqual([404, said]);
	});
});

test("what an answer says of its tokens is counted though it is labelled or compressed", async () => {
	for (const [coding, body] of [
		["identity", JSON.stringify(large)],
		["gzip", gzipSync(JSON.stringify(large))],
	] as const) {
		const { gateway } = await gatewayBefore(coded(coding, body));
		const recorder = gateway.gateway.services.usage;
		const counted = new Promise<unknown>((resolve) => {
			if (recorder) recorder.add = ({ tokens }) => resolve([tokens?.input, tokens?.output]);
		});
		await (await postChat(gateway.baseUrl, hello)).text();
		expect(await counted).toEqual([500, 510]);
	}
});

test.each([
	["gzip", () => zlib.createGzip()],
	["deflate", () => zlib.createDeflate()],
	["br", () => zlib.createBrotliCompress()],
])("an event of a stream in %s goes to the client as soon as it has come", async (coding, create) => {
	let more: (() => void) | undefined;
	const { gateway } = await gatewayBefore((_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": coding });
		const packer = create();
		packer.on("data", (bytes) => response.write(bytes)).on("end", () => response.end());
		packer.write(chunk({ content: "Hel" }));
		packer.flush();
		more = () => packer.end(chunk({ content: "lo" }) + chunk({}, "stop") + done);
	});
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const first = Buffer.from((await reader.read()).value ?? []).toString();
	expect(first).toBe(chunk({ content: "Hel" }));
	more?.();
	let rest = "";
	for (let read = await reader.read(); !read.done; read = await reader.read()) rest += Buffer.from(read.value);
	expect(rest).toBe(chunk({ content: "lo" }) + chunk({}, "stop") + done);
});

test("a large answer keeps its bytes, at the pace at which the client reads", async () => {
	const body = Buffer.from(JSON.stringify({ ...completion, padding: "abcdefghij ".repeat(2_000_000) }));
	const { gateway } = await gatewayBefore(coded("gzip", gzipSync(body)));
	const response = await postChat(gateway.baseUrl, hello);
	const digest = createHash("sha256");
	for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) digest.update(bytes);
	expect(digest.digest("hex")).toBe(createHash("sha256").update(body).digest("hex"));
});

test.each([
	["a coding that nobody knows", "aws-chunked", Buffer.from("{}")],
	["one that is not there", "compress", Buffer.from("{}")],
	["a text that is not compressed at all", "gzip", Buffer.from(JSON.stringify(completion))],
	["more codings than anybody needs", "gzip, gzip, gzip, gzip", gzipSync("{}")],
])("%s: a clear 502, which is not asked for twice", async (_name, coding, body) => {
	for (const more of [{}, { store: true }, { stream: true }]) {
		const type = "stream" in more ? "text/event-stream" : "application/json";
		const { gateway, host } = await gatewayBefore(coded(coding, body, 200, type));
		const response = await postChat(gateway.baseUrl, { ...hello, ...more });
		expect(response.status).toBe(502);
		expect(await errorOf(response)).toMatchObject({ code: "upstream_encoded", message: /decoded/ });
		expect(host.received).toHaveLength(1);
	}
});

test("a refusal in a coding that can't be decoded keeps its status", async () => {
	for (const [coding, body] of [
		["foo", "xx"],
		["gzip", "not compressed"],
	] as const) {
		const { gateway } = await gatewayBefore(coded(coding, body, 404));
		const response = await postChat(gateway.baseUrl, hello);
		expect(response.status).toBe(404);
		expect(await errorOf(response)).toMatchObject({ code: "upstream_encoded" });
	}
});

test("a compressed answer that is cut is no answer", async () => {
	const packed = gzipSync(JSON.stringify({ ...completion, padding: Array.from({ length: 9999 }, Math.random) }));
	const { gateway } = await gatewayBefore(coded("gzip", packed.subarray(0, packed.length / 2)));
	const response = await postChat(gateway.baseUrl, hello);
	expect([response.status, (await errorOf(response)).code]).toEqual([502, "upstream_closed"]);
});

test("a stream in gzip that breaks off tells so after what has come", async () => {
	const { gateway } = await gatewayBefore((_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
		const packer = zlib.createGzip();
		packer.on("data", (bytes) => response.write(bytes));
		packer.write(chunk({ content: "Hel" }));
		packer.flush(() => response.write("", () => response.destroy()));
	});
	const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
	expect(text.startsWith(chunk({ content: "Hel" }))).toBe(true);
	expect(text).toContain('"code":"upstream_closed"');
	expect(text).not.toContain("[DONE]");
});

test("a bomb is broken off long before it is unpacked", async () => {
	const bomb = gzipSync(Buffer.alloc(200_000_000, " "), { level: 9 });
	const { gateway } = await gatewayBefore(coded("gzip", bomb));
	const response = await postChat(gateway.baseUrl, hello).catch(() => undefined);
	const read = response?.arrayBuffer().then(({ byteLength }) => byteLength);
	await expect(read ?? Promise.reject(new Error("closed"))).rejects.toThrow();
});
