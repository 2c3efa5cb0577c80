/** Remote MCP tools that the gateway runs: the model calls, the gateway asks the server, and the client gets one response. */
import { expect, test } from "vitest";
import { asking, eventsOf, mcpTool, scene } from "./scene.js";

test("the model's call is made, its result given back, and the client gets one response with all of it", async () => {
	const { client, theirs, asked } = await scene({ says: [[["echo", "hi"]], "It said hi."] });
	const response = await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	expect(response).toMatchObject({
		id: expect.stringMatching(/^resp_/),
		status: "completed",
		output_text: "It said hi.",
		output: [
			{ type: "mcp_list_tools", server_label: "tools", tools: [{ name: "echo", description: "Says it again" }] },
			{
				type: "mcp_call",
				id: expect.stringMatching(/^mcp_/),
				name: "echo",
				server_label: "tools",
				arguments: '{"text":"hi"}',
				output: "You said: hi",
				error: null,
				status: "completed",
				approval_request_id: null,
			},
			{ type: "message" },
		],
		usage: { input_tokens: 40, output_tokens: 14 },
	});
	const [first, second] = asked();
	expect(first?.tools).toMatchObject([{ type: "function", function: { name: "echo", description: "Says it again" } }]);
	expect(second?.messages.slice(1)).toMatchObject([
		{ role: "assistant", tool_calls: [{ id: "call_1_0", function: { name: "echo", arguments: '{"text":"hi"}' } }] },
		{ role: "tool", tool_call_id: "call_1_0", content: "You said: hi" },
	]);
});

test("as a stream, it is one with the vendor's events in their order, numbered without gaps", async () => {
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], "It said hi."] });
	const events = await eventsOf(client, { tools: [mcpTool(theirs)] });
	expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_event, place) => place));
	const types = events.map(({ type }) => type.replace("response.", ""));
	expect(types.filter((type, place) => type !== types[place - 1])).toEqual([
		...["created", "in_progress"],
		...["output_item.added", "mcp_list_tools.in_progress", "mcp_list_tools.completed", "output_item.done"],
		...["output_item.added", "mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done"],
		...["mcp_call.completed", "output_item.done"],
		...["output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done"],
		...["output_item.done", "completed"],
	]);
	const places = events.flatMap((event) => ("output_index" in event ? [event.output_index] : []));
	expect([...new Set(places)]).toEqual([0, 1, 2]);
	const last = events.at(-1);
	const done = events.flatMap((event) => (event.type === "response.output_item.done" ? [event.item] : []));
	expect(last).toMatchObject({ type: "response.completed", response: { output: done, usage: { total_tokens: 54 } } });
	expect(new Set(events.flatMap((event) => ("response" in event ? [event.response.id] : []))).size).toBe(1);
});
