/** What vendors and servers say of their models, each in its own words. */
import { describe, expect, test } from "vitest";
import { FactsByName } from "../../src/catalogue/catalogue.js";
import { entriesIn } from "../../src/catalogue/listEntries.js";
import { commonFacts, type ModelFacts, mergeFacts } from "../../src/catalogue/modelFacts.js";
import { readFacts } from "../../src/catalogue/readFacts.js";

const supported = { supported: true };
const unsupported = { supported: false };

const lists: [vendor: string, answer: unknown, id: string, facts: ModelFacts][] = [
	[
		"vLLM",
		{ object: "list", data: [{ id: "Qwen/Qwen3-8B", owned_by: "vllm", max_model_len: 32768, root: "Qwen/Qwen3-8B" }] },
		"Qwen/Qwen3-8B",
		{ contextWindow: 32768 },
	],
	["SGLang", { data: [{ id: "m", owned_by: "sglang", max_model_len: 40960 }] }, "m", { contextWindow: 40960 }],
	[
		"llama.cpp, by its training",
		{ data: [{ id: "gpt-oss", owned_by: "llamacpp", meta: { n_ctx_train: 131072, n_params: 1 } }] },
		"gpt-oss",
		{ contextWindow: 131072 },
	],
	[
		"llama.cpp, as it was loaded",
		{ data: [{ id: "gpt-oss", owned_by: "llamacpp", meta: { n_ctx_train: 131072, n_ctx: 8192 } }] },
		"gpt-oss",
		{ contextWindow: 8192 },
	],
	[
		"LM Studio, a model with vision that is loaded",
		{
			data: [
				{
					id: "qwen2-vl-7b",
					type: "vlm",
					compatibility_type: "gguf",
					state: "loaded",
					max_context_length: 32768,
					loaded_context_length: 4096,
					capabilities: ["tool_use"],
				},
			],
		},
		"qwen2-vl-7b",
		{ contextWindow: 4096, images: true, tools: true },
	],
	[
		"LM Studio, a model of texts that is not",
		{ data: [{ id: "llama", type: "llm", compatibility_type: "mlx", max_context_length: 131072 }] },
		"llama",
		{ contextWindow: 131072, images: false },
	],
	[
		"LM Studio, by its newer API",
		{
			models: [
				{
					type: "llm",
					key: "google/gemma-3",
					display_name: "Gemma 3",
					max_context_length: 131072,
					loaded_instances: [{ id: "a", config: { context_length: 8192 } }],
					capabilities: { vision: true, trained_for_tool_use: false },
				},
			],
		},
		"google/gemma-3",
		{ contextWindow: 8192, images: true, displayName: "Gemma 3" },
	],
	[
		"OpenRouter",
		{
			data: [
				{
					id: "anthropic/claude-sonnet-4.5",
					name: "Anthropic: Claude Sonnet 4.5",
					context_length: 1_000_000,
					architecture: { modality: "text+image->text", input_modalities: ["text", "image", "file"] },
					pricing: {
						prompt: "0.000003",
						completion: "0.000015",
						image: "0",
						internal_reasoning: "0",
						input_cache_read: "0.0000003",
						input_cache_write: "0.00000375",
					},
					top_provider: { context_length: 1_000_000, max_completion_tokens: 64_000 },
					supported_parameters: ["max_tokens", "tools", "reasoning", "structured_outputs"],
				},
			],
		},
		"anthropic/claude-sonnet-4.5",
		{
			contextWindow: 1_000_000,
			maxOutputTokens: 64_000,
			images: true,
			audio: false,
			video: false,
			files: true,
			tools: true,
			jsonSchema: true,
			reasoning: true,
			cost: { input: 3, cached: 0.3, cacheWrite: 3.75, output: 15 },
		},
	],
	[
		"OpenRouter, a router without a price and a model without tools",
		{
			data: [
				{
					id: "openrouter/auto",
					context_length: 2_000_000,
					architecture: { input_modalities: ["text"] },
					pricing: { prompt: "-1", completion: "-1" },
					supported_parameters: ["temperature"],
				},
			],
		},
		"openrouter/auto",
		{
			contextWindow: 2_000_000,
			images: false,
			audio: false,
			video: false,
			files: false,
			tools: false,
			jsonSchema: false,
			reasoning: false,
		},
	],
	[
		"Mistral",
		{
			data: [
				{
					id: "mistral-large-2512",
					aliases: ["mistral-large-latest"],
					max_context_length: 262144,
					capabilities: { completion_chat: true, function_calling: true, vision: true, audio: false, reasoning: false },
				},
			],
		},
		"mistral-large-latest",
		{ contextWindow: 262144, tools: true, images: true, audio: false, reasoning: false },
	],
	[
		"Anthropic",
		{
			data: [
				{
					type: "model",
					id: "claude-opus-4-6",
					display_name: "Claude Opus 4.6",
					max_input_tokens: 200_000,
					max_tokens: 128_000,
					capabilities: {
						image_input: supported,
						pdf_input: supported,
						structured_outputs: unsupported,
						thinking: { ...supported, types: {} },
						effort: { ...supported, low: supported, medium: supported, high: supported, max: unsupported, xhigh: null },
					},
				},
			],
			has_more: false,
		},
		"claude-opus-4-6",
		{
			contextWindow: 200_000,
			maxInputTokens: 200_000,
			maxOutputTokens: 128_000,
			images: true,
			files: true,
			jsonSchema: false,
			reasoning: true,
			efforts: ["low", "medium", "high"],
			displayName: "Claude Opus 4.6",
		},
	],
	[
		"Google",
		{
			models: [
				{
					name: "models/gemini-2.5-flash",
					displayName: "Gemini 2.5 Flash",
					inputTokenLimit: 1_048_576,
					outputTokenLimit: 65_536,
					supportedGenerationMethods: ["generateContent"],
					thinking: true,
				},
			],
		},
		"gemini-2.5-flash",
		{
			contextWindow: 1_048_576,
			maxInputTokens: 1_048_576,
			maxOutputTokens: 65_536,
			reasoning: true,
			displayName: "Gemini 2.5 Flash",
		},
	],
	[
		"Cohere",
		{
			models: [
				{
					name: "command-a-03-2025",
					endpoints: ["chat"],
					context_length: 288_000,
					features: ["json_schema", "tools", "strict_tools"],
				},
			],
		},
		"command-a-03-2025",
		{ contextWindow: 288_000, tools: true, jsonSchema: true, images: false, reasoning: false },
	],
	[
		"Together, whose list is bare",
		[
			{
				id: "moonshotai/Kimi-K2",
				type: "chat",
				context_length: 262_144,
				display_name: "Kimi K2",
				pricing: { hourly: 0, input: 1, output: 3, base: 0, finetune: 0 },
			},
		],
		"moonshotai/Kimi-K2",
		{ contextWindow: 262_144, cost: { input: 1, output: 3 }, displayName: "Kimi K2" },
	],
	[
		"Together, a model that is rented by the hour",
		[{ id: "m", context_length: 4096, pricing: { hourly: 4.5, input: 0, output: 0 } }],
		"m",
		{ contextWindow: 4096 },
	],
	[
		"Groq",
		{ data: [{ id: "llama-3.3-70b-versatile", context_window: 131_072, max_completion_tokens: 32_768 }] },
		"llama-3.3-70b-versatile",
		{ contextWindow: 131_072, maxOutputTokens: 32_768 },
	],
	[
		"xAI, in its list of language models",
		{
			models: [
				{
					id: "grok-4",
					aliases: ["grok-4-latest"],
					input_modalities: ["text", "image"],
					output_modalities: ["text"],
					prompt_text_token_price: 30_000,
					cached_prompt_text_token_price: 7_500,
					completion_text_token_price: 150_000,
				},
			],
		},
		"grok-4-latest",
		{ images: true, audio: false, video: false, files: false, cost: { input: 3, cached: 0.75, output: 15 } },
	],
	[
		"Fireworks",
		{
			data: [
				{
					id: "accounts/fireworks/models/kimi-k2",
					context_length: 131_072,
					supports_chat: true,
					supports_image_input: false,
					supports_tools: true,
				},
			],
		},
		"accounts/fireworks/models/kimi-k2",
		{ contextWindow: 131_072, images: false, tools: true },
	],
	[
		"Moonshot",
		{
			data: [
				{
					id: "kimi-k2.5",
					context_length: 262_144,
					supports_image_in: true,
					supports_video_in: false,
					supports_reasoning: true,
				},
			],
		},
		"kimi-k2.5",
		{ contextWindow: 262_144, images: true, video: false, reasoning: true },
	],
	[
		"Vercel",
		{
			data: [
				{
					id: "openai/gpt-5",
					context_window: 400_000,
					max_tokens: 128_000,
					tags: ["reasoning", "tool-use", "vision", "file-input"],
					pricing: { input: "0.00000125", output: "0.00001", input_cache_read: "0.00000013" },
				},
			],
		},
		"openai/gpt-5",
		{
			contextWindow: 400_000,
			maxOutputTokens: 128_000,
			images: true,
			files: true,
			tools: true,
			reasoning: true,
			cost: { input: 1.25, cached: 0.13, output: 10 },
		},
	],
	[
		"Hugging Face's router",
		{
			data: [
				{
					id: "zai-org/GLM-4.6",
					architecture: { input_modalities: ["text"] },
					providers: [
						{ provider: "a", context_length: 202_752, supports_tools: true, supports_structured_output: false },
						{ provider: "b", context_length: 131_072, supports_tools: false },
					],
				},
			],
		},
		"zai-org/GLM-4.6",
		{
			contextWindow: 131_072,
			images: false,
			audio: false,
			video: false,
			files: false,
			tools: true,
			jsonSchema: false,
		},
	],
	[
		"Bedrock",
		{ modelSummaries: [{ modelId: "amazon.nova-lite-v1:0", inputModalities: ["TEXT", "IMAGE", "VIDEO"] }] },
		"amazon.nova-lite-v1:0",
		{ images: true, audio: false, video: true, files: false },
	],
	[
		"another gateway like this one",
		{
			data: [
				{
					id: "chat",
					context_window: 8192,
					max_output_tokens: 1024,
					input_modalities: ["text", "image"],
					capabilities: { vision: true, tools: true, json_schema: false, reasoning: true },
					reasoning_efforts: ["low", "high"],
					pricing: { input: 2, cached_input: 0.5, output: 8 },
				},
			],
		},
		"chat",
		{
			contextWindow: 8192,
			maxOutputTokens: 1024,
			images: true,
			audio: false,
			video: false,
			files: false,
			tools: true,
			jsonSchema: false,
			reasoning: true,
			efforts: ["low", "high"],
			cost: { input: 2, cached: 0.5, output: 8 },
		},
	],
	["OpenAI, which says nothing", { object: "list", data: [{ id: "gpt-5", object: "model", created: 1 }] }, "gpt-5", {}],
];

test.each(lists)("a list of %s", (_vendor, answer, id, facts) => {
	const entry = entriesIn(answer)?.find((one) => one.id === id || one.aliases.includes(id));
	expect(entry && readFacts(entry.json)).toEqual(facts);
});

describe("what servers answer when they are asked for more", () => {
	test.each<[string, Record<string, unknown>, ModelFacts]>([
		[
			"Ollama's /api/show",
			{
				capabilities: ["completion", "tools", "thinking"],
				model_info: { "general.architecture": "qwen3", "qwen3.context_length": 40960 },
			},
			{ contextWindow: 40960, images: false, audio: false, tools: true, reasoning: true },
		],
		[
			"Ollama's /api/show of a model whose file sets the context",
			{
				parameters: "stop  <eos>\nnum_ctx    8192",
				capabilities: ["completion", "vision"],
				model_info: { "gemma3.context_length": 131072 },
			},
			{ contextWindow: 8192, images: true, audio: false, tools: false, reasoning: false },
		],
		[
			"TGI's /info",
			{ model_id: "m", max_input_tokens: 4000, max_total_tokens: 4096, max_batch_total_tokens: 9999 },
			{ contextWindow: 4096, maxInputTokens: 4000 },
		],
		[
			"llama.cpp's /props",
			{ default_generation_settings: { n_ctx: 16384 }, modalities: { vision: true, audio: false } },
			{ contextWindow: 16384, images: true, audio: false },
		],
	])("%s", (_what, json, facts) => expect(readFacts(json)).toEqual(facts));
});

test("nonsense is no fact", () => {
	const odd = {
		max_model_len: "32k",
		context_length: -1,
		context_window: 2 ** 53,
		max_completion_tokens: 0,
		input_modalities: [7, null],
		capabilities: { vision: "yes" },
		supported_parameters: "tools",
		pricing: { prompt: "free", completion: Number.NaN, input: -3, output: 1e9 },
		display_name: "  ",
	};
	expect(readFacts(odd)).toEqual({});
	expect(readFacts({ context_length: 4096, max_tokens: 100_000 })).toEqual({ contextWindow: 4096 });
	expect(readFacts({ pricing: { currency: "CNY", input: 1, output: 2 } })).toEqual({});
});

test("the configuration is trusted most, then the upstream's list, then the price list", () => {
	const merged = mergeFacts({
		configuration: { contextWindow: 1000, tools: undefined },
		upstream: { contextWindow: 2000, tools: false, images: true },
		"price list": { contextWindow: 3000, images: false, reasoning: true },
	});
	expect(merged).toEqual({
		facts: { contextWindow: 1000, tools: false, images: true, reasoning: true },
		sources: { contextWindow: "configuration", tools: "upstream", images: "upstream", reasoning: "price list" },
	});
});

test("of several models what holds for all is said", () => {
	const one: ModelFacts = {
		contextWindow: 8192,
		images: true,
		tools: true,
		reasoning: true,
		efforts: ["low", "high"],
		cost: { input: 1, output: 2 },
		displayName: "One",
	};
	const other: ModelFacts = {
		contextWindow: 4096,
		maxOutputTokens: 512,
		images: false,
		tools: true,
		efforts: ["high"],
	};
	expect(commonFacts([one, other])).toEqual({
		contextWindow: 4096,
		maxOutputTokens: 512,
		images: false,
		tools: true,
		efforts: ["high"],
		cost: { input: 1, output: 2 },
		displayName: "One",
	});
	expect(commonFacts([one])).toBe(one);
	expect(commonFacts([])).toEqual({});
});

test("a model is found by the names that it may be asked for by", () => {
	const facts = new FactsByName({
		"claude-sonnet-4-5-20250929": { contextWindow: 1 },
		"qwen3:latest": { contextWindow: 2 },
		"Qwen/Qwen3-8B": { contextWindow: 3 },
		"gpt-4o-2024-11-20": { contextWindow: 4 },
		"gpt-4o-mini": { contextWindow: 5 },
	});
	const found = (name: string) => facts.find(name)?.contextWindow;
	expect(["claude-sonnet-4-5", "qwen3", "qwen/qwen3-8b", "gpt-4o", "gpt-4o-mini"].map(found)).toEqual([1, 2, 3, 4, 5]);
	expect(["claude-sonnet", "gpt-4", "", "models/"].map(found)).toEqual([undefined, undefined, undefined, undefined]);
});
