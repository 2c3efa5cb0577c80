/** One session between a client and an upstream: what passes, and how it begins and ends. */
import { once } from "node:events";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { gatewayFor, startGateway } from "../kit/gateway.js";
import { openRaw } from "../kit/rawHttp.js";
import { created, done, frameOf, logged, openSession, sessionLine, startSessionHost } from "../kit/realtime.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { Refused } from "../kit/sockets.js";

async function refusalOf(opening: Promise<unknown>): Promise<Refused> {
	const refused = await opening.catch((error: unknown) => error);
	expect(refused).toBeInstanceOf(Refused);
	return refused as Refused;
}

test("frames of text and of bytes go both ways as they are", async () => {
	const host = await startSessionHost();
	const session = await openSession(await gatewayFor(host));
	expect(await session.next()).toEqual(created);
	session.send('{"type": "odd",  "spacing":1.0}');
	session.socket.send(Buffer.from([0, 255, 1]));
	await vi.waitFor(() => expect(host.heard).toHaveLength(2));
	expect(host.heard).toEqual([{ type: "odd", spacing: 1 }, Buffer.from([0, 255, 1])]);
	// It reads text alone.
	session.socket.removeAllListeners("message");
	const [data, isBinary] = await Promise.all([
		once(session.socket, "message"),
		host.sides[0]?.send(Buffer.from([7, 0]), { binary: true }),
	]).then(([message]) => message as [Buffer, boolean]);
	expect(data).toEqual(Buffer.from([7, 0]));
	expect(isBinary).toBe(true);
});

test("a session is one request: its line and its record hold the tokens of all its responses", async () => {
	const host = await startSessionHost((_side, say) => {
		say(created);
		say(done(10, 20));
		say(done(5, 6));
	});
	const gateway = await gatewayFor(host, logged);
	const records = vi.spyOn(gateway.gateway.services.usage as { add(record: unknown): void }, "add");
	const session = await openSession(gateway);
	await frameOf(session, "response.done");
	await frameOf(session, "response.done");
	session.close();
	expect(await sessionLine(gateway)).toMatchObject({
		status: 101,
		model: "m",
		tokens: { input: 15, output: 26, audio_input: 13, audio_output: 24, cached: 2 },
		attempts: [{ outcome: "101" }],
	});
	expect(records.mock.calls).toMatchObject([
		[{ operation: "connectRealtime", outcome: "completed", isEstimated: false }],
	]);
});

test("a session that names no model has the one that the upstream says in its record, and in its price", async () => {
	const host = await startSessionHost((_side, say) => {
		say(created);
		say(done(10, 20));
	});
	const gateway = await gatewayFor(host, logged);
	const records = vi.spyOn(gateway.gateway.services.usage as object as { add(): void }, "add");
	const session = await openSession(gateway, { path: "/v1/realtime?intent=transcription" });
	await frameOf(session, "response.done");
	session.close();
	await vi.waitFor(() =>
		expect(records.mock.calls).toMatchObject([[{ model: "upstream-model", responseModel: "upstream-model" }]]),
	);
});

test("the model is the upstream's own: in its query, and in updates of the session", async () => {
	const host = await startSessionHost();
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${host.url}/v1`, { key: "sk-upstream" })],
		routes: [route([target("a", { model: "real-model" })])],
	});
	const session = await openSession(gateway, { path: "/v1/realtime?model=test-model&intent=x" });
	await session.next();
	session.send({ type: "session.update", session: { type: "realtime", model: "test-model", instructions: "é" } });
	session.send({ type: "session.update", session: { instructions: '"model"' } });
	await vi.waitFor(() => expect(host.heard).toHaveLength(2));
	expect(host.handshakes[0]?.url).toBe("/v1/realtime?model=real-model&intent=x");
	expect(host.handshakes[0]?.headers.authorization).toBe("Bearer sk-upstream");
	expect(host.heard[0]).toEqual({
		type: "session.update",
		session: { type: "realtime", model: "real-model", instructions: "é" },
	});
});

describe("before the upstream's first frame", () => {
	test.each([
		["refuses the handshake", () => startSessionHost(undefined, 503)],
		[
			"refuses the model once it is open",
			() =>
				startSessionHost((side, say) => {
					say({ type: "error", error: { type: "invalid_request_error", code: "model_not_found", message: "No." } });
					side.close(4000);
				}),
		],
		["closes without a word", () => startSessionHost((side) => side.close(1011))],
	])("another one is asked if it %s", async (_what, start) => {
		const [first, second] = [await start(), await startSessionHost()];
		const gateway = await gatewayWith({
			upstreams: [upstream("a", `${first.url}/v1`), upstream("b", `${second.url}/v1`)],
			routes: [route([target("a"), target("b")])],
		});
		const session = await openSession(gateway, { path: "/v1/realtime?model=test-model" });
		expect(await session.next()).toEqual(created);
		expect(first.handshakes.length).toBeGreaterThan(0);
	});

	test("the client hears over HTTP what nobody takes", async () => {
		const host = await startSessionHost(undefined, 429);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", `${host.url}/v1`)],
			routes: [route([target("a")], { retry: { ...route([]).retry, attempts: 1 } })],
		});
		const { status, body } = await refusalOf(openSession(gateway, { path: "/v1/realtime?model=test-model" }));
		expect([status, body.error?.code]).toEqual([429, "not_today"]);
	});

	test("an upstream that waits for the client is taken as it is", async () => {
		const host = await startSessionHost(() => {});
		const session = await openSession(await gatewayFor(host));
		session.send({ type: "hello" });
		await vi.waitFor(() => expect(host.heard).toEqual([{ type: "hello" }]));
	});
});

test("without an upstream the answer is 502", async () => {
	const gateway = await startGateway("http://127.0.0.1:1");
	onTestFinished(() => gateway.stop());
	expect((await refusalOf(openSession(gateway))).status).toBe(502);
});

test("an upstream that dies is an error event, and 1011", async () => {
	const host = await startSessionHost();
	const gateway = await gatewayFor(host, logged);
	const session = await openSession(gateway);
	await session.next();
	host.sides[0]?.terminate();
	expect(await session.next()).toMatchObject({
		type: "error",
		error: { type: "server_error", code: "upstream_closed" },
	});
	expect((await session.closed).code).toBe(1011);
	expect(await sessionLine(gateway)).toMatchObject({ error: "upstream_closed", broken: true });
});

test("an upstream's own close reaches the client with its code and its reason", async () => {
	const host = await startSessionHost();
	const session = await openSession(await gatewayFor(host));
	await session.next();
	host.sides[0]?.close(4008, "enough");
	expect(await session.closed).toEqual({ code: 4008, reason: "enough" });
});

test.each([
	["closes", (socket: { close(code: number): void }) => socket.close(1000), 1000],
	["is gone", (socket: { terminate(): void }) => socket.terminate(), 1000],
])("a client that %s leaves the upstream", async (_how, leave, code) => {
	const host = await startSessionHost();
	const session = await openSession(await gatewayFor(host));
	await session.next();
	const closed = once(host.sides[0] as NodeJS.EventEmitter, "close");
	leave(session.socket);
	expect((await closed)[0]).toBe(code);
});

test("a session ends at its age with OpenAI's own words", async () => {
	const host = await startSessionHost();
	const session = await openSession(await gatewayFor(host, { "websocket-age": "300ms" }));
	await session.next();
	expect(await session.next()).toMatchObject({ type: "error", error: { code: "session_expired" } });
	expect((await session.closed).code).toBe(1001);
	await vi.waitFor(() => expect(host.sides[0]?.readyState).toBe(3));
});

test("a client that is silent but for its answers to pings stays", async () => {
	const gateway = await gatewayFor(await startSessionHost(), { heartbeat: "100ms", "request-timeout": "300ms" });
	const session = await openSession(gateway);
	let pings = 0;
	const code = await new Promise<number | undefined>((resolve) => {
		session.socket.on("close", resolve);
		session.socket.on("ping", () => {
			pings += 1;
			if (pings === 8) resolve(undefined);
		});
	});
	expect(code).toBeUndefined();
});

test("the address takes no requests over HTTP", async () => {
	const gateway = await gatewayFor(await startSessionHost());
	const response = await fetch(`${gateway.url}/v1/realtime?model=m`);
	expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
});

test.each([
	["not masked", Buffer.from([0x81, 0x01, 0x78]), 1002],
	["of no known kind", Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
	["compressed without leave", Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
	["text that is no UTF-8", Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]), 1007],
	["larger than may be", Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
])("a frame that is %s ends the session", async (_what, bytes, code) => {
	const host = await startSessionHost();
	const gateway = await gatewayFor(host);
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	connection.send(
		"GET /v1/realtime?model=m HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
			"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	);
	await once(connection.socket, "data");
	const left = vi.waitFor(() => expect(host.sides[0]?.readyState).toBe(3));
	let answered = Buffer.alloc(0);
	connection.socket.on("data", (chunk: Buffer) => {
		answered = Buffer.concat([answered, chunk]);
	});
	connection.socket.write(bytes);
	await connection.closed;
	await left;
	const close = answered.indexOf(0x88);
	expect(answered.readUInt16BE(close + 2)).toBe(code);
	expect(host.heard).toEqual([]);
});
