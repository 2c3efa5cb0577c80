/** A response's `prompt`: one that the gateway keeps, or one of the upstream's own. */
import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { sendJson } from "../kit/aiHost.js";
import { type Prompt, clientOf as promptsOf, support } from "../kit/prompts.js";
import { clientOf, gatewayWith, route, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";
import { completion, type Json } from "../kit/translated.js";

type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming;

async function setUp(settings: Parameters<typeof upstream>[2] = {}) {
	const host = await hostOf((request, response, message) =>
		request.url.includes("/responses")
			? sendJson(response, { id: "resp_1", object: "response", output: [], input_tokens: 3 })
			: completion({ content: "Hi." })(request, response, message),
	);
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, settings)],
		routes: [route(["one"])],
	});
	const client = clientOf(gateway);
	return {
		client,
		call: promptsOf(gateway),
		create: (body: Partial<Params>) => client.responses.create({ model: "test-model", ...body }).withResponse(),
		sent: () => JSON.parse(host.received.at(-1)?.body.toString() ?? "") as Json,
		host,
	};
}

const asked = { id: "support-reply", variables: { company: "Acme", question: "Where is my order?" } };
const input = [{ role: "user" as const, content: "Please." }];

test("its messages come before the input, and its parameters hold where the request has none", async () => {
	const { call, create, sent } = await setUp({ dialects: ["openai.responses"] });
	const { id } = (await call<Prompt>("POST", "/prompts", support)).body;
	const { response } = await create({ prompt: asked, input, temperature: 0.9 });
	expect(response.headers.get("x-llmgw-prompt")).toBe(`${id}@1`);
	expect(sent()).toEqual({
		model: "test-model",
		store: false,
		temperature: 0.9,
		max_output_tokens: 400,
		input: [
			{
				type: "message",
				role: "system",
				content: [{ type: "input_text", text: "You answer customers of Acme, in English." }],
			},
			{ type: "message", role: "user", content: [{ type: "input_text", text: "Where is my order?" }] },
			...input,
		],
	});
	await create({ prompt: asked, input: "Please." });
	expect((sent().input as Json[]).at(-1)).toMatchObject({ role: "user", content: "Please." });
	await create({ prompt: asked });
	expect(sent().input).toHaveLength(2);
});

test("it reaches upstreams of chat completions, in counts of tokens too", async () => {
	const { call, create, sent, client, host } = await setUp();
	await call("POST", "/prompts", support);
	await create({ prompt: asked });
	expect(sent().messages).toMatchObject([
		{ content: "You answer customers of Acme, in English." },
		{ role: "user", content: "Where is my order?" },
	]);
	const counting = { model: "test-model", prompt: asked } as Parameters<typeof client.responses.inputTokens.count>[0];
	const { input_tokens: tokens } = await client.responses.inputTokens.count(counting);
	expect(tokens).toBeGreaterThan(15);
	expect(host.received).toHaveLength(1);
});

test("its version is a number in a text, or a label", async () => {
	const { call, create, sent } = await setUp();
	const body = (text: string) => ({ messages: [{ role: "user", content: text }] });
	await call("POST", "/prompts", { name: "p", ...body("One") });
	await call("POST", "/prompts/p/versions", body("Two"));
	await call("PUT", "/prompts/p/labels/old", { version: 1 });
	for (const [version, text] of [
		["1", "One"],
		["2", "Two"],
		["old", "One"],
		["latest", "Two"],
		[null, "Two"],
	] as const) {
		await create({ prompt: { id: "p", version } });
		expect([version, sent().messages]).toEqual([version, [{ role: "user", content: text }]]);
	}
});

describe("its variables", () => {
	const picture = { type: "input_image" as const, image_url: "https://example.com/a.png", detail: "low" as const };
	const file = { type: "input_file" as const, file_url: "https://example.com/a.pdf" };
	const template = [{ role: "user", content: "Look: {{what}} and {{other}}!" }];
	const variables = { what: {}, other: { default: "nothing" } };

	test("may be texts, pictures and files", async () => {
		const { call, create, sent } = await setUp({ dialects: ["openai.responses"] });
		await call("POST", "/prompts", { name: "p", messages: template, variables });
		await create({ prompt: { id: "p", variables: { what: picture, other: file } } });
		const text = (said: string) => ({ type: "input_text", text: said });
		expect(sent().input).toMatchObject([{ content: [text("Look: "), picture, text(" and "), file, text("!")] }]);
		await create({ prompt: { id: "p", variables: { what: { type: "input_text", text: "a {{b}}" } } } });
		expect(sent().input).toMatchObject([{ content: [text("Look: a {{b}} and nothing!")] }]);
	});

	test.each([
		["is missing", { variables: {} }, "prompt.variables.what", "missing_variable"],
		["is unknown", { variables: { what: "x", more: "y" } }, "prompt.variables.more", "unknown_variable"],
		["are no object", { variables: ["x"] }, "prompt.variables", "invalid_type"],
	])("are refused where one %s", async (_what, prompt, param, code) => {
		const { call, create } = await setUp();
		await call("POST", "/prompts", { name: "p", messages: template, variables });
		await expect(create({ prompt: { id: "p", ...prompt } as never })).rejects.toMatchObject({
			status: 400,
			param,
			code,
		});
	});

	test("are no pictures in instructions", async () => {
		const { call, create } = await setUp();
		await call("POST", "/prompts", { name: "p", messages: [{ role: "system", content: "{{what}}" }], variables });
		const asking = create({ prompt: { id: "p", variables: { what: picture } } });
		await expect(asking).rejects.toMatchObject({ status: 400, param: "prompt.variables" });
	});
});

test("one that the gateway doesn't have goes on to an upstream with prompts of its own, and is not found elsewhere", async () => {
	const prompt = { id: "pmpt_123", version: "2", variables: { city: "Berlin" } };
	const theirs = await setUp({ provider: "openai", key: "sk" });
	await theirs.create({ prompt });
	expect(theirs.sent()).toEqual({ model: "test-model", prompt });
	const { create, host } = await setUp({ dialects: ["openai.responses"] });
	await expect(create({ prompt })).rejects.toMatchObject({ status: 404, code: "prompt_not_found", param: "prompt.id" });
	await expect(create({ prompt: {} as never })).rejects.toMatchObject({ status: 400, param: "prompt.id" });
	expect(host.received).toEqual([]);
});
