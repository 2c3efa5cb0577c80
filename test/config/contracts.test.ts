/** Contracts that come with llmw: by name, from flags, variables and configuration files, in every command and at a reload. */
import { writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Routing } from "../../src/settings/routes.js";
import { defaultRetry } from "../../src/settings/singleUpstream.js";
import { type Received, sendJson, startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, postChat, startGateway } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { route, target, upstream } from "../kit/routing.js";
import { configFile, problemsIn, settingsFrom } from "./files.js";

const hot = { ...hello, temperature: 1.5 };

describe("contract: openai", () => {
	test("in a configuration file: the running gateway, check, diff and reload know it", {
		timeout: 120_000,
	}, async () => {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const text = `workers: 1\nupstreams: {a: {url: "${host.url}"}}\n`;
		const config = configFile(text);
		const llmw = runLlmw(["--config", config, "--bindport", "0"]);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		const at = ["--config", config, "--bindport", new URL(url).port];
		expect((await postChat(`${url}/v1`, hot)).status).toBe(400);

		writeFileSync(config, `${text}contract: openai\n`);
		expect((await resultOf(["check", "--config", config])).stdout).toContain("contract, 1 overlay (openai)");
		const { stdout, code } = await resultOf(["diff", ...at]);
		expect([stdout.trimEnd().split("\n"), code]).toEqual([
			["~ contract: none → openai", "~ overlay contents (changed)"],
			1,
		]);
		expect((await resultOf(["reload", ...at])).code).toBe(0);
		// A worker that has been replaced answers what still comes on its connections.
		await vi.waitFor(async () => expect((await postChat(`${url}/v1`, hot)).status).toBe(200), { timeout: 15_000 });
		const { temperature, max_tokens } = JSON.parse(String(host.received.at(-1)?.body));
		expect([temperature, max_tokens]).toEqual([1.5, undefined]);
		expect((await resultOf(["diff", ...at])).stdout).toBe("");
	});

	test("is one name or several, and the user's overlays come after them", async () => {
		expect((await settingsFrom("contract: openai\n")).contracts).toEqual(["openai"]);
		expect((await settingsFrom("contract: [openai, no-rate-limit]\n")).contracts).toEqual(["openai", "no-rate-limit"]);
		const printed = await resultOf(["openapi", "--json", "--contract", "openai", "--contract", "strict-openai"]);
		const { schemas } = JSON.parse(printed.stdout).components;
		expect(schemas.CreateChatCompletionRequest.properties.temperature).toMatchObject({ minimum: 0, maximum: 2 });
		expect(schemas.PromptParameters.properties.temperature).toMatchObject({ minimum: 0, maximum: 2 });
		expect(schemas.PromptParameters.properties.temperature["x-default"]).toBeUndefined();
		expect(schemas.CreateChatCompletionRequest.properties.n.maximum).toBe(128);
	});

	test("a name that is none is told, with those there are", async () => {
		expect(await problemsIn("contract: opnai\n")).toEqual([
			"llmw.yaml:1:11: contract[0]: must be one of openai, strict-openai, no-rate-limit; did you mean openai?",
		]);
		const { code, stderr } = await resultOf(["check", "--contract", "../../secrets"]);
		expect(stderr).toContain("--contract: must be openai, strict-openai or no-rate-limit");
		expect(code).toBe(1);
	});
});

test("the 400 for a temperature has its exact message, and a hint that names the contract", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	const refused = await errorOf(await postChat(gateway.baseUrl, hot));
	expect(refused).toEqual({
		message: "Temperature must be between 0.1 and 1.0",
		type: "invalid_request_error",
		param: "temperature",
		code: "invalid_value",
		hint: expect.stringMatching(/--contract openai.*contract: openai/),
	});
	const ours = await gatewayFor(host, { contract: ["openai"] });
	const far = await errorOf(await postChat(ours.baseUrl, { ...hello, temperature: 3 }));
	expect([far.message, far.hint]).toEqual(["Temperature must be between 0 and 2", undefined]);
});

/** What reaches hosts of requests without parameters, through this routing. */
async function sentThrough(
	routing: (url: string) => Routing,
	bodies: object[],
	answer?: Parameters<typeof startAiHost>[0],
	flags: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await startGateway(host.url, flags, routing(`${host.url}/v1`));
	onTestFinished(() => gateway.stop());
	for (const body of bodies) await (await postChat(gateway.baseUrl, { ...hello, ...body })).text();
	return host.received.map(({ body }: Received) => JSON.parse(String(body)));
}

const anywhere = (url: string): Routing => ({
	upstreams: [upstream("a", url)],
	routes: [route(["a"], { models: ["*"] })],
});
const alias = (url: string): Routing => ({
	upstreams: [upstream("a", url)],
	routes: [route([target("a", { model: "gpt-5-mini" })], { models: ["clever"] }), route(["a"], { models: ["*"] })],
});
const given = ({ model, max_tokens, temperature }: Record<string, unknown>) => [model, max_tokens, temperature];

describe("a model that refuses temperature and max_tokens is never given the defaults", () => {
	test.each([
		"gpt-5",
		"gpt-5.1-codex",
		"openai/gpt-5-mini",
		"o1",
		"o1-pro",
		"o3",
		"o3-mini-high",
		"o4-mini",
		"azure/o3-mini",
		"deepseek-ai/DeepSeek-R1",
		"deepseek-reasoner",
		"Qwen/Qwen3-30B-A3B-Thinking-2507",
		"kimi-k2-thinking",
		"grok-4-fast-reasoning",
		"Qwen/QwQ-32B",
		"mistralai/Magistral-Small-2506",
	])("%s", async (model) => {
		const [sent] = await sentThrough(anywhere, [{ model }]);
		expect(sent).toEqual({ ...hello, model });
	});

	test.each(["gpt-4o", "gpt-4-turbo", "o11y-helper", "o365-bot", "qwen-3", "solo1"])(
		"%s is given them",
		async (model) => {
			const [sent] = await sentThrough(anywhere, [{ model }]);
			expect(given(sent as Record<string, unknown>)).toEqual([model, 128, 0.7]);
		},
	);

	test("one that refuses a temperature alone is given the other", async () => {
		const [sent] = await sentThrough(anywhere, [{ model: "anthropic/claude-opus-4-7" }]);
		expect(given(sent as Record<string, unknown>)).toEqual(["anthropic/claude-opus-4-7", 128, undefined]);
	});

	test("what the client says itself is sent", async () => {
		const [sent] = await sentThrough(anywhere, [{ model: "o3", temperature: 1, max_tokens: 7 }]);
		expect(given(sent as Record<string, unknown>)).toEqual(["o3", 7, 1]);
	});

	test("also where its name is only the target's", async () => {
		const sent = await sentThrough(alias, [{ model: "clever" }, { model: "qwen-3" }]);
		expect(sent.map(given)).toEqual([
			["gpt-5-mini", undefined, undefined],
			["qwen-3", 128, 0.7],
		]);
	});

	test("and targets of the same route that take them are given them", async () => {
		const failover = (url: string): Routing => ({
			upstreams: [upstream("a", url), upstream("b", url)],
			routes: [
				route([target("a", { model: "small" }), target("b", { model: "gpt-5" })], {
					models: ["any"],
					retry: { ...defaultRetry, attemptsPerTarget: 1 },
				}),
			],
		});
		const sent = await sentThrough(
			failover,
			[{ model: "any" }, { model: "any", temperature: 0.2 }],
			(request, response) => sendJson(response, { choices: [] }, String(request.body).includes('"small"') ? 503 : 200),
		);
		expect(sent.map(given)).toEqual([
			["small", 128, 0.7],
			["gpt-5", undefined, undefined],
			["small", 128, 0.2],
			["gpt-5", undefined, 0.2],
		]);
	});

	test("an overlay adds names", async () => {
		const overlay = configFile(`overlay: 1.0.0
info: {title: t, version: "1"}
actions:
  - target: $['x-models-without-defaults']
    update: [{models: ["ours-*"], properties: [temperature]}]
`);
		const [sent] = await sentThrough(anywhere, [{ model: "ours-7" }], undefined, { overlay: [overlay] });
		expect(given(sent as Record<string, unknown>)).toEqual(["ours-7", 128, undefined]);
	});
});
