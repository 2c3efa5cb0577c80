/** Who may open a WebSocket of responses: the gateway's checks before there is one, answered over HTTP. */
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway, temporaryFile } from "../kit/gateway.js";
import { addKey, someAdmin } from "../kit/keys.js";
import { openRaw } from "../kit/rawHttp.js";
import { countingHost, openSocket, Refused, textOf } from "../kit/sockets.js";

let host: TestHost;

beforeAll(async () => {
	host = await startAiHost(countingHost);
});
afterAll(() => host.close());

async function gatewayWith(flags: Record<string, unknown> = {}, more = {}): Promise<TestGateway> {
	const gateway = await startGateway(host.url, flags, undefined, more);
	onTestFinished(() => gateway.stop());
	return gateway;
}

async function opened(gateway: TestGateway, headers: Record<string, string> = {}, path?: string) {
	const socket = await openSocket(gateway.url, { headers }, path);
	onTestFinished(() => socket.socket.terminate());
	return socket;
}

async function refusal(gateway: TestGateway, headers: Record<string, string> = {}, path?: string): Promise<Refused> {
	const refused = await opened(gateway, headers, path).catch((error: unknown) => error);
	expect(refused).toBeInstanceOf(Refused);
	return refused as Refused;
}

describe("with keys in force", () => {
	test.each([
		["authorization", (key: string) => `Bearer ${key}`],
		["x-api-key", (key: string) => key],
		["x-llmgw-key", (key: string) => key],
	])("a key in %s opens one, and its turns are that key's", async (header, value) => {
		const gateway = await gatewayWith({ "require-keys": true });
		const { secret } = await addKey(gateway);
		const socket = await opened(gateway, { [header]: value(secret) });
		expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
	});

	test("none opens without one, nor with a wrong one", async () => {
		const gateway = await gatewayWith({ "require-keys": true });
		for (const headers of [{}, { authorization: "Bearer sk-wrong" }]) {
			const { status, body, headers: answered } = await refusal(gateway, headers);
			expect(status).toBe(401);
			expect(body.error?.code).toBe("invalid_api_key");
			expect(answered["x-request-id"]).toBeDefined();
		}
	});

	test("a key that is revoked meanwhile has no more turns", async () => {
		const gateway = await gatewayWith({ "require-keys": true });
		const { secret, record } = await addKey(gateway);
		const socket = await opened(gateway, { authorization: `Bearer ${secret}` });
		expect((await socket.turn({ input: "Hi" })).at(-1)?.type).toBe("response.completed");
		const { store, keys } = gateway.gateway.services;
		await store.keys.revoke(record.id, someAdmin);
		await keys.changed();
		const [frame] = await socket.turn({ input: "Hi" });
		expect(frame).toMatchObject({ type: "error", status: 401, error: { code: "invalid_api_key" } });
	});
});

test("a handshake is answered with its request id, without extensions and subprotocols", async () => {
	const gateway = await gatewayWith();
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	connection.send(
		[
			"GET /v1//responses?beta=true HTTP/1.1",
			"host: 127.0.0.1",
			"connection: keep-alive, Upgrade",
			"upgrade: WebSocket",
			"sec-websocket-version: 13",
			"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
			"sec-websocket-protocol: realtime, openai-insecure-api-key.sk-1",
			"sec-websocket-extensions: permessage-deflate; client_max_window_bits",
			"x-request-id: mine",
			"",
			"",
		].join("\r\n"),
	);
	await once(connection.socket, "data");
	const head = connection.text().toLowerCase();
	expect(head).toContain("http/1.1 101 ");
	expect(head).toContain("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=");
	expect(head).toContain("x-request-id: mine");
	expect(head).not.toContain("sec-websocket-extensions");
	expect(head).not.toContain("sec-websocket-protocol");
});

test.each([
	["no version", "sec-websocket-version: 12", 426, "unsupported_websocket_version"],
	["no key", "sec-websocket-key: x", 400, "invalid_handshake"],
])("a handshake of %s is refused, and the connection ends", async (_what, line, status, code) => {
	const gateway = await gatewayWith();
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	const lines = ["sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
	const name = line.slice(0, line.indexOf(":"));
	const all = [...lines.filter((one) => !one.startsWith(name)), line];
	connection.send(
		`GET /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n${all.join("\r\n")}\r\n\r\n`,
	);
	await connection.closed;
	const [answer, ...others] = connection.messages();
	expect(others).toEqual([]);
	expect(answer).toMatchObject({ status, headers: { connection: "close" } });
	expect(answer?.body).toContain(code);
});

test("a request before the handshake, on the same connection, gets its answer first", async () => {
	const gateway = await gatewayWith();
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	const handshake =
		"GET /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	connection.send(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n${handshake}`);
	while (!connection.text().includes("101 Switching")) await once(connection.socket, "data");
	expect(connection.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 101 /);
});

test("a request that is no handshake is told what would be one", async () => {
	const gateway = await gatewayWith();
	const answer = await fetch(`${gateway.baseUrl}/responses`);
	expect(answer.status).toBe(426);
	expect(answer.headers.get("upgrade")).toBe("websocket");
	expect(await answer.json()).toMatchObject({ error: { code: "upgrade_required" } });
});

test("with --max-websockets 0 a handshake is answered 426, so that agents go on over HTTP", async () => {
	const gateway = await gatewayWith({ "max-websockets": "0", "require-keys": true });
	expect(await refusal(gateway)).toMatchObject({ status: 426, body: {} });
});

test("an overlay without the operation takes them away", async () => {
	const overlay = temporaryFile(
		"without.yaml",
		'overlay: 1.0.0\ninfo: { title: Without, version: "1" }\nactions: [{ target: "$.paths[\'/v1/responses\'].get", remove: true }]\n',
	);
	expect(await refusal(await gatewayWith({ overlay: [overlay] }))).toMatchObject({ status: 426, body: {} });
});

describe("limits", () => {
	test("a client has no more than its number, and another client its own", async () => {
		const gateway = await gatewayWith({ "max-websockets-per-client": "1", "require-keys": true });
		const [one, other] = [await addKey(gateway), await addKey(gateway, { name: "other" })];
		const socket = await opened(gateway, { authorization: `Bearer ${one.secret}` });
		const refused = await refusal(gateway, { authorization: `Bearer ${one.secret}` });
		expect(refused).toMatchObject({ status: 429, body: { error: { code: "too_many_websockets" } } });
		expect(refused.headers["retry-after"]).toBeDefined();
		await opened(gateway, { authorization: `Bearer ${other.secret}` });
		socket.close();
		await socket.closed;
		await opened(gateway, { authorization: `Bearer ${one.secret}` });
	});

	test("a worker has no more than its number", async () => {
		const gateway = await gatewayWith({ "max-websockets": "2" });
		await opened(gateway);
		await opened(gateway);
		expect(await refusal(gateway)).toMatchObject({ status: 503, body: { error: { code: "too_many_websockets" } } });
	});

	test("handshakes have a rate limit of their own, and each turn counts for the requests'", async () => {
		const overlay = temporaryFile(
			"limits.yaml",
			'overlay: 1.0.0\ninfo: { title: Limits, version: "1" }\nactions:\n  - target: $\n    update: { x-rate-limit: { max: 1, window: 1m } }\n  - target: "$.paths[\'/v1/responses\'].get"\n    update: { x-rate-limit: { max: 2, window: 1m } }\n',
		);
		const gateway = await gatewayWith({ overlay: [overlay] });
		const socket = await opened(gateway);
		await opened(gateway);
		expect(await refusal(gateway)).toMatchObject({ status: 429 });
		expect((await socket.turn({ input: "Hi" })).at(-1)?.type).toBe("response.completed");
		const [frame] = await socket.turn({ input: "Hi" });
		expect(frame).toMatchObject({ type: "error", status: 429, error: { code: "rate_limit_exceeded" } });
		expect(frame?.headers?.["retry-after"]).toBeDefined();
	});
});

describe("pages of browsers", () => {
	test.each([
		["of another site", {}, { origin: "https://evil.example" }, 403],
		["of another port of this machine", {}, { origin: "http://127.0.0.1:1" }, 403],
		["that hide where they are from", {}, { origin: "null" }, 403],
		["that are let in", { "cors-origin": ["https://app.example"] }, { origin: "https://app.example" }, 101],
	])("%s", async (_what, flags, headers, status) => {
		const gateway = await gatewayWith(flags);
		if (status === 101) await opened(gateway, headers);
		else
			expect(await refusal(gateway, headers)).toMatchObject({
				status,
				body: { error: { code: "origin_not_allowed" } },
			});
	});

	test("with a key are held to the same", async () => {
		const gateway = await gatewayWith({ "require-keys": true });
		const { secret } = await addKey(gateway);
		const headers = { authorization: `Bearer ${secret}`, origin: "https://evil.example" };
		expect(await refusal(gateway, headers)).toMatchObject({ status: 403 });
		await opened(gateway, { ...headers, origin: gateway.url });
	});
});

test("a worker that drains takes none", async () => {
	const gateway = await gatewayWith();
	gateway.gateway.services.sockets.drain();
	expect(await refusal(gateway)).toMatchObject({ status: 503, body: { error: { code: "gateway_stopping" } } });
});
