/** Who may read an administrator's pages without a credential with `--local-admin`. */
import { request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { hashOf, newSecret } from "../../src/keys/secret.js";
import { startAiHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { addKey, someAdmin } from "../kit/keys.js";
import { sendRaw } from "../kit/rawHttp.js";

async function gatewayWith(flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const host = await startAiHost();
	const gateway = await startGateway(host.url, { "local-admin": true, ...flags });
	onTestFinished(async () => {
		await gateway.stop();
		await host.close();
	});
	return gateway;
}

/** The status, to a request whose headers are these alone. */
function ask(
	{ port }: TestGateway,
	headers: Record<string, string> = {},
	{ method = "GET", path = "/v1/admin/keys" } = {},
): Promise<number> {
	return new Promise((resolve, reject) => {
		request(
			{ host: "127.0.0.1", port, method, path, headers: { host: `127.0.0.1:${port}`, ...headers } },
			(response) => {
				response.resume();
				resolve(response.statusCode ?? 0);
			},
		)
			.once("error", reject)
			.end();
	});
}

test.each(["/v1/admin/keys", "/v1/admin/audit", "/v1/admin/overview"])("%s can be read", async (path) => {
	expect(await ask(await gatewayWith(), {}, { path })).toBe(200);
});

test.each(["127.0.0.1", "localhost", "localhost:42069", "LOCALHOST:1", "[::1]:42069", "127.8.9.10:80"])(
	"by the name %s",
	async (host) => {
		expect(await ask(await gatewayWith(), { host })).toBe(200);
	},
);

test("by the page itself, as browsers say it", async () => {
	const gateway = await gatewayWith();
	const origin = `http://127.0.0.1:${gateway.port}`;
	expect(await ask(gateway, { "sec-fetch-site": "same-origin" })).toBe(200);
	expect(await ask(gateway, { "sec-fetch-site": "same-origin", origin })).toBe(200);
	expect(await ask(gateway, { "sec-fetch-site": "none" })).toBe(200);
});

describe("not", () => {
	test.each([
		["by a name that was made to mean this machine", { host: "rebound.example" }],
		["by one that only begins like it", { host: "127.0.0.1.example:80" }],
		["by one that only begins like localhost", { host: "localhost.example" }],
		["by another address", { host: "10.0.0.1" }],
		["by the page of another site", { "sec-fetch-site": "cross-site" }],
		["by the page of another port of this machine", { "sec-fetch-site": "same-site" }],
		["by another origin", { origin: "http://evil.example" }],
		["by another port's origin", { origin: "http://127.0.0.1:1" }],
		["by a page without an origin", { origin: "null" }],
		["by a proxy for somebody else", { "x-forwarded-for": "203.0.113.9" }],
		["by a proxy that says so as in RFC 7239", { forwarded: "for=203.0.113.9" }],
		["by a proxy that names itself", { via: "1.1 proxy" }],
		...[
			"x-forwarded-host",
			"x-forwarded-proto",
			"x-forwarded-anything",
			"x-real-ip",
			"x-client-ip",
			"true-client-ip",
			"cf-connecting-ip",
			"cf-ray",
			"x-envoy-external-address",
			"fly-client-ip",
			"x-amzn-trace-id",
			"x-amz-cf-id",
			"cdn-loop",
			"x-original-forwarded-for",
			"x-cluster-client-ip",
			"fastly-client-ip",
			"x-azure-clientip",
		].map((name): [string, Record<string, string>] => [`by a proxy that says ${name}`, { [name]: "1" }]),
		["with a credential that is none", { authorization: "Bearer of-something-else" }],
		["with one in another header", { "x-api-key": "of-something-else" }],
	])("%s", async (_name, headers) => {
		expect([401, 403]).toContain(await ask(await gatewayWith(), headers as unknown as Record<string, string>));
	});

	test("where something would be changed", async () => {
		const gateway = await gatewayWith();
		expect(await ask(gateway, { "content-type": "application/json" }, { method: "POST" })).toBe(401);
		expect(await ask(gateway, {}, { method: "DELETE", path: "/v1/admin/keys/any" })).toBe(401);
	});

	test("where the operator has not said so", async () => {
		expect(await ask(await gatewayWith({ "local-admin": false }))).toBe(401);
	});

	test("by HTTP/1.0, which nginx speaks to what it passes requests on to", async () => {
		const { port } = await gatewayWith();
		const head = `GET /v1/admin/keys HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
		expect((await sendRaw(port, head)).status).toBe(401);
	});

	test.each([
		["where there is a credential for administrators", { "admin-key": "an-administrator-of-tests" }],
		["where keys are required", { "require-keys": true }],
		["where others can reach it", { bindip: "0.0.0.0" }],
		["behind a proxy that is trusted", { "trust-proxy": "1" }],
	])("%s", async (_name, flags) => {
		expect(await ask(await gatewayWith(flags))).toBe(401);
	});

	test("where there is a key, and also when it is revoked", async () => {
		const gateway = await gatewayWith();
		expect(await ask(gateway)).toBe(200);
		const { record } = await addKey(gateway);
		expect(await ask(gateway)).toBe(401);
		await gateway.gateway.services.store.keys.revoke(record.id, someAdmin);
		await gateway.gateway.services.keys.changed();
		expect(await ask(gateway)).toBe(401);
	});

	test("where a credential for administrators is in the store", async () => {
		const gateway = await gatewayWith();
		await gateway.gateway.services.store.keys.addAdmin(hashOf(newSecret("admin")), someAdmin);
		await gateway.gateway.services.keys.changed();
		expect(await ask(gateway)).toBe(401);
	});
});
