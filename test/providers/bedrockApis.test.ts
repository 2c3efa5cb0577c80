/** Bedrock's chat completions, Responses and Messages: chosen by the URL or by `aws: {api}`, with a key or signed. */
import OpenAI from "openai";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { bedrockUrl } from "../../src/settings/providerUrls.js";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { startAiHost } from "../kit/aiHost.js";
import { refusing } from "../kit/bedrock.js";
import { exchangesWith, recordedBytes, recordedRequest } from "../kit/recordedChat.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { completion, message } from "../kit/translated.js";

type Answer = Parameters<typeof startAiHost>[0];

async function over(answer: Answer, base: string, more: Partial<UpstreamSettings>) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const vendor = upstream("vendor", host.url + base, { provider: "bedrock", ...more });
	const gateway = await gatewayWith({ upstreams: [vendor], routes: [route(["vendor"], { models: ["*"] })] });
	const post = (path: string, body: object) =>
		fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	return { host, gateway, post };
}

const messages = [{ role: "user" as const, content: "Hello" }];
const claude = "anthropic.claude-haiku-4-5";
const gpt = "openai.gpt-oss-120b";
const asks = {
	chat: ["/v1/chat/completions", { messages }],
	responses: ["/v1/responses", { input: "Hello" }],
	messages: ["/v1/messages", { messages, max_tokens: 9 }],
	counts: ["/v1/messages/count_tokens", { messages }],
} as const;
type Ask = keyof typeof asks;
type Api = "openai" | "anthropic" | "mantle" | undefined;

describe("where requests go", () => {
	test.each<[base: string, api: Api, ask: Ask, model: string, path: string]>([
		["/openai/v1", undefined, "chat", gpt, "/openai/v1/chat/completions"],
		["/openai/v1", undefined, "responses", gpt, "/openai/v1/responses"],
		["/openai/v1", undefined, "messages", gpt, "/openai/v1/chat/completions"],
		["/openai", undefined, "chat", gpt, "/openai/v1/chat/completions"],
		["", "openai", "responses", gpt, "/openai/v1/responses"],
		["/anthropic/v1", undefined, "messages", claude, "/anthropic/v1/messages"],
		["/anthropic", undefined, "counts", claude, "/anthropic/v1/messages/count_tokens"],
		["", "anthropic", "chat", claude, "/anthropic/v1/messages"],
		["/v1", "mantle", "chat", gpt, "/v1/chat/completions"],
		["/openai/v1", "mantle", "responses", gpt, "/openai/v1/responses"],
		["/v1", "mantle", "messages", claude, "/anthropic/v1/messages"],
		["/openai/v1", "mantle", "chat", claude, "/anthropic/v1/messages"],
		["/proxy/v1", "mantle", "counts", claude, "/proxy/anthropic/v1/messages/count_tokens"],
		["/proxy", "openai", "chat", gpt, "/proxy/openai/v1/chat/completions"],
	])("with the path '%s' and `api: %s`, %s for %s: %s", async (base, api, ask, model, path) => {
		const { host, post } = await over(refusing(400, "ValidationException", "No"), base, { key: "k", aws: { api } });
		const [at, body] = asks[ask];
		await (await post(at, { ...body, model })).text();
		expect(host.received.map(({ url }) => url)).toEqual([path]);
		const [sent] = host.received;
		expect(sent?.headers.authorization).toBe("Bearer k");
		if (path.includes("anthropic")) expect(sent?.headers["anthropic-version"]).toBe("2023-06-01");
		expect(JSON.parse(sent?.body.toString() ?? "{}").model).toBe(model);
	});
});

test("the URL is made of the region", () => {
	expect([undefined, "converse", "openai", "anthropic", "mantle"].map((api) => bedrockUrl("eu-west-1", api))).toEqual([
		"https://bedrock-runtime.eu-west-1.amazonaws.com:443",
		"https://bedrock-runtime.eu-west-1.amazonaws.com:443",
		"https://bedrock-runtime.eu-west-1.amazonaws.com:443/openai/v1",
		"https://bedrock-runtime.eu-west-1.amazonaws.com:443/anthropic/v1",
		"https://bedrock-mantle.eu-west-1.api.aws:443/v1",
	]);
});

describe("signed requests", () => {
	afterEach(() => vi.unstubAllEnvs());

	test.each([
		["openai", "bedrock", "chat"],
		["anthropic", "bedrock", "messages"],
		["mantle", "bedrock-mantle", "chat"],
	] as const)("of `api: %s` name the service %s", async (api, service, ask) => {
		vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
		vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
		const answer = ask === "chat" ? completion({ content: "Hi" }) : message([{ type: "text", text: "Hi" }]);
		const { host, post } = await over(answer, "/v1", { aws: { api, region: "eu-west-1" } });
		const [at, body] = asks[ask];
		const response = await post(at, { ...body, model: ask === "chat" ? gpt : claude });
		expect(await response.text()).toContain("Hi");
		expect(host.received[0]?.headers.authorization).toContain(`/eu-west-1/${service}/aws4_request`);
	});
});

test.each([
	["openai", "chat", { error: { message: "The security token is invalid.", type: "authentication_error" } }],
	[
		"anthropic",
		"messages",
		{ type: "error", error: { type: "authentication_error", message: "The security token is invalid." } },
	],
] as const)("what AWS's front refuses has the form of the client's dialect (%s)", async (api, ask, expected) => {
	const answer = refusing(403, "UnrecognizedClientException", "The security token is invalid.");
	const { post } = await over(answer, "", { key: "k", aws: { api } });
	const [at, body] = asks[ask];
	const response = await post(at, { ...body, model: ask === "chat" ? gpt : claude });
	expect([response.status, await response.json()]).toMatchObject([401, expected]);
});

test("the recorded response of the host bedrock-mantle comes as it was, also to OpenAI's SDK", async () => {
	const recorded = exchangesWith("bedrock").find(({ api }) => api === "responses");
	if (recorded === undefined) throw new Error("it is not among the recordings");
	const answer: Answer = (_request, response) => {
		response.writeHead(200, { "content-type": "application/json" });
		response.end(recordedBytes(recorded));
	};
	const { host, gateway, post } = await over(answer, "/v1", { key: "k", aws: { api: "mantle" } });
	const response = await post("/v1/responses", recordedRequest(recorded) ?? {});
	expect(await response.text()).toBe(recordedBytes(recorded).toString());
	expect(host.received[0]?.url).toBe("/v1/responses");
	const client = new OpenAI({ apiKey: "client", baseURL: gateway.baseUrl, maxRetries: 0 });
	const said = await client.responses.create({ model: "openai.gpt-oss-20b", input: "Say OK" });
	expect(said.output_text).toBe("OK");
});
