/** Lists of models with all that is known of them, in the shape that each vendor's client reads. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { jsonOf } from "../kit/gateway.js";
import { route, target } from "../kit/routing.js";
import { gatewayOver } from "./scene.js";

type Json = Record<string, unknown>;

const groq = {
	list: {
		data: [
			{
				id: "llama",
				object: "model",
				created: 5,
				owned_by: "Meta",
				context_window: 131_072,
				max_completion_tokens: 32_768,
			},
			{ id: "whisper-large", object: "model", created: 6, owned_by: "OpenAI" },
		],
	},
};
const router = {
	list: {
		data: [
			{
				id: "meta/llama",
				context_length: 8192,
				architecture: { input_modalities: ["text", "image"] },
				supported_parameters: ["tools", "reasoning"],
				pricing: { prompt: "0.000001", completion: "0.000002" },
			},
		],
	},
};
const gemini = {
	list: {
		models: [
			{
				name: "models/gemini-x",
				version: "x",
				displayName: "Gemini X",
				inputTokenLimit: 1_000_000,
				outputTokenLimit: 65_536,
				supportedGenerationMethods: ["generateContent"],
				thinking: true,
				temperature: 1,
			},
		],
	},
	settings: { provider: "gemini" },
};

const scene = () =>
	gatewayOver({ groq, router, gemini }, [
		route(["groq/llama"], { models: ["fast"] }),
		route([target("router/meta/llama", { capabilities: { context: 6000 } }), "groq/llama"], { models: ["both"] }),
		route(["gemini"], { models: ["gemini-*"] }),
	]);

test("OpenAI's SDK lists and retrieves them with their limits, and of several targets the least", async () => {
	const { gateway } = await scene();
	const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "x", maxRetries: 0 });
	const { data } = (await client.models.list()) as unknown as { data: Json[] };
	expect(data).toEqual([
		{
			...groq.list.data[0],
			id: "fast",
			max_output_tokens: 32_768,
		},
		{
			...{ id: "both", object: "model", created: 0, owned_by: "unknown" },
			...{ context_length: 8192, architecture: { input_modalities: ["text", "image"] } },
			supported_parameters: ["tools", "reasoning"],
			capabilities: { json_schema: false },
			context_window: 6000,
			max_output_tokens: 32_768,
			pricing: { prompt: "0.000001", completion: "0.000002", input: 1, cached_input: 1, output: 2 },
		},
		{
			id: "gemini-x",
			object: "model",
			created: 0,
			owned_by: "google",
			display_name: "Gemini X",
			context_length: 1_000_000,
			context_window: 1_000_000,
			max_output_tokens: 65_536,
			capabilities: { reasoning: true },
		},
	]);
	expect(await client.models.retrieve("both")).toMatchObject({ id: "both", context_window: 6000 });
});

test("Anthropic's SDK lists and retrieves them with their limits and capabilities", async () => {
	const { gateway } = await gatewayOver({ router }, [route(["router/meta/llama"], { models: ["chat"] })]);
	const client = new Anthropic({ baseURL: gateway.url, apiKey: "x", maxRetries: 0 });
	const { data } = await client.models.list();
	expect(data).toMatchObject([
		{
			type: "model",
			id: "chat",
			max_input_tokens: 8192,
			input_modalities: ["text", "image"],
			pricing: { input: 1, output: 2 },
			capabilities: {
				image_input: { supported: true },
				structured_outputs: { supported: false },
				thinking: { supported: true, types: { enabled: { supported: true } } },
				batch: { supported: false },
			},
		},
	]);
	expect(await client.models.retrieve("chat")).toEqual(data[0]);
});

test("Google's SDK lists and retrieves them with their limits", async () => {
	const { gateway } = await scene();
	const client = new GoogleGenAI({ apiKey: "x", httpOptions: { baseUrl: gateway.url } });
	const listed: Json[] = [];
	for await (const model of await client.models.list()) listed.push(model as Json);
	expect(listed).toMatchObject([
		{ name: "models/fast", inputTokenLimit: 131_072, outputTokenLimit: 32_768 },
		{ name: "models/both", inputTokenLimit: 6000, outputTokenLimit: 32_768 },
		{ name: "models/gemini-x", version: "x", inputTokenLimit: 1_000_000, outputTokenLimit: 65_536 },
	]);
	expect(await client.models.get({ model: "both" })).toMatchObject({ inputTokenLimit: 6000 });
	const { thinking, temperature } = await jsonOf<Json>(await fetch(`${gateway.url}/v1beta/models/gemini-x`));
	expect([thinking, temperature]).toEqual([true, 1]);
});

const askAsCodex = (url: string, headers: Record<string, string> = {}) =>
	fetch(`${url}/v1/models?client_version=0.171.0`, { headers });

test("Codex reads a catalogue of the models that can chat", async () => {
	const { gateway } = await scene();
	const { models } = await jsonOf<{ models: Json[] }>(await askAsCodex(gateway.url));
	expect(models.map(({ slug }) => slug)).toEqual(["fast", "both", "gemini-x"]);
	expect(models[1]).toMatchObject({
		display_name: "both",
		context_window: 6000,
		max_context_window: 6000,
		effective_context_window_percent: 95,
		supported_reasoning_levels: [],
		supports_reasoning_summaries: false,
		shell_type: "shell_command",
		visibility: "list",
		supported_in_api: true,
		priority: 1,
		upgrade: null,
		support_verbosity: false,
		apply_patch_tool_type: "freeform",
		truncation_policy: { mode: "tokens", limit: 10_000 },
		supports_parallel_tool_calls: true,
		experimental_supported_tools: [],
	});
	expect(models[2]).toMatchObject({
		display_name: "Gemini X",
		default_reasoning_level: "medium",
		supports_reasoning_summaries: true,
	});
	for (const { base_instructions: text } of models) expect(String(text).length).toBeGreaterThan(500);
});

test("Codex is told that nothing has changed", async () => {
	const { gateway } = await scene();
	const etag = (await askAsCodex(gateway.url)).headers.get("etag") ?? "";
	const again = await askAsCodex(gateway.url, { "if-none-match": etag });
	expect([again.status, await again.text()]).toEqual([304, ""]);
	expect((await askAsCodex(gateway.url, { "if-none-match": '"other"' })).status).toBe(200);
});

test("where everything goes to one upstream, its list gets what else is known, and keeps the rest", async () => {
	const list = { object: "list", extra: 7, data: [{ id: "m", object: "model", max_model_len: 4096, root: "/m" }] };
	const { gateway } = await gatewayOver({ only: { list } }, [route([target("only")], { models: ["*"] })]);
	expect(await jsonOf(await fetch(`${gateway.url}/v1/models`))).toEqual({
		...list,
		data: [{ ...list.data[0], created: 0, owned_by: "unknown", context_window: 4096 }],
	});
	const codex = await jsonOf<{ models: Json[] }>(await fetch(`${gateway.url}/v1/models?client_version=1`));
	expect(codex.models).toMatchObject([{ slug: "m", context_window: 4096 }]);
});
