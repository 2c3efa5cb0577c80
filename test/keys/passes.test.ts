/** Passes: what the gateway's own user shows in place of the administrator's credential, and what a link becomes. */
import { expect, onTestFinished, test } from "vitest";
import { issuePass, newPassSecret } from "../../src/keys/passes/pass.js";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, jsonOf, startGateway, type TestGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";

async function gatewayWith(flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const host = await startAiHost();
	const gateway = await startGateway(host.url, flags);
	onTestFinished(async () => {
		await gateway.stop();
		await host.close();
	});
	return gateway;
}

function administer({ baseUrl }: TestGateway, credential: string, method = "GET", path = "/admin/keys", body?: object) {
	return fetch(baseUrl + path, {
		method,
		headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
}

function exchange({ baseUrl }: TestGateway, link: string) {
	return fetch(`${baseUrl}/admin/session`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ link }),
	});
}

test.each([
	["without keys", {}],
	["where keys are required", { "require-keys": true }],
])("a command's pass makes keys %s, and the audit says who it was", async (_name, flags) => {
	const gateway = await gatewayWith(flags);
	const pass = gateway.passes.issue("command");
	expect((await administer(gateway, pass, "POST", "/admin/keys", { name: "first" })).status).toBe(200);
	const { data } = await jsonOf<{ data: { actor: { name: string } }[] }>(
		await administer(gateway, pass, "GET", "/admin/audit"),
	);
	expect(data[0]?.actor.name).toBe("local:tester");
});

test("beside a credential that was set no pass counts", async () => {
	const gateway = await gatewayWith({ "admin-key": "an-administrator-of-tests" });
	for (const kind of ["command", "session"] as const)
		expect((await administer(gateway, gateway.passes.issue(kind))).status).toBe(401);
});

test.each(["/admin/keys", "/admin/audit", "/admin/overview", "/admin/requests"])(
	"%s needs a credential on a gateway without keys",
	async (path) => {
		const { baseUrl } = await gatewayWith();
		const response = await fetch(baseUrl + path);
		expect(response.status).toBe(401);
		expect((await errorOf(response)).message).toContain("llmw ui");
	},
);

test("a link is exchanged once, and for what works", async () => {
	const gateway = await gatewayWith();
	const link = gateway.passes.issue("link");
	expect((await administer(gateway, link)).status).toBe(401);
	const first = await exchange(gateway, link);
	expect(first.status).toBe(200);
	expect(first.headers.get("cache-control")).toBe("no-store");
	const { credential, expires_at } = await jsonOf<{ credential: string; expires_at: number }>(first);
	expect(expires_at * 1000).toBeGreaterThan(Date.now());
	expect((await administer(gateway, credential)).status).toBe(200);
	const second = await exchange(gateway, link);
	expect([second.status, (await errorOf(second)).code]).toEqual([401, "invalid_link"]);
	expect((await exchange(gateway, gateway.passes.issue("link"))).status).toBe(200);
});

test("of many who use a link at once, one gets a session", async () => {
	const gateway = await gatewayWith();
	const link = gateway.passes.issue("link");
	const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await exchange(gateway, link)).status));
	expect(statuses.filter((status) => status === 200)).toHaveLength(1);
});

test("no pass but this gateway's own works, nor one that has ended or was changed", async () => {
	const gateway = await gatewayWith();
	const { secret } = gateway.passes;
	const now = Date.now();
	const pass = issuePass(secret, "command", "tester", now);
	const [text = "", signed = ""] = pass.slice("llmw-pass-".length).split(".");
	const forged = Buffer.from(Buffer.from(text, "base64url").toString().replace("command", "session")).toString(
		"base64url",
	);
	for (const credential of [
		issuePass(newPassSecret(), "command", "tester", now),
		issuePass(secret, "command", "tester", now - 3_600_001),
		issuePass(secret, "session", "tester", now - 12 * 3_600_000 - 1),
		`llmw-pass-${forged}.${signed}`,
		`llmw-pass-${text}`,
		`llmw-pass-${text}.`,
		"llmw-pass-",
		"llmw-pass-.",
		`${pass}x`,
	]) {
		expect([credential, (await administer(gateway, credential)).status]).toEqual([credential, 401]);
		expect((await exchange(gateway, credential)).status).toBe(401);
	}
	expect((await exchange(gateway, issuePass(secret, "link", "tester", now - 600_001))).status).toBe(401);
});

test("a pass is no key", async () => {
	const gateway = await gatewayWith();
	await addKey(gateway);
	for (const kind of ["command", "session", "link"] as const)
		expect((await administer(gateway, gateway.passes.issue(kind), "GET", "/models")).status).toBe(401);
});
