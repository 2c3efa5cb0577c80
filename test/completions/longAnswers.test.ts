/** Answers that are too long to be kept: they pass as they come, and what is stored of them says that it is not all. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { chunk, completion, type HostAnswer, startAiHost, startStream } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, temporaryFile } from "../kit/gateway.js";

const mega = 1024 * 1024;
const done = "data: [DONE]\n\n";

async function gatewayBefore(answer: HostAnswer, flags: Record<string, unknown> = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return gatewayFor(host, flags);
}

interface Stored {
	status: string;
	choices: { message: { content: string | null } }[];
}

async function storedIn(baseUrl: string): Promise<Stored[]> {
	return (await jsonOf<{ data: Stored[] }>(await fetch(`${baseUrl}/chat/completions`))).data;
}

async function digestOf(response: Response) {
	const digest = createHash("sha256");
	let bytes = 0;
	for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
		digest.update(piece);
		bytes += piece.length;
	}
	return { bytes, digest: digest.digest("hex") };
}

const digestOfText = (text: string) => createHash("sha256").update(text).digest("hex");

test("one event of 64 MB in a stream", async () => {
	const long = chunk({ content: "x".repeat(64 * mega) });
	const gateway = await gatewayBefore((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "Hello" }));
		response.end(long + chunk({}, "stop") + done);
	});
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true, store: true });
	const text = await response.text();
	expect(text.length).toBeGreaterThan(long.length);
	expect(digestOfText(text.slice(-(long + chunk({}, "stop") + done).length))).toBe(
		digestOfText(long + chunk({}, "stop") + done),
	);
	expect(await storedIn(gateway.baseUrl)).toMatchObject([
		{ status: "incomplete", choices: [{ message: { content: "Hello" } }] },
	]);
	expect(gateway.printed.join()).toContain("too long to be stored whole (16 MB)");
}, 60_000);

test("one event of 8 MB, such as a picture, is kept", async () => {
	const content = "x".repeat(8 * mega);
	const gateway = await gatewayBefore((_request, response) => {
		startStream(response);
		response.end(chunk({ content }) + chunk({}, "stop") + done);
	});
	await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
	const [record] = await storedIn(gateway.baseUrl);
	expect(record?.status).toBe("completed");
	expect(record?.choices[0]?.message.content === content).toBe(true);
}, 60_000);

test.each([
	["that are alike", (index: number) => chunk({ content: String(index).padEnd(64 * 1024, "y") })],
	["that differ", (index: number) => chunk({ content: "z".repeat(64 * 1024), [`m${index}`]: "" })],
])(
	"many events %s: what came first is kept, and the end is the host's",
	async (_name, event) => {
		const gateway = await gatewayBefore(async (_request, response) => {
			startStream(response);
			for (let index = 0; index < 400; index += 1) if (!response.write(event(index))) await once(response, "drain");
			response.end(chunk({}, "stop") + done);
		});
		const response = await postChat(gateway.baseUrl, { ...hello, stream: true, store: true });
		const text = await response.text();
		expect(text.split("\n\n")).toHaveLength(400 + 3);
		expect(text.endsWith(done)).toBe(true);
		const [record] = await storedIn(gateway.baseUrl);
		expect(record?.status).toBe("incomplete");
		const kept = record?.choices[0]?.message.content?.length ?? 0;
		expect(kept).toBeGreaterThan(15 * mega);
		expect(kept).toBeLessThan(18 * mega);
	},
	60_000,
);

test("an event whose JSON is spread over very many lines", async () => {
	const line = `data: ${" ".repeat(1000)}\n`;
	const event = `data: {"choices":[{"index":0,"delta":{"content":"Hi"}}],\n${line.repeat(3_000)}data: "id":"x"}\n\n`;
	const gateway = await gatewayBefore((_request, response) => {
		startStream(response);
		response.end(event + chunk({}, "stop") + done);
	});
	const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true, store: true })).text();
	expect(digestOfText(text)).toBe(digestOfText(event + chunk({}, "stop") + done));
	expect(await storedIn(gateway.baseUrl)).toMatchObject([{ status: "incomplete" }]);
}, 60_000);

test("a whole answer of 40 MB", async () => {
	const body = JSON.stringify({ ...completion, padding: "p".repeat(40 * mega) });
	const gateway = await gatewayBefore((_request, response) => {
		response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
		response.end(body);
	});
	const response = await postChat(gateway.baseUrl, { ...hello, store: true });
	expect(response.headers.get("content-length")).toBe(String(body.length));
	expect(await digestOf(response)).toEqual({ bytes: body.length, digest: digestOfText(body) });
	await expect.poll(() => storedIn(gateway.baseUrl)).toMatchObject([{ status: "incomplete", choices: [] }]);
}, 60_000);

test("what a plugin has to change is refused where it is too large, rather than passed unchanged", async () => {
	const plugin = temporaryFile(
		"plugin.mjs",
		`export default { name: "upper", stage: "upstream", middleware: () => async (ctx, next) => {
			await next();
			ctx.state.exchange.answer.transforms.push({ push: (bytes) => bytes, end: () => Buffer.alloc(0) });
		} };`,
	);
	const body = Buffer.alloc(80 * mega, " ");
	const gateway = await gatewayBefore((_request, response) => void response.end(body), { plugin: [plugin] });
	const response = await postChat(gateway.baseUrl, hello);
	expect([response.status, (await errorOf(response)).code]).toEqual([502, "upstream_too_large"]);
}, 60_000);
