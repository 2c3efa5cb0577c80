/** The administrator's credential: which one counts, and how it is compared. */
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { hashOf, newSecret } from "../../src/keys/secret.js";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor } from "../kit/gateway.js";
import { someAdmin } from "../kit/keys.js";

/** Lengths of what was compared in constant time. */
const compared: [number, number][] = vi.hoisted(() => []);
vi.mock("node:crypto", async (original) => {
	const crypto = await original<typeof import("node:crypto")>();
	return {
		...crypto,
		timingSafeEqual(one: Buffer, other: Buffer) {
			compared.push([one.length, other.length]);
			return crypto.timingSafeEqual(one, other);
		},
	};
});
beforeEach(() => {
	compared.length = 0;
});

const adminKey = "an-administrator-of-tests";

async function gatewayWith(flags: Record<string, unknown>) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, flags);
	const ask = (credential: string | undefined) =>
		fetch(`${gateway.baseUrl}/admin/keys`, {
			headers: credential === undefined ? {} : { authorization: `Bearer ${credential}` },
		});
	return { gateway, ask };
}

test.each(["", "x", adminKey.slice(0, -1), `${adminKey}x`, adminKey.toUpperCase(), "x".repeat(10_000)])(
	"%s is refused by a comparison of hashes that takes the same time for all",
	async (credential) => {
		const { ask } = await gatewayWith({ "admin-key": adminKey });
		const response = await ask(credential);
		expect([response.status, (await errorOf(response)).code]).toEqual([401, "invalid_admin_key"]);
		expect(compared).toEqual(credential === "" ? [] : [[64, 64]]);
	},
);

test("the right one is compared in the same way", async () => {
	const { ask } = await gatewayWith({ "admin-key": adminKey });
	expect((await ask(adminKey)).status).toBe(200);
	expect(compared).toEqual([[64, 64]]);
});

test("without one the administration is closed, also where there are no keys", async () => {
	const { ask } = await gatewayWith({});
	const response = await ask("anything");
	expect(response.status).toBe(401);
	expect((await errorOf(response)).message).toContain("Start it with LLMW_ADMIN_KEY, or with --require-keys");
});

test("a gateway's own key is no administrator's", async () => {
	const { gateway, ask } = await gatewayWith({ "admin-key": adminKey });
	const made = await fetch(`${gateway.baseUrl}/admin/keys`, {
		method: "POST",
		headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
		body: JSON.stringify({ name: "bot" }),
	});
	const { secret } = (await made.json()) as { secret: string };
	expect((await ask(secret)).status).toBe(401);
	const chat = { method: "POST", headers: { authorization: `Bearer ${adminKey}` } };
	expect((await fetch(`${gateway.baseUrl}/chat/completions`, chat)).status).toBe(401);
});

test("the stored one counts until another is given", async () => {
	const stored = newSecret("admin");
	const own = await gatewayWith({});
	await own.gateway.gateway.services.store.keys.addAdmin(hashOf(stored), someAdmin);
	await own.gateway.gateway.services.keys.changed();
	expect((await own.ask(stored)).status).toBe(200);
	const given = await gatewayWith({ "admin-key": adminKey });
	await given.gateway.gateway.services.store.keys.addAdmin(hashOf(stored), someAdmin);
	await given.gateway.gateway.services.keys.changed();
	expect((await given.ask(stored)).status).toBe(401);
	expect((await given.ask(adminKey)).status).toBe(200);
});
