/** `/metrics` tells of all keys, models and upstreams: where there are keys, it needs a permission of its own. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, postChat } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";

async function setUp(flags: Record<string, unknown> = {}) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, flags);
	const scrape = (secret?: string, header = "authorization") =>
		fetch(`${gateway.url}/metrics`, {
			headers: secret === undefined ? {} : { [header]: header === "authorization" ? `Bearer ${secret}` : secret },
		});
	return { gateway, scrape };
}

test("a key without it is refused, one with it is for nothing else unless it says so", async () => {
	const { gateway, scrape } = await setUp();
	expect((await scrape()).status).toBe(200);
	const [usual, scraper, both] = [
		await addKey(gateway, { name: "usual" }),
		await addKey(gateway, { name: "scraper", permissions: ["metrics"] }),
		await addKey(gateway, { name: "both", permissions: ["metrics", "api"] }),
	];
	expect((await scrape()).status).toBe(401);
	const refused = await scrape(usual.secret);
	expect([refused.status, (await errorOf(refused)).code]).toEqual([403, "permission_denied"]);
	expect((await scrape(scraper.secret)).status).toBe(200);
	expect((await scrape(scraper.secret, "x-api-key")).status).toBe(200);
	expect((await scrape(both.secret)).status).toBe(200);
	const chat = async (secret: string) =>
		(await postChat(gateway.baseUrl, hello, { authorization: `Bearer ${secret}` })).status;
	expect(await chat(usual.secret)).toBe(200);
	expect(await chat(scraper.secret)).toBe(403);
	expect(await chat(both.secret)).toBe(200);
	for (const path of ["/models", "/usage", "/prompts", "/chat/completions"]) {
		const headers = { authorization: `Bearer ${scraper.secret}` };
		expect([path, (await fetch(gateway.baseUrl + path, { headers })).status]).toEqual([path, 403]);
	}
});

test("administrators have it, and give it by the API", async () => {
	const adminKey = "an-administrator-of-tests";
	const { gateway, scrape } = await setUp({ "admin-key": adminKey });
	const administer = async (method: string, path: string, body: object) => {
		const response = await fetch(`${gateway.baseUrl}/admin/keys${path}`, {
			method,
			headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		return { status: response.status, body: (await response.json()) as { secret: string; permissions: unknown } };
	};
	const { body } = await administer("POST", "", { name: "scraper", permissions: ["metrics"] });
	expect(body.permissions).toEqual(["metrics"]);
	expect((await scrape(adminKey)).status).toBe(200);
	expect((await scrape(body.secret)).status).toBe(200);
	expect((await administer("POST", "/scraper", { permissions: null })).body.permissions).toBeNull();
	expect((await scrape(body.secret)).status).toBe(403);
	for (const permissions of [[], ["all"], ["metrics", "metrics"], "metrics"])
		expect((await administer("POST", "/scraper", { permissions })).status).toBe(400);
});
