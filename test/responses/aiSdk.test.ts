/** Vercel's AI SDK, unmodified, over what the gateway or its upstream keeps: threads, tools, objects, reasoning, conversations. */
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, type ModelMessage, Output, stepCountIs, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { clientOf, gatewayWith, route, target } from "../kit/routing.js";
import { answerTurn, looked, report, threadScenes } from "../kit/threadHosts.js";

const shape = z.object({ city: z.string(), degrees: z.number() });
const tools = {
	weather: tool({
		description: "The weather in a city",
		inputSchema: z.object({ city: z.string() }),
		execute: async ({ city }) => `fine in ${city}`,
	}),
};
describe.each(threadScenes)("over an upstream %s (streamed: %s)", (_name, isStream, start) => {
	async function open(model = "test-model") {
		const host = await start(answerTurn);
		const targets = [target("one/real-model", { capabilities: { reasoning: true } })];
		const gateway = await gatewayWith({
			upstreams: [host.settings],
			routes: [route(targets, { models: ["test-model", "gpt-5-mini"] })],
		});
		const provider = createOpenAI({ baseURL: gateway.baseUrl, apiKey: "client" });
		const usual = { model: provider.responses(model), maxRetries: 0, stopWhen: stepCountIs(3) };
		const run = async (
			asked: { prompt: string } | { messages: ModelMessage[] },
			options: Record<string, string | boolean> = {},
			more: object = {},
		) => {
			const settings = { ...usual, ...asked, ...more, providerOptions: { openai: options } };
			const result = isStream ? streamText(settings) : await generateText(settings);
			const steps = await result.steps;
			const { messages } = await result.response;
			return {
				text: await result.text,
				output: await result.output,
				steps,
				messages,
				id: steps.at(-1)?.providerMetadata?.openai?.responseId as string,
			};
		};
		return { host, client: clientOf(gateway), run, given: () => host.given.at(-1) };
	}

	test("goes on from a response by its id", async () => {
		const { run, given } = await open();
		const first = await run({ prompt: "One" });
		const second = await run({ prompt: "Two" }, { previousResponseId: first.id });
		expect([first.text, second.text]).toEqual(["After 1.", "After 3."]);
		await run({ prompt: "Three" }, { previousResponseId: second.id });
		expect(given()).toEqual(["user: One", "assistant: After 1.", "user: Two", "assistant: After 3.", "user: Three"]);
		// From the first one anew.
		await run({ prompt: "Other" }, { previousResponseId: first.id });
		expect(given()).toEqual(["user: One", "assistant: After 1.", "user: Other"]);
	});

	test("runs two tools at once in the middle of a thread, and goes on from there", async () => {
		const { run, given } = await open();
		const first = await run({ prompt: "One" });
		const second = await run({ prompt: "The weather?" }, { previousResponseId: first.id }, { tools });
		expect(second.steps.map(({ toolResults }) => toolResults.length)).toEqual([2, 0]);
		const told = ["user: One", "assistant: After 1.", "user: The weather?", ...looked(3)];
		expect(given()).toEqual(told);
		await run({ prompt: "Three" }, { previousResponseId: second.id }, { tools });
		expect(given()).toEqual([...told, "assistant: After 8.", "user: Three"]);
	});

	test("sends a history whose items are named by their ids alone", async () => {
		const { run, given, host } = await open();
		const question = { role: "user", content: "The weather?" } as const;
		const { messages } = await run({ messages: [question] }, {}, { tools });
		const next = { role: "user", content: "And now?" } as const;
		await run({ messages: [question, ...messages, next] }, {}, { tools });
		expect(given()).toEqual(["user: The weather?", ...looked(1), "assistant: After 6.", "user: And now?"]);
		expect(host.given).toHaveLength(3);
	});

	test("gets an object in a thread", async () => {
		const { run, given } = await open();
		const first = await run({ prompt: "One" });
		const output = Output.object({ schema: shape });
		const second = await run({ prompt: "Report." }, { previousResponseId: first.id }, { output });
		expect(second.output).toEqual(report);
		await run({ prompt: "Three" }, { previousResponseId: second.id });
		expect(given()?.slice(2)).toEqual(["user: Report.", `assistant: ${JSON.stringify(report)}`, "user: Three"]);
	});

	test.each([true, false])("keeps reasoning over a loop of tools and to the next turn (store: %s)", async (store) => {
		const { run, given } = await open("gpt-5-mini");
		const thinking = { reasoningEffort: "high", reasoningSummary: "auto", store };
		const question = { role: "user", content: "The weather?" } as const;
		const first = await run({ messages: [question] }, thinking, { tools });
		expect(first.steps.map(({ reasoningText }) => reasoningText)).toEqual(["Let me think.", "Let me think."]);
		expect(given()).toEqual(["user: The weather?", ...looked(1)]);
		const next = { role: "user", content: "And now?" } as const;
		await run({ messages: [question, ...first.messages, next] }, thinking, { tools });
		const told = ["user: The weather?", ...looked(1), "assistant: After 6.", "user: And now?"];
		expect(given()).toEqual(told);
		if (!store) return;
		await run({ prompt: "And now?" }, { ...thinking, previousResponseId: first.id }, { tools });
		expect(given()).toEqual(told);
	});

	test("appends its turns to a conversation", async () => {
		const { run, given, client, host } = await open();
		const { id: conversation } = await client.conversations.create();
		await run({ prompt: "One" }, { conversation });
		await run({ prompt: "The weather?" }, { conversation }, { tools });
		await run({ prompt: "Three" }, { conversation }, { tools });
		// The SDK asks its question once more together with the results.
		const again = "user: The weather?";
		const [calls, results] = [looked(3).slice(0, 3), looked(3).slice(3)];
		expect(given()).toEqual([
			...["user: One", "assistant: After 1.", "user: The weather?", ...calls],
			// Chat completions refuse whatever stands between calls and results.
			...(host.settings.provider === "openai" ? [again, ...results] : [...results, again]),
			...["assistant: After 9.", "user: Three"],
		]);
	});
});
