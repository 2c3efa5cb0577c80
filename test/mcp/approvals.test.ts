/** Calls of MCP tools that the client has to approve, over two requests. */
import { expect, test } from "vitest";
import { asking, eventsOf, mcpTool, scene } from "./scene.js";

const always = { require_approval: "always" } as const;

async function requested(
	more: Parameters<typeof mcpTool>[1] = always,
	says: Parameters<typeof scene>[0]["says"] = [[["echo", "hi"]], "It said hi."],
) {
	const made = await scene({ says });
	const tools = [mcpTool(made.theirs, more)];
	const first = await made.client.responses.create({ ...asking, tools });
	const request = first.output.find(({ type }) => type === "mcp_approval_request") as { id: string };
	const answer = (approve: boolean, rest: object = {}) => ({
		...asking,
		tools,
		input: [
			{ role: "user", content: asking.input },
			...first.output,
			{ type: "mcp_approval_response", approval_request_id: request.id, approve, ...rest },
		] as never,
	});
	return { ...made, tools, first, request, answer };
}

test("a call waits for its approval, which is what the vendor's default asks for", async () => {
	const { first, theirs, asked } = await requested({ require_approval: undefined as never });
	expect(first.output).toMatchObject([
		{ type: "mcp_list_tools" },
		{ type: "mcp_approval_request", name: "echo", server_label: "tools", arguments: '{"text":"hi"}' },
	]);
	expect(first.status).toBe("completed");
	expect(theirs.asked("tools/call")).toEqual([]);
	expect(asked()).toHaveLength(1);
});

test("once it is approved it is made, before the model is asked, and the list is not asked for again", async () => {
	const { client, theirs, answer, request, asked } = await requested();
	const second = await client.responses.create(answer(true));
	expect(second.output).toMatchObject([
		{ type: "mcp_call", approval_request_id: request.id, output: "You said: hi", name: "echo" },
		{ type: "message" },
	]);
	expect(second.output_text).toBe("It said hi.");
	expect(theirs.asked("tools/call")).toHaveLength(1);
	expect(theirs.asked("tools/list")).toHaveLength(1);
	expect(asked().at(-1)?.messages.slice(1)).toMatchObject([
		{ role: "assistant", tool_calls: [{ function: { name: "echo", arguments: '{"text":"hi"}' } }] },
		{ role: "tool", content: "You said: hi" },
	]);
	// What is done is not done again when the client sends it all once more.
	const third = {
		...answer(true),
		input: [...(answer(true).input as never[]), ...second.output, { role: "user", content: "And?" }],
	};
	await client.responses.create(third as never);
	expect(theirs.asked("tools/call")).toHaveLength(1);
	expect(
		asked()
			.at(-1)
			?.messages.filter(({ role }) => role === "tool"),
	).toHaveLength(1);
});

test("a call that is refused is not made, and the model is told why", async () => {
	const { client, theirs, answer, asked } = await requested();
	const second = await client.responses.create(answer(false, { reason: "Not today" }));
	expect(second.output.map(({ type }) => type)).toEqual(["message"]);
	expect(theirs.asked("tools/call")).toEqual([]);
	expect(asked().at(-1)?.messages.at(-1)).toMatchObject({
		role: "tool",
		content: expect.stringContaining("Not today"),
	});
});

test("a stream shows the request as an item, and what is approved as a call of its own", async () => {
	const { client, answer, tools } = await requested();
	const second = await eventsOf(client, answer(true));
	expect(second.slice(2, 6).map(({ type }) => type)).toEqual([
		"response.output_item.added",
		"response.mcp_call.in_progress",
		"response.mcp_call.completed",
		"response.output_item.done",
	]);
	const made = await scene({ says: [[["echo", "hi"]]] });
	const first = await eventsOf(made.client, { tools: [{ ...tools[0], server_url: made.theirs.url }] });
	const done = first.flatMap((event) => (event.type === "response.output_item.done" ? [event.item.type] : []));
	expect(done).toEqual(["mcp_list_tools", "mcp_approval_request"]);
	expect(first.some(({ type }) => type.startsWith("response.mcp_call"))).toBe(false);
});

test.each([
	["never, by name", { never: { tool_names: ["echo"] } }, true],
	["always, by name", { always: { tool_names: ["echo"] } }, false],
	["never, for others", { never: { tool_names: ["other"] } }, false],
	["never, for what only reads", { never: { read_only: true } }, false],
] as const)("filters choose which need it: %s", async (_name, filter, isRun) => {
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], "Done."] });
	await client.responses.create({ ...asking, tools: [mcpTool(theirs, { require_approval: filter as never })] });
	expect(theirs.asked("tools/call")).toHaveLength(isRun ? 1 : 0);
});

test.each([
	["always", "never", 0],
	["never", undefined, 1],
	["never", "always", 0],
	["client", "never", 1],
] as const)("the configuration's %s over a request's %s", async (approval, given, calls) => {
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], "Done."], server: { approval } });
	const tool = mcpTool(theirs, { require_approval: given as never });
	await client.responses.create({ ...asking, tools: [tool] });
	expect(theirs.asked("tools/call")).toHaveLength(calls);
});

test("an approval of nothing is refused", async () => {
	const { client, theirs } = await scene({ says: ["Hello"] });
	const input = [{ type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true }] as never;
	const answered = client.responses.create({ ...asking, input, tools: [mcpTool(theirs)] });
	await expect(answered).rejects.toMatchObject({ status: 400, param: "input[0].approval_request_id" });
});

test("an approval can't have a tool called that the configuration doesn't allow", async () => {
	const { client, theirs, asked } = await scene({ says: ["Hello"], server: { tools: ["other"] } });
	const input = [
		{ type: "mcp_approval_request", id: "mcpr_1", server_label: "tools", name: "echo", arguments: "{}" },
		{ type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true },
	] as never;
	const { output } = await client.responses.create({ ...asking, input, tools: [mcpTool(theirs)] });
	expect(output).toContainEqual(expect.objectContaining({ type: "mcp_call", error: "There is no such tool." }));
	expect(theirs.asked("tools/call")).toEqual([]);
	expect(asked()).toHaveLength(1);
});
