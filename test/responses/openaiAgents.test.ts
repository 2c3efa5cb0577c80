/** OpenAI's agents, unmodified, over what the gateway or its upstream keeps: threads, tools, objects, conversations, sessions. */
import {
	Agent,
	OpenAIConversationsSession,
	OpenAIResponsesCompactionSession,
	OpenAIResponsesModel,
	Runner,
	type Session,
	setTracingDisabled,
	tool,
} from "@openai/agents";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { clientOf, gatewayWith, route } from "../kit/routing.js";
import { answerTurn, looked, report, startChatOnly, threadScenes } from "../kit/threadHosts.js";

setTracingDisabled(true);

const shape = z.object({ city: z.string(), degrees: z.number() });
const weather = tool({
	name: "weather",
	description: "The weather in a city",
	parameters: z.object({ city: z.string() }),
	execute: async ({ city }) => `fine in ${city}`,
});

describe.each(threadScenes)("over an upstream %s (streamed: %s)", (_name, isStream, start) => {
	async function open() {
		const host = await start(answerTurn);
		const gateway = await gatewayWith({ upstreams: [host.settings], routes: [route(["one/real-model"])] });
		const client = clientOf(gateway);
		// It has a copy of the SDK's types of its own.
		const model = new OpenAIResponsesModel(client as never, "test-model");
		const agent = new Agent({ name: "asker", model, tools: [weather] });
		const reporter = new Agent({ name: "reporter", model, outputType: shape });
		const runner = new Runner();
		const run = async (
			input: string,
			options: { previousResponseId?: string; conversationId?: string; session?: Session } = {},
			asked: Agent<unknown, typeof shape> | Agent = agent,
		) => {
			const result = isStream
				? await runner.run(asked as Agent, input, { ...options, stream: true })
				: await runner.run(asked as Agent, input, options);
			if ("completed" in result) await result.completed;
			return { said: result.finalOutput as unknown, id: result.lastResponseId as string };
		};
		return { run, reporter, client, given: () => host.given.at(-1) };
	}
	const told = ["user: One", "assistant: After 1.", "user: The weather?", ...looked(3), "assistant: After 8."];

	test("goes on from a response by its id, with two tools at once and an object", async () => {
		const { run, reporter, given } = await open();
		const first = await run("One");
		const second = await run("The weather?", { previousResponseId: first.id });
		expect([first.said, second.said]).toEqual(["After 1.", "After 8."]);
		const third = await run("Report.", { previousResponseId: second.id }, reporter);
		expect(third.said).toEqual(report);
		expect(given()).toEqual([...told, "user: Report."]);
	});

	test("appends its turns to a conversation", async () => {
		const { run, given, client } = await open();
		const { id: conversationId } = await client.conversations.create();
		await run("One", { conversationId });
		await run("The weather?", { conversationId });
		await run("Three", { conversationId });
		expect(given()).toEqual([...told, "user: Three"]);
	});

	test("remembers by a session, which is a conversation", async () => {
		const { run, given, client } = await open();
		const session = new OpenAIConversationsSession({ client: client as never });
		for (const input of ["One", "The weather?", "Three"]) await run(input, { session });
		expect(given()).toEqual([...told, "user: Three"]);
		expect(await session.getItems()).toHaveLength(11);
		expect(await session.popItem()).toMatchObject({ role: "assistant" });
		await session.clearSession();
		await run("Four", { session });
		expect(given()).toEqual(["user: Four"]);
	});
});

test.each(["previous_response_id", "input"] as const)("has its session summed up by %s", async (compactionMode) => {
	const host = await startChatOnly(answerTurn);
	const models = ["gpt-5-mini"];
	const gateway = await gatewayWith({ upstreams: [host.settings], routes: [route(["one/real-model"], { models })] });
	const client = clientOf(gateway) as never;
	const agent = new Agent({ name: "asker", model: new OpenAIResponsesModel(client, "gpt-5-mini") });
	const session = new OpenAIResponsesCompactionSession({
		client,
		model: "gpt-5-mini",
		compactionMode,
		shouldTriggerCompaction: ({ sessionItems }) => sessionItems.length > 3,
	});
	const runner = new Runner();
	for (const input of ["One", "Two"]) await runner.run(agent, input, { session });
	expect((await session.getItems()).map(({ type }) => type)).toEqual(["message", "message", "compaction"]);
	await runner.run(agent, "Three", { session });
	// The SDK sends nothing from before the summary, not even the messages that belong beside it.
	expect(host.given.at(-1)).toEqual([expect.stringMatching(/summary of it:\s+After 5\.$/), "user: Three"]);
});
