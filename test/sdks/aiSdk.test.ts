/** Vercel's AI SDK, unmodified, with the providers of each wire format, through a gateway to upstreams of every wire format. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { brokenEvents, failing, model, report, scene, sunny, wireNames, words } from "./scene.js";

interface Provider {
	readonly name: string;
	model(baseURL: string): LanguageModel;
	/** What asks for reasoning. */
	readonly thinking: Record<string, Record<string, unknown>>;
}

const providers: readonly Provider[] = [
	{
		name: "@ai-sdk/openai (responses)",
		model: (baseURL) => createOpenAI({ baseURL, apiKey: "client" }).responses(model),
		thinking: { openai: { reasoningEffort: "high", reasoningSummary: "auto", forceReasoning: true, store: false } },
	},
	{
		name: "@ai-sdk/openai (chat)",
		model: (baseURL) => createOpenAI({ baseURL, apiKey: "client" }).chat(model),
		thinking: { openai: { reasoningEffort: "high", forceReasoning: true } },
	},
	{
		name: "@ai-sdk/anthropic",
		model: (baseURL) => createAnthropic({ baseURL, apiKey: "client" })(model),
		thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 2_000 } } },
	},
	{
		name: "@ai-sdk/google",
		model: (baseURL) =>
			createGoogleGenerativeAI({ baseURL: baseURL.replace(/v1$/, "v1beta"), apiKey: "client" })(model),
		thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 } } },
	},
	{
		name: "@ai-sdk/openai-compatible",
		model: (baseURL) =>
			createOpenAICompatible({
				name: "llmw",
				baseURL,
				apiKey: "client",
				includeUsage: true,
				supportsStructuredOutputs: true,
			})(model),
		thinking: { llmw: { reasoningEffort: "high" } },
	},
];

const pairs = providers.flatMap((provider) => wireNames.map((wire) => [provider.name, wire, provider] as const));
const prompt = "Hello";
const shape = z.object({ city: z.string(), degrees: z.number(), isSunny: z.boolean() });

describe.each(pairs)("%s to an upstream that speaks %s", (_name, wire, provider) => {
	async function start(answer?: Parameters<typeof scene>[1]) {
		const { host, gateway } = await scene(wire, answer);
		return { host, settings: { model: provider.model(gateway.baseUrl), maxRetries: 0, maxOutputTokens: 9_000 } };
	}

	test("generates and streams text, with its counts", async () => {
		const { settings } = await start();
		const whole = await generateText({ ...settings, prompt, system: "Be kind." });
		const stream = streamText({ ...settings, prompt });
		const heard: string[] = [];
		for await (const delta of stream.textStream) heard.push(delta);
		expect(whole.text).toBe(words.join(""));
		expect(heard).toEqual(words);
		for (const [usage, reason] of [
			[whole.usage, whole.finishReason],
			[await stream.usage, await stream.finishReason],
		] as const) {
			expect(usage).toMatchObject({ inputTokens: 20, outputTokens: 7, inputTokenDetails: { cacheReadTokens: 8 } });
			expect(reason).toBe("stop");
		}
	});

	test.each([false, true])("takes several steps with two tools (streamed: %s)", async (isStream) => {
		const { settings, host } = await start();
		const cities: string[] = [];
		const weather = tool({
			description: "The weather in a city",
			inputSchema: z.object({ city: z.string() }),
			execute: async ({ city }) => {
				cities.push(city);
				return `${city}: fine`;
			},
		});
		const asked = { ...settings, prompt, tools: { weather }, stopWhen: stepCountIs(3), providerOptions: storeless };
		const result = isStream ? streamText(asked) : await generateText(asked);
		expect(await result.text).toBe(sunny.join(""));
		expect(cities.sort()).toEqual(["Paris", "Rome"]);
		expect((await result.steps).map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
		expect(host.questions.at(-1)?.results).toEqual(["Paris: fine", "Rome: fine"]);
	});

	test("gets structured output", async () => {
		const { settings, host } = await start();
		const asked = { ...settings, prompt, output: Output.object({ schema: shape }) };
		const { output } = await generateText(asked);
		expect(output).toEqual(report);
		expect(await streamText(asked).output).toEqual(report);
		expect(host.questions[0]?.hasSchema || host.questions[0]?.tools.includes("json")).toBe(true);
	});

	test("gets reasoning, and goes on from it with a tool's results", async () => {
		const { settings, host } = await start();
		const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `${city}: fine` });
		const asked = { ...settings, prompt, tools: { weather }, stopWhen: stepCountIs(3) };
		const thinking = { ...asked, providerOptions: provider.thinking as never };
		const whole = await generateText(thinking);
		const streamed = streamText(thinking);
		expect(whole.text).toBe(sunny.join(""));
		expect(await streamed.text).toBe(sunny.join(""));
		expect(host.questions.every(({ wantsReasoning }, at) => at % 2 === 1 || wantsReasoning)).toBe(true);
		// OpenAI's own chat completions have no reasoning to read.
		if (provider.name === "@ai-sdk/openai (chat)") return;
		expect(whole.steps[0]?.reasoningText).toBe("Let me think.");
		expect((await streamed.steps)[0]?.reasoningText).toBe("Let me think.");
	});

	test("says that an answer was cut by the limit of tokens", async () => {
		const { settings } = await start();
		expect((await generateText({ ...settings, prompt: "Cut it short" })).finishReason).toBe("length");
		expect(await streamText({ ...settings, prompt: "Cut it short" }).finishReason).toBe("length");
	});

	test("throws its error for the upstream's errors, and knows which to ask again", async () => {
		for (const [status, isRetryable] of [
			[400, false],
			[429, true],
		] as const) {
			const { settings } = await start(failing(status)(wire));
			const error = await generateText({ ...settings, prompt }).catch((thrown: unknown) => thrown);
			expect(APICallError.isInstance(error)).toBe(true);
			expect(error).toMatchObject({ statusCode: status, isRetryable, message: "Not today." });
		}
	});

	test("reports a stream that breaks off", async () => {
		const { settings } = await start(({ model: name }, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.write(brokenEvents(wire, name).join(""), () => response.destroy());
			return undefined;
		});
		const errors: unknown[] = [];
		const stream = streamText({ ...settings, prompt, onError: ({ error }) => void errors.push(error) });
		await stream.consumeStream();
		expect(errors).toHaveLength(1);
	});
});

/** Without a memory of responses at the upstream, items are sent whole. */
const storeless = { openai: { store: false } };
