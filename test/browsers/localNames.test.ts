/** Which names and pages a gateway without keys answers to. */
import { request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { sendRaw } from "../kit/rawHttp.js";

async function gatewayWith(flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const host = await startAiHost();
	const gateway = await startGateway(host.url, flags);
	onTestFinished(async () => {
		await gateway.stop();
		await host.close();
	});
	return gateway;
}

interface Reply {
	status: number;
	error: { message: string; type: string; code: string; param: unknown } | undefined;
}

/** A request whose headers are these alone, and `host`. */
function ask(
	{ port }: TestGateway,
	headers: Record<string, string> = {},
	{ method = "GET", path = "/v1/models" } = {},
): Promise<Reply> {
	return new Promise((resolve, reject) => {
		request(
			{ host: "127.0.0.1", port, method, path, headers: { host: `127.0.0.1:${port}`, ...headers } },
			(response) => {
				let body = "";
				response.setEncoding("utf8").on("data", (piece: string) => {
					body += piece;
				});
				response.on("end", () => {
					const isJson = /json/.test(response.headers["content-type"] ?? "");
					resolve({
						status: response.statusCode ?? 0,
						error: isJson && body !== "" ? (JSON.parse(body) as Partial<Reply>).error : undefined,
					});
				});
			},
		)
			.once("error", reject)
			.end();
	});
}

const everything: [method: string, path: string][] = [
	["GET", "/v1/models"],
	["POST", "/v1/chat/completions"],
	["GET", "/v1/chat/completions"],
	["GET", "/v1/prompts"],
	["DELETE", "/v1/prompts/any"],
	["POST", "/v1/prompts/any/restore"],
	["GET", "/v1/usage"],
	["GET", "/v1/admin/keys"],
	["GET", "/metrics"],
	["GET", "/ui"],
	["GET", "/docs"],
	["GET", "/openapi.json"],
	["GET", "/openapi.yaml"],
	["GET", "/healthz"],
	["GET", "/readyz"],
	["OPTIONS", "/v1/models"],
	["GET", "/nothing"],
];

test.each(everything)("%s %s is refused by a name that was made to mean this machine", async (method, path) => {
	const gateway = await gatewayWith();
	const { status, error } = await ask(gateway, { host: `evil.example:${gateway.port}` }, { method, path });
	expect(status).toBe(403);
	expect(error).toMatchObject({ code: "host_not_allowed", param: null });
	expect(error?.message).toContain("--allowed-host evil.example");
});

test.each([
	"localhost",
	"localhost:42069",
	"LOCALHOST:1",
	"localhost.",
	"app.localhost:3000",
	"127.0.0.1",
	"127.8.9.10:80",
	"[::1]:42069",
	"[0:0:0:0:0:0:0:1]",
	"[::ffff:127.0.0.1]:42069",
	"[::ffff:7f00:1]",
])("it answers to %s", async (host) => {
	expect((await ask(await gatewayWith(), { host })).status).toBe(200);
});

test.each([
	"evil.example",
	"localhost.evil.example",
	"127.0.0.1.evil.example:80",
	"evillocalhost",
	"127.0.0.1.nip.io",
	"127.evil",
	"10.0.0.1",
	"192.168.1.5:42069",
	"[::ffff:10.0.0.1]",
	"[fe80::1]",
	"0.0.0.0",
	"2130706433",
])("it does not answer to %s", async (host) => {
	expect((await ask(await gatewayWith(), { host })).error?.code).toBe("host_not_allowed");
});

test("an absolute target's name counts as the host's does", async () => {
	const { port } = await gatewayWith();
	const answer = await sendRaw(
		port,
		"GET http://evil.example/v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
	);
	expect(answer.status).toBeGreaterThanOrEqual(400);
	expect(answer.status).toBeLessThan(500);
});

test("a client of HTTP/1.0 may name no host at all", async () => {
	const { port } = await gatewayWith();
	expect((await sendRaw(port, "GET /healthz HTTP/1.0\r\n\r\n")).status).toBe(200);
});

describe("origins", () => {
	test.each([
		"http://evil.example",
		"https://evil.example:8443",
		"http://localhost.evil.example",
		"http://10.0.0.1",
		"null",
		"http://user@localhost",
		"null, http://localhost",
		"",
	])("a page of '%s' is refused", async (origin) => {
		const gateway = await gatewayWith();
		for (const [method, path] of everything) {
			const { status, error } = await ask(gateway, { origin }, { method, path });
			expect([method, path, status, error?.code]).toEqual([method, path, 403, "origin_not_allowed"]);
		}
	});

	test.each(["http://localhost:3000", "http://127.0.0.1:42069", "http://[::1]:80", "tauri://localhost"])(
		"a page of %s may read",
		async (origin) => {
			expect((await ask(await gatewayWith(), { origin })).status).toBe(200);
		},
	);

	test("a page that --cors-origin names may use it", async () => {
		const gateway = await gatewayWith({ "cors-origin": ["https://app.example", "null"] });
		for (const origin of ["https://app.example", "null"]) expect((await ask(gateway, { origin })).status).toBe(200);
		expect((await ask(gateway, { origin: "https://other.example" })).status).toBe(403);
	});
});

describe("what needs no body", () => {
	const restore = { method: "POST", path: "/v1/prompts/any/restore" };
	const crossSite = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };

	test.each([
		["another site, as the browser says it", crossSite],
		["another port of this machine", { origin: "http://localhost:3000" }],
		["another port, as the browser says it", { "sec-fetch-site": "same-site" }],
	])("is refused to a page of %s", async (_name, headers) => {
		const { status, error } = await ask(await gatewayWith(), headers as unknown as Record<string, string>, restore);
		expect([status, error?.code]).toEqual([403, "origin_not_allowed"]);
	});

	test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "TEXT/PLAIN"])(
		"is refused as %s, which a form can send",
		async (type) => {
			expect((await ask(await gatewayWith(), { "content-type": type }, restore)).status).toBe(415);
		},
	);

	test("is done for curl, for an SDK and for the gateway's own page", async () => {
		const gateway = await gatewayWith();
		const own = `http://127.0.0.1:${gateway.port}`;
		for (const headers of [
			{},
			{ "content-type": "application/json" },
			{ origin: own, "sec-fetch-site": "same-origin" },
		] as Record<string, string>[])
			expect((await ask(gateway, headers, restore)).error?.code).toBe("prompt_not_found");
	});
});

describe("--allowed-host", () => {
	test.each([
		["llm.example.com", "llm.example.com", 200],
		["LLM.example.com", "llm.EXAMPLE.com:8443", 200],
		["llm.example.com", "other.example.com", 403],
		["*.example.com", "llm.example.com", 200],
		["*.example.com", "example.com", 403],
		["*.example.com", "evilexample.com", 403],
		["10.0.0.1", "10.0.0.1:80", 200],
		["[fe80::1]", "[fe80::1]:80", 200],
		["*", "any.example", 200],
	])("%s: %s is answered with %d", async (allowed, host, status) => {
		const gateway = await gatewayWith({ "allowed-host": ["first.example", allowed] });
		expect((await ask(gateway, { host })).status).toBe(status);
		expect((await ask(gateway)).status).toBe(200);
	});

	test("its page may use the gateway, also by a proxy that doesn't pass on the name", async () => {
		const gateway = await gatewayWith({ "allowed-host": "llm.example.com" });
		const origin = "https://llm.example.com";
		const restore = { method: "POST", path: "/v1/prompts/any/restore" };
		for (const headers of [{ origin, host: "llm.example.com" }, { origin }])
			expect((await ask(gateway, headers, restore)).status).toBe(404);
	});
});

describe("an address that others can reach", () => {
	test("over loopback it is the same", async () => {
		const gateway = await gatewayWith({ bindip: "0.0.0.0" });
		expect((await ask(gateway, { host: "evil.example" })).status).toBe(403);
		expect((await ask(gateway, { host: "localhost" })).status).toBe(200);
	});
});

test.each([
	["--require-keys", { "require-keys": true }],
	["a key", {}],
])("with %s any name will do, since a page has none", async (name, flags) => {
	const gateway = await gatewayWith(flags);
	const { secret } = await addKey(gateway);
	const headers = { host: "llm.example.com", origin: "https://app.example" };
	expect((await ask(gateway, { ...headers, authorization: `Bearer ${secret}` })).status, name).toBe(200);
	expect((await ask(gateway, headers)).status).toBe(401);
});
