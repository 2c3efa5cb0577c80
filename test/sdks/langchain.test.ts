/** LangChain's `ChatOpenAI`, unmodified, for chat completions and responses, through a gateway to upstreams of every wire format. */
import { AIMessageChunk, type BaseMessage, HumanMessage, type ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { brokenEvents, failing, model, report, scene, sunny, wireNames, words } from "./scene.js";

const pairs = [false, true].flatMap((useResponsesApi) =>
	wireNames.map((wire) => [useResponsesApi ? "responses" : "chat completions", wire, useResponsesApi] as const),
);
const shape = z.object({ city: z.string(), degrees: z.number(), isSunny: z.boolean() });

describe.each(pairs)("by %s to an upstream that speaks %s", (_name, wire, useResponsesApi) => {
	async function start(answer?: Parameters<typeof scene>[1], more: object = {}) {
		const { host, gateway } = await scene(wire, answer);
		const configuration = { baseURL: gateway.baseUrl };
		const llm = new ChatOpenAI({ model, apiKey: "client", configuration, useResponsesApi, maxRetries: 0, ...more });
		return { host, llm };
	}

	test("invokes, with counts", async () => {
		const { llm } = await start();
		const message = await llm.invoke("Hello");
		expect(message.text).toBe(words.join(""));
		expect(message.usage_metadata).toMatchObject({
			input_tokens: 20,
			output_tokens: 7,
			total_tokens: 27,
			input_token_details: { cache_read: 8 },
		});
	});

	test("streams", async () => {
		const { llm } = await start();
		let whole = new AIMessageChunk("");
		for await (const chunk of await llm.stream("Hello")) whole = whole.concat(chunk);
		expect(whole.text).toBe(words.join(""));
		expect(whole.usage_metadata).toMatchObject({ input_tokens: 20, output_tokens: 7 });
	});

	test.each([false, true])("calls two tools, and goes on with their results (streamed: %s)", async (isStream) => {
		const { llm, host } = await start();
		const weather = tool(async ({ city }: { city: string }) => `${city}: fine`, {
			name: "weather",
			description: "The weather in a city",
			schema: z.object({ city: z.string() }),
		});
		const bound = llm.bindTools([weather]);
		const ask = async (messages: BaseMessage[]) => {
			if (!isStream) return bound.invoke(messages);
			let whole: AIMessageChunk | undefined;
			for await (const chunk of await bound.stream(messages)) whole = whole?.concat(chunk) ?? chunk;
			return whole as AIMessageChunk;
		};
		const messages: BaseMessage[] = [new HumanMessage("Hello")];
		const first = await ask(messages);
		expect(first.tool_calls).toMatchObject([
			{ id: "call_paris", name: "weather", args: { city: "Paris" } },
			{ id: "call_rome", name: "weather", args: { city: "Rome" } },
		]);
		messages.push(first);
		for (const call of first.tool_calls ?? []) messages.push((await weather.invoke(call as never)) as ToolMessage);
		const second = await ask(messages);
		expect(second.text).toBe(sunny.join(""));
		expect(host.questions.at(-1)?.results).toEqual(["Paris: fine", "Rome: fine"]);
	});

	test("gets structured output", async () => {
		const { llm, host } = await start();
		const structured = llm.withStructuredOutput(shape, { name: "report", method: "jsonSchema" });
		expect(await structured.invoke("Hello")).toEqual(report);
		expect(host.questions[0]?.hasSchema).toBe(true);
	});

	test("asks for reasoning", async () => {
		// It leaves reasoning out for models that it doesn't know.
		const thinking = { model: "gpt-5-mini", reasoning: { effort: "high", summary: "auto" }, maxTokens: 30_000 };
		const { llm, host } = await start(undefined, thinking);
		expect((await llm.invoke("Hello")).text).toBe(words.join(""));
		expect(host.questions[0]?.wantsReasoning).toBe(true);
	});

	test("throws for the upstream's errors, and for a stream that breaks off", async () => {
		const { llm } = await start(failing(400)(wire));
		await expect(llm.invoke("Hello")).rejects.toMatchObject({ status: 400 });
		const broken = await start(({ model: name }, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.write(brokenEvents(wire, name).join(""), () => response.destroy());
			return undefined;
		});
		const stream = async () => {
			let whole = new AIMessageChunk("");
			for await (const chunk of await broken.llm.stream("Hello")) whole = whole.concat(chunk);
			return whole;
		};
		if (!useResponsesApi) return await expect(stream()).rejects.toThrow();
		// It knows no failed response, but such an answer has neither status nor counts.
		const { response_metadata: metadata, usage_metadata: usage } = await stream();
		expect([metadata.status, usage]).toEqual([undefined, undefined]);
	});
});

test("asks again after a 429", async () => {
	// The gateway asks twice by itself.
	const { host, gateway } = await scene("messages", failing(429, 3, { "retry-after": "0" })("messages"));
	const llm = new ChatOpenAI({ model, apiKey: "client", configuration: { baseURL: gateway.baseUrl }, maxRetries: 1 });
	expect((await llm.invoke("Hello")).text).toBe(words.join(""));
	expect(host.questions).toHaveLength(4);
});
