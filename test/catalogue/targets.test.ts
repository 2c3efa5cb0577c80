/** Targets whose models are known not to take a request are passed over; and answers are as long as models can write. */
import { expect, test } from "vitest";
import { clientOf, route, target } from "../kit/routing.js";
import { anthropic, completion, type Json, json, message } from "../kit/translated.js";
import { gatewayOver } from "./scene.js";

const says = (text: string) => completion({ content: text });
const tooLong = json(
	{ error: { message: "This model's maximum context length is 4096 tokens.", code: "context_length_exceeded" } },
	400,
);
const picture: Json = {
	role: "user",
	content: [
		{ type: "text", text: "What is this?" },
		{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
	],
};
const words = (count: number): Json => ({ role: "user", content: "word ".repeat(count) });
const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }];
const schema = { type: "json_schema", json_schema: { name: "answer", schema: { type: "object" } } };

const plain = {
	list: {
		data: [
			{
				id: "m",
				context_length: 4096,
				architecture: { input_modalities: ["text"] },
				supported_parameters: ["temperature"],
			},
		],
	},
	answer: says("plain"),
};
const able = {
	list: {
		data: [
			{
				id: "m",
				context_length: 100_000,
				architecture: { input_modalities: ["text", "image"] },
				supported_parameters: ["tools", "structured_outputs"],
			},
		],
	},
	answer: says("able"),
};

test.each<[string, object, string[]]>([
	["a short text", { messages: [words(10)] }, ["plain"]],
	["an image", { messages: [picture] }, ["able"]],
	["tools", { messages: [words(10)], tools }, ["able"]],
	["a schema", { messages: [words(10)], response_format: schema }, ["able"]],
	["a long text", { messages: [words(20_000)] }, ["able"]],
])("%s goes to the first target that is not known to lack what it needs", async (_what, request, expected) => {
	const scene = await gatewayOver({ plain, able }, [route(["plain/m", "able/m"], { models: ["chat"] })]);
	const answer = await clientOf(scene.gateway).chat.completions.create({ model: "chat", ...request } as never);
	expect((answer as { choices: { message: { content: string } }[] }).choices[0]?.message.content).toBe(expected[0]);
	expect([scene.asked("plain").length, scene.asked("able").length]).toEqual(expected[0] === "plain" ? [1, 0] : [0, 1]);
});

test("fallbacks count too, and a pattern's models are known by the names that clients use", async () => {
	const scene = await gatewayOver({ plain, able }, [
		route(["plain"], {
			models: ["*"],
			stages: ["plain", "able"].map((name) => ({
				kind: "group",
				strategy: { kind: "ordered" },
				targets: [target(name)],
				weight: 1,
				when: undefined,
				canary: undefined,
			})),
		}),
	]);
	const client = clientOf(scene.gateway);
	await client.chat.completions.create({ model: "m", messages: [picture] } as never);
	await client.chat.completions.create({ model: "unheard-of", messages: [picture] } as never);
	expect(scene.asked("able").map(({ model }) => model)).toEqual(["m"]);
	expect(scene.asked("plain").map(({ model }) => model)).toEqual(["unheard-of"]);
});

test("a list is never the reason for a refusal: if nobody is known to take it, it is asked all the same", async () => {
	const scene = await gatewayOver({ plain, other: plain }, [route(["plain/m", "other/m"], { models: ["chat"] })]);
	await clientOf(scene.gateway).chat.completions.create({ model: "chat", messages: [picture], tools } as never);
	expect(scene.asked("plain")).toHaveLength(1);
});

test("what the configuration says wins over the list", async () => {
	const sure = target("plain/m", { capabilities: { vision: true, tools: true, context: 200_000 } });
	const scene = await gatewayOver({ plain, able }, [route([sure, "able/m"], { models: ["chat"] })]);
	await clientOf(scene.gateway).chat.completions.create({
		model: "chat",
		messages: [picture, words(20_000)],
		tools,
	} as never);
	expect([scene.asked("plain").length, scene.asked("able").length]).toEqual([1, 0]);
});

const sized = (context: number | undefined, answer = says(String(context))) => ({
	list: { data: [{ id: "m", ...(context === undefined ? {} : { max_model_len: context }) }] },
	answer,
});

test.each<[string, (number | undefined)[], string]>([
	["a larger one is asked", [4096, 8192], "8192"],
	["one that is not larger is not, and the next is", [4096, 4096, 2048, 32_768], "32768"],
	["one of unknown size is not", [4096, undefined, 16_384], "16384"],
])("where a prompt was too long, of the fallbacks %s", async (_what, [first, ...others], expected) => {
	const upstreams = { first: sized(first, tooLong) } as Record<string, ReturnType<typeof sized>>;
	for (const [at, context] of others.entries()) upstreams[`other${at}`] = sized(context);
	const scene = await gatewayOver(upstreams, [
		route(
			Object.keys(upstreams).map((name) => `${name}/m`),
			{ models: ["chat"] },
		),
	]);
	const answer = await clientOf(scene.gateway).chat.completions.create({
		model: "chat",
		messages: [words(5)],
	} as never);
	expect((answer as { choices: { message: { content: string } }[] }).choices[0]?.message.content).toBe(expected);
	for (const [at, context] of others.entries())
		if (String(context) !== expected) expect(scene.asked(`other${at}`)).toEqual([]);
});

test("where none is larger the client reads the refusal", async () => {
	const scene = await gatewayOver({ a: sized(4096, tooLong), b: sized(4096) }, [
		route(["a/m", "b/m"], { models: ["chat"] }),
	]);
	const asked = clientOf(scene.gateway).chat.completions.create({ model: "chat", messages: [words(5)] } as never);
	await expect(asked).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" });
	expect(scene.asked("b")).toEqual([]);
});

const claude = (limits: object) => ({
	list: { data: [{ type: "model", id: "claude-new", created_at: "2026-01-01T00:00:00Z", ...limits }], has_more: false },
	answer: message([{ type: "text", text: "Hi" }]),
	settings: anthropic,
});

test.each<[string, object, object, object, number]>([
	["the model's own maximum", { max_input_tokens: 200_000, max_tokens: 64_000 }, {}, {}, 64_000],
	["what the configuration says", { max_tokens: 64_000 }, { output: 5_000 }, {}, 5_000],
	["the client's number", { max_tokens: 64_000 }, {}, { max_tokens: 77 }, 77],
	["no more than the model can write", { max_tokens: 64_000 }, {}, { max_completion_tokens: 100_000 }, 64_000],
	["a usual number if nothing is known", {}, {}, {}, 32_000],
])("max_tokens is %s", async (_what, limits, capabilities, request, expected) => {
	const scene = await gatewayOver({ claude: claude(limits) }, [
		route([target("claude/claude-new", { capabilities })], { models: ["chat"] }),
	]);
	await clientOf(scene.gateway).chat.completions.create({ model: "chat", messages: [words(5)], ...request } as never);
	expect(scene.asked("claude")[0]?.max_tokens).toBe(expected);
});

test("max_tokens leaves room for the prompt within the context", async () => {
	const scene = await gatewayOver({ claude: claude({ max_input_tokens: 40_000, max_tokens: 32_000 }) }, [
		route(["claude/claude-new"], { models: ["chat"] }),
	]);
	const ask = (count: number) =>
		clientOf(scene.gateway).chat.completions.create({ model: "chat", messages: [words(count)] } as never);
	await ask(20_000);
	await ask(60_000);
	const [within, without] = scene.asked("claude").map(({ max_tokens: most }) => Number(most));
	expect(within).toBeGreaterThan(1_024);
	expect(within).toBeLessThan(40_000 - 20_000);
	expect(without).toBe(1_024);
});

test.each<[string, unknown, unknown]>([
	["is told how much to reason", ["reasoning"], "high"],
	["is not asked to, if it can't", ["temperature"], undefined],
])("a model that its list says about reasoning %s", async (_what, parameters, effort) => {
	const list = { data: [{ id: "m", supported_parameters: parameters }] };
	const scene = await gatewayOver({ a: { list, answer: says("Hi") } }, [route(["a/m"], { models: ["chat"] })]);
	const response = await fetch(`${scene.gateway.url}/v1/messages`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({
			model: "chat",
			max_tokens: 9000,
			messages: [{ role: "user", content: "Hi" }],
			thinking: { type: "adaptive" },
			output_config: { effort: "high" },
		}),
	});
	expect(response.status).toBe(200);
	expect(scene.asked("a")[0]?.reasoning_effort).toBe(effort);
});
