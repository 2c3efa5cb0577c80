/** Usage as vendors report it (most of it recorded), and what it comes to: tokens, and what they cost. */
import { describe, expect, onTestFinished, test } from "vitest";
import { costOfTokens, ratesOf } from "../../src/accounting/price.js";
import { textTokens } from "../../src/chat/tokenCounts.js";
import { laterUsage } from "../../src/dialects/laterUsage.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { readUsage, tokensOf, usageIn } from "../../src/dialects/usageCounts.js";
import { AnswerBody } from "../../src/upstream/answerBody.js";
import { EventStream } from "../../src/upstream/eventStream.js";
import { chunk, completion, startAiHost, startStream } from "../kit/aiHost.js";
import { hello, postChat } from "../kit/gateway.js";
import { ask, gatewayWith, until, using } from "../kit/limited.js";

type Usage = Record<string, unknown>;

interface Vendor {
	name: string;
	usage: Usage;
	input: number;
	cached?: number;
	written?: number;
	writtenForHour?: number;
	audioInput?: number;
	imageInput?: number;
	output: number;
	reasoning?: number;
	audioOutput?: number;
	imageOutput?: number;
}

const vendors: Vendor[] = [
	{
		name: "OpenAI",
		usage: {
			prompt_tokens: 1_117,
			completion_tokens: 46,
			total_tokens: 1_163,
			prompt_tokens_details: { cached_tokens: 1_024, audio_tokens: 0 },
			completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 0 },
		},
		input: 1_117,
		cached: 1_024,
		output: 46,
		reasoning: 10,
	},
	{
		name: "xAI, reasoning outside of the completion",
		usage: {
			prompt_tokens: 12,
			completion_tokens: 2,
			total_tokens: 334,
			prompt_tokens_details: { text_tokens: 12, audio_tokens: 0, image_tokens: 0, cached_tokens: 2 },
			completion_tokens_details: { reasoning_tokens: 320, audio_tokens: 0 },
			num_sources_used: 0,
			cost_in_usd_ticks: 1_641_500,
		},
		input: 12,
		cached: 2,
		output: 322,
		reasoning: 320,
	},
	{
		name: "xAI, less reasoning than completion",
		usage: {
			prompt_tokens: 50,
			completion_tokens: 800,
			total_tokens: 870,
			completion_tokens_details: { reasoning_tokens: 20 },
		},
		input: 50,
		output: 820,
		reasoning: 20,
	},
	{
		name: "reasoning outside of the completion, without a total",
		usage: { prompt_tokens: 50, completion_tokens: 20, completion_tokens_details: { reasoning_tokens: 800 } },
		input: 50,
		output: 820,
		reasoning: 800,
	},
	{
		name: "xAI at Azure, which counts the cache apart",
		usage: {
			prompt_tokens: 23,
			completion_tokens: 110,
			total_tokens: 133,
			prompt_tokens_details: { cached_tokens: 158, audio_tokens: 0, text_tokens: 23, image_tokens: 0 },
			completion_tokens_details: { reasoning_tokens: 0 },
		},
		input: 181,
		cached: 158,
		output: 110,
	},
	{
		name: "Gemini, thinking in the total alone",
		usage: { prompt_tokens: 9, completion_tokens: 30, total_tokens: 1_239 },
		input: 9,
		output: 1_230,
		reasoning: 1_200,
	},
	{
		name: "Gemini, nothing but thinking",
		usage: { prompt_tokens: 9, total_tokens: 1_239 },
		input: 9,
		output: 1_230,
	},
	{
		name: "DeepSeek",
		usage: {
			prompt_tokens: 500,
			completion_tokens: 92,
			total_tokens: 592,
			prompt_cache_hit_tokens: 320,
			prompt_cache_miss_tokens: 180,
		},
		input: 500,
		cached: 320,
		output: 92,
	},
	{
		name: "DeepSeek, the prompt in two parts alone",
		usage: { completion_tokens: 92, prompt_cache_hit_tokens: 320, prompt_cache_miss_tokens: 180 },
		input: 500,
		cached: 320,
		output: 92,
	},
	{
		name: "Moonshot",
		usage: {
			prompt_tokens: 20,
			completion_tokens: 30,
			total_tokens: 50,
			cached_tokens: 10,
			completion_tokens_details: { reasoning_tokens: 22 },
		},
		input: 20,
		cached: 10,
		output: 30,
		reasoning: 22,
	},
	{
		name: "the cache apart, and in the total",
		usage: {
			prompt_tokens: 200,
			completion_tokens: 5,
			total_tokens: 305,
			prompt_tokens_details: { cached_tokens: 100 },
		},
		input: 300,
		cached: 100,
		output: 5,
	},
	{
		name: "Anthropic",
		usage: {
			input_tokens: 25,
			cache_creation_input_tokens: 300,
			cache_read_input_tokens: 1_000,
			output_tokens: 89,
			output_tokens_details: { thinking_tokens: 40 },
		},
		input: 1_325,
		cached: 1_000,
		written: 300,
		output: 89,
		reasoning: 40,
	},
	{
		name: "Anthropic behind an OpenAI API, the cache among the prompt",
		usage: {
			prompt_tokens: 1_325,
			completion_tokens: 89,
			total_tokens: 1_414,
			cache_creation_input_tokens: 300,
			cache_read_input_tokens: 1_000,
			prompt_tokens_details: { cached_tokens: 1_000, cache_creation_tokens: 300 },
		},
		input: 1_325,
		cached: 1_000,
		written: 300,
		output: 89,
	},
	{
		name: "OpenRouter",
		usage: {
			prompt_tokens: 16_924,
			completion_tokens: 485,
			total_tokens: 17_409,
			cost: 0.066407,
			is_byok: false,
			prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0, video_tokens: 0 },
			completion_tokens_details: { reasoning_tokens: 449, image_tokens: 0, audio_tokens: 0 },
		},
		input: 16_924,
		output: 485,
		reasoning: 449,
	},
	{
		name: "DeepSeek at Azure",
		usage: {
			prompt_tokens: 19,
			total_tokens: 1_739,
			completion_tokens: 1_720,
			prompt_tokens_details: null,
			reasoning_tokens: 0,
		},
		input: 19,
		output: 1_720,
	},
	{
		name: "Groq",
		usage: {
			queue_time: 0.335637089,
			prompt_tokens: 17,
			prompt_time: 0.000658349,
			completion_tokens: 649,
			completion_time: 1.231022196,
			total_tokens: 666,
			total_time: 1.231680545,
			completion_tokens_details: { reasoning_tokens: 570 },
		},
		input: 17,
		output: 649,
		reasoning: 570,
	},
	{
		name: "Perplexity's research, reasoning beside the rest",
		usage: { prompt_tokens: 33, completion_tokens: 7_163, total_tokens: 7_196, reasoning_tokens: 73_997 },
		input: 33,
		output: 81_160,
		reasoning: 73_997,
	},
	{
		name: "Mistral",
		usage: {
			prompt_tokens: 171,
			total_tokens: 185,
			completion_tokens: 14,
			prompt_tokens_details: { cached_tokens: 128 },
		},
		input: 171,
		cached: 128,
		output: 14,
	},
	{
		name: "Anthropic, some of it cached for an hour",
		usage: {
			input_tokens: 25,
			cache_creation_input_tokens: 300,
			cache_read_input_tokens: 1_000,
			cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
			output_tokens: 89,
			server_tool_use: { web_search_requests: 2 },
			service_tier: "priority",
		},
		input: 1_325,
		cached: 1_000,
		written: 300,
		writtenForHour: 200,
		output: 89,
	},
	{
		name: "an old gateway, which tells the lifetimes alone",
		usage: {
			input_tokens: 25,
			cache_read_input_tokens: 0,
			cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
			output_tokens: 9,
		},
		input: 325,
		written: 300,
		writtenForHour: 200,
		output: 9,
	},
	{
		name: "Anthropic, which has compacted the conversation",
		usage: {
			input_tokens: 23_000,
			output_tokens: 1_000,
			iterations: [
				{ type: "compaction", input_tokens: 180_000, output_tokens: 3_500 },
				{ type: "message", input_tokens: 23_000, output_tokens: 1_000 },
			],
		},
		input: 203_000,
		output: 4_500,
	},
	{
		name: "Bedrock, with lifetimes of the cache",
		usage: {
			inputTokens: 10,
			outputTokens: 5,
			totalTokens: 515,
			cacheReadInputTokens: 200,
			cacheWriteInputTokens: 300,
			cacheDetails: [
				{ ttl: "1h", inputTokens: 120 },
				{ ttl: "5m", inputTokens: 180 },
			],
		},
		input: 510,
		cached: 200,
		written: 300,
		writtenForHour: 120,
		output: 5,
	},
	{
		name: "Alibaba, which names its cache as Anthropic does, among the details",
		usage: {
			prompt_tokens: 2_000,
			completion_tokens: 10,
			total_tokens: 2_010,
			prompt_tokens_details: {
				cached_tokens: 0,
				cache_creation_input_tokens: 1_900,
				cache_creation: { ephemeral_5m_input_tokens: 1_900 },
				cache_type: "ephemeral",
			},
		},
		input: 2_000,
		written: 1_900,
		output: 10,
	},
	{
		name: "OpenAI's Responses, which write to the cache",
		usage: {
			input_tokens: 5_000,
			input_tokens_details: { cached_tokens: 1_000, cache_write_tokens: 3_900 },
			output_tokens: 7,
			output_tokens_details: { reasoning_tokens: 0 },
			total_tokens: 5_007,
		},
		input: 5_000,
		cached: 1_000,
		written: 3_900,
		output: 7,
	},
	{
		name: "OpenAI's images",
		usage: {
			input_tokens: 400,
			input_tokens_details: { text_tokens: 77, image_tokens: 323 },
			output_tokens: 1_056,
			output_tokens_details: { image_tokens: 1_056, text_tokens: 0 },
			total_tokens: 1_456,
		},
		input: 400,
		imageInput: 323,
		output: 1_056,
		imageOutput: 1_056,
	},
	{
		name: "OpenAI's transcriptions",
		usage: {
			type: "tokens",
			input_tokens: 114,
			input_token_details: { text_tokens: 0, audio_tokens: 114 },
			output_tokens: 31,
			total_tokens: 145,
		},
		input: 114,
		audioInput: 114,
		output: 31,
	},
	{
		name: "Gemini, which has seen, heard and drawn",
		usage: {
			promptTokenCount: 700,
			promptTokensDetails: [
				{ modality: "TEXT", tokenCount: 42 },
				{ modality: "IMAGE", tokenCount: 258 },
				{ modality: "AUDIO", tokenCount: 400 },
			],
			toolUsePromptTokenCount: 100,
			toolUsePromptTokensDetails: [{ modality: "IMAGE", tokenCount: 58 }],
			cachedContentTokenCount: 40,
			candidatesTokenCount: 1_300,
			candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
			thoughtsTokenCount: 20,
			totalTokenCount: 2_120,
			trafficType: "ON_DEMAND_FLEX",
		},
		input: 800,
		cached: 40,
		audioInput: 400,
		imageInput: 316,
		output: 1_320,
		reasoning: 20,
		imageOutput: 1_290,
	},
	{
		name: "Ollama",
		usage: { total_duration: 10_706_818_083, prompt_eval_count: 26, eval_count: 259, eval_duration: 4_232_710_000 },
		input: 26,
		output: 259,
	},
	{
		name: "Cohere, which says only what it bills",
		usage: { billed_units: { input_tokens: 5, output_tokens: 418 } },
		input: 5,
		output: 418,
	},
	{
		name: "OpenRouter, which has drawn",
		usage: {
			prompt_tokens: 12,
			completion_tokens: 1_295,
			total_tokens: 1_307,
			cost: 0.0387,
			prompt_tokens_details: { cached_tokens: 0 },
			completion_tokens_details: { reasoning_tokens: 0, image_tokens: 1_290 },
		},
		input: 12,
		output: 1_295,
		imageOutput: 1_290,
	},
	{ name: "embeddings", usage: { prompt_tokens: 8, total_tokens: 8 }, input: 8, output: 0 },
	{ name: "Voyage's embeddings, a total alone", usage: { total_tokens: 8 }, input: 8, output: 0 },
	{
		name: "a total below its parts",
		usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 5 },
		input: 10,
		output: 20,
	},
	{
		name: "the Responses API",
		usage: {
			input_tokens: 36,
			input_tokens_details: { cached_tokens: 16 },
			output_tokens: 87,
			output_tokens_details: { reasoning_tokens: 64 },
			total_tokens: 123,
		},
		input: 36,
		cached: 16,
		output: 87,
		reasoning: 64,
	},
];

describe("usage of", () => {
	test.each(vendors)("$name", ({ name: _name, usage, input, output, ...parts }) => {
		expect(tokensOf(usage)).toEqual({ ...textTokens(input, output), ...parts });
		expect(readUsage(usage).isOdd).toBe(false);
	});

	test.each<[string, Usage, object, string | undefined]>([
		[
			"reasoning, and no completion",
			{ prompt_tokens: 10, completion_tokens_details: { reasoning_tokens: 500 } },
			{ input: 10, output: 500, reasoning: 500 },
			"output",
		],
		[
			"more reasoning than the total has",
			{ prompt_tokens: 10, total_tokens: 12, completion_tokens_details: { reasoning_tokens: 500 } },
			{ input: 10, output: 500, reasoning: 500 },
			undefined,
		],
		[
			"a prompt of which the cache had nothing",
			{ prompt_cache_hit_tokens: 0, prompt_cache_miss_tokens: 60, completion_tokens: 4 },
			{ input: 60, output: 4 },
			undefined,
		],
	])("%s", (_what, usage, tokens, unknown) => {
		expect(readUsage(usage)).toMatchObject({ tokens, unknown });
		expect(readUsage(usage).unknown).toBe(unknown);
	});

	test("an event is where the counts are", () => {
		const counts = { prompt_tokens: 5, completion_tokens: 2 };
		for (const usage of [{}, null, "none", { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }]) {
			expect(usageIn({ usage, choices: [{ usage: counts }] })).toBe(counts);
			expect(usageIn({ usage, choices: [], x_groq: { usage: counts } })).toBe(counts);
		}
		expect(usageIn({ usage: counts, choices: [{ usage: { prompt_tokens: 7 } }] })).toBe(counts);
	});

	test("a host that counts nothing is none", () => {
		expect(tokensOf({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })).toBeUndefined();
	});
});

test("cached tokens cost what the cache costs, and reasoning what reasoning does, however they are counted", () => {
	const price = { ...ratesOf({ input: 2, cached: 0.5, cacheWrite: 2, output: 10, reasoning: 20 }), source: "test" };
	const dollars = (usage: Usage) => costOfTokens(price, tokensOf(usage) as never) / 1e9;
	const expected = (text: number, cached: number, said: number, reasoning: number) =>
		(text * 2 + cached * 0.5 + said * 10 + reasoning * 20) / 1e6;
	const of = (start: string) => vendors.find(({ name }) => name.startsWith(start))?.usage as Usage;
	expect(dollars(of("xAI, reasoning outside"))).toBeCloseTo(expected(10, 2, 2, 320), 12);
	expect(dollars(of("xAI at Azure"))).toBeCloseTo(expected(23, 158, 110, 0), 12);
	expect(dollars(of("DeepSeek"))).toBeCloseTo(expected(180, 320, 92, 0), 12);
	expect(dollars(of("Moonshot"))).toBeCloseTo(expected(10, 10, 8, 22), 12);
	expect(dollars(of("Anthropic"))).toBeCloseTo(expected(325, 1_000, 49, 40), 12);
	expect(dollars(of("Gemini, thinking"))).toBeCloseTo(expected(9, 0, 30, 1_200), 12);
});

test("a recording out of the cache is not paid twice", () => {
	const price = { ...ratesOf({ input: 2, cached: 1, audioInput: 8, output: 0 }), source: "test" };
	const usage = {
		prompt_tokens: 100,
		completion_tokens: 0,
		prompt_tokens_details: { cached_tokens: 80, audio_tokens: 60 },
	};
	expect(costOfTokens(price, tokensOf(usage) as never) / 1_000).toBe(80 * 1 + 20 * 8);
});

describe("in a stream", () => {
	const events = (...chunks: object[]) => chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");
	const usage = { prompt_tokens: 45, completion_tokens: 662, total_tokens: 707 };
	const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
	const head = { id: "1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

	test.each<[string, object[], Usage]>([
		["at Moonshot's place", [{ ...head, choices: [{ ...head.choices[0], usage }] }], usage],
		["at Groq's place", [{ ...head, x_groq: { id: "req_1", usage } }], usage],
		[
			"before a last chunk of zeros",
			[
				{ ...head, usage },
				{ choices: [], usage: zeros },
			],
			usage,
		],
		[
			"before a last chunk without counts",
			[
				{ ...head, usage },
				{ choices: [], usage: {} },
			],
			usage,
		],
		[
			"in two parts",
			[
				{ ...head, usage: { prompt_tokens: 45, completion_tokens: 0, total_tokens: 45 } },
				{ choices: [], usage: { prompt_tokens: 0, completion_tokens: 662, total_tokens: 662 } },
			],
			usage,
		],
		[
			"so far, with each piece",
			[1, 2, 3].map((said) => ({
				...head,
				usage: { prompt_tokens: 45, completion_tokens: said, total_tokens: 45 + said },
			})),
			{ prompt_tokens: 45, completion_tokens: 3, total_tokens: 48 },
		],
		[
			"before nonsense",
			[
				{ ...head, usage },
				{ choices: [], usage: { prompt_tokens: -1, completion_tokens: 1e300 } },
			],
			usage,
		],
	])("it is found %s", (_name, chunks, expected) => {
		const stream = new EventStream({ format: openaiChat.stream, choices: 1 });
		stream.push(Buffer.from(events(...chunks)));
		expect(tokensOf(stream.usage)).toEqual(tokensOf(expected));
	});

	test.each<[string, Usage, Usage, object]>([
		[
			"a later object without what the cache had",
			{ prompt_tokens: 45, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 40 } },
			{ prompt_tokens: 45, completion_tokens: 9 },
			{ input: 45, cached: 40, output: 9 },
		],
		[
			"Bedrock's zeros",
			{ inputTokens: 10, outputTokens: 5, cacheWriteInputTokens: 7 },
			{ inputTokens: 0, outputTokens: 0, cacheWriteInputTokens: 0 },
			{ input: 17, written: 7, output: 5 },
		],
		["Ollama's zeros", { prompt_eval_count: 10, eval_count: 5 }, { prompt_eval_count: 0 }, { input: 10, output: 5 }],
	])("nothing is lost to %s", (_what, before, next, expected) => {
		expect(tokensOf(laterUsage(before, next))).toMatchObject(expected);
	});

	test("a cost is not lost to a last chunk of zeros", () => {
		const charged = { ...usage, cost: 0.0125, cost_details: { upstream_inference_cost: 0.01 } };
		expect(laterUsage(charged, { ...zeros, cost: 0 })).toMatchObject({ cost: 0.0125 });
	});

	test("the later object stays as it came where only its times are less", () => {
		const later = { ...usage, queue_ms: 1 };
		expect(laterUsage({ ...usage, queue_ms: 9 }, later)).toBe(later);
	});

	test("details that the last chunk lacks are kept", () => {
		const detailed = { ...usage, prompt_tokens_details: { cached_tokens: 40 }, cost: 0.5 };
		expect(tokensOf(laterUsage(detailed, { ...zeros, prompt_tokens_details: { cached_tokens: 0 } }))?.cached).toBe(40);
	});
});

test.each<[string, object]>([
	["at Moonshot's place", { choices: [{ message: {}, usage: { prompt_tokens: 3, completion_tokens: 4 } }] }],
	["at Groq's place", { x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4 } } }],
	["beside one without counts", { usage: { prompt_tokens: 3, completion_tokens: 4 }, service: { usage: { gpus: 2 } } }],
	["beside one of zeros", { usage: { prompt_tokens: 3, completion_tokens: 4 }, cache: { usage: { total_tokens: 0 } } }],
])("in a whole answer it is found %s", (_name, answer) => {
	const body = new AnswerBody();
	body.add(Buffer.from(JSON.stringify(answer)));
	expect(tokensOf(body.usage())).toMatchObject({ input: 3, output: 4 });
});

test("a stream whose host reports the prompt first, and no more, counts its pieces", async () => {
	const host = await startAiHost((request, response, message) => {
		if (!request.body.includes('"stream":true')) return using(1, 1)(request, response, message);
		startStream(response);
		const first = {
			id: "chatcmpl-1",
			choices: [],
			usage: { prompt_tokens: 45, completion_tokens: 0, total_tokens: 45 },
		};
		response.write(`data: ${JSON.stringify(first)}\n\n`);
		for (let said = 0; said < 30; said += 1) response.write(chunk({ content: "word " }));
		response.write(chunk({}, "stop"));
		response.end("data: [DONE]\n\n");
	});
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 10_000 } });
	await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
	await until(() => gateway.gateway.services.load.requests === 0);
	const { headers } = await ask(gateway, undefined, { max_tokens: 1, model: "other" });
	const used = 10_000 - Number(headers.get("x-ratelimit-remaining-tokens"));
	expect(used).toBeGreaterThanOrEqual(75 + 7);
	expect(used).toBeLessThan(75 + 30);
});

test("of a limit of 3000 as many requests pass as their vendor's counts allow", async () => {
	const usage = {
		prompt_tokens: 50,
		completion_tokens: 20,
		total_tokens: 870,
		completion_tokens_details: { reasoning_tokens: 800 },
	};
	const host = await startAiHost((_request, response) => {
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...completion, usage }));
	});
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 3_000 } });
	const statuses: number[] = [];
	for (let count = 0; count < 10; count += 1) statuses.push((await ask(gateway)).status);
	expect(statuses.filter((status) => status === 200)).toHaveLength(4);
});
