/** Limits of sessions: how many there may be, and what they may use, which counts response by response. */
import { expect, onTestFinished, test, vi } from "vitest";
import type { NewKey } from "../../src/store/keyTypes.js";
import { startGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { created, done, frameOf, openSession, type SessionHost, startSessionHost } from "../kit/realtime.js";

async function withKey(host: SessionHost, key: Partial<NewKey>, flags: Record<string, unknown> = {}) {
	const gateway = await startGateway(host.url, { "require-keys": true, ...flags });
	onTestFinished(() => gateway.stop());
	const { secret } = await addKey(gateway, key);
	const headers = { authorization: `Bearer ${secret}` };
	return { gateway, headers };
}

/** Ends a response of 100 tokens whenever it is asked for one. */
function responding(): Promise<SessionHost> {
	return startSessionHost((side, say) => {
		say(created);
		side.on("message", () => say(done(60, 40)));
	});
}

test("a session that has used up the key's tokens is told so, and closed", async () => {
	const { gateway, headers } = await withKey(await responding(), { limits: { tokens_per_day: 250 } });
	const session = await openSession(gateway, { headers });
	for (const _response of [1, 2, 3]) {
		session.send({ type: "response.create" });
		await frameOf(session, "response.done");
	}
	expect(await frameOf(session, "error")).toMatchObject({ error: { code: "rate_limit_exceeded" } });
	expect((await session.closed).code).toBe(1008);
	// What was not granted has counted.
	await vi.waitFor(() => expect(openSession(gateway, { headers })).rejects.toMatchObject({ status: 429 }));
});

test("tokens of a session that is still open count for others", async () => {
	const { gateway, headers } = await withKey(await responding(), { limits: { tokens_per_day: 100 } });
	const session = await openSession(gateway, { headers });
	session.send({ type: "response.create" });
	await frameOf(session, "response.done");
	await vi.waitFor(() => expect(openSession(gateway, { headers })).rejects.toMatchObject({ status: 429 }));
	expect(session.socket.readyState).toBe(1);
});

test("a key has as many sessions as it may have requests at a time", async () => {
	const { gateway, headers } = await withKey(await startSessionHost(), { limits: { concurrent_requests: 1 } });
	const first = await openSession(gateway, { headers });
	await expect(openSession(gateway, { headers })).rejects.toMatchObject({ status: 429 });
	first.close();
	await vi.waitFor(async () => void (await openSession(gateway, { headers })));
});

test("a client has no more sessions than WebSockets", async () => {
	const { gateway, headers } = await withKey(await startSessionHost(), {}, { "max-websockets-per-client": "1" });
	await openSession(gateway, { headers });
	await expect(openSession(gateway, { headers })).rejects.toMatchObject({
		status: 429,
		body: { error: { code: "too_many_websockets" } },
	});
});

test("a key that may not use the model opens no session", async () => {
	const { gateway, headers } = await withKey(await startSessionHost(), { models: ["other"] });
	await expect(openSession(gateway, { headers })).rejects.toMatchObject({ status: 403 });
});
