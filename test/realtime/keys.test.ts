/** Who may open a session: keys in headers and in subprotocols, and client secrets. */
import OpenAI from "openai";
import { expect, onTestFinished, test, vi } from "vitest";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { audience, startIssuer } from "../kit/issuer.js";
import { addKey, someAdmin } from "../kit/keys.js";
import {
	created,
	done,
	logged,
	openSession,
	type SessionHost,
	sessionLine,
	startSessionHost,
} from "../kit/realtime.js";
import { Refused } from "../kit/sockets.js";

type Secret = { value: string; expires_at: number; session: Record<string, unknown> };

async function lockedGateway(host: SessionHost, flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const gateway = await startGateway(host.url, { "require-keys": true, ...logged, ...flags });
	onTestFinished(() => gateway.stop());
	return gateway;
}

function ask(gateway: TestGateway, body: object, key?: string): Promise<Response> {
	return fetch(`${gateway.url}/v1/realtime/client_secrets`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
		},
		body: JSON.stringify(body),
	});
}

async function secretOf(gateway: TestGateway, body: object, key?: string): Promise<Secret> {
	const response = await ask(gateway, body, key);
	expect(response.status).toBe(200);
	return (await response.json()) as Secret;
}

const inProtocol = (key: string) => ["realtime", `openai-insecure-api-key.${key}`];

test("a browser's key in the subprotocol opens one, and reaches neither the upstream nor the log", async () => {
	const host = await startSessionHost();
	const gateway = await lockedGateway(host);
	const { secret } = await addKey(gateway);
	const session = await openSession(gateway, { protocols: inProtocol(secret) });
	expect(session.socket.protocol).toBe("realtime");
	expect(await session.next()).toEqual(created);
	session.close();
	expect(await sessionLine(gateway)).toMatchObject({ key: "bot" });
	expect(gateway.printed.join("")).not.toContain(secret);
	const { headers } = host.handshakes[0] ?? {};
	expect(JSON.stringify(headers)).not.toContain(secret);
	expect(headers?.["sec-websocket-protocol"]).toBeUndefined();
});

test("without a key, and with a wrong one, the answer is 401", async () => {
	const gateway = await lockedGateway(await startSessionHost());
	for (const protocols of [[], inProtocol("sk-wrong"), inProtocol("ek_wrong")])
		await expect(openSession(gateway, { protocols })).rejects.toMatchObject({ status: 401 });
});

test("a page of another origin opens none, unless it is let in", async () => {
	const host = await startSessionHost();
	const origin = "https://page.example";
	const gateway = await lockedGateway(host);
	const { secret } = await addKey(gateway);
	await expect(openSession(gateway, { protocols: inProtocol(secret), origin })).rejects.toMatchObject({ status: 403 });
	const open = await lockedGateway(host, { "cors-origin": origin });
	const { secret: other } = await addKey(open);
	expect(await (await openSession(open, { protocols: inProtocol(other), origin })).next()).toEqual(created);
});

test("a client secret opens sessions of its key, which begin as it says", async () => {
	const host = await startSessionHost();
	const gateway = await lockedGateway(host);
	const { secret } = await addKey(gateway, { name: "voice" });
	const { value, expires_at, session } = await secretOf(
		gateway,
		{
			expires_after: { anchor: "created_at", seconds: 60 },
			session: { type: "realtime", model: "m", instructions: "Hi" },
		},
		secret,
	);
	expect(value).toMatch(/^ek_/);
	expect(expires_at - Date.now() / 1000).toBeGreaterThan(50);
	expect(session).toMatchObject({ type: "realtime", model: "m", instructions: "Hi", object: "realtime.session" });
	const opened = await openSession(gateway, { path: "/v1/realtime", protocols: inProtocol(value) });
	expect(await opened.next()).toEqual(created);
	await vi.waitFor(() =>
		expect(host.heard).toEqual([{ type: "session.update", session: { type: "realtime", instructions: "Hi" } }]),
	);
	expect(host.handshakes[0]?.url).toBe("/v1/realtime?model=m");
	expect(JSON.stringify(host.handshakes[0]?.headers)).not.toContain(value);
	opened.close();
	expect(await sessionLine(gateway)).toMatchObject({ key: "voice", model: "m" });
});

test("a client secret is good for nothing else, and ends with its time and with its key", async () => {
	const host = await startSessionHost();
	const gateway = await lockedGateway(host);
	const { secret, record } = await addKey(gateway);
	const { value } = await secretOf(gateway, { session: { type: "realtime", model: "m" } }, secret);
	const models = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } });
	expect(models.status).toBe(401);
	expect((await ask(gateway, {}, value)).status).toBe(401);
	const now = Date.now();
	vi.setSystemTime(now + 601_000);
	onTestFinished(() => void vi.useRealTimers());
	await expect(openSession(gateway, { protocols: inProtocol(value) })).rejects.toMatchObject({ status: 401 });
	vi.setSystemTime(now);
	await (await openSession(gateway, { protocols: inProtocol(value) })).next();
	const { store, keys } = gateway.gateway.services;
	await store.keys.revoke(record.id, someAdmin);
	await keys.changed();
	await expect(openSession(gateway, { protocols: inProtocol(value) })).rejects.toMatchObject({ status: 401 });
});

test("a session ends with its key", async () => {
	const host = await startSessionHost();
	const gateway = await lockedGateway(host);
	const { secret, record } = await addKey(gateway);
	const { secret: other } = await addKey(gateway, { name: "other" });
	const session = await openSession(gateway, { protocols: inProtocol(secret) });
	const going = await openSession(gateway, { protocols: inProtocol(other) });
	for (const one of [session, going]) await one.next();
	const { store, keys } = gateway.gateway.services;
	await store.keys.revoke(record.id, someAdmin);
	await keys.changed();
	expect(await session.next()).toMatchObject({ type: "error", error: { code: "invalid_api_key" } });
	expect((await session.closed).code).toBe(1008);
	await vi.waitFor(() => expect(host.sides[0]?.readyState).toBe(3));
	expect(going.socket.readyState).toBe(1);
});

test("a changed secret is none", async () => {
	const gateway = await lockedGateway(await startSessionHost());
	const { secret } = await addKey(gateway);
	const { value } = await secretOf(gateway, {}, secret);
	const forged = `${value.slice(0, -4)}${value.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
	await expect(openSession(gateway, { protocols: inProtocol(forged) })).rejects.toBeInstanceOf(Refused);
});

test("where no keys are in force, a secret still says what its sessions are", async () => {
	const host = await startSessionHost();
	const gateway = await startGateway(host.url);
	onTestFinished(() => gateway.stop());
	const { value } = await secretOf(gateway, { session: { type: "realtime", model: "m" } });
	await (await openSession(gateway, { path: "/v1/realtime", protocols: inProtocol(value) })).next();
	expect(host.handshakes[0]?.url).toBe("/v1/realtime?model=m");
	expect(host.handshakes[0]?.headers.authorization).toBeUndefined();
});

test("what the beta called sessions are client secrets, whose sessions begin in its words", async () => {
	const host = await startSessionHost();
	const gateway = await lockedGateway(host);
	const { secret } = await addKey(gateway);
	const client = new OpenAI({ apiKey: secret, baseURL: gateway.baseUrl });
	const made = await client.beta.realtime.sessions.create({
		model: "m" as never,
		voice: "verse",
		modalities: ["text"],
	});
	expect(made).toMatchObject({
		object: "realtime.session",
		voice: "verse",
		client_secret: { value: expect.stringMatching(/^ek_/) },
	});
	const transcribing = await client.beta.realtime.transcriptionSessions.create({
		input_audio_format: "pcm16",
		client_secret: { expires_at: { anchor: "created_at", seconds: 60 } },
	});
	const left = transcribing.client_secret.expires_at - Date.now() / 1000;
	expect([left > 50, left <= 60]).toEqual([true, true]);
	for (const [value, path] of [
		[made.client_secret.value, "/v1/realtime"],
		[transcribing.client_secret.value, "/v1/realtime?intent=transcription"],
	] as const)
		await (await openSession(gateway, { path, protocols: [...inProtocol(value), "openai-beta.realtime-v1"] })).next();
	await vi.waitFor(() =>
		expect(host.heard).toEqual([
			{ type: "session.update", session: { voice: "verse", modalities: ["text"] } },
			{ type: "transcription_session.update", session: { input_audio_format: "pcm16" } },
		]),
	);
	expect(host.handshakes.map(({ url }) => url)).toEqual(["/v1/realtime?model=m", "/v1/realtime?intent=transcription"]);
	expect(host.handshakes[0]?.headers["openai-beta"]).toBe("realtime=v1");
});

test("an expired client secret opens no session of Gemini's either, where no keys are in force", async () => {
	const gateway = await startGateway((await startSessionHost()).url);
	onTestFinished(() => gateway.stop());
	const { value } = await secretOf(gateway, { session: { model: "m" } });
	vi.setSystemTime(Date.now() + 601_000);
	onTestFinished(() => void vi.useRealTimers());
	const path = `/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=${value}`;
	await expect(openSession(gateway, { path })).rejects.toMatchObject({ status: 401 });
});

test("an identity's client secret opens sessions with its permissions, within its limits", async () => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate();
	const host = await startSessionHost((side, say) => {
		say(created);
		side.on("message", () => say(done(60, 40)));
	});
	const auth = {
		issuer: issuer.url,
		audience: [audience],
		jwksUrl: undefined,
		claims: { owner: "email", models: "models", limits: "limits" },
	};
	const gateway = await startGateway(host.url, logged, undefined, { auth: auth as never });
	onTestFinished(() => gateway.stop());
	const token = await sign({ email: "ada@example.com", models: ["m"], limits: { tokens_per_day: 50 } });
	const { value } = await secretOf(gateway, { session: { type: "realtime" } }, token);
	const wrong = openSession(gateway, { path: "/v1/realtime?model=other", protocols: inProtocol(value) });
	await expect(wrong).rejects.toMatchObject({ status: 403 });
	const session = await openSession(gateway, { protocols: inProtocol(value) });
	expect((await session.closed).code).toBe(1008);
	expect(await sessionLine(gateway)).toMatchObject({ key: "ada@example.com", error: "rate_limit_exceeded" });
	expect((await ask(gateway, { session: { model: "other" } }, token)).status).toBe(403);
});

test("a key that may not use a model makes no secret for it, nor is one made too long for a header", async () => {
	const gateway = await lockedGateway(await startSessionHost());
	const { secret } = await addKey(gateway, { models: ["other"] });
	const refused = await ask(gateway, { session: { type: "realtime", model: "m" } }, secret);
	expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
		403,
		"model_not_allowed",
	]);
	const long = await ask(gateway, { session: { instructions: "x".repeat(9_000) } }, secret);
	expect(await long.json()).toMatchObject({ error: { code: "session_too_long", param: "session" } });
	expect((await ask(gateway, { expires_after: { seconds: 5 } }, secret)).status).toBe(400);
});
