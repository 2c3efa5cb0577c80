/** How large, deep and many: what is above a limit is refused before it costs anything, what is at the limit arrives. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { completion, sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayFor, hello, postChat } from "../kit/gateway.js";
import { connected, openRaw, requestText, sendRaw } from "../kit/rawHttp.js";
import { expectOnlyRefusal, expectRefusal, pairForAll, type Refusal, refusalOf, testHealthAfterwards } from "./pair.js";

const mega = 1024 * 1024;
const pair = pairForAll({ "max-body": "1mb", "max-headers": "50", "max-header-size": "8kb" }, (_request, response) =>
	sendJson(response, completion),
);

const start = '{"messages":[{"role":"user","content":"Hello AI"}],"model":"m","max_tokens":5,"temperature":0.5,"x":';
const bodyOf = (length: number) => `${start}"${"a".repeat(length - start.length - 3)}"}`;
const nested = (open: string, inner: string, close: string, depth: number) =>
	`${start}${open.repeat(depth)}${inner}${close.repeat(depth)}}`;

const bomb = gzipSync(Buffer.alloc(8 * mega, " ")).toString("latin1");

const post = (body: string | Buffer) => postChat(pair.gateway.baseUrl, Buffer.from(body as string));

/** Whether a socket takes more, when it has drained; false when it has closed instead. */
function drained(socket: Socket): Promise<boolean> {
	return new Promise((resolve) => {
		const settle = () => {
			socket.off("drain", settle).off("close", settle);
			resolve(!socket.destroyed);
		};
		socket.on("drain", settle).on("close", settle);
		if (socket.destroyed) settle();
	});
}

const chatHead = (...headers: string[]) =>
	requestText({
		method: "POST",
		target: "/v1/chat/completions",
		headers: ["content-type: application/json", ...headers],
	});

async function expectArrives(body: string): Promise<void> {
	const response = await post(body);
	expect(response.status, await response.text()).toBe(200);
	expect(pair.arrivals().map((arrival) => arrival.body.toString() === body)).toEqual([true]);
}

describe("a body's length", () => {
	test.each([mega - 1, mega])("of %i bytes is within a limit of 1 MB", (length) => expectArrives(bodyOf(length)));

	test.each([mega + 1, mega + 2, 2 * mega, 10 * mega, 64 * mega])("of %i bytes is a 413", async (length) => {
		expectRefusal(await refusalOf(await post(bodyOf(length))), 413);
		expect(pair.arrivals()).toEqual([]);
	});

	test.each([mega + 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53, 2 ** 60])(
		"is believed: a 413 before the first of %i bytes",
		async (length) => {
			const connection = openRaw(pair.gateway.port);
			connection.send(chatHead(`content-length: ${length}`));
			const [message] = await connection.answers(1);
			expect(message?.status).toBe(413);
			connection.destroy();
			expect(pair.arrivals()).toEqual([]);
		},
	);

	test.each([1, 100, 65_536, mega])("told by chunks of %i bytes is a 413 above the limit", async (size) => {
		const pieces = Math.ceil((mega + 1) / size);
		const count = Math.min(pieces, 3000);
		const last = mega + 1 - (count - 1) * size;
		const chunk = (length: number) => `${length.toString(16)}\r\n${"a".repeat(length)}\r\n`;
		const connection = openRaw(pair.gateway.port);
		connection.send(chatHead("transfer-encoding: chunked") + chunk(size).repeat(count - 1) + chunk(last));
		const [message] = await connection.answers(1);
		expect(message?.status).toBe(413);
		connection.destroy();
		expect(pair.arrivals()).toEqual([]);
	});

	test("in chunks may be up to the limit", async () => {
		const body = bodyOf(mega);
		const half = mega / 2;
		const connection = openRaw(pair.gateway.port);
		const chunks = [body.slice(0, half), body.slice(half)].map((text) => `${text.length.toString(16)}\r\n${text}\r\n`);
		connection.send(`${chatHead("transfer-encoding: chunked")}${chunks.join("")}0\r\n\r\n`);
		const [message] = await connection.answers(1);
		expect(message?.status).toBe(200);
		connection.destroy();
		const [arrival] = pair.arrivals();
		expect(arrival?.body.toString() === body).toBe(true);
		expect(arrival?.headers["transfer-encoding"]).toBeUndefined();
	});

	test("without end is a 413, and is not kept", async () => {
		const before = process.memoryUsage().rss;
		const chunk = Buffer.from(`${(64 * 1024).toString(16)}\r\n${"a".repeat(64 * 1024)}\r\n`);
		const connection = openRaw(pair.gateway.port);
		connection.send(chatHead("transfer-encoding: chunked"));
		for (let sent = 0; sent < 64 * mega; sent += chunk.length) {
			if (connection.socket.write(chunk)) continue;
			if (!(await drained(connection.socket))) break;
		}
		expect(connection.messages()[0]?.status).toBe(413);
		connection.destroy();
		expect(process.memoryUsage().rss - before).toBeLessThan(100 * mega);
		expect(pair.arrivals()).toEqual([]);
	});

	test("64 MB arrive where the limit allows them", async () => {
		const host = await startAiHost();
		const gateway = await gatewayFor(host, { "max-body": "65mb" });
		const body = bodyOf(64 * mega);
		const response = await postChat(gateway.baseUrl, body);
		expect(response.status).toBe(200);
		expect(host.received[0]?.body.toString() === body).toBe(true);
		await host.close();
	});
});

test.each([1_000, 64 * 1024, 64 * 1024 + 1, 900_000])(
	"defaults come after what was written: %i bytes",
	async (length) => {
		for (const space of ["", " \n"]) {
			const start = '{"messages":[{"role":"user","content":"';
			const end = `"}]${space}`;
			const written = `${start}${"é".repeat((length - start.length - end.length - 2) / 2)}${end}`;
			const response = await post(`${written}}${space}`);
			expect(response.status, await response.text()).toBe(200);
			const [arrival] = pair.arrivals();
			const text = arrival?.body.toString() ?? "";
			expect(text.startsWith(`${written},"`)).toBe(true);
			expect(text.endsWith(`}${space}`)).toBe(true);
			expect(arrival?.headers["content-length"]).toBe(String(arrival?.body.length));
			expect(JSON.parse(text)).toMatchObject({ max_tokens: 128, temperature: 0.7 });
		}
	},
);

describe("a client that asks first (Expect: 100-continue)", () => {
	test("is told to go on with a body that may come", async () => {
		const body = JSON.stringify(hello);
		const connection = openRaw(pair.gateway.port);
		connection.send(chatHead("expect: 100-continue", `content-length: ${body.length}`));
		expect((await connection.answers(1))[0]?.status).toBe(100);
		connection.send(body);
		expect((await connection.answers(2))[1]?.status).toBe(200);
		connection.destroy();
		expect(pair.arrivals()).toHaveLength(1);
	});

	test.each([
		["too large", 413, chatHead("expect: 100-continue", `content-length: ${2 * mega}`)],
		["no JSON", 415, chatHead("expect: 100-continue", "content-length: 10").replace("application/json", "text/plain")],
		[
			"at a path that is not there",
			404,
			requestText({ method: "POST", target: "/x", headers: ["expect: 100-continue", "content-length: 10"] }),
		],
	])("is refused at once when it is %s, and its connection closed", async (_name, status, head) => {
		const { text, closed } = await sendRaw(pair.gateway.port, head);
		expectOnlyRefusal(text, status);
		expect(closed).toBe(true);
		expect(pair.arrivals()).toEqual([]);
	});

	test("in HTTP/1.0 gets no interim answer", async () => {
		const body = JSON.stringify(hello);
		const head = chatHead("expect: 100-continue", `content-length: ${body.length}`).replace("HTTP/1.1", "HTTP/1.0");
		const { text } = await sendRaw(pair.gateway.port, head + body);
		expect(text).toMatch(/^HTTP\/1\.1 200 /);
		expect(pair.arrivals()).toHaveLength(1);
	});

	test.each(["x", "100-continue, x", "200-ok", "x-100-continue-x", ""])("for %j is a 417", async (expectation) => {
		const { text, closed } = await sendRaw(pair.gateway.port, requestText({ headers: [`expect: ${expectation}`] }));
		expectOnlyRefusal(text, 417);
		expect(closed).toBe(true);
	});
});

describe("nesting", () => {
	const shapes: [string, string, string, string][] = [
		["arrays", "[", "", "]"],
		["objects", '{"a":', "1", "}"],
		["spaced arrays", "[ \n", "", " ]"],
		["arrays with strings of brackets", '["]]][[[",', '"]"', "]"],
		["arrays with escaped quotes", '["\\"]\\\\",', "1", "]"],
	];
	const within = [1, 10, 500, 900, 998, 999];
	const beyond = [1000, 1001, 2000, 5000, 100_000];
	const cases = (depths: number[]) => shapes.flatMap((shape) => depths.map((depth) => [depth, ...shape] as const));

	test.each(cases(within))("of %i levels of %s arrives", (depth, _name, open, inner, close) =>
		expectArrives(nested(open, inner, close, depth)),
	);

	test.each(cases(beyond))("of %i levels of %s is refused", async (depth, _name, open, inner, close) => {
		const refusal = await refusalOf(await post(nested(open, inner, close, depth)));
		// What is also too long may be called that.
		expectRefusal(refusal, [400, 413]);
		expect(pair.arrivals()).toEqual([]);
	});

	test.each([
		["in the messages", `{"messages":${"[".repeat(2000)}${"]".repeat(2000)}}`],
		["in a message's content", `{"messages":[{"role":"user","content":${"[".repeat(2000)}${"]".repeat(2000)}}]}`],
		["in the schema of a tool", `{"tools":[{"function":{"parameters":${'{"a":'.repeat(2000)}1${"}".repeat(2000)}}}]}`],
		["of the whole body", `${"[".repeat(2000)}${"]".repeat(2000)}`],
		["in the whole body as objects", `${'{"messages":'.repeat(2000)}1${"}".repeat(2000)}`],
	])("%s is refused", async (_name, body) => {
		expectRefusal(await refusalOf(await post(body)), 400);
		expect(pair.arrivals()).toEqual([]);
	});

	test.each([
		["100000 opening brackets", "[".repeat(100_000)],
		["100000 opening braces", '{"a":'.repeat(100_000)],
		["100000 closing brackets", "]".repeat(100_000)],
		["a million opening brackets", "[".repeat(mega)],
		["brackets and braces in turn", '[{"a":'.repeat(100_000)],
		["a million quotes", '"'.repeat(mega)],
		["a million backslashes", `"${"\\".repeat(mega - 1)}`],
		["a million commas", `[${",".repeat(mega - 1)}`],
		["a million minus signs", "-".repeat(mega)],
		["a million digits", "1".repeat(mega)],
	])("%s are refused", async (_name, body) => {
		expectRefusal(await refusalOf(await post(body)), 400);
		expect(pair.arrivals()).toEqual([]);
	});
});

describe("how much there is in a body", () => {
	const list = (part: string, count: number) => `${start}[${`${part},`.repeat(count)}0]}`;
	const names = (count: number) =>
		`${start}{${Array.from({ length: count }, (_, index) => `"${index}":0`).join(",")}}}`;

	test.each([
		["objects", list("{}", 160_000)],
		["arrays", list("[]", 160_000)],
		["members", names(23_000)],
		["numbers", list("0", 950_000)],
		["strings", list('""', 105_000)],
		["brackets in strings", list('"[{:"', 105_000)],
	])("is no trouble within the limit: %s", async (_name, body) => {
		const host = await startAiHost((_request, response) => sendJson(response, completion));
		const gateway = await gatewayFor(host);
		const response = await postChat(gateway.baseUrl, body);
		expect(response.status, await response.text()).toBe(200);
		expect(host.received[0]?.body.toString() === body).toBe(true);
		await host.close();
	});

	test.each([
		["objects", list("{}", 170_000)],
		["arrays", list("[]", 170_000)],
		["members", names(30_000)],
		["numbers", list("0", 1_010_000)],
		["strings", list('""', 112_000)],
		["members of small objects", list('{"a":0}', 150_000)],
		["32 MB of objects", list("{}", 11_000_000)],
		["32 MB of arrays", list("[]", 11_000_000)],
		["16 MB of opening and 16 MB of closing brackets", `${"[".repeat(16 * mega)}${"]".repeat(16 * mega)}`],
		["32 MB of opening brackets", "[".repeat(32 * mega)],
		["32 MB of opening braces", '{"":'.repeat(8 * mega)],
	])("is refused beyond it, at little cost: %s", async (_name, body) => {
		const host = await startAiHost();
		const gateway = await gatewayFor(host);
		const before = process.cpuUsage();
		expectRefusal(await refusalOf(await postChat(gateway.baseUrl, body)), 400);
		const { user, system } = process.cpuUsage(before);
		expect((user + system) / 1e6).toBeLessThan(5);
		expect(host.received).toEqual([]);
		await host.close();
	});
});

describe("header fields", () => {
	const fields = (count: number) => Array.from({ length: count }, (_, index) => `x-field-${index}: ${index}`);

	test.each([1, 10, 40, 49])("%i of them beside Host are within a limit of 50", async (count) => {
		const { status } = await sendRaw(
			pair.gateway.port,
			requestText({ headers: [...fields(count - 1), "connection: close"] }),
		);
		expect(status).toBe(200);
		expect(pair.arrivals()).toHaveLength(1);
	});

	test.each([50, 51, 60, 100, 200, 400])("%i of them beside Host are a 431", async (count) => {
		const { text, closed } = await sendRaw(pair.gateway.port, requestText({ headers: fields(count) }));
		expectOnlyRefusal(text, 431);
		expect(closed).toBe(true);
		expect(pair.arrivals()).toEqual([]);
	});

	test("of one name count as many", async () => {
		const { text } = await sendRaw(pair.gateway.port, requestText({ headers: new Array<string>(60).fill("x-a: b") }));
		expectOnlyRefusal(text, 431);
	});

	test.each([
		["a long value", [`x-a: ${"a".repeat(8192)}`]],
		["a very long value", [`x-a: ${"a".repeat(100_000)}`]],
		["a long name", [`${"a".repeat(8192)}: b`]],
		["many long values", Array.from({ length: 40 }, (_, index) => `x-${index}: ${"a".repeat(300)}`)],
		["a value without end", [`x-a: ${"a".repeat(mega)}`]],
		["a long cookie", [`cookie: ${"a=b; ".repeat(2000)}`]],
		["many empty fields", Array.from({ length: 3000 }, (_, index) => `x-${index}:`)],
	])("above a limit of 8 KB in all are a 431: %s", async (_name, headers) => {
		const { text } = await sendRaw(pair.gateway.port, requestText({ headers }));
		expectOnlyRefusal(text, 431);
		expect(pair.arrivals()).toEqual([]);
	});

	test("of 7 KB are within it", async () => {
		const headers = [`x-a: ${"a".repeat(7000)}`, "connection: close"];
		const { status } = await sendRaw(pair.gateway.port, requestText({ headers }));
		expect(status).toBe(200);
		expect(pair.arrivals()).toHaveLength(1);
	});

	test.each([9000, 20_000, 100_000])("after the body (trailers) are bounded too: %i bytes", async (length) => {
		const body = JSON.stringify(hello);
		const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n`;
		const head = chatHead("transfer-encoding: chunked");
		const { text } = await sendRaw(pair.gateway.port, `${head}${chunk}x-a: ${"a".repeat(length)}\r\n\r\n`);
		expectOnlyRefusal(text, [400, 431]);
		expect(pair.arrivals()).toEqual([]);
	});

	test("in chunk extensions are bounded", async () => {
		const head = chatHead("transfer-encoding: chunked");
		const { text } = await sendRaw(pair.gateway.port, `${head}1;${"a".repeat(20_000)}\r\n{\r\n`);
		expectOnlyRefusal(text, 413);
		expect(pair.arrivals()).toEqual([]);
	});

	test("by default are 100 of them in 16 KB", async () => {
		const host = await startAiHost();
		const gateway = await gatewayFor(host);
		const status = async (headers: string[]) =>
			(await sendRaw(gateway.port, requestText({ headers: [...headers, "connection: close"] }))).status;
		expect(await status(fields(98))).toBe(200);
		expect(await status(fields(99))).toBe(431);
		expect(await status([`x-a: ${"a".repeat(16_000)}`])).toBe(200);
		expect(await status([`x-a: ${"a".repeat(17_000)}`])).toBe(431);
		await host.close();
	});
});

describe("a request target", () => {
	test.each([100, 1000, 7000])("of %i characters is heard", async (length) => {
		const { status } = await sendRaw(
			pair.gateway.port,
			requestText({ target: `/v1/models?x=${"a".repeat(length)}`, headers: ["connection: close"] }),
		);
		expect(status).toBe(200);
		expect(pair.arrivals()[0]?.url).toHaveLength(length + "/v1/models?x=".length);
	});

	test.each([8192, 10_000, 100_000, mega])("of %i characters is a 431", async (length) => {
		const { text } = await sendRaw(pair.gateway.port, requestText({ target: `/${"a".repeat(length)}` }));
		expectOnlyRefusal(text, 431);
		expect(pair.arrivals()).toEqual([]);
	});

	test("with a thousand query parameters or path segments is no trouble", async () => {
		for (const target of [`/v1/models?${"a=1&".repeat(1000)}`, `/v1/models${"/a".repeat(1000)}`, "/".repeat(5000)]) {
			const { status } = await sendRaw(pair.gateway.port, requestText({ target, headers: ["connection: close"] }));
			expect([200, 400, 404]).toContain(status);
		}
		pair.arrivals();
	});
});

describe("open connections", () => {
	test("above --max-connections are refused, and taken again when others end", async () => {
		const host = await startAiHost();
		const gateway = await gatewayFor(host, { "max-connections": "3" });
		const open = [openRaw(gateway.port), openRaw(gateway.port), openRaw(gateway.port)];
		for (const connection of open) await connected(connection);
		for (const connection of open) {
			connection.send(requestText({ target: "/healthz" }));
			expect((await connection.answers(1))[0]?.status).toBe(200);
		}
		for (let tries = 0; tries < 5; tries += 1) {
			const { closed, text } = await sendRaw(gateway.port, requestText({ target: "/healthz" }));
			expect(closed).toBe(true);
			expectOnlyRefusal(text, 503);
		}
		open[0]?.destroy();
		await expect
			.poll(async () => (await sendRaw(gateway.port, requestText({ target: "/healthz" }), 100)).status)
			.toBe(200);
		for (const connection of open) connection.destroy();
		await host.close();
	});
});

describe("an early refusal leaves a connection that can be used", () => {
	test("the rest of a refused body is passed over, and the next request heard", async () => {
		const connection = openRaw(pair.gateway.port);
		connection.send(chatHead(`content-length: ${2 * mega}`) + "a".repeat(2 * mega) + requestText({}));
		const messages = await connection.answers(2);
		expect(messages.map(({ status }) => status)).toEqual([413, 200]);
		connection.destroy();
		expect(pair.arrivals().map(({ url }) => url)).toEqual(["/v1/models"]);
	});

	test.each([
		["a chunked body that is too large", 413, "", "a".repeat(3 * mega)],
		["a body of an unknown coding", 415, "content-encoding: zstd\r\n", "a".repeat(3 * mega)],
		["a body that is not compressed as it says", 400, "content-encoding: gzip\r\n", "a".repeat(3 * mega)],
		["a bomb with more after it", 413, "content-encoding: gzip\r\n", bomb + "a".repeat(3 * mega)],
		["a brotli body that is none", 400, "content-encoding: br\r\n", "\xff".repeat(3 * mega)],
	])("%s is passed over too", async (_name, status, header, body) => {
		const connection = openRaw(pair.gateway.port);
		connection.send(
			`${chatHead("transfer-encoding: chunked").replace("\r\n\r\n", `\r\n${header}\r\n`)}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n${requestText({})}`,
		);
		expect((await connection.answers(2)).map((message) => message.status)).toEqual([status, 200]);
		connection.destroy();
		expect(pair.arrivals().map(({ url }) => url)).toEqual(["/v1/models"]);
	});

	test("a request in a refused body is no request", async () => {
		const inner = requestText({ target: "/v1/models/inner" }).repeat(30_000);
		const connection = openRaw(pair.gateway.port);
		connection.send(chatHead(`content-length: ${inner.length}`) + inner + requestText({ target: "/healthz" }));
		expect((await connection.answers(2)).map(({ status }) => status)).toEqual([413, 200]);
		connection.destroy();
		expect(pair.arrivals()).toEqual([]);
	});

	test("a client of Node's own reads the refusal of a body that it is still sending", async () => {
		const refusal = await new Promise<Refusal>((resolve, reject) => {
			const request = httpRequest(`${pair.gateway.baseUrl}/chat/completions`, {
				method: "POST",
				headers: { "content-type": "application/json" },
			});
			request.on("error", reject).on("response", (response) => resolve(collected(response)));
			request.end(bodyOf(8 * mega));
		});
		expectRefusal(refusal, 413);
	});
});

async function collected(response: IncomingMessage): Promise<Refusal> {
	let body = "";
	for await (const chunk of response) body += String(chunk);
	const { "x-request-id": requestId, "content-type": type } = response.headers;
	return { status: response.statusCode ?? 0, requestId: requestId as string, type, body };
}

testHealthAfterwards(pair);
