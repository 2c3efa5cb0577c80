/** Calls over WebRTC: offers that are passed on, and what the gateway does beside a call whose sound it doesn't hear. */
import { connect } from "node:net";
import OpenAI from "openai";
import { expect, onTestFinished, test, vi } from "vitest";
import type { NewKey } from "../../src/store/keyTypes.js";
import { type HostAnswer, startAiHost, startDemoHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { addKey, someAdmin } from "../kit/keys.js";
import {
	answeredSdp,
	created,
	done,
	frameOf,
	logged,
	openSession,
	type SessionHost,
	sessionLine,
	startSessionHost,
	takingCalls,
} from "../kit/realtime.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";

/** Waits on a machine that has other things to do, too. */
const patient = { timeout: 15_000 };
const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
/** Begins calls, beside which it says that it is there. */
function startCallHost(
	serve: Parameters<typeof startSessionHost>[0] = (_side, say) => say(created),
	{ refusal, answer = takingCalls }: { refusal?: number; answer?: HostAnswer } = {},
): Promise<SessionHost> {
	return startSessionHost(serve, refusal, answer);
}

async function keyed(host: { url: string }, key: Partial<NewKey> = {}) {
	const gateway = await startGateway(host.url, { "require-keys": true, ...logged });
	onTestFinished(() => gateway.stop());
	const { secret, record } = await addKey(gateway, key);
	return { gateway, record, headers: { authorization: `Bearer ${secret}` } };
}

async function open(host: { url: string }, flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const gateway = await startGateway(host.url, { ...logged, ...flags });
	onTestFinished(() => gateway.stop());
	return gateway;
}

function call(
	{ url }: TestGateway,
	{
		body = offer,
		query = "?model=m",
		headers = {},
	}: { body?: string | FormData; query?: string; headers?: object } = {},
): Promise<Response> {
	const type = typeof body === "string" ? { "content-type": "application/sdp" } : {};
	return fetch(`${url}/v1/realtime/calls${query}`, { method: "POST", body, headers: { ...type, ...headers } });
}

function change(
	{ url }: TestGateway,
	word: string,
	headers: object = {},
	body?: object,
	id = "rtc_1",
): Promise<Response> {
	return fetch(`${url}/v1/realtime/calls/${id}/${word}`, {
		method: "POST",
		headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
}

function formOf(session: string): FormData {
	const form = new FormData();
	form.set("sdp", offer);
	form.set("session", session);
	return form;
}

/** Resolves when there is a session beside the call. */
async function side(host: SessionHost, index = 0) {
	await vi.waitFor(() => expect(host.sides[index]).toBeDefined(), patient);
	return host.sides[index] as NonNullable<(typeof host.sides)[number]>;
}

/** Resolves when the call has been ended at the host. */
async function hungUp(host: SessionHost): Promise<void> {
	await vi.waitFor(
		() => expect(host.received.map(({ url }) => url)).toContain("/v1/realtime/calls/rtc_1/hangup"),
		patient,
	);
}

/** The log's line of the call that is over. */
const callLine = (gateway: TestGateway) => vi.waitFor(() => sessionLine(gateway, "createRealtimeCall"), patient);

async function partsOf({ headers, body }: { headers: object; body: Buffer }) {
	const form = await new Response(new Uint8Array(body), { headers: headers as Record<string, string> }).formData();
	return { sdp: form.get("sdp"), session: JSON.parse(String(form.get("session"))) as object };
}

test("an offer goes to the upstream with its session, and its answer comes back with the place of the call", async () => {
	const host = await startCallHost();
	const gateway = await open(host);
	const response = await call(gateway);
	expect([response.status, await response.text()]).toEqual([201, answeredSdp]);
	expect(response.headers.get("content-type")).toMatch(/^application\/sdp/);
	expect(response.headers.get("location")).toBe("/v1/realtime/calls/rtc_1");
	const [received] = host.received;
	expect(received?.url).toBe("/v1/realtime/calls");
	expect(await partsOf(received as never)).toEqual({ sdp: offer, session: { type: "realtime", model: "m" } });
	await side(host);
	expect(host.handshakes[0]?.url).toBe("/v1/realtime?call_id=rtc_1");
});

test("a form says what its session is, whose model is put in the target's words", async () => {
	const host = await startCallHost();
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${host.url}/v1`)],
		routes: [route([target("a", { model: "theirs" })], { models: ["ours"] })],
	});
	const session = { type: "realtime", model: "ours", audio: { output: { voice: "marin" } } };
	expect((await call(gateway, { body: formOf(JSON.stringify(session)), query: "" })).status).toBe(201);
	expect(await partsOf(host.received[0] as never)).toEqual({ sdp: offer, session: { ...session, model: "theirs" } });
});

test("a client secret says it for a browser, and reaches no upstream", async () => {
	const host = await startCallHost();
	const { gateway, headers } = await keyed(host, { name: "voice" });
	const made = await fetch(`${gateway.url}/v1/realtime/client_secrets`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify({ session: { type: "realtime", model: "m", instructions: "Hi" } }),
	});
	const { value } = (await made.json()) as { value: string };
	const response = await call(gateway, { query: "", headers: { authorization: `Bearer ${value}` } });
	expect(response.status).toBe(201);
	const [received] = host.received;
	expect(await partsOf(received as never)).toMatchObject({ session: { model: "m", instructions: "Hi" } });
	expect(JSON.stringify(received?.headers)).not.toContain(value);
	// It is the key's.
	expect((await change(gateway, "hangup", headers)).status).toBe(200);
	(await side(host)).close(1000);
	expect(await callLine(gateway)).toMatchObject({ key: "voice", model: "m", status: 201 });
});

test("what the upstream says beside the call is its usage, also after that session was lost", async () => {
	const host = await startCallHost((_side, say) => {
		say(created);
		say(done(60, 40));
	});
	const gateway = await open(host);
	await call(gateway);
	(await side(host)).terminate();
	(await side(host, 1)).close(1000);
	expect(await callLine(gateway)).toMatchObject({ tokens: { input: 120, output: 80 }, status: 201 });
});

test("a call whose session is lost, and that its upstream knows no more, is over", async () => {
	const host = await startCallHost();
	const gateway = await open(host);
	await call(gateway);
	const lost = await side(host);
	host.server.removeAllListeners("upgrade");
	host.server.on("upgrade", (_request, socket) =>
		socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
	);
	lost.terminate();
	expect((await callLine(gateway)).error).toBeUndefined();
	expect(host.received).toHaveLength(1);
});

test("limits on tokens, the end of its key, and a stop of the gateway end a call", async () => {
	const spending = () =>
		startCallHost((_side, say) => {
			say(created);
			say(done(60, 40));
		});
	const limited = await spending();
	const { gateway, headers } = await keyed(limited, { limits: { tokens_per_day: 50 } });
	expect((await call(gateway, { headers })).status).toBe(201);
	await hungUp(limited);
	expect(await callLine(gateway)).toMatchObject({ error: "rate_limit_exceeded", tokens: { input: 60, output: 40 } });
	expect((await call(gateway, { headers })).status).toBe(429);

	const revoked = await spending();
	const other = await keyed(revoked);
	await call(other.gateway, { headers: other.headers });
	await side(revoked);
	const { store, keys } = other.gateway.gateway.services;
	await store.keys.revoke(other.record.id, someAdmin);
	await keys.changed();
	await hungUp(revoked);

	const stopped = await spending();
	const stopping = await open(stopped);
	await call(stopping);
	await side(stopped);
	await stopping.gateway.close();
	await hungUp(stopped);
});

test("a key has as many calls as it may have requests at a time, until they are over", async () => {
	const host = await startCallHost();
	const { gateway, headers } = await keyed(host, { limits: { concurrent_requests: 1 } });
	expect((await call(gateway, { headers })).status).toBe(201);
	expect((await call(gateway, { headers })).status).toBe(429);
	(await side(host)).close(1000);
	await vi.waitFor(async () => expect((await call(gateway, { headers })).status).toBe(201), patient);
});

test("a call is its owner's: others neither hear nor end it", async () => {
	const host = await startCallHost();
	const { gateway, headers } = await keyed(host);
	const { secret } = await addKey(gateway, { name: "other" });
	const others = { authorization: `Bearer ${secret}` };
	await call(gateway, { headers });
	for (const word of ["hangup", "refer", "reject", "accept"]) {
		const body = { refer: { target_uri: "tel:+1" }, accept: { type: "realtime", model: "m" } }[word];
		const refused = await change(gateway, word, others, body);
		expect([word, refused.status]).toEqual([word, 404]);
		expect(await refused.json()).toMatchObject({ error: { code: "call_not_found" } });
	}
	const path = "/v1/realtime?call_id=rtc_1";
	await expect(openSession(gateway, { path, headers: others })).rejects.toMatchObject({ status: 404 });
	expect((await change(gateway, "hangup", headers, undefined, "rtc_2")).status).toBe(404);
	expect((await change(gateway, "refer", headers, { target_uri: "tel:+1" })).status).toBe(200);
	expect((await change(gateway, "hangup", headers)).status).toBe(200);
	expect(host.received.map(({ url }) => url.replace("/v1/realtime/calls", ""))).toEqual([
		"",
		"/rtc_1/refer",
		"/rtc_1/hangup",
	]);
});

test("its owner's own session beside it is relayed, and counts nothing twice", async () => {
	const host = await startCallHost((one, say) => {
		say(created);
		one.on("message", () => say(done(60, 40)));
	});
	const { gateway, headers } = await keyed(host, { limits: { concurrent_requests: 1 } });
	await call(gateway, { headers });
	await side(host);
	const session = await openSession(gateway, { path: "/v1/realtime?call_id=rtc_1&model=x", headers });
	session.send({ type: "response.create" });
	await frameOf(session, "response.done");
	expect(host.handshakes.at(-1)?.url).toBe("/v1/realtime?call_id=rtc_1");
	session.close();
	const { tokens } = (await sessionLine(gateway)) as { tokens?: object };
	expect(tokens ?? {}).not.toHaveProperty("input");
});

test("an incoming call is whoever's accepts it", async () => {
	const host = await startCallHost();
	const { gateway, headers } = await keyed(host);
	const accepted = await change(gateway, "accept", headers, { type: "realtime", model: "m" }, "rtc_sip");
	expect(accepted.status).toBe(200);
	expect(JSON.parse(String(host.received[0]?.body))).toEqual({ type: "realtime", model: "m" });
	await side(host);
	expect(host.handshakes[0]?.url).toBe("/v1/realtime?call_id=rtc_sip");
	expect((await change(gateway, "hangup", headers, undefined, "rtc_sip")).status).toBe(200);
	expect((await change(gateway, "reject", headers, undefined, "rtc_new")).status).toBe(200);
	expect(host.received.at(-1)?.url).toBe("/v1/realtime/calls/rtc_new/reject");
});

test("until an upstream has taken the offer, another is asked", async () => {
	const busy = await startAiHost((_request, response) => response.writeHead(503).end());
	onTestFinished(() => busy.close());
	const host = await startCallHost();
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${busy.url}/v1`), upstream("b", `${host.url}/v1`)],
		routes: [route([target("a"), target("b")], { models: ["*"] })],
	});
	expect((await call(gateway)).status).toBe(201);
	expect([busy.received.length > 0, host.received.length]).toEqual([true, 1]);
});

test("where nothing is said beside calls, one goes on that no limit counts, and one that limits count is ended", async () => {
	const free = await startCallHost(undefined, { refusal: 404 });
	const gateway = await open(free);
	await call(gateway);
	const counted = await startCallHost(undefined, { refusal: 404 });
	const { gateway: other, headers } = await keyed(counted, { limits: { tokens_per_day: 1000 } });
	await call(other, { headers });
	await hungUp(counted);
	await callLine(gateway);
	expect(free.received).toHaveLength(1);
	expect(gateway.printed.join("")).toContain("without being counted");
});

test("a client that leaves before the answer leaves no call", async () => {
	let answer: () => void = () => {};
	const host = await startCallHost(undefined, {
		answer: (request, response, message) => {
			if (!request.url.endsWith("/calls")) return takingCalls(request, response, message);
			answer = () => void takingCalls(request, response, message);
			return undefined;
		},
	});
	const gateway = await open(host);
	const { calls } = gateway.gateway.services.store;
	const socket = connect(gateway.port, "127.0.0.1");
	// It goes while the call is noted.
	const add = calls.add.bind(calls);
	vi.spyOn(calls, "add").mockImplementation(async (record) => {
		await add(record);
		socket.destroy();
		await vi.waitFor(() => expect(gateway.gateway.services.load.requests).toBe(0), patient);
	});
	socket.write(
		`POST /v1/realtime/calls?model=m HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ncontent-length: ${offer.length}\r\n\r\n${offer}`,
	);
	await vi.waitFor(() => expect(host.received).toHaveLength(1), patient);
	answer();
	await hungUp(host);
	expect(host.handshakes).toHaveLength(0);
});

test("what is no offer is refused, with its place", async () => {
	const gateway = await open(await startCallHost());
	const json = await call(gateway, { body: "{}", headers: { "content-type": "application/json" } });
	expect(json.status).toBe(415);
	expect((await call(gateway, { body: "" })).status).toBe(400);
	const noSession = await call(gateway, { body: formOf("{") });
	expect([noSession.status, await noSession.json()]).toMatchObject([400, { error: { param: "session" } }]);
	const noOffer = new FormData();
	noOffer.set("session", "{}");
	expect(await (await call(gateway, { body: noOffer })).json()).toMatchObject({ error: { param: "sdp" } });
});

test("a form's model is its session's, and no upstream is sent another beside it", async () => {
	const host = await startCallHost();
	const gateway = await open(host);
	const form = formOf('{"type":"realtime","model":"m"}');
	form.set("model", "other");
	expect((await call(gateway, { body: form, query: "" })).status).toBe(201);
	expect(String(host.received[0]?.body)).not.toContain("other");
});

test("a session that is too deep for any stack is refused", async () => {
	const gateway = await open(await startCallHost());
	const session = `{"model":"m","a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
	const response = await call(gateway, { body: formOf(session) });
	expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "invalid_body" } }]);
});

test.each(["Model=n", "CALL_ID=rtc_1", "Deployment=n"])(
	"a session's query says nothing twice, in whatever case: %s",
	async (parameter) => {
		const gateway = await open(await startCallHost());
		const path = `/v1/realtime?model=m&${parameter}`;
		await expect(openSession(gateway, { path })).rejects.toMatchObject({
			status: 400,
			body: { error: { code: "unknown_parameter", param: parameter.split("=")[0] } },
		});
	},
);

test("a call that is accepted once more is asked of its own upstream, whatever the model", async () => {
	const [host, other] = [await startCallHost(), await startCallHost()];
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${host.url}/v1`), upstream("b", `${other.url}/v1`)],
		routes: [route([target("a")], { models: ["m"] }), route([target("b")], { models: ["n"] })],
	});
	const accept = (model: string) => change(gateway, "accept", {}, { type: "realtime", model }, "rtc_sip");
	expect([(await accept("m")).status, (await accept("m")).status]).toEqual([200, 200]);
	expect((await accept("n")).status).toBe(404);
	expect([host.received.length, other.received.length]).toEqual([2, 0]);
});

test("a client that leaves before its call is accepted has none", async () => {
	const host = await startCallHost(undefined, {
		answer: (request, response, message) =>
			request.url.endsWith("/accept") ? undefined : takingCalls(request, response, message),
	});
	const gateway = await open(host);
	const leaving = new AbortController();
	const accepting = fetch(`${gateway.url}/v1/realtime/calls/rtc_1/accept`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: '{"type":"realtime","model":"m"}',
		signal: leaving.signal,
	});
	await vi.waitFor(() => expect(host.received).toHaveLength(1), patient);
	leaving.abort();
	await expect(accepting).rejects.toThrow();
	await hungUp(host);
});

test("a call whose answer can't be passed on is ended", async () => {
	let isBroken = true;
	const host = await startCallHost(undefined, {
		answer: (request, response, message) => {
			if (!request.url.endsWith("/calls") || !isBroken) return takingCalls(request, response, message);
			isBroken = false;
			response.writeHead(201, { location: "/v1/realtime/calls/rtc_lost", "content-length": 1000 });
			response.write(answeredSdp, () => response.destroy());
			return undefined;
		},
	});
	const response = await call(await open(host));
	expect([response.status, response.headers.get("location")]).toEqual([201, "/v1/realtime/calls/rtc_1"]);
	await vi.waitFor(
		() => expect(host.received.map(({ url }) => url)).toContain("/v1/realtime/calls/rtc_lost/hangup"),
		patient,
	);
});

test.each(["/v1/realtime/calls/..", `/v1/realtime/calls/${"x".repeat(257)}`])(
	"a call at a place that no request can name is none",
	async (location) => {
		const answer: HostAnswer = (_request, response) => response.writeHead(201, { location }).end(answeredSdp);
		expect((await call(await open(await startCallHost(undefined, { answer })))).status).toBe(502);
	},
);

test("an upstream that never answers keeps a gateway from stopping no longer than a second", async () => {
	const host = await startCallHost(undefined, {
		answer: (request, response, message) =>
			request.url.endsWith("/hangup") ? undefined : takingCalls(request, response, message),
	});
	const gateway = await open(host);
	await call(gateway);
	await side(host);
	await gateway.gateway.close();
	expect(await callLine(gateway)).toMatchObject({ error: "gateway_stopping" });
});

test("an upstream that doesn't say where its call is, is none", async () => {
	const gateway = await open(
		await startCallHost(undefined, { answer: (_request, response) => response.writeHead(201).end(answeredSdp) }),
	);
	const response = await call(gateway);
	expect([response.status, await response.json()]).toMatchObject([
		502,
		{ error: { code: "invalid_upstream_response" } },
	]);
});

test("openai: its client, at the demo host", async () => {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const { gateway, headers } = await keyed(host);
	const response = await call(gateway, { headers });
	const id = String(response.headers.get("location")?.split("/").at(-1));
	const client = new OpenAI({ apiKey: headers.authorization.slice("Bearer ".length), baseURL: gateway.baseUrl });
	const session = await openSession(gateway, { path: `/v1/realtime?call_id=${id}`, headers });
	session.send({
		type: "conversation.item.create",
		item: { type: "message", content: [{ type: "input_text", text: "Hello" }] },
	});
	session.send({ type: "response.create", response: { output_modalities: ["text"] } });
	await frameOf(session, "response.done");
	await client.realtime.calls.refer(id, { target_uri: "tel:+14155550123" });
	await client.realtime.calls.hangup(id);
	expect((await session.closed).code).toBe(1000);
	expect(await callLine(gateway)).toMatchObject({ model: "m", tokens: { input: 3, output: 3 } });
	await client.realtime.calls.accept("sip_1", { type: "realtime", model: "gpt-realtime" });
	await client.realtime.calls.hangup("sip_1");
	await client.realtime.calls.reject("sip_2");
	await expect(client.realtime.calls.hangup("sip_3")).rejects.toMatchObject({ status: 404 });
});
