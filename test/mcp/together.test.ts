/** Tools that the gateway runs, together with responses that are kept, the background, WebSockets and OpenAI's agents. */
import { Agent, hostedMcpTool, OpenAIResponsesModel, Runner, setTracingDisabled } from "@openai/agents";
import { expect, test } from "vitest";
import { asking, mcpTool, scene } from "./scene.js";

test("an approval goes on from the response that asked for it, by its id alone", async () => {
	const { client, theirs, asked } = await scene({ says: [[["echo", "hi"]], "It said hi.", "As I said."] });
	const tools = [mcpTool(theirs, { require_approval: "always" })];
	const first = await client.responses.create({ ...asking, tools, store: true });
	const request = first.output.find(({ type }) => type === "mcp_approval_request") as { id: string };
	const approval = { type: "mcp_approval_response", approval_request_id: request.id, approve: true } as const;
	const second = await client.responses.create({
		...{ model: "test-model", tools, store: true, previous_response_id: first.id },
		input: [approval],
	});
	expect(second).toMatchObject({ output_text: "It said hi.", previous_response_id: first.id });
	expect(second.output[0]).toMatchObject({ type: "mcp_call", output: "You said: hi" });
	expect([theirs.asked("tools/call"), theirs.asked("tools/list")].map(({ length }) => length)).toEqual([1, 1]);
	const third = { model: "test-model", tools, previous_response_id: second.id, input: "Again?" };
	expect((await client.responses.create(third)).output_text).toBe("As I said.");
	expect(theirs.asked("tools/call")).toHaveLength(1);
	expect(asked()[2]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant", "user"]);
	const kept = await client.responses.retrieve(second.id);
	expect(kept.output.map(({ type }) => type)).toEqual(["mcp_call", "message"]);
});

test("a response in the background runs its tools", async () => {
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], "It said hi."] });
	const queued = await client.responses.create({ ...asking, tools: [mcpTool(theirs)], background: true });
	expect(queued.status).toBe("queued");
	await expect
		.poll(async () => (await client.responses.retrieve(queued.id)).status, { timeout: 20_000 })
		.toBe("completed");
	const whole = await client.responses.retrieve(queued.id);
	expect(whole).toMatchObject({ id: queued.id, background: true, output_text: "It said hi." });
	expect(theirs.asked("tools/call")).toHaveLength(1);
});

test("OpenAI's agents use a hosted MCP tool over a host that knows nothing of it, whole and streamed", async () => {
	setTracingDisabled(true);
	for (const isStream of [false, true]) {
		const { client, theirs } = await scene({ says: [[["echo", "hi"]], "It said hi."] });
		const tool = hostedMcpTool({ serverLabel: "tools", serverUrl: theirs.url, requireApproval: "never" });
		const agent = new Agent({
			name: "asker",
			instructions: "Ask.",
			model: new OpenAIResponsesModel(client as never, "test-model"),
			tools: [tool],
		});
		const runner = new Runner();
		const result = isStream ? await runner.run(agent, "Hi", { stream: true }) : await runner.run(agent, "Hi");
		if ("completed" in result) await result.completed;
		expect(result.finalOutput).toBe("It said hi.");
		expect(theirs.asked("tools/call")).toHaveLength(1);
	}
});

test("OpenAI's agents approve a call and go on", async () => {
	setTracingDisabled(true);
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], "It said hi."] });
	const tool = hostedMcpTool({ serverLabel: "tools", serverUrl: theirs.url, requireApproval: "always" });
	const model = new OpenAIResponsesModel(client as never, "test-model");
	const agent = new Agent({ name: "asker", instructions: "Ask.", model, tools: [tool] });
	const runner = new Runner();
	const first = await runner.run(agent, "Hi");
	expect(first.interruptions).toHaveLength(1);
	for (const interruption of first.interruptions) first.state.approve(interruption);
	const second = await runner.run(agent, first.state);
	expect(second.finalOutput).toBe("It said hi.");
	expect(theirs.asked("tools/call")).toHaveLength(1);
});
