/** Bad frames on a WebSocket of responses: each is told of, or closes the connection with a code, and nothing hangs. */
import { once } from "node:events";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startAiHost, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { openRaw } from "../kit/rawHttp.js";
import { countingHost, openSocket, textOf } from "../kit/sockets.js";

let host: TestHost;
let gateway: TestGateway;

beforeAll(async () => {
	host = await startAiHost(countingHost);
	gateway = await startGateway(host.url, { "max-body": "64kb", "request-timeout": "300ms" });
});
afterAll(async () => {
	await gateway.stop();
	await host.close();
});

async function connected() {
	const socket = await openSocket(gateway.url);
	onTestFinished(() => socket.socket.terminate());
	return socket;
}

const create = (members: string) => `{"type":"response.create","model":"m"${members}}`;

test.each([
	["no JSON", "hello", { code: "invalid_json" }],
	["an empty one", "", { code: "invalid_json" }],
	["white space", " \n ", { code: "invalid_json" }],
	["a list", "[]", { code: "invalid_json" }],
	["a text that does not end", '{"type":"response.create","input":"Hi', { code: "invalid_json" }],
	["an object that does not end", create(',"input":"Hi"').slice(0, -1), { code: "invalid_json" }],
	["an object that ends twice", `${create(',"input":"Hi"')}}`, { code: "invalid_json" }],
	["something after an object", `${create(',"input":"Hi"')} {}`, { code: "invalid_json" }],
	["a comma too many", create(',"input":"Hi",'), { code: "invalid_json" }],
	["a comma too few", create(' "input":"Hi"'), { code: "invalid_json" }],
	["no colon", create(',"generate" true,"input":"Hi"'), { code: "invalid_json" }],
	["a word that is none", create(',"generate":tru,"input":"Hi"'), { code: "invalid_json" }],
	["a name that is none", '{"\\x":1}', { code: "invalid_json" }],
	["no type", "{}", { code: "missing_type", param: "type" }],
	["a type that is no text", '{"type":{"a":1}}', { code: "missing_type", param: "type" }],
	["a type that nobody knows", '{"type":"response.cancel"}', { code: "unknown_event_type", param: "type" }],
	["a very long type", `{"type":"${"x".repeat(900)}"}`, { code: "unknown_event_type" }],
	["a lane without a name", create(',"stream_id":""'), { code: "invalid_stream_id", param: "stream_id" }],
	["a lane of another kind", create(',"stream_id":7'), { code: "invalid_stream_id", param: "stream_id" }],
	["a lane with spaces", create(',"stream_id":"a b"'), { code: "invalid_stream_id", param: "stream_id" }],
	["a lane with a long name", create(`,"stream_id":"${"x".repeat(257)}"`), { code: "invalid_stream_id" }],
	["the background", create(',"background":true'), { code: "unsupported_parameter", param: "background" }],
	["its input twice", create(',"input":"a","input":"b"'), { code: "duplicate_member", param: "input" }],
	["a lane twice", create(',"stream_id":"a","stream_id":"b"'), { code: "duplicate_member", param: "stream_id" }],
	["its model twice", create(',"model":"n","input":"Hi"'), { param: "model" }],
	["a model in another case", create(',"Model":"n","input":"Hi"'), { param: "Model" }],
	["bad JSON further in", create(',"input":[{"a":}]'), {}],
	["depth", create(`,"input":${"[".repeat(2000)}${"]".repeat(2000)}`), {}],
	["more than a body may be", create(`,"input":"${"x".repeat(70_000)}"`), { code: "body_too_large" }],
])("%s is told of, and the next turn is answered", async (_what, frame, error) => {
	const socket = await connected();
	socket.send(frame);
	const told = await socket.next();
	expect(told).toMatchObject({ type: "error", error });
	expect(told.status).toBeGreaterThanOrEqual(400);
	expect(told.status).toBeLessThan(500);
	expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
});

test("a binary frame is told of, and the next turn is answered", async () => {
	const socket = await connected();
	socket.socket.send(Buffer.from(create(',"input":"Hi"')));
	expect(await socket.next()).toMatchObject({ type: "error", status: 400, error: { code: "invalid_frame" } });
	expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
});

test("a message in fragments, with a ping between them, is one turn", async () => {
	const socket = await connected();
	const whole = create(',"input":"Hi"');
	socket.socket.send(whole.slice(0, 20), { fin: false });
	socket.socket.ping();
	socket.socket.send(whole.slice(20), { fin: true });
	expect(textOf(await socket.rest())).toBe('1: "Hi"');
});

test.each([
	["text that is not UTF-8", (send: (frame: Buffer) => void) => send(masked(0x81, Buffer.from([0xff, 0xfe]))), 1007],
	["a frame that is not masked", (send: (frame: Buffer) => void) => send(Buffer.from("\x81\x02{}", "latin1")), 1002],
	["bits that mean nothing", (send: (frame: Buffer) => void) => send(masked(0xb1, Buffer.from("{}"))), 1002],
	[
		"a compressed message",
		(send: (frame: Buffer) => void) => send(masked(0xc1, deflateRawSync("x".repeat(1e6)))),
		1002,
	],
	["a message that would be far too large", (send: (frame: Buffer) => void) => send(headOf(1_000_000)), 1009],
])("%s closes the connection with its code", async (_what, act, code) => {
	const { closed, send } = await rawSocket();
	act(send);
	expect(await closed()).toBe(code);
});

test("a message that does not arrive in time closes the connection", async () => {
	const { closed, send } = await rawSocket();
	send(headOf(1000));
	send(Buffer.from("x"));
	expect(await closed()).toBe(1008);
});

test("frames that come faster than they are answered wait, and are all answered in their order", async () => {
	const socket = await connected();
	const padding = "x".repeat(30_000);
	for (let at = 0; at < 150; at += 1) socket.send({ type: "response.create", model: "m", input: `${at} ${padding}` });
	for (let at = 0; at < 150; at += 1) expect(textOf(await socket.rest())).toContain(`"${at} `);
});

/** A frame whose mask changes nothing. */
function masked(first: number, payload: Buffer): Buffer {
	const length =
		payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
	return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload]);
}

/** The beginning of a text of this length. */
function headOf(length: number): Buffer {
	const head = Buffer.alloc(14);
	head[0] = 0x81;
	head[1] = 0x80 | 127;
	head.writeBigUInt64BE(BigInt(length), 2);
	return head;
}

async function rawSocket() {
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	connection.send(
		"GET /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	);
	while (!connection.text().includes("\r\n\r\n")) await once(connection.socket, "data");
	return {
		send: (frame: Buffer) => connection.send(frame),
		/** Sends nothing more, as clients do that were told to close. @returns the code that they were told */
		async closed(): Promise<number> {
			const closeFrame = /\x88.([\x00-\xff]{2})/s;
			while (!closeFrame.test(afterHead(connection.text()))) await once(connection.socket, "data");
			const [, code = ""] = closeFrame.exec(afterHead(connection.text())) ?? [];
			return code.charCodeAt(0) * 256 + code.charCodeAt(1);
		},
	};
}

function afterHead(text: string): string {
	return text.slice(text.indexOf("\r\n\r\n") + 4);
}
