/** Informational answers (1xx) in front of the one that counts: any number of them, asked for or not (RFC 9110 §15.2). */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, completion } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat } from "../kit/gateway.js";

/** Answers each request, on any connection, with these bytes, each string a packet of its own. */
async function rawHost(answer: (socket: Socket) => void | Promise<void>) {
	const sockets = new Set<Socket>();
	const host = { url: "", requests: 0, connections: 0 };
	const server = createServer((socket) => {
		host.connections += 1;
		sockets.add(socket.setNoDelay(true).on("error", () => {}));
		let received = "";
		socket.on("data", (bytes) => {
			received += bytes;
			const [head, body] = received.split("\r\n\r\n");
			const length = Number(/content-length: (\d+)/i.exec(head as string)?.[1] ?? 0);
			if (body === undefined || body.length < length) return;
			received = "";
			host.requests += 1;
			void answer(socket);
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	host.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return host;
}

const text = JSON.stringify(completion);
const whole = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
const events = `${chunk({ content: "Hello" })}${chunk({}, "stop")}data: [DONE]\n\n`;
const streamed = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${events.length}\r\n\r\n${events}`;
const proceed = "HTTP/1.1 100 Continue\r\n\r\n";

const written = (socket: Socket, bytes: string) =>
	new Promise<void>((resolve) => void socket.write(bytes, () => resolve()));

describe.each<[string, string[]]>([
	["100 Continue", [proceed]],
	["100 in one packet with the answer", [`${proceed}@`]],
	["100 cut in the middle", ["HTTP/1.1 10", "0 Conti", "nue\r", "\n\r\n"]],
	["100 without words", ["HTTP/1.1 100\r\n\r\n"]],
	["100 with a length of its own", ["HTTP/1.1 100 Continue\r\ncontent-length: 0\r\nserver: x\r\n\r\n"]],
	["102 Processing", ["HTTP/1.1 102 Processing\r\n\r\n"]],
	["103 Early Hints", ["HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n"]],
	["one that nobody knows", ["HTTP/1.1 199 Wait\r\n\r\n"]],
	[
		"many of them",
		[proceed.repeat(5), "HTTP/1.1 102 Processing\r\n\r\n", `${proceed}HTTP/1.1 103 Early Hints\r\n\r\n`],
	],
])("%s", (_name, before) => {
	test.each([
		["a whole answer", {}, whole],
		["a stream", { stream: true }, streamed],
	])("in front of %s is skipped", async (_what, more, answer) => {
		const host = await rawHost(async (socket) => {
			for (const packet of before) await written(socket, packet.replace("@", answer));
			if (!before.join("").includes("@")) socket.write(answer);
		});
		const gateway = await gatewayFor(host);
		for (let count = 0; count < 3; count += 1) {
			const response = await postChat(gateway.baseUrl, { ...hello, ...more });
			expect([response.status, await response.text()]).toEqual([200, "stream" in more ? events : text]);
		}
		// Asked once each, on a connection that is kept.
		expect([host.requests, host.connections]).toEqual([3, 1]);
	});
});

test("a refusal after 100 Continue is that refusal", async () => {
	const host = await rawHost((socket) => {
		socket.write(`${proceed}HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
	});
	const response = await postChat((await gatewayFor(host)).baseUrl, hello);
	expect([response.status, await jsonOf(response)]).toEqual([404, {}]);
});

test("101, which nobody asked for, is an error", async () => {
	const host = await rawHost((socket) => {
		socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n");
	});
	const response = await postChat((await gatewayFor(host)).baseUrl, hello);
	expect(response.status).toBe(502);
});

test("informational answers alone are none: a flood of them ends with a 502", async () => {
	const host = await rawHost((socket) => void socket.write(proceed.repeat(1_001)));
	const response = await postChat((await gatewayFor(host)).baseUrl, hello);
	expect([response.status, (await errorOf(response)).code]).toEqual([502, "upstream_invalid"]);
});

test("and the time until the answer does not begin anew with each", async () => {
	const host = await rawHost((socket) => {
		const timer = setInterval(() => socket.write(proceed), 20);
		socket.once("close", () => clearInterval(timer));
	});
	const response = await postChat((await gatewayFor(host, { timeout: "300ms" })).baseUrl, hello);
	expect([response.status, (await errorOf(response)).code]).toEqual([504, "upstream_timeout"]);
});
