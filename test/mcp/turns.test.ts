/** Turns of the model and its tools: several calls, names, limits, what fails, and who leaves. */
import { expect, test } from "vitest";
import { noLimits } from "../../src/settings/limitSettings.js";
import { sendJson } from "../kit/aiHost.js";
import { scrape } from "../kit/metrics.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";
import { asking, echo, eventsOf, mcpTool, scene } from "./scene.js";

const own = {
	type: "function" as const,
	name: "look",
	strict: null,
	parameters: { type: "object", properties: { text: { type: "string" } } },
};

test("several calls at once run side by side", async () => {
	let running = 0;
	let most = 0;
	let release = () => {};
	const both = new Promise<void>((resolve) => {
		release = resolve;
	});
	const run = async ({ text }: { text?: unknown }) => {
		running += 1;
		most = Math.max(most, running);
		if (running === 2) release();
		await both;
		return text;
	};
	const { client, theirs, asked } = await scene({
		says: [
			[
				["echo", "one"],
				["echo", "two"],
			],
			"Done.",
		],
		tools: [{ name: "echo", run }],
	});
	const { output } = await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	expect(most).toBe(2);
	expect(output).toMatchObject([{}, { output: "one" }, { output: "two" }, { type: "message" }]);
	expect(
		asked()[1]
			?.messages.slice(1)
			.map(({ role }) => role),
	).toEqual(["assistant", "tool", "tool"]);
});

test("a call of the client's own function ends the response with both", async () => {
	const { client, theirs, asked } = await scene({
		says: [
			[
				["echo", "hi"],
				["look", "up"],
			],
			"Done.",
		],
	});
	const tools = [own, mcpTool(theirs)];
	const first = await client.responses.create({ ...asking, tools });
	expect(first.output.map(({ type }) => type).sort()).toEqual(["function_call", "mcp_call", "mcp_list_tools"]);
	expect(asked()).toHaveLength(1);
	const looked = first.output.find(({ type }) => type === "function_call") as { call_id: string };
	const input = [
		{ role: "user", content: "Hi" },
		...first.output,
		{ type: "function_call_output", call_id: looked.call_id, output: "stars" },
	];
	const second = await client.responses.create({ ...asking, tools, input: input as never });
	expect(second.output_text).toBe("Done.");
	const { messages = [] } = asked()[1] ?? {};
	const calls = messages.flatMap(({ tool_calls: made }) => (made as { id: string }[] | undefined) ?? []);
	const results = messages.filter(({ role }) => role === "tool").map(({ tool_call_id: id }) => id);
	expect(calls.map(({ id }) => id).sort()).toEqual([...results].sort());
	expect(results).toHaveLength(2);
});

test("odd names, equal names and a hundred tools reach the server as they are", async () => {
	const names = ["look", "a.b/c d", "ü", "x".repeat(90), ...Array.from({ length: 96 }, (_none, at) => `tool_${at}`)];
	const { client, theirs, asked } = await scene({
		says: ["Hello."],
		tools: names.map((name) => ({ name, run: () => `ran ${name}` })),
	});
	await client.responses.create({ ...asking, tools: [own, mcpTool(theirs)] });
	const functions = (asked()[0]?.tools ?? []).map(({ function: made }) => (made as { name: string }).name);
	expect(functions).toHaveLength(101);
	expect(new Set(functions).size).toBe(101);
	for (const name of functions) expect(name).toMatch(/^[A-Za-z_][\w-]{0,63}$/);
	for (const [place, name] of names.slice(0, 4).entries()) {
		const again = await scene({
			says: [[[functions[place + 1] as string, "x"]], "Done."],
			tools: names.map((one) => ({ name: one, run: () => `ran ${one}` })),
		});
		const { output } = await again.client.responses.create({ ...asking, tools: [own, mcpTool(again.theirs)] });
		expect(output[1]).toMatchObject({ type: "mcp_call", name, output: `ran ${name}` });
	}
}, 60_000);

test("only allowed tools are offered, and a list is kept", async () => {
	const tools = ["echo", "write", "drop"].map((name) => ({ ...echo, name }));
	const { client, theirs, asked } = await scene({ says: ["Hello."], tools, server: { tools: ["echo", "wri*"] } });
	for (const allowed_tools of [undefined, ["echo", "drop"], { tool_names: ["write"] }])
		await client.responses.create({ ...asking, tools: [mcpTool(theirs, { allowed_tools: allowed_tools as never })] });
	const offered = asked().map(({ tools: made = [] }) =>
		made.map(({ function: one }) => (one as { name: string }).name),
	);
	expect(offered).toEqual([["echo", "write"], ["echo"], ["write"]]);
	expect(theirs.asked("tools/list")).toHaveLength(1);
});

test.each([
	["max_tool_calls", { max_tool_calls: 2 }, {}, 2, 3],
	["maxCalls", {}, { maxCalls: 3 }, 3, 4],
	["maxTurns", {}, { maxTurns: 3 }, 2, 3],
])("a model that never stops is stopped by %s", async (_name, body, mcp, calls, turns) => {
	const { client, theirs, asked } = await scene({ says: [[["echo", "again"]]], mcp });
	const response = await client.responses.create({ ...asking, ...body, tools: [mcpTool(theirs)] });
	expect(response.status).toBe("completed");
	expect(theirs.asked("tools/call")).toHaveLength(calls);
	expect(asked()).toHaveLength(turns);
	expect(asked().at(-1)?.tool_choice).toBe("none");
	expect(asked()[0]?.tool_choice).toBe(undefined);
});

test("what has to be called is called once", async () => {
	const { client, theirs, asked } = await scene({ says: [[["echo", "hi"]], "Done."] });
	const choice = { type: "mcp" as const, server_label: "tools", name: "echo" };
	const response = await client.responses.create({ ...asking, tools: [mcpTool(theirs)], tool_choice: choice });
	expect(response.tool_choice).toEqual(choice);
	expect(asked().map(({ tool_choice: made }) => made)).toEqual([
		{ type: "function", function: { name: "echo" } },
		"auto",
	]);
});

test("each turn is a request in usage, limits and metrics, and the client's own is none", async () => {
	const { client, theirs, gateway } = await scene({ says: [[["echo", "hi"]], "Done."] });
	await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	const { sum } = await scrape(gateway.url);
	expect(sum("llmgw_tokens_total", { kind: "input" })).toBe(40);
	expect(sum("llmgw_mcp_requests_total", { server: "tools", operation: "call", outcome: "completed" })).toBe(1);
	expect(sum("llmgw_mcp_requests_total", { server: "tools", operation: "list", outcome: "completed" })).toBe(1);
	await expect
		.poll(
			async () =>
				(await gateway.gateway.services.store.audit.list({ limit: 10, order: "desc", after: undefined })).data,
		)
		.toMatchObject([{ action: "mcp.called", after: { server: "tools", tool: "echo", outcome: "completed" } }]);
});

test("a refusal of the first turn is the client's answer, also to a stream", async () => {
	const { client, theirs } = await scene({ says: [400] });
	const refused = { status: 400, code: "no_room", message: expect.stringContaining("No room") };
	const tools = [mcpTool(theirs)];
	await expect(client.responses.create({ ...asking, tools })).rejects.toMatchObject(refused);
	await expect(eventsOf(client, { tools })).rejects.toMatchObject(refused);
});

test("a refusal of a later turn is the response's failure", async () => {
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], 400] });
	const tools = [mcpTool(theirs)];
	const last = (await eventsOf(client, { tools })).at(-1);
	expect(last).toMatchObject({
		type: "response.failed",
		response: {
			status: "failed",
			error: { message: "No room" },
			output: [{}, { type: "mcp_call", output: "You said: hi" }],
		},
	});
	const again = await scene({ says: [[["echo", "hi"]], 400] });
	const whole = again.client.responses.create({ ...asking, tools: [mcpTool(again.theirs)] });
	await expect(whole).rejects.toMatchObject({ status: 400, code: "no_room" });
});

test("limits hold for each turn", async () => {
	const limits = { ...noLimits, clients: { requestsPerMinute: 2 } };
	const { client, theirs, asked } = await scene({ says: [[["echo", "hi"]]], more: { limits } });
	const last = (await eventsOf(client, { tools: [mcpTool(theirs)] })).at(-1);
	expect(last).toMatchObject({ type: "response.failed", response: { error: { code: "rate_limit_exceeded" } } });
	expect(asked()).toHaveLength(2);
});

test("a client that leaves ends the call that is under way", async () => {
	let left = () => {};
	let begun = () => {};
	const started = new Promise<void>((resolve) => {
		begun = resolve;
	});
	const gone = new Promise<void>((resolve) => {
		left = resolve;
	});
	const { client, theirs, asked } = await scene({
		says: [[["echo", "hi"]], "Done."],
		before(request, response) {
			if (request.headers["mcp-method"] !== "tools/call") return false;
			request.resume();
			response.on("close", left);
			begun();
			return true;
		},
	});
	const leaving = new AbortController();
	const answer = client.responses.create({ ...asking, tools: [mcpTool(theirs)] }, { signal: leaving.signal });
	answer.catch(() => {});
	await started;
	leaving.abort();
	await gone;
	expect(asked()).toHaveLength(1);
});

test("an upstream that runs such tools itself gets the request as it came, and so does any where nothing is configured", async () => {
	const host = await hostOf((_request, response) => sendJson(response, { object: "response", output: [] }));
	const body = { ...asking, tools: [mcpTool({ url: "http://127.0.0.1:9/mcp" }, { authorization: "t" })] };
	const settings = { provider: "openai", key: "sk-1" } as const;
	const routing = { upstreams: [upstream("one", `${host.url}/v1`, settings)], routes: [route(["one"])] };
	const gateway = await gatewayWith(routing);
	const post = (url: string) =>
		fetch(`${url}/v1/responses`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	await post(gateway.url);
	const { gateway: running } = await scene({ says: ["Hi"], mcp: { upstreams: ["one"] }, upstream: settings });
	expect((await post(running.url)).status).not.toBe(403);
	expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toEqual(body);
});

test("an upstream that speaks Responses but can't run the tools is given functions", async () => {
	const answers = [
		{
			object: "response",
			id: "resp_1",
			status: "completed",
			output: [
				{
					type: "function_call",
					id: "fc_1",
					call_id: "c1",
					name: "echo",
					arguments: '{"text":"hi"}',
					status: "completed",
				},
			],
			usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
		},
		{
			object: "response",
			id: "resp_2",
			status: "completed",
			output: [
				{
					type: "message",
					id: "msg_1",
					role: "assistant",
					status: "completed",
					content: [{ type: "output_text", text: "Done.", annotations: [] }],
				},
			],
			usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
		},
	];
	const host = await hostOf((_request, response) => sendJson(response, answers[host.received.length - 1] as object));
	const made = await scene({ says: ["never"], upstream: { dialects: ["openai.responses"], url: `${host.url}/v1` } });
	const response = await made.client.responses.create({ ...asking, tools: [mcpTool(made.theirs)] });
	expect(response).toMatchObject({ output_text: "Done.", usage: { total_tokens: 4 } });
	const sent = host.received.map(({ body }) => JSON.parse(body.toString()));
	expect(sent[0]).toMatchObject({ store: false, tools: [{ type: "function", name: "echo" }] });
	expect(sent[1].input.slice(1)).toMatchObject([
		{ type: "function_call", call_id: "c1" },
		{ type: "function_call_output", call_id: "c1", output: "You said: hi" },
	]);
	expect(response.id).not.toBe("resp_2");
});

test("several streams of one gateway don't mix", async () => {
	const { client, theirs } = await scene({ says: [[["echo", "hi"]], [["echo", "ho"]], "Done."] });
	const events = await eventsOf(client, { tools: [mcpTool(theirs)] });
	const items = events.flatMap((event) => (event.type === "response.output_item.done" ? [event.item] : []));
	expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
	expect(items.map(({ type }) => type)).toEqual(["mcp_list_tools", "mcp_call", "mcp_call", "message"]);
});
