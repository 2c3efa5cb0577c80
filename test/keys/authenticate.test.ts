/** Which credentials are accepted, and what a key may do: a gateway in this process in front of an upstream that records requests. */
import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { hashedSecret, newSecret } from "../../src/keys/secret.js";
import type { NewKey } from "../../src/store/keyTypes.js";
import { startAiHost, type TestHost } from "../kit/aiHost.js";
import {
	errorOf,
	gatewayFor,
	hello,
	jsonOf,
	postChat,
	startGateway,
	type TestGateway,
	temporaryFile,
} from "../kit/gateway.js";
import { addKey, someAdmin } from "../kit/keys.js";
import { route, upstream } from "../kit/routing.js";

async function hostFor(): Promise<TestHost> {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return host;
}

async function gatewayWithKey(given: Partial<NewKey> = {}, flags: Record<string, unknown> = {}) {
	const host = await hostFor();
	const gateway = await gatewayFor(host, flags);
	return { host, gateway, ...(await addKey(gateway, given)) };
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const seconds = () => Math.floor(Date.now() / 1000);

async function refusalOf(response: Response): Promise<[number, string | null]> {
	return [response.status, (await errorOf(response)).code];
}

/** Changes a key behind the API's back, in a way that only time can. */
async function changed({ gateway }: TestGateway, id: string, change: Partial<NewKey>): Promise<void> {
	await gateway.services.store.keys.update(id, change, someAdmin);
	await gateway.services.keys.changed();
}

describe("without keys", () => {
	test("everybody passes, and the client's own credential goes on to the host as before", async () => {
		const host = await hostFor();
		const gateway = await gatewayFor(host);
		expect((await postChat(gateway.baseUrl, hello, bearer("sk-client"))).status).toBe(200);
		expect(host.received[0]?.headers.authorization).toBe("Bearer sk-client");
	});

	test("with --require-keys nobody passes", async () => {
		const host = await hostFor();
		const gateway = await gatewayFor(host, { "require-keys": true });
		const response = await postChat(gateway.baseUrl, hello);
		expect(response.headers.get("www-authenticate")).toBe("Bearer");
		expect(await errorOf(response)).toMatchObject({
			message: expect.stringContaining("You didn't provide an API key."),
			type: "authentication_error",
			code: "invalid_api_key",
		});
		expect(host.received).toEqual([]);
	});
});

describe("with a key", () => {
	test.each([
		["Authorization", (secret: string) => ({ Authorization: `Bearer ${secret}` })],
		["authorization, in another case and with spaces", (secret: string) => ({ authorization: `bearer   ${secret} ` })],
		["x-api-key", (secret: string) => ({ "x-api-key": secret })],
		["api-key", (secret: string) => ({ "api-key": secret })],
		["api-key beside another's x-api-key", (secret: string) => ({ "x-api-key": "sk-1", "api-key": secret })],
	])("it is taken from %s, and no credential reaches the host", async (_name, headers) => {
		const { host, gateway, secret } = await gatewayWithKey();
		const response = await postChat(gateway.baseUrl, hello, { ...headers(secret), "x-goog-api-key": secret });
		expect(response.status).toBe(200);
		const [received] = host.received;
		expect(JSON.stringify(received?.rawHeaders)).not.toContain(secret);
		for (const name of ["authorization", "x-api-key", "api-key", "x-goog-api-key"])
			expect(received?.headers[name]).toBeUndefined();
	});

	test("it doesn't reach an upstream that gets clients' credentials either, also for its list of models", async () => {
		const host = await hostFor();
		const routing = {
			upstreams: [upstream("a", `${host.url}/v1`, { key: undefined, forwardsCredential: true })],
			routes: [route(["a"], { models: ["m"] }), route(["a"], { name: "all", models: ["*"] })],
		};
		const gateway = await startGateway(host.url, {}, routing);
		onTestFinished(() => gateway.stop());
		const { secret } = await addKey(gateway);
		await (await fetch(`${gateway.baseUrl}/models`, { headers: bearer(secret) })).text();
		await (await postChat(gateway.baseUrl, { ...hello, model: "m" }, bearer(secret))).text();
		expect(host.received.map(({ url }) => url)).toEqual(expect.arrayContaining(["/v1/models", "/v1/chat/completions"]));
		expect(JSON.stringify(host.received.map(({ rawHeaders }) => rawHeaders))).not.toContain(secret);
	});

	test.each<[string, Record<string, string>]>([
		["none", {}],
		["a wrong key", bearer("llmw-wrong")],
		["the key's hash", { "x-hash": "" }],
		["an empty bearer", { authorization: "Bearer " }],
		["another scheme", { authorization: "Basic dTpw" }],
		["what looks like a token", bearer("eyJhbGciOiJub25lIn0.e30.")],
	])("a request with %s is refused", async (name, headers) => {
		const { host, gateway, record } = await gatewayWithKey();
		const given = name === "the key's hash" ? bearer(record.hash) : headers;
		const response = await postChat(gateway.baseUrl, hello, given);
		expect(response.headers.get("www-authenticate")).toBe("Bearer");
		expect(await refusalOf(response)).toEqual([401, "invalid_api_key"]);
		expect(host.received).toEqual([]);
	});

	test("what is wrong with a key is said without the key", async () => {
		const { gateway } = await gatewayWithKey();
		const response = await postChat(gateway.baseUrl, hello, bearer("llmw-a-wrong-secret"));
		expect(await errorOf(response)).toMatchObject({ message: "Incorrect API key provided." });
	});

	test.each(["/healthz", "/readyz", "/openapi.json", "/openapi.yaml", "/docs", "/docs/page.js"])(
		"%s stays open",
		async (path) => {
			const { gateway } = await gatewayWithKey();
			expect((await fetch(gateway.url + path)).status).toBe(200);
		},
	);

	test("metrics are for a key that has the permission, and for administrators", async () => {
		const { gateway, secret } = await gatewayWithKey({}, { "admin-key": "administrators-credential" });
		const ask = async (headers: Record<string, string>) => (await fetch(`${gateway.url}/metrics`, { headers })).status;
		expect(await ask({})).toBe(401);
		expect(await ask(bearer(secret))).toBe(403);
		const scraper = await addKey(gateway, { name: "scraper", permissions: ["metrics"] });
		expect(await ask(bearer(scraper.secret))).toBe(200);
		expect(await ask(bearer("administrators-credential"))).toBe(200);
	});

	test("an operation that an overlay adds needs the key too", async () => {
		const overlay = temporaryFile(
			"classify.yaml",
			`overlay: 1.0.0
info: {title: t, version: "1"}
actions:
  - target: $.paths
    update: {/v1/classify: {post: {operationId: classify, x-upstream: /classify, responses: {"200": {description: ok}}}}}`,
		);
		const { gateway, secret } = await gatewayWithKey({}, { overlay: [overlay] });
		const ask = (headers: Record<string, string>) => fetch(`${gateway.baseUrl}/classify`, { method: "POST", headers });
		expect((await ask({})).status).toBe(401);
		expect((await ask(bearer(secret))).status).toBe(200);
	});

	test("one that has ended is said to have", async () => {
		const { gateway, secret } = await gatewayWithKey({ expiresAt: seconds() - 1 });
		expect(await refusalOf(await postChat(gateway.baseUrl, hello, bearer(secret)))).toEqual([401, "expired_api_key"]);
	});

	test("one that is revoked works no more, and opens the gateway to nobody", async () => {
		const { gateway, record, secret } = await gatewayWithKey();
		await gateway.gateway.services.store.keys.revoke(record.id, someAdmin);
		await gateway.gateway.services.keys.changed();
		expect(await refusalOf(await postChat(gateway.baseUrl, hello, bearer(secret)))).toEqual([401, "invalid_api_key"]);
		expect((await postChat(gateway.baseUrl, hello)).status).toBe(401);
	});

	test("a rotated one works with its new secret, and for the grace period with the one before", async () => {
		const { gateway, record, secret } = await gatewayWithKey();
		const { keys } = gateway.gateway.services.store;
		const ask = async (given: string) => (await postChat(gateway.baseUrl, hello, bearer(given))).status;
		const second = newSecret();
		await keys.rotate(record.id, hashedSecret(second), 3600, someAdmin);
		await gateway.gateway.services.keys.changed();
		expect([await ask(secret), await ask(second)]).toEqual([200, 200]);
		const third = newSecret();
		await keys.rotate(record.id, hashedSecret(third), 0, someAdmin);
		await gateway.gateway.services.keys.changed();
		expect([await ask(secret), await ask(second), await ask(third)]).toEqual([401, 401, 200]);
	});
});

describe("a key for certain things", () => {
	test.each<[string, Partial<NewKey>, object, number, string | null]>([
		["its model", { models: ["qwen-*"] }, { model: "qwen-3" }, 200, null],
		["another model", { models: ["qwen-*"] }, { model: "gpt-4o" }, 403, "model_not_allowed"],
		["its route", { routes: ["small"] }, { model: "qwen-3" }, 200, null],
		["another route", { routes: ["sm*"] }, { model: "gpt-4o" }, 403, "route_not_allowed"],
		["its address", { addresses: ["127.0.0.0/8"] }, { model: "qwen-3" }, 200, null],
		["another address", { addresses: ["10.0.0.0/8", "::1"] }, { model: "qwen-3" }, 403, "address_not_allowed"],
	])("asked for %s", async (_name, given, body, status, code) => {
		const host = await hostFor();
		const routing = {
			upstreams: [upstream("a", `${host.url}/v1`)],
			routes: [
				route(["a"], { name: "small", models: ["qwen-*"] }),
				route(["a"], { name: "large", models: ["gpt-4o"] }),
			],
		};
		const gateway = await startGateway(host.url, {}, routing);
		onTestFinished(() => gateway.stop());
		const { secret } = await addKey(gateway, given);
		const response = await postChat(gateway.baseUrl, { ...hello, ...body }, bearer(secret));
		expect(response.status).toBe(status);
		if (status === 403) expect(await errorOf(response)).toMatchObject({ type: "permission_error", code });
		expect(host.received).toHaveLength(status === 200 ? 1 : 0);
	});

	test.each([
		["of the one host", ["test-*"], ["test-model"]],
		["of the one host, when it may use none of them", ["other"], []],
	])("sees only its models in the list %s", async (_name, models, expected) => {
		const { gateway, secret } = await gatewayWithKey({ models });
		const listed = await fetch(`${gateway.baseUrl}/models`, { headers: bearer(secret) });
		expect((await jsonOf<{ data: { id: string }[] }>(listed)).data.map(({ id }) => id)).toEqual(expected);
		const one = await fetch(`${gateway.baseUrl}/models/test-model`, { headers: bearer(secret) });
		expect(one.status).toBe(expected.length > 0 ? 200 : 403);
	});

	test("sees only the models of its routes", async () => {
		const host = await hostFor();
		const routing = {
			upstreams: [upstream("a", `${host.url}/v1`)],
			routes: [route(["a"], { name: "small", models: ["tiny"] }), route(["a"], { name: "large", models: ["huge"] })],
		};
		const gateway = await startGateway(host.url, {}, routing);
		onTestFinished(() => gateway.stop());
		const { secret } = await addKey(gateway, { routes: ["small"] });
		const listed = await fetch(`${gateway.baseUrl}/models`, { headers: bearer(secret) });
		expect(await jsonOf(listed)).toMatchObject({ data: [{ id: "tiny" }] });
		expect((await fetch(`${gateway.baseUrl}/models/huge`, { headers: bearer(secret) })).status).toBe(403);
	});

	test("can be given other things to do while it is used", async () => {
		const { gateway, record, secret } = await gatewayWithKey({ models: ["a"] });
		const ask = async () => (await postChat(gateway.baseUrl, { ...hello, model: "b" }, bearer(secret))).status;
		expect(await ask()).toBe(403);
		await changed(gateway, record.id, { models: ["a", "b"] });
		expect(await ask()).toBe(200);
		await changed(gateway, record.id, { models: undefined, expiresAt: seconds() - 1 });
		expect(await ask()).toBe(401);
	});
});

test("the rate limit counts by key, wherever it is used from", async () => {
	const overlay = temporaryFile(
		"one.yaml",
		"overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-rate-limit: {max: 1, window: 1m}}}]",
	);
	const { gateway, secret } = await gatewayWithKey({}, { overlay: [overlay], "trust-proxy": 1 });
	const other = await addKey(gateway, { name: "other" });
	const ask = async (key: string, address: string) =>
		(await postChat(gateway.baseUrl, hello, { ...bearer(key), "x-forwarded-for": address })).status;
	expect(await ask(secret, "10.0.0.1")).toBe(200);
	expect(await ask(secret, "10.0.0.2")).toBe(429);
	expect(await ask(other.secret, "10.0.0.1")).toBe(200);
});

describe("whose prompts", () => {
	async function create(gateway: TestGateway, name: string, headers: Record<string, string>): Promise<number> {
		const response = await fetch(`${gateway.baseUrl}/prompts`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify({ name, ...hello }),
		});
		return response.status;
	}
	async function seen(gateway: TestGateway, headers: Record<string, string>): Promise<string[]> {
		const { data } = await jsonOf<{ data: { name: string }[] }>(await fetch(`${gateway.baseUrl}/prompts`, { headers }));
		return data.map(({ name }) => name);
	}

	test("they are the team's, of one organisation; without a team the key's", async () => {
		const gateway = await gatewayFor(await hostFor());
		const add = async (name: string, team?: string, organisation?: string) =>
			bearer((await addKey(gateway, { name, team, organisation })).secret);
		const [a, b] = [await add("a", "blue", "acme"), await add("b", "blue", "acme")];
		const [elsewhere, alone, alsoAlone] = [await add("c", "blue", "other"), await add("d"), await add("e")];
		await create(gateway, "team", a);
		await create(gateway, "own", alone);
		expect(await seen(gateway, b)).toEqual(["team"]);
		expect(await seen(gateway, elsewhere)).toEqual([]);
		expect(await seen(gateway, alone)).toEqual(["own"]);
		expect(await seen(gateway, alsoAlone)).toEqual([]);
	});

	test("what a credential stored before there were keys is reached by it, beside a key", async () => {
		const gateway = await gatewayFor(await hostFor());
		// As earlier versions stored it.
		const hash = createHash("sha256").update("llmgw owner 1\n").update("sk-former").digest("hex");
		const version = { content: { messages: hello.messages }, comment: "" };
		const former = { name: "former", description: "", metadata: {}, version };
		await gateway.gateway.services.store.prompts.create(hash, former as never);
		const { secret } = await addKey(gateway, { team: "blue" });
		expect((await fetch(`${gateway.baseUrl}/prompts`, { headers: bearer("sk-former") })).status).toBe(401);
		expect(await seen(gateway, { ...bearer("sk-former"), "x-api-key": secret })).toEqual(["former"]);
		expect(await seen(gateway, { "x-api-key": secret })).toEqual([]);
	});
});

test("the verbose log has the key's name, and nothing has the key", async () => {
	const { host, gateway, secret } = await gatewayWithKey({ name: "support-bot" }, { verbose: true });
	const quoting = { messages: [{ role: "user", content: `my key is ${secret}` }] };
	const response = await postChat(gateway.baseUrl, quoting, bearer(secret));
	const answer = (await response.text()) + JSON.stringify([...response.headers]);
	await expect.poll(() => gateway.printed.join("\n")).toContain("key support-bot");
	expect(gateway.printed.join("\n") + answer).not.toContain(secret);
	expect(host.received).toHaveLength(1);
});

test("when keys were used is noted when the gateway ends, at the latest", async () => {
	const { gateway, record, secret } = await gatewayWithKey();
	await postChat(gateway.baseUrl, hello, bearer(secret));
	const { keyUsage, store } = gateway.gateway.services;
	await keyUsage.close();
	const { lastUsedAt = 0 } = (await store.keys.find(record.id)) ?? {};
	expect(Math.abs(lastUsedAt - seconds())).toBeLessThanOrEqual(61);
	expect(lastUsedAt % 60).toBe(0);
});
