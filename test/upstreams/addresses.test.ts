/** URLs of upstreams as people paste them: with a query, with the path of an operation; and what is sent there. */
import { describe, expect, onTestFinished, test } from "vitest";
import { readSettings } from "../../src/settings/settings.js";
import { upstreamUrl } from "../../src/settings/upstreamUrl.js";
import { createUpstreamProbe } from "../../src/upstream/probe.js";
import { problemsIn, settingsFrom } from "../config/files.js";
import { answerShortly, completion, startAiHost } from "../kit/aiHost.js";
import { startGateway } from "../kit/gateway.js";
import { ask, clientOf, gatewayWith, hear, question, route, target, upstream } from "../kit/routing.js";

async function startHost(answer = answerShortly) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

describe("a URL", () => {
	test.each<[string, string]>([
		["https://h/v1/chat/completions", "https://h:443/v1"],
		["https://h/v1/chat/completions/", "https://h:443/v1"],
		["https://h/v1//chat/completions", "https://h:443/v1"],
		["https://h/v1/completions", "https://h:443/v1"],
		["https://h/v1/embeddings/", "https://h:443/v1"],
		["https://h/v1/models", "https://h:443/v1"],
		["https://h/api/v3/models/", "https://h:443/api/v3"],
		["https://h/v1beta/openai/chat/completions", "https://h:443/v1beta/openai"],
		["https://h/chat/completions", "https://h:443"],
		["https://h/openai/deployments/gpt/chat/completions", "https://h:443/openai/deployments/gpt"],
		// Azure's base path ends so.
		["https://h/models", "https://h:443/models"],
		["https://h/models/chat/completions", "https://h:443/models"],
		["https://h/chat", "https://h:443/chat"],
		["https://h/v1/", "https://h:443/v1"],
		["https://h", "https://h:443/v1"],
	])("%s is the base URL %s", (given, url) => {
		expect(upstreamUrl(given, 443)).toEqual({ url, query: undefined });
	});

	test("keeps its query, apart", () => {
		expect(upstreamUrl("https://h/models/chat/completions?api-version=2024-05-01-preview", 443)).toEqual({
			url: "https://h:443/models",
			query: "api-version=2024-05-01-preview",
		});
		expect(() => upstreamUrl("https://h/v1?key=secret#x", 443)).toThrow('"https://h/v1" must have no fragment (#)');
	});
});

describe("a query in an upstream's URL", () => {
	test("goes with every request, before the client's, and is not the client's to change", async () => {
		const host = await startHost((request, response) =>
			answerShortly({ ...request, url: request.url.split("?")[0] ?? "" }, response),
		);
		const gateway = await startGateway(`${host.url}/v1?api-version=2024-10-21&x=%20y`);
		onTestFinished(() => gateway.stop());
		const client = clientOf(gateway);
		await ask(client);
		await hear(client);
		await client.models.list();
		await fetch(`${gateway.url}/readyz`);
		await client.chat.completions.create({ ...question, stream: false }, { query: { "api-version": "1", own: "a b" } });
		expect(host.received.map(({ url }) => url.replace(/^\/v1/, ""))).toEqual([
			"/chat/completions?api-version=2024-10-21&x=%20y",
			"/chat/completions?api-version=2024-10-21&x=%20y",
			"/models?api-version=2024-10-21&x=%20y",
			"/models?api-version=2024-10-21&x=%20y",
			"/chat/completions?api-version=2024-10-21&x=%20y&own=a%20b",
		]);
	});

	test("goes with probes that have one of their own, in a configuration file too", async () => {
		const host = await startHost();
		const { routing } = await settingsFrom(`upstreams: {a: {url: "${host.url}/v1?api-version=1"}}`);
		const probe = createUpstreamProbe(routing.upstreams[0] as (typeof routing.upstreams)[number]);
		await probe.status("/models?limit=1", 5_000);
		expect(host.received[0]?.url).toBe("/v1/models?api-version=1&limit=1");
	});
});

describe("a pattern of models", () => {
	test.each<[string, string, string, string]>([
		["local/*", "*", "local/foo", "foo"],
		["local/*", "*", "local/org/foo", "org/foo"],
		["local/*", "*", "local/", ""],
		["*", "org/*", "foo", "org/foo"],
		["*-fast", "*", "foo-fast", "foo"],
		["a-*-b-*", "*/*", "a-1-b-2", "1/2"],
		["gpt-*", "openai/gpt-*-latest", "gpt-4o", "openai/gpt-4o-latest"],
	])("%s with the target %s sends %s as %s", async (pattern, to, asked, sent) => {
		const host = await startHost();
		const text = `upstreams: {a: {url: "${host.url}"}}\nroutes: [{model: "${pattern}", targets: ["a/${to}"]}]`;
		const { routing } = await settingsFrom(text);
		const client = clientOf(await gatewayWith(routing));
		expect((await ask(client, { model: asked })).error).toBeUndefined();
		expect(JSON.parse(host.received[0]?.body.toString() ?? "").model).toBe(sent);
	});

	test.each<[string, string, string]>([
		["gpt-4", "a/*", "can't be filled in from the route's model gpt-4, which has no * where this has 1 *"],
		["local/*", "a/*-*", "can't be filled in from the route's model local/*, which has 1 * where this has 2 times *"],
		[
			'["local/*", "gpt-4"]',
			"a/*",
			"can't be filled in from the route's model gpt-4, which has no * where this has 1 *",
		],
	])("%s with the target %s is refused", async (pattern, to, message) => {
		const model = pattern.startsWith("[") ? pattern : `"${pattern}"`;
		const text = `upstreams: {a: {url: "http://127.0.0.1:1"}}\nroutes:\n  - {model: ${model}, targets: ["${to}"]}\n  - {model: x, targets: [{upstream: a, model: "*"}]}`;
		const problems = await problemsIn(text);
		expect(problems[0]).toContain(`routes[0].targets[0]: ${message}`);
		expect(problems[1]).toContain("routes[1].targets[0]");
	});

	test("lists the upstream's models by the names to ask for, which get their answers", async () => {
		const host = await startHost();
		const { routing } = await settingsFrom(
			`upstreams: {a: {url: "${host.url}"}}\nroutes: [{model: "local/*", targets: ["a/*"], fallback: ["a/*"]}]`,
		);
		const client = clientOf(await gatewayWith(routing));
		const { data } = await client.models.list();
		expect(data.map(({ id }) => id)).toEqual(["local/test-model"]);
		expect((await client.models.retrieve("local/test-model")).id).toBe("local/test-model");
		expect((await ask(client, { model: "local/test-model" })).text).toBe("Hello");
	});

	test("is filled in for a retry elsewhere, and where a model is written twice", async () => {
		const bad = await startHost((_request, response) => response.writeHead(500).end());
		const good = await startHost();
		const mapped = { model: "*", mapsFrom: ["local/*"] };
		const gateway = await gatewayWith({
			upstreams: [upstream("a", bad.url), upstream("b", good.url)],
			routes: [route([target("a/*", mapped), target("b/*", mapped)], { models: ["local/*"] })],
		});
		expect((await ask(clientOf(gateway), { model: "local/x" })).text).toBe("Hello");
		expect([...bad.received, ...good.received].map(({ body }) => JSON.parse(body.toString()).model)).toEqual([
			"x",
			"x",
			"x",
		]);
	});
});

test.each([30, 100])("an answer with %i KB of header fields is an answer, also to probes", async (kilobytes) => {
	const headers = Object.fromEntries(Array.from({ length: kilobytes }, (_none, at) => [`x-${at}`, "y".repeat(1000)]));
	const host = await startHost((_request, response) => {
		response.writeHead(200, { ...headers, "content-type": "application/json" }).end(JSON.stringify(completion));
	});
	const gateway = await startGateway(host.url);
	onTestFinished(() => gateway.stop());
	expect((await ask(clientOf(gateway))).text).toBe("Hello");
	expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});

test("one with more than 128 KB is refused in words", async () => {
	const host = await startHost((_request, response) => response.writeHead(200, { x: "y".repeat(200_000) }).end());
	const gateway = await startGateway(host.url);
	onTestFinished(() => gateway.stop());
	expect((await ask(clientOf(gateway))).error).toMatchObject({
		status: 502,
		message: "502 The upstream sent more than 128 KB of header fields.",
	});
});

test("the flag takes what a file takes", () => {
	const { routing } = readSettings({ aihost: "https://h/openai/chat/completions?api-version=1" }, {});
	expect(routing.upstreams[0]).toMatchObject({ url: "https://h:443/openai", query: "api-version=1" });
});
