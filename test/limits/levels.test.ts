/** Every level at which something can be limited, through real HTTP. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Routing } from "../../src/settings/routes.js";
import { completion, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { errorOf, hello, postChat, startGateway, temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { addKey, someAdmin } from "../kit/keys.js";
import { ask, gatewayWith, hostUsing, keyOf } from "../kit/limited.js";
import { route, upstream } from "../kit/routing.js";

test("a key's own limit of requests refuses the request above it, in OpenAI's words", async () => {
	const gateway = await gatewayWith(await hostUsing());
	const secret = await keyOf(gateway, { name: "bot", limits: { requests_per_minute: 2 } });
	expect((await ask(gateway, secret)).headers.get("x-ratelimit-remaining-requests")).toBe("1");
	expect((await ask(gateway, secret)).headers.get("x-ratelimit-remaining-requests")).toBe("0");
	const { status, headers, error } = await ask(gateway, secret);
	expect(status).toBe(429);
	expect(error).toEqual({
		message: expect.stringMatching(
			/^Rate limit reached for key bot on requests per minute \(RPM\): Limit 2, Used 2, Requested 1\. Try again in (1m[01]s|\d+s)\.$/,
		),
		type: "rate_limit_error",
		param: null,
		code: "rate_limit_exceeded",
	});
	expect(headers.get("x-ratelimit-limit-requests")).toBe("2");
	expect(headers.get("x-ratelimit-remaining-requests")).toBe("0");
	expect(headers.get("x-ratelimit-reset-requests")).toMatch(/^(1m[01]s|\d+s)$/);
	expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
	expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(61);
	expect(headers.get("x-should-retry")).toBeNull();
});

test("a key's limit can be changed, and what it has used stays used", async () => {
	const gateway = await gatewayWith(await hostUsing());
	const { record, secret } = await addKey(gateway, { name: "bot", limits: { requests_per_day: 1 } });
	expect([(await ask(gateway, secret)).status, (await ask(gateway, secret)).status]).toEqual([200, 429]);
	const { store, keys } = gateway.gateway.services;
	await store.keys.update(record.id, { limits: { requests_per_day: 2 } }, someAdmin);
	await keys.changed();
	expect([(await ask(gateway, secret)).status, (await ask(gateway, secret)).status]).toEqual([200, 429]);
	await store.keys.update(record.id, { limits: undefined }, someAdmin);
	await keys.changed();
	expect((await ask(gateway, secret)).status).toBe(200);
});

test("a key without limits of its own has the configuration's, member by member", async () => {
	const gateway = await gatewayWith(await hostUsing(), { keys: { requestsPerDay: 1, requestsPerMinute: 9 } });
	const [plain, own] = [
		await keyOf(gateway, { name: "plain" }),
		await keyOf(gateway, { name: "own", limits: { requests_per_day: 2 } }),
	];
	expect([(await ask(gateway, plain)).status, (await ask(gateway, plain)).status]).toEqual([200, 429]);
	const statuses = [await ask(gateway, own), await ask(gateway, own), await ask(gateway, own)];
	expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
	// A day is longer than an SDK should try again by itself.
	expect(statuses[2]?.headers.get("x-should-retry")).toBe(
		Number(statuses[2]?.headers.get("retry-after")) > 90 ? "false" : null,
	);
});

test.each([
	["team", { teams: { red: { requestsPerMinute: 1 } } }, { team: "red" }, "team red"],
	["team that isn't named", { teams: { "*": { requestsPerMinute: 1 } } }, { team: "blue" }, "team blue"],
	[
		"organisation",
		{ organisations: { acme: { requestsPerMinute: 1 } } },
		{ organisation: "acme" },
		"organisation acme",
	],
])("two keys of one %s share its limit", async (_what, limits, given, named) => {
	const gateway = await gatewayWith(await hostUsing(), limits);
	const one = await keyOf(gateway, { name: "one", ...given });
	const two = await keyOf(gateway, { name: "two", ...given });
	const other = await keyOf(gateway, { name: "other" });
	expect((await ask(gateway, one)).status).toBe(200);
	const { status, error } = await ask(gateway, two);
	expect(status).toBe(429);
	expect(error.message).toContain(`Rate limit reached for ${named} on requests`);
	expect((await ask(gateway, other)).status).toBe(200);
});

test("a team of another organisation is another team, and one named like a property of objects is none", async () => {
	const gateway = await gatewayWith(await hostUsing(), { teams: { red: { requestsPerMinute: 1 } } });
	const one = await keyOf(gateway, { name: "one", team: "red", organisation: "a" });
	const two = await keyOf(gateway, { name: "two", team: "red", organisation: "b" });
	const odd = await keyOf(gateway, { name: "odd", team: "constructor" });
	for (const secret of [one, two, odd, odd]) expect((await ask(gateway, secret)).status).toBe(200);
	expect((await ask(gateway, one)).status).toBe(429);
});

test("all models that a pattern matches share its limit, whoever asks", async () => {
	const gateway = await gatewayWith(await hostUsing(), { models: { "gpt-*": { requestsPerMinute: 2 } } });
	for (const model of ["gpt-a", "gpt-b", "other"]) expect((await ask(gateway, undefined, { model })).status).toBe(200);
	const { status, error } = await ask(gateway, undefined, { model: "gpt-c" });
	expect([status, error.message]).toEqual([429, expect.stringContaining("for model gpt-* on requests")]);
	expect((await ask(gateway, undefined, { model: "other" })).status).toBe(200);
});

test("without keys each address has the limits of clients", async () => {
	const gateway = await gatewayWith(
		await hostUsing(),
		{ clients: { requestsPerMinute: 1 } },
		{ flags: { "trust-proxy": "1" } },
	);
	const from = async (address: string) => {
		const response = await postChat(gateway.baseUrl, hello, { "x-forwarded-for": address });
		await response.text();
		return response.status;
	};
	expect([await from("198.51.100.1"), await from("198.51.100.1"), await from("198.51.100.2")]).toEqual([200, 429, 200]);
});

describe("x-limits of the contract", () => {
	const overlay = (actions: string) =>
		temporaryFile("limits.yaml", `overlay: 1.0.0\ninfo: {title: L, version: 1.0.0}\nactions: [${actions}]\n`);

	test("of the document counts all operations of a client together, of an operation only that", async () => {
		const file = overlay(
			`{target: "$", update: {x-limits: {requestsPerMinute: 2}}}, {target: "$.paths['/v1/embeddings'].post", update: {x-limits: false}}`,
		);
		const gateway = await gatewayWith(await hostUsing(), {}, { flags: { overlay: [withoutRateLimit(), file] } });
		const post = async (path: string, body: object) => {
			const headers = { "content-type": "application/json" };
			const response = await fetch(gateway.baseUrl + path, { method: "POST", headers, body: JSON.stringify(body) });
			await response.text();
			return response.status;
		};
		const statuses = [
			await post("/chat/completions", hello),
			await post("/completions", { model: "m", prompt: "Hello" }),
			await post("/chat/completions", hello),
			await post("/embeddings", { model: "m", input: "Hello" }),
		];
		expect(statuses).toEqual([200, 200, 429, 200]);
	});

	test.each([
		["{requestsPerMinut: 2}", "x-limits of the document: there is no requestsPerMinut"],
		["{tokensPerDay: 0}", "x-limits of the document: tokensPerDay must be a whole number from 1 to 10^12"],
	])("%s is refused at the start", async (limits, message) => {
		const file = overlay(`{target: "$", update: {x-limits: ${limits}}}`);
		await expect(startGateway("127.0.0.1", { overlay: file })).rejects.toThrow(message);
	});
});

test("tokens are settled down to what the host says it has used", async () => {
	const gateway = await gatewayWith(await hostUsing(3, 2), { clients: { tokensPerMinute: 1000 } });
	const first = await ask(gateway, undefined, { max_tokens: 500 });
	expect(Number(first.headers.get("x-ratelimit-remaining-tokens"))).toBeLessThanOrEqual(495);
	const second = await ask(gateway, undefined, { max_tokens: 1 });
	// 5 are used, and this one's prompt and answer reserved.
	const remaining = Number(second.headers.get("x-ratelimit-remaining-tokens"));
	expect(remaining).toBeGreaterThan(950);
	expect(remaining).toBeLessThan(995);
	expect(second.headers.get("x-ratelimit-limit-tokens")).toBe("1000");
});

test("tokens are settled up where the host has used more than was reserved, even above the limit", async () => {
	const gateway = await gatewayWith(await hostUsing(900, 900), { clients: { tokensPerMinute: 1000 } });
	expect((await ask(gateway)).status).toBe(200);
	const { status, error, headers } = await ask(gateway);
	expect(status).toBe(429);
	expect(error.message).toMatch(
		/^Rate limit reached for this client on tokens per minute \(TPM\): Limit 1000, Used 1000, /,
	);
	expect(headers.get("x-ratelimit-remaining-tokens")).toBe("0");
});

test("a prompt that alone is more than the limit is too large, and no host is asked", async () => {
	const host = await hostUsing();
	const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 100 } });
	const messages = [{ role: "user", content: "Tell me a story. ".repeat(100) }];
	const { status, error, headers } = await ask(gateway, undefined, { messages });
	expect(status).toBe(429);
	expect(error.code).toBe("rate_limit_exceeded");
	expect(error.message).toMatch(
		/^Request too large for this client on tokens per minute \(TPM\): Limit 100, Requested \d+\. Shorten the prompt, or /,
	);
	expect(headers.get("x-should-retry")).toBe("false");
	expect(host.received).toHaveLength(0);
	// How long the answer may become makes no request impossible.
	expect((await ask(gateway, undefined, { max_tokens: 100_000 })).status).toBe(200);
});

describe("budgets", () => {
	const priced = (host: TestHost): Routing => ({
		upstreams: [upstream("a", `${host.url}/v1`)],
		routes: [
			route(
				[
					{
						...(route(["a"]).stages[0]?.targets[0] as never as object),
						cost: { input: 1_000_000, output: 1_000_000 },
					} as never,
				],
				{
					models: ["*"],
				},
			),
		],
	});

	test("a key's budget of a month is refused when it is used up, as an insufficient quota", async () => {
		const host = await hostUsing(1, 1);
		const gateway = await gatewayWith(host, {}, { routing: priced(host) });
		const secret = await keyOf(gateway, { name: "bot", budget: { per_month: 60 } });
		// Tokens cost a dollar each: two are used, and as many reserved as the prompt and the answer may have.
		expect((await ask(gateway, secret, { max_tokens: 1 })).status).toBe(200);
		const { status, error, headers } = await ask(gateway, secret, { max_tokens: 100 });
		expect(status).toBe(429);
		expect(error.code).toBe("insufficient_quota");
		expect(error.message).toMatch(
			/^You exceeded the budget of key bot in US dollars per month: Limit \$60\.00, Used \$2\.00, Requested \$[\d.]+\. It resets at \d{4}-\d\d-01 00:00 UTC\.$/,
		);
		expect(headers.get("x-should-retry")).toBe("false");
		expect(host.received).toHaveLength(1);
	});

	test("what has no price costs nothing, which is said once", async () => {
		const gateway = await gatewayWith(await hostUsing(), { clients: { budgetPerDay: 0.000001 } });
		for (const _time of [1, 2]) expect((await ask(gateway, undefined, { model: "own" })).status).toBe(200);
		const said = gateway.printed.filter((line) => line.includes("budgets don't count"));
		expect(said).toEqual([`budgets don't count the model "own", of which no price is known`]);
	});
});

describe("an upstream's limits", () => {
	const routing = (a: TestHost, b: TestHost, both = false): Routing => ({
		upstreams: [
			upstream("a", `${a.url}/v1`, { limits: { requestsPerMinute: 1 } }),
			upstream("b", `${b.url}/v1`, both ? { limits: { tokensPerMinute: 40 } } : {}),
		],
		routes: [route(["a", "b"], { models: ["*"] })],
	});

	test("when they are used up the next target is asked", async () => {
		const [a, b] = [await hostUsing(), await hostUsing()];
		const gateway = await gatewayWith(a, {}, { routing: routing(a, b) });
		for (const _time of [1, 2, 3]) expect((await ask(gateway)).status).toBe(200);
		expect([a.received.length, b.received.length]).toEqual([1, 2]);
	});

	test("when those of all are used up the client is told when to come again", async () => {
		const [a, b] = [await hostUsing(), await hostUsing(20, 20)];
		const gateway = await gatewayWith(a, {}, { routing: routing(a, b, true) });
		const answers = [await ask(gateway), await ask(gateway), await ask(gateway)];
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
		const { headers, error } = answers[2] as (typeof answers)[number];
		expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
		expect(error.code).toBe("rate_limit_exceeded");
		expect(error.message).toMatch(/^Rate limit reached for the upstream on requests per minute/);
		expect([a.received.length, b.received.length]).toEqual([1, 1]);
	});

	test("what was reserved at one that then failed counts as a request, and not in tokens", async () => {
		const a = await startAiHost((_request, response) => sendJson(response, { error: { message: "no" } }, 500));
		const b = await hostUsing(1, 1);
		onTestFinished(() => a.close());
		const given: Routing = {
			upstreams: [
				upstream("a", `${a.url}/v1`, { limits: { tokensPerMinute: 50, requestsPerMinute: 100 } }),
				upstream("b", `${b.url}/v1`),
			],
			routes: [route(["a", "b"], { models: ["*"], retry: { ...route(["a"]).retry, attemptsPerTarget: 1 } })],
		};
		const gateway = await gatewayWith(a, {}, { routing: given });
		for (const _time of [1, 2, 3, 4, 5]) expect((await ask(gateway)).status).toBe(200);
		expect([a.received.length, b.received.length]).toEqual([5, 5]);
	});
});

test("a request that no host was asked for is not counted", async () => {
	const host = await hostUsing();
	const routing: Routing = { upstreams: [upstream("a", host.url)], routes: [route(["a"], { models: ["known"] })] };
	const gateway = await gatewayWith(host, { clients: { requestsPerMinute: 1 } }, { routing });
	expect((await ask(gateway, undefined, { model: "unknown" })).status).toBe(404);
	expect((await ask(gateway, undefined, { model: "known" })).status).not.toBe(429);
	expect((await ask(gateway, undefined, { model: "known" })).status).toBe(429);
});

test("what has nothing to do with models is not limited", async () => {
	const gateway = await gatewayWith(await hostUsing(), { clients: { requestsPerMinute: 1 } });
	await ask(gateway);
	expect((await fetch(`${gateway.baseUrl}/models`)).status).toBe(200);
	const response = await postChat(gateway.baseUrl, hello);
	expect(response.status).toBe(429);
	expect((await errorOf(response)).message).toContain("for this client on requests per minute");
});

describe("headers", () => {
	test("are the contract's rate limit's where that has less left, and the limit's where it has", async () => {
		const more = await gatewayWith(
			await hostUsing(),
			{ clients: { requestsPerDay: 5_000 } },
			{ flags: { overlay: [] } },
		);
		expect((await ask(more)).headers.get("x-ratelimit-limit-requests")).toBe("1000");
		const less = await gatewayWith(await hostUsing(), { clients: { requestsPerDay: 50 } }, { flags: { overlay: [] } });
		const { headers } = await ask(less);
		expect(headers.get("x-ratelimit-limit-requests")).toBe("50");
		expect(headers.get("x-ratelimit-remaining-requests")).toBe("49");
	});

	test("of tokens are the host's own where the gateway limits none, and its own where it does", async () => {
		const host = await startAiHost((_request, response) =>
			sendJson(response, completion, 200, { "x-ratelimit-remaining-tokens": "7" }),
		);
		onTestFinished(() => host.close());
		const remaining = async (limits: object) =>
			(await ask(await gatewayWith(host, { clients: limits }))).headers.get("x-ratelimit-remaining-tokens");
		expect(await remaining({ requestsPerDay: 9 })).toBe("7");
		expect(Number(await remaining({ tokensPerDay: 1_000 }))).toBeGreaterThan(900);
	});
});

test("metrics and the log say which limit refused, by its level and never by a name", async () => {
	const gateway = await gatewayWith(
		await hostUsing(),
		{ teams: { red: { requestsPerMinute: 1 } } },
		{ flags: { verbose: true } },
	);
	const secret = await keyOf(gateway, { name: "bot", team: "red" });
	expect([(await ask(gateway, secret)).status, (await ask(gateway, secret)).status]).toEqual([200, 429]);
	const scraper = await keyOf(gateway, { name: "scraper", permissions: ["metrics"] });
	const response = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${scraper}` } });
	expect(response.status).toBe(200);
	const metrics = await response.text();
	expect(metrics).toContain('llmgw_limit_decisions_total{limit="team:requests:minute",decision="allowed"} 1');
	expect(metrics).toContain('llmgw_limit_decisions_total{limit="team:requests:minute",decision="refused"} 1');
	expect(gateway.printed.join("\n")).toContain("limit team:requests:minute");
});
