/** Upgrades that are none: WebSockets where there are none are refused before the chain; HTTP's own offers are answered as ordinary requests. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startAiHost, type TestHost } from "./kit/aiHost.js";
import { startGateway, type TestGateway } from "./kit/gateway.js";
import { openRaw } from "./kit/rawHttp.js";

let host: TestHost;
let gateway: TestGateway;

beforeAll(async () => {
	host = await startAiHost();
	gateway = await startGateway(host.url, { "require-keys": true });
});
afterAll(async () => {
	await gateway.stop();
	await host.close();
});

const handshake = (target: string, more: string[] = [], body = "") =>
	[
		`${body === "" ? "GET" : "POST"} ${target} HTTP/1.1`,
		"host: 127.0.0.1",
		"connection: keep-alive, Upgrade",
		"upgrade: websocket",
		"sec-websocket-version: 13",
		"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
		...more,
		"",
		body,
	].join("\r\n");

function connectionTo({ port }: TestGateway) {
	const connection = openRaw(port);
	onTestFinished(() => connection.destroy());
	return connection;
}

test.each([
	"/v1/responses/compact",
	"/v1/responses/resp_1",
	"/v1/realtime/client_secrets",
	"/",
	"/healthz",
	"/nowhere",
	"/v1/admin/keys",
])("a WebSocket at %s is answered 426 without a key and a body, and the connection ends", async (target) => {
	const connection = connectionTo(gateway);
	connection.send(handshake(target));
	await connection.closed;
	const [answer, ...others] = connection.messages();
	expect(answer).toMatchObject({ status: 426, body: "", headers: { connection: "close", "content-length": "0" } });
	expect(answer?.headers["x-request-id"]).toBeDefined();
	expect(others).toEqual([]);
});

test("what comes after a handshake, as a body or as frames, is neither read nor answered", async () => {
	const connection = connectionTo(gateway);
	connection.send(`${handshake("/v1/responses", ["content-length: 2"], "{}")}\x81\x05hello`);
	await connection.closed;
	expect(connection.messages().map(({ status }) => status)).toEqual([426]);
	expect(host.received).toEqual([]);
});

test("an earlier request on the connection gets its answer first", async () => {
	const connection = connectionTo(gateway);
	connection.send(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n${handshake("/v1/chat/completions")}`);
	await connection.closed;
	expect(connection.messages().map(({ status }) => status)).toEqual([200, 426]);
});

test("an upgrade that the connection header does not name is none", async () => {
	const connection = connectionTo(gateway);
	connection.send("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\n\r\n");
	expect((await connection.answers(1)).map(({ status }) => status)).toEqual([200]);
});

test("a stopping gateway answers 426 too", async () => {
	const draining = await startGateway(host.url);
	onTestFinished(() => draining.stop());
	Object.assign(draining.gateway.services, { isDraining: () => true });
	const connection = connectionTo(draining);
	connection.send(handshake("/v1/chat/completions"));
	await connection.closed;
	expect(connection.messages().map(({ status }) => status)).toEqual([426]);
});
