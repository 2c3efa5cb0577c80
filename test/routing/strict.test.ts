/** Strict routes: nothing of a request is left out, so a target that has no place for a part of it is passed over. */
import { expect, onTestFinished, test } from "vitest";
import type { Route, Target, UpstreamSettings } from "../../src/settings/routes.js";
import { settingsFrom } from "../config/files.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway, temporaryFile } from "../kit/gateway.js";
import { route, upstream } from "../kit/routing.js";
import { completion, json, message } from "../kit/translated.js";

interface Named {
	settings: Partial<UpstreamSettings>;
	answer?: HostAnswer;
}

const anthropic: Named = { settings: { provider: "anthropic", key: "secret" }, answer: message([]) };
const plain: Named = { settings: { provider: "openai", key: "secret", dialects: ["openai.chat"] } };
const mistral: Named = { settings: { provider: "mistral", key: "secret" } };

/** A gateway whose route asks these upstreams in turn. */
async function strictOver(
	upstreams: Readonly<Record<string, Named>>,
	{ overlay = openAiOverlay(), ...more }: Partial<Route> & { overlay?: string[] } = {},
) {
	const hosts = await Promise.all(
		Object.entries(upstreams).map(async ([name, { settings, answer = completion({ content: "Hi" }) }]) => {
			const host = await startAiHost(answer);
			onTestFinished(() => host.close());
			return { name, host, settings: upstream(name, `${host.url}/v1`, settings) };
		}),
	);
	const targets: (Target | string)[] = hosts.map(({ name }) => `${name}/m`);
	const routing = {
		upstreams: hosts.map(({ settings }) => settings),
		routes: [route(targets, { strict: true, ...more })],
	};
	const gateway = await startGateway("127.0.0.1", { overlay }, routing);
	onTestFinished(() => gateway.stop());
	return {
		asked: () => Object.fromEntries(hosts.map(({ name, host }) => [name, host.received.length])),
		post: async (path: string, body: object) => {
			const answer = await fetch(gateway.url + path, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ model: "test-model", ...body }),
			});
			return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
		},
	};
}

const chat = "/v1/chat/completions";
const messages = [{ role: "user", content: "Hello" }];
const contents = [{ role: "user", parts: [{ text: "Hello" }] }];

const refusals: [client: string, path: string, body: object, provider: string, host: Named, error: object][] = [
	[
		"chat completions",
		chat,
		{ messages, logit_bias: { 1: 1 } },
		"anthropic",
		anthropic,
		{ error: { type: "invalid_request_error", param: "logit_bias", code: "unsupported_by_upstream" } },
	],
	[
		"chat completions, by the client's word for it",
		chat,
		{ messages, frequency_penalty: 1 },
		"anthropic",
		anthropic,
		{ error: { param: "frequency_penalty" } },
	],
	[
		"chat completions, in their own bytes",
		chat,
		{ messages, user: "u", store: true },
		"mistral",
		mistral,
		{ error: { type: "invalid_request_error", param: "user", code: "unsupported_by_upstream" } },
	],
	[
		"messages",
		"/v1/messages",
		{ messages, max_tokens: 5, context_management: { edits: [] } },
		"openai",
		plain,
		{ type: "error", error: { type: "invalid_request_error" } },
	],
	[
		"responses",
		"/v1/responses",
		{ input: "Hello", truncation: "auto" },
		"openai",
		plain,
		{ error: { type: "invalid_request_error", param: "truncation", code: "unsupported_by_upstream" } },
	],
	[
		"Gemini",
		"/v1beta/models/test-model:generateContent",
		{ contents, safetySettings: [{ category: "a", threshold: "b" }], model: undefined },
		"openai",
		plain,
		{ error: { code: 400, status: "INVALID_ARGUMENT" } },
	],
];

test.each(refusals)("what a target can't take of %s is refused", async (_client, path, body, provider, host, error) => {
	const { post, asked } = await strictOver({ one: host });
	const answer = await post(path, body);
	expect(answer).toMatchObject({ status: 400, body: error });
	const { message: text } = (answer.body as { error: { message: string } }).error;
	const named = /safetySettings|context_management|truncation|logit_bias|frequency_penalty|user/;
	expect(text).toMatch(named);
	expect(text).toContain(`'one' (${provider})`);
	expect(answer.headers.get("x-llmgw-dropped")).toBeNull();
	expect(asked()).toEqual({ one: 0 });
});

test("vectors are asked of the upstream that takes all of the request", async () => {
	const vectors = json({ object: "list", data: [{ object: "embedding", index: 0, embedding: [1] }], model: "m" });
	const { post, asked } = await strictOver({
		gemini: { settings: { provider: "gemini", key: "secret" }, answer: vectors },
		plain: { settings: { key: "secret" }, answer: vectors },
	});
	const answer = await post("/v1/embeddings", { input: "a", user: "u" });
	expect([answer.status, asked()]).toEqual([200, { gemini: 0, plain: 1 }]);
});

test("another target that takes all of it is asked instead, in either lane", async () => {
	const { post, asked } = await strictOver({ anthropic, mistral, plain });
	const answer = await post(chat, { messages, logit_bias: { 1: 1 }, user: "u" });
	expect([answer.status, asked()]).toEqual([200, { anthropic: 0, mistral: 0, plain: 1 }]);
	expect(answer.headers.get("x-llmgw-dropped")).toBeNull();
	expect(answer.headers.get("x-llmgw-attempts")).toBeNull();
});

test("a request that loses nothing takes the first target, translated once", async () => {
	const { post, asked } = await strictOver({ anthropic, plain });
	expect((await post(chat, { messages, temperature: 0.5 })).status).toBe(200);
	expect(asked()).toEqual({ anthropic: 1, plain: 0 });
});

test("the client reads the refusal of the target that was asked, rather than why another one was not", async () => {
	const unknown = json({ error: { message: "no such model", code: "model_not_found" } }, 404);
	const { post } = await strictOver({ anthropic, plain: { ...plain, answer: unknown } });
	expect(await post(chat, { messages, logit_bias: { 1: 1 } })).toMatchObject({
		status: 404,
		body: { error: { message: "no such model" } },
	});
});

test("a target that failed is named before one that was passed over", async () => {
	const broken = json({ error: { message: "broken" } }, 500);
	const { post, asked } = await strictOver({ plain: { ...plain, answer: broken }, anthropic });
	expect(await post(chat, { messages, logit_bias: { 1: 1 } })).toMatchObject({ status: 500 });
	expect(asked()).toEqual({ plain: 2, anthropic: 0 });
});

test("defaults of the contract are not what the client has asked for", async () => {
	const overlay = temporaryFile(
		"user.yaml",
		`
overlay: 1.0.0
info: {title: A user for all, version: 1.0.0}
actions:
  - target: $.components.schemas.CreateChatCompletionRequest.properties.user
    update: {x-default: somebody}
`,
	);
	const { post, asked } = await strictOver({ mistral }, { overlay: [...openAiOverlay(), overlay] });
	expect((await post(chat, { messages })).status).toBe(200);
	expect((await post(chat, { messages, user: "u" })).status).toBe(400);
	expect(asked()).toEqual({ mistral: 1 });
});

test("routes that aren't strict leave it out, and say so", async () => {
	const { post } = await strictOver({ anthropic }, { strict: false });
	const answer = await post(chat, { messages, logit_bias: { 1: 1 } });
	expect([answer.status, answer.headers.get("x-llmgw-dropped")]).toEqual([200, "logit_bias"]);
});

test("a name of the client's own is cut short in the refusal", async () => {
	const { post } = await strictOver({ anthropic });
	const long = "x".repeat(500);
	const many = Object.fromEntries(Array.from({ length: 30 }, (_, place) => [`${long}${place}`, 1]));
	const answer = await post(chat, { messages, ...many });
	expect(answer.status).toBe(400);
	const { message: text } = (answer.body as { error: { message: string } }).error;
	expect(text.length).toBeLessThan(1000);
	expect(text).toContain("and 20 more");
});

test("a route of the configuration file is strict if it, or else `defaults`, says so", async () => {
	const strictness = async (defaults: string, own: string) => {
		const settings = await settingsFrom(`
defaults: {${defaults}}
upstreams: {one: {url: "http://127.0.0.1:1001"}}
routes: [{model: a, targets: [one]${own}}]
`);
		return settings.routing.routes[0]?.strict;
	};
	expect(await strictness("", "")).toBe(false);
	expect(await strictness("strict: true", "")).toBe(true);
	expect(await strictness("strict: true", ", strict: false")).toBe(false);
	expect(await strictness("", ", strict: true")).toBe(true);
});
