/** Paths of a host that a route lets pass: what reaches the host, and what never does. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { UsageRecorder } from "../src/accounting/usageRecorder.js";
import type { Route, UpstreamSettings } from "../src/settings/routes.js";
import type { UsageRecord } from "../src/store/usageTypes.js";
import { firstRoute, problemsIn, settingsFrom } from "./config/files.js";
import { type HostAnswer, sendJson, startAiHost } from "./kit/aiHost.js";
import { errorOf } from "./kit/gateway.js";
import { addKey } from "./kit/keys.js";
import { sendRaw } from "./kit/rawHttp.js";
import { gatewayWith, route, upstream } from "./kit/routing.js";

const echo: HostAnswer = ({ method, url, body }, response) =>
	sendJson(response, { method, url, body: body.toString(), usage: { prompt_tokens: 3, total_tokens: 3 } });

interface Scene {
	readonly answer?: HostAnswer;
	readonly upstream?: Partial<UpstreamSettings>;
	readonly route?: Partial<Route>;
	readonly flags?: Record<string, unknown>;
}

async function scene({ answer = echo, upstream: more = {}, route: given = {}, flags = {} }: Scene = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const passing = route(["a"], { models: ["*"], passthrough: ["/v1/jobs"], ...given });
	const gateway = await gatewayWith({ upstreams: [upstream("a", host.url, more)], routes: [passing] }, flags);
	return { host, gateway };
}

const json = (body: unknown, headers: Record<string, string> = {}) => ({
	method: "POST",
	headers: { "content-type": "application/json", ...headers },
	body: JSON.stringify(body),
});

describe("a path that a route lets pass", () => {
	test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("reaches the host with its method %s", async (method) => {
		const { host, gateway } = await scene();
		const answer = await fetch(`${gateway.url}/v1/jobs/a%20b/steps?after=x&limit=2`, { method });
		expect(answer.status).toBe(200);
		expect(host.received).toMatchObject([{ method, url: "/v1/jobs/a%20b/steps?after=x&limit=2" }]);
	});

	test("HEAD gets the head of an answer", async () => {
		const { host, gateway } = await scene();
		const answer = await fetch(`${gateway.url}/v1/jobs`, { method: "HEAD" });
		expect([answer.status, await answer.text()]).toEqual([200, ""]);
		expect(host.received).toMatchObject([{ method: "HEAD" }]);
	});

	test("goes below what stands before the version in the upstream's URL", async () => {
		const host = await startAiHost(echo);
		onTestFinished(() => host.close());
		const url = `${host.url}/openai/v1`;
		const gateway = await gatewayWith({
			upstreams: [upstream("a", url, { query: "api-version=1" })],
			routes: [route(["a"], { models: ["*"], passthrough: ["/v2/jobs"] })],
		});
		await fetch(`${gateway.url}/v2/jobs/1`);
		expect(host.received[0]?.url).toBe("/openai/v2/jobs/1?api-version=1");
	});

	test("brings the upstream's credential in place of the client's, and no header of its connection", async () => {
		const { host, gateway } = await scene({ upstream: { key: "host-key" } });
		await new Promise((resolve, reject) => {
			const headers = {
				authorization: "Bearer client",
				"x-api-key": "client",
				cookie: "a=b",
				connection: "close, x-private",
				"x-private": "1",
				"x-forwarded-host": "evil.example",
				"x-original-url": "/v1/admin",
				"x-http-method-override": "DELETE",
				"x-kept": "yes",
			};
			request(`${gateway.url}/v1/jobs`, { headers }, (answer) => answer.resume().on("end", resolve))
				.on("error", reject)
				.end();
		});
		const { headers = {} } = host.received[0] ?? {};
		expect(headers.authorization).toBe("Bearer host-key");
		expect(headers["x-kept"]).toBe("yes");
		for (const name of ["x-api-key", "cookie", "x-private", "x-forwarded-host", "x-original-url"])
			expect(headers).not.toHaveProperty(name);
		expect(headers).not.toHaveProperty("x-http-method-override");
		expect(headers.host).toBe(new URL(host.url).host);
	});

	test("keeps a binary body as it is, both ways", async () => {
		const bytes = Buffer.from(Array.from({ length: 1024 }, (_unused, at) => at % 256));
		const { host, gateway } = await scene({
			answer: ({ body }, response) =>
				response.writeHead(200, { "content-type": "application/octet-stream", etag: '"x"' }).end(body),
		});
		const answer = await fetch(`${gateway.url}/v1/jobs`, {
			method: "POST",
			headers: { "content-type": "application/octet-stream", "content-encoding": "x-own" },
			body: bytes,
		});
		expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
		expect(host.received[0]?.body).toEqual(bytes);
		expect(host.received[0]?.headers).toMatchObject({ "content-length": "1024", "content-encoding": "x-own" });
	});

	test("streams both ways: the host has a part of the body, and the client a part of the answer, before the rest", async () => {
		const parts: string[] = [];
		const host = createServer((message, response) => {
			message.on("data", (chunk) => {
				parts.push(String(chunk));
				if (!response.headersSent) response.writeHead(200, { "content-type": "application/x-ndjson" });
				response.write(`got ${chunk}\n`);
			});
			message.on("end", () => response.end("end\n"));
		}).listen(0, "127.0.0.1");
		await once(host, "listening");
		onTestFinished(() => void host.close());
		const { port } = host.address() as { port: number };
		const gateway = await gatewayWith({
			upstreams: [upstream("a", `http://127.0.0.1:${port}/v1`)],
			routes: [route(["a"], { models: ["*"], passthrough: ["/v1/jobs"] })],
		});
		const sent = request(`${gateway.url}/v1/jobs`, { method: "POST", headers: { "content-type": "text/csv" } });
		sent.write("one");
		const [answer] = (await once(sent, "response")) as [IncomingMessage];
		const heard = answer.setEncoding("utf8").iterator();
		expect([await heard.next(), parts]).toEqual([{ done: false, value: "got one\n" }, ["one"]]);
		sent.end("two");
		expect((await heard.next()).value).toContain("got two\n");
	});

	test("server-sent events are flushed as they come", async () => {
		let goOn: (() => void) | undefined;
		const { gateway } = await scene({
			answer: (_request, response) => {
				response.writeHead(200, { "content-type": "text/event-stream" }).write("event: a\ndata: 1\n\n");
				goOn = () => response.end("data: 2\n\n");
			},
		});
		const answer = await fetch(`${gateway.url}/v1/jobs/events`);
		const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
		const text = async () => Buffer.from((await reader.read()).value ?? []).toString();
		expect(await text()).toBe("event: a\ndata: 1\n\n");
		goOn?.();
		expect(await text()).toBe("data: 2\n\n");
	});

	test("a refusal of the host comes as it is, and a redirect never", async () => {
		const { gateway } = await scene({
			answer: ({ url }, response) =>
				url.endsWith("/away")
					? response.writeHead(302, { location: "http://169.254.169.254/" }).end()
					: sendJson(response, { error: { message: "busy" } }, 409),
		});
		const refused = await fetch(`${gateway.url}/v1/jobs/1`);
		expect([refused.status, await refused.json()]).toEqual([409, { error: { message: "busy" } }]);
		const away = await fetch(`${gateway.url}/v1/jobs/away`, { redirect: "manual" });
		expect([away.status, away.headers.get("location")]).toEqual([502, null]);
	});

	test("of a host that does not answer is a 502 in the client's dialect", async () => {
		const { host, gateway } = await scene();
		await host.close();
		const openai = await fetch(`${gateway.url}/v1/jobs`);
		expect([openai.status, await openai.json()]).toMatchObject([502, { error: { type: "upstream_error" } }]);
		const anthropic = await fetch(`${gateway.url}/v1/jobs`, { headers: { "anthropic-version": "2023-06-01" } });
		expect(await anthropic.json()).toMatchObject({ type: "error", error: { type: "api_error" } });
	});

	test("leaves a usage record with the tokens that the answer names", async () => {
		const { gateway } = await scene();
		const records: UsageRecord[] = [];
		const recorder = gateway.gateway.services.usage as UsageRecorder;
		recorder.add = (record) => void records.push(record);
		await fetch(`${gateway.url}/v1/jobs`, json({ model: "m", n: 1 }));
		await expect.poll(() => records).toMatchObject([{ operation: "passthrough", model: "m", tokens: { input: 3 } }]);
	});

	test("the upstream is left when the client leaves in the middle of its upload", async () => {
		const { host, gateway } = await scene();
		const gone = host.nextAbort();
		const sent = request(`${gateway.url}/v1/jobs`, {
			method: "POST",
			headers: { "content-type": "application/octet-stream", "content-length": "1000000" },
		});
		sent.on("error", () => {});
		sent.write(Buffer.alloc(1000));
		await once(host.server, "request");
		sent.destroy();
		await gone;
		expect(host.received).toEqual([]);
	});
});

describe("what a host may have done is not asked for twice", () => {
	const failing: HostAnswer = (_request, response) => sendJson(response, { error: { message: "no" } }, 500);

	test.each([
		["a POST", { ...json({ model: "m" }) }, 1],
		["an upload", { method: "PUT", body: Buffer.from("x"), headers: { "content-type": "text/csv" } }, 1],
		["a GET, which is repeated", { method: "GET" }, 2],
	])("%s", async (_what, init, times) => {
		const { host, gateway } = await scene({ answer: failing });
		expect((await fetch(`${gateway.url}/v1/jobs`, init)).status).toBe(500);
		expect(host.received).toHaveLength(times);
	});

	test("an upload goes to the next target while nothing of it was read", async () => {
		const dead = await startAiHost(echo);
		await dead.close();
		const host = await startAiHost(echo);
		onTestFinished(() => host.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("a", dead.url), upstream("b", host.url)],
			routes: [route(["a", "b"], { models: ["*"], passthrough: ["/v1/jobs"] })],
		});
		const answer = await fetch(`${gateway.url}/v1/jobs`, {
			method: "POST",
			headers: { "content-type": "text/csv" },
			body: "a;b",
		});
		expect(await answer.json()).toMatchObject({ body: "a;b" });
	});
});

describe("only what is listed passes", () => {
	test.each([
		"/v1/jobsx",
		"/v1/other",
		"/v1/jobs/../admin",
		"/v1/jobs/%2e%2e/admin",
		"/v1/jobs/..;/admin",
		"/v1/jobs/.%2e/admin",
		"/v1/jobs/%252e%252e/admin",
		"/v1/jobs/a%2fb",
		"/v1/jobs/a%5cb",
		"/v1/jobs/%00",
		"/v1/jobs/%0d%0ax:y",
		"/v1/jobs/%zz",
		"/v1/jobs/..%c0%afadmin",
		"//evil.example/v1/jobs/../x",
		"/V1/jobs",
	])("not %s", async (path) => {
		const { host, gateway } = await scene();
		const { status } = await sendRaw(
			gateway.port,
			`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
		);
		expect([400, 404]).toContain(status);
		expect(host.received).toEqual([]);
	});

	test("a URL of another host in the request line changes nothing about where it goes", async () => {
		const { host, gateway } = await scene();
		const bytes = "GET http://localhost/v1/jobs/1 HTTP/1.1\r\nhost: other.example\r\nconnection: close\r\n\r\n";
		expect((await sendRaw(gateway.port, bytes)).status).toBe(200);
		expect(host.received).toMatchObject([{ url: "/v1/jobs/1", headers: { host: new URL(host.url).host } }]);
	});

	test("slashes that say nothing are left out", async () => {
		const { host, gateway } = await scene();
		await fetch(`${gateway.url}/v1//jobs//evil.example/`);
		expect(host.received[0]?.url).toBe("/v1/jobs/evil.example");
	});

	test.each([
		"content-length: 4\r\ntransfer-encoding: chunked",
		"content-length: 4\r\ncontent-length: 5",
		"transfer-encoding: chunked, identity",
		"transfer-encoding : chunked",
	])("no body whose end is read in two ways: %j", async (framing) => {
		const { host, gateway } = await scene();
		const bytes = `POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n${framing}\r\n\r\n0\r\n\r\nGET /v1/admin HTTP/1.1\r\n\r\n`;
		expect((await sendRaw(gateway.port, bytes)).status).toBeGreaterThanOrEqual(400);
		expect(host.received).toEqual([]);
	});

	test("no other method, and no WebSocket", async () => {
		const { host, gateway } = await scene();
		const bytes = (method: string, more = "") =>
			`${method} /v1/jobs HTTP/1.1\r\nhost: localhost\r\n${more}connection: ${more ? "upgrade" : "close"}\r\n\r\n`;
		expect((await sendRaw(gateway.port, bytes("TRACE"))).status).toBe(405);
		expect((await sendRaw(gateway.port, bytes("PROPFIND"))).status).toBe(405);
		const upgrade =
			"upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
		expect((await sendRaw(gateway.port, bytes("GET", upgrade))).status).toBe(426);
		expect(host.received).toEqual([]);
	});

	test("the gateway's own paths keep their meaning, with each of their methods", async () => {
		const { host, gateway } = await scene({ route: { passthrough: ["/v1", "/ui", "/healthz"] } });
		expect((await fetch(`${gateway.url}/v1/models`, { method: "DELETE" })).status).toBe(405);
		expect((await fetch(`${gateway.url}/v1/admin/keys`)).status).toBe(401);
		expect((await fetch(`${gateway.url}/v1//admin/keys/`)).status).toBe(401);
		expect((await fetch(`${gateway.url}/v1/admin/keys/key_x`, { method: "PUT" })).status).toBe(405);
		await fetch(`${gateway.url}/ui`, { method: "POST" });
		expect(host.received).toEqual([]);
	});
});

describe("a key", () => {
	test("needs the permission, the route and the model", async () => {
		const { host, gateway } = await scene();
		const passthrough = { permissions: ["api", "passthrough"] };
		const made = {
			plain: await addKey(gateway),
			passing: await addKey(gateway, { ...passthrough, name: "passing" }),
			elsewhere: await addKey(gateway, { ...passthrough, name: "elsewhere", routes: ["other"] }),
			small: await addKey(gateway, { ...passthrough, name: "small", models: ["small"] }),
		};
		const ask = (who: keyof typeof made | undefined, init: RequestInit = {}, query = "") => {
			const headers = { ...init.headers, ...(who && { authorization: `Bearer ${made[who].secret}` }) };
			return fetch(`${gateway.url}/v1/jobs${query}`, { ...init, headers });
		};
		expect((await ask(undefined)).status).toBe(401);
		expect(await errorOf(await ask("plain"))).toMatchObject({ code: "permission_denied" });
		expect(await errorOf(await ask("elsewhere"))).toMatchObject({ code: "route_not_allowed" });
		expect(await errorOf(await ask("small", json({ model: "large" })))).toMatchObject({ code: "model_not_allowed" });
		expect(await errorOf(await ask("small"))).toMatchObject({ code: "model_not_allowed" });
		const other = await ask("small", json({ model: "small" }), "?model=small&model=large");
		expect(await errorOf(other)).toMatchObject({ code: "model_not_allowed" });
		expect(host.received).toEqual([]);
		expect((await ask("passing")).status).toBe(200);
		expect((await ask("small", json({ model: "small" }))).status).toBe(200);
		expect(host.received.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
	});

	test("is held to its limit of requests", async () => {
		const { gateway } = await scene();
		const { secret } = await addKey(gateway, { permissions: ["passthrough"], limits: { requests_per_minute: 1 } });
		const ask = () => fetch(`${gateway.url}/v1/jobs`, { headers: { authorization: `Bearer ${secret}` } });
		expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
	});

	test("pays the tokens that the answer names", async () => {
		const { gateway } = await scene();
		const { secret } = await addKey(gateway, { permissions: ["passthrough"], limits: { tokens_per_day: 5 } });
		const ask = () => fetch(`${gateway.url}/v1/jobs`, { headers: { authorization: `Bearer ${secret}` } });
		expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
		await expect.poll(async () => (await ask()).status).toBe(429);
	});
});

describe("of several routes that let a path pass", () => {
	const twoRoutes = async () => {
		const hosts = await Promise.all([startAiHost(echo), startAiHost(echo)]);
		onTestFinished(() => Promise.all(hosts.map((host) => host.close())).then(() => {}));
		const [a, b] = hosts;
		const gateway = await gatewayWith({
			upstreams: [upstream("a", a.url), upstream("b", b.url)],
			routes: [
				route(["a"], { models: ["one"], passthrough: ["/v1/jobs"] }),
				route(["b"], { models: ["two"], passthrough: ["/v1/jobs", "/v1/jobs/deep"] }),
				route(["a"], { models: ["three"] }),
			],
		});
		return { gateway, asked: () => hosts.map(({ received }) => received.length) };
	};

	test("the model of a JSON body says which", async () => {
		const { gateway, asked } = await twoRoutes();
		await fetch(`${gateway.url}/v1/jobs`, json({ model: "two" }));
		expect(asked()).toEqual([0, 1]);
		const other = await fetch(`${gateway.url}/v1/jobs`, json({ model: "three" }));
		expect([other.status, (await errorOf(other)).code]).toEqual([404, "model_not_found"]);
	});

	test("it is renamed as the target says, and not put where there is none", async () => {
		const { host, gateway } = await scene({ route: route(["a/real"], { passthrough: ["/v1/jobs"] }) });
		await fetch(`${gateway.url}/v1/jobs`, json({ model: "test-model", n: 1 }));
		await fetch(`${gateway.url}/v1/jobs`, json({ n: 1 }));
		expect(host.received.map(({ body }) => body.toString())).toEqual(['{"model":"real","n":1}', '{"n":1}']);
	});

	test("the first has what names no model", async () => {
		const { gateway, asked } = await twoRoutes();
		await fetch(`${gateway.url}/v1/jobs`);
		expect(asked()).toEqual([1, 0]);
	});

	test("the longest path wins", async () => {
		const { gateway, asked } = await twoRoutes();
		await fetch(`${gateway.url}/v1/jobs/deep/1`);
		expect(asked()).toEqual([0, 1]);
	});
});

describe("in the configuration file", () => {
	const file = (paths: string) =>
		`upstreams: {a: {url: "http://127.0.0.1:1"}}\nroutes: [{model: "*", targets: [a], passthrough: ${paths}}]\n`;

	test.each([
		"[/v1/jobs/]",
		"[v1/jobs]",
		"[/v1/../x]",
		"[/]",
		"['/v1/*']",
		'["/v1/a%2fb"]',
		'["http://evil.example/"]',
		"[]",
	])("%s is refused", async (paths) => {
		expect(await problemsIn(file(paths))).toContainEqual(expect.stringContaining("passthrough"));
	});

	test("a list of paths is read", async () => {
		const one = firstRoute(await settingsFrom(file("[/v1/jobs, /v2/x-y.z]")));
		expect(one.passthrough).toEqual(["/v1/jobs", "/v2/x-y.z"]);
	});
});
