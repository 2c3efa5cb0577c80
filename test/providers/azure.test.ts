/** Azure: where its operations are, and how it is shown who asks. */
import { writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/settings/config/readConfig.js";
import type { EntraSettings, UpstreamSettings } from "../../src/settings/routes.js";
import { completion, sendJson, startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway, temporaryFile } from "../kit/gateway.js";
import { route, upstream } from "../kit/routing.js";

async function gatewayTo(path: string, more: Partial<UpstreamSettings>) {
	const host = await startAiHost((_request, response) => sendJson(response, completion));
	onTestFinished(() => host.close());
	const vendor = upstream("vendor", host.url + path, { provider: "azure", ...more });
	const routing = { upstreams: [vendor], routes: [route(["vendor/gpt 5"])] };
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	const post = (operation: string, body: object) =>
		fetch(`${gateway.url}/v1${operation}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ model: "test-model", ...body }),
		});
	return { host, post };
}

const chat = { messages: [{ role: "user", content: "Hello" }] };
const messages = { ...chat, max_tokens: 5 };

const places: [base: string, query: string | undefined, operation: string, body: object, url: string][] = [
	["/openai/v1", undefined, "/chat/completions", chat, "/openai/v1/chat/completions"],
	["/openai/v1", undefined, "/responses", { input: "?" }, "/openai/v1/responses"],
	[
		"/openai",
		"api-version=2024-10-21",
		"/chat/completions",
		chat,
		"/openai/deployments/gpt%205/chat/completions?api-version=2024-10-21",
	],
	[
		"/openai",
		"api-version=2024-10-21",
		"/embeddings",
		{ input: "?" },
		"/openai/deployments/gpt%205/embeddings?api-version=2024-10-21",
	],
	[
		"/openai/deployments/mine",
		"api-version=1",
		"/chat/completions",
		chat,
		"/openai/deployments/mine/chat/completions?api-version=1",
	],
	["/models", "api-version=1", "/chat/completions", chat, "/models/chat/completions?api-version=1"],
];

test.each(places)("below %s with %s, %s %j is at %s", async (base, query, operation, body, url) => {
	const { host, post } = await gatewayTo(base, { query, key: "secret" });
	await (await post(operation, body)).text();
	expect(host.received[0]?.url).toBe(url);
	expect(host.received[0]?.headers["api-key"]).toBe("secret");
	expect(host.received[0]?.headers.authorization).toBeUndefined();
});

test.each([["/openai/v1"], ["/anthropic/v1"]])("Anthropic's models of Foundry are beside %s", async (base) => {
	const { host, post } = await gatewayTo(base, { key: "secret", dialects: ["anthropic.messages"] });
	await (await post("/messages", messages)).text();
	await (await post("/chat/completions", chat)).text();
	expect(host.received.map(({ url }) => url)).toEqual(["/anthropic/v1/messages", "/anthropic/v1/messages"]);
	expect(host.received[1]?.headers["anthropic-version"]).toBe("2023-06-01");
});

test("an address without a path is that of the v1 API", () => {
	const { routing } = readConfig(
		temporaryFile("llmw.yaml", 'upstreams:\n  a: {url: "https://x.openai.azure.com", provider: azure}\n'),
		{},
	);
	const [settings] = routing?.(limitsOfTests).routing.upstreams ?? [];
	expect(settings?.url).toBe("https://x.openai.azure.com:443/openai/v1");
});

const limitsOfTests = { connectTimeoutMs: 1, proxyOf: () => undefined } as never;

const entra: EntraSettings = {
	tenant: "contoso",
	clientId: "app",
	clientSecret: "hush",
	tokenFile: undefined,
	authority: undefined,
	scope: undefined,
};

async function startAuthority(answer: object = { access_token: "token-1", expires_in: 3600 }, status = 200) {
	const authority = await startAiHost((_request, response) => sendJson(response, answer, status));
	onTestFinished(() => authority.close());
	const forms = () => authority.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body.toString())));
	return { authority, forms };
}

test("an application of Entra asks for a token once, and shows it with each request", async () => {
	const { authority, forms } = await startAuthority();
	const { host, post } = await gatewayTo("/openai/v1", { entra: { ...entra, authority: authority.url } });
	for (let count = 0; count < 3; count += 1) expect((await post("/chat/completions", chat)).status).toBe(200);
	expect(host.received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer token-1"));
	expect(authority.received.map(({ url }) => url)).toEqual(["/contoso/oauth2/v2.0/token"]);
	expect(forms()).toEqual([
		{
			grant_type: "client_credentials",
			client_id: "app",
			client_secret: "hush",
			scope: "https://cognitiveservices.azure.com/.default",
		},
	]);
});

test("workload identity shows the assertion that stands in its file", async () => {
	const file = temporaryFile("assertion", "first\n");
	const { authority, forms } = await startAuthority({ access_token: "t", expires_in: 0.000001 });
	const identity = { ...entra, clientSecret: undefined, tokenFile: file, authority: authority.url };
	const { post } = await gatewayTo("/openai/v1", { entra: identity });
	await (await post("/chat/completions", chat)).text();
	writeFileSync(file, "second");
	await (await post("/chat/completions", chat)).text();
	expect(forms().map(({ client_assertion }) => client_assertion)).toEqual(["first", "second"]);
	expect(forms()[0]).toMatchObject({ client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" });
});

test("without a token the client is told, without a word of the credential", async () => {
	const { authority } = await startAuthority({ error: "invalid_client", error_description: "AADSTS7000215" }, 401);
	const { host, post } = await gatewayTo("/openai/v1", { entra: { ...entra, authority: authority.url } });
	const answer = await post("/chat/completions", chat);
	expect(answer.status).toBe(502);
	const text = await answer.text();
	expect(JSON.parse(text).error.code).toBe("upstream_credential");
	expect(text).not.toContain("hush");
	expect(host.received).toEqual([]);
});
