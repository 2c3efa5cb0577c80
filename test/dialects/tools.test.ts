/** Tools on their way to an upstream that takes other forms, names and ids of them, and back. */
import { describe, expect, test } from "vitest";
import {
	anthropic,
	chunks,
	completion,
	dropped,
	functionCall,
	type Json,
	message,
	responses,
	translatedOver,
} from "../kit/translated.js";

const user = { role: "user", content: "Go." };

describe("names that an upstream refuses", () => {
	const long = `mcp.server/${"a".repeat(70)}`;
	const twin = "mcp/server.x";
	const tools = [long, "mcp.server.x", twin, "plain"].map((name) => ({ name, input_schema: { type: "object" } }));
	const asked = {
		model: "test-model",
		max_tokens: 9,
		messages: [user],
		tools,
		tool_choice: { type: "tool", name: twin },
	};

	const namesOf = (sent: Json) => (sent.tools as { function: Json }[]).map((tool) => tool.function.name as string);

	test("are others there, the same on each turn, and come back as they were", async () => {
		const call = functionCall("c1", "mcp_server_x_2", "{}");
		const { ask, sent } = await translatedOver(completion({ tool_calls: [call] }, "tool_calls"));
		const answer = await ask("/v1/messages", asked);
		const [first, ...others] = namesOf(sent()) as [string, ...string[]];
		expect(first).toMatch(/^mcp_server_a+_[0-9a-f]{8}$/);
		expect(first).toHaveLength(64);
		expect(others).toEqual(["mcp_server_x", "mcp_server_x_2", "plain"]);
		expect(sent().tool_choice).toEqual({ type: "function", function: { name: "mcp_server_x_2" } });
		expect(answer.content).toEqual([{ type: "tool_use", id: "c1", name: twin, input: {} }]);
		const history = [
			user,
			{ role: "assistant", content: answer.content },
			{ role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "ok" }] },
		];
		await ask("/v1/messages", { ...asked, messages: history });
		expect(namesOf(sent())[0]).toBe(first);
		expect(sent().messages).toMatchObject([{}, { tool_calls: [{ function: { name: "mcp_server_x_2" } }] }, {}]);
	});

	test("come back in a stream, too", async () => {
		const deltas = [
			{ tool_calls: [{ index: 0, ...functionCall("c1", "mcp_server_x", "") }] },
			...argumentsIn(["{", "}"]),
		];
		const { stream } = await translatedOver(chunks(deltas, "tool_calls"));
		const events = await stream("/v1/messages", asked);
		expect(events.find(({ type }) => type === "content_block_start")?.content_block).toMatchObject({
			type: "tool_use",
			name: "mcp.server.x",
		});
	});

	test("of a chat client reach Messages in the same way", async () => {
		const { ask, sent } = await translatedOver(
			message([{ type: "tool_use", id: "t", name: "a_b", input: {} }], "tool_use"),
			{
				settings: anthropic,
			},
		);
		const answer = await ask("/v1/chat/completions", {
			model: "test-model",
			messages: [user],
			tools: [{ type: "function", function: { name: "a.b", parameters: { type: "object" } } }],
		});
		expect(sent().tools).toMatchObject([{ name: "a_b" }]);
		expect(answer.choices).toMatchObject([{ message: { tool_calls: [{ function: { name: "a.b" } }] } }]);
	});
});

function argumentsIn(parts: readonly string[], index = 0): Json[] {
	return parts.map((text) => ({ tool_calls: [{ index, function: { arguments: text } }] }));
}

describe("ids of calls", () => {
	test("that Anthropic refuses, or that come twice, are others there", async () => {
		const { ask, sent } = await translatedOver(message([{ type: "text", text: "Done." }]), { settings: anthropic });
		const turn = [
			{ role: "assistant", content: null, tool_calls: [functionCall("functions.look:0", "look", "{}")] },
			{ role: "tool", tool_call_id: "functions.look:0", content: "blue" },
		];
		const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
		await ask("/v1/chat/completions", { model: "test-model", messages: [user, ...turn, ...turn], tools });
		const blocks = (sent().messages as { content: Json[] }[]).flatMap(({ content }) => content);
		expect(blocks.flatMap(({ id, tool_use_id: of }) => id ?? of ?? [])).toEqual([
			"functions_look_0",
			"functions_look_0",
			"functions_look_0_2",
			"functions_look_0_2",
		]);
	});

	test("are such that Anthropic would take them, in what a Messages client gets", async () => {
		const { ask } = await translatedOver(
			completion({ tool_calls: [functionCall("functions.look:0", "look", "{}")] }, "tool_calls"),
		);
		const answer = await ask("/v1/messages", { model: "test-model", max_tokens: 9, messages: [user] });
		expect(answer.content).toMatchObject([{ type: "tool_use", id: "functions_look_0" }]);
	});

	test("of the functions of old are their names, which results bear", async () => {
		const { ask, sent } = await translatedOver(message([{ type: "text", text: "Done." }]), { settings: anthropic });
		await ask("/v1/chat/completions", {
			model: "test-model",
			messages: [
				user,
				{ role: "assistant", content: null, function_call: { name: "look", arguments: '{"at":"sky"}' } },
				{ role: "function", name: "look", content: "blue" },
			],
			functions: [{ name: "look", parameters: { type: "object" } }],
		});
		expect(sent().messages).toMatchObject([
			{},
			{ content: [{ type: "tool_use", id: "look", name: "look", input: { at: "sky" } }] },
			{ content: [{ type: "tool_result", tool_use_id: "look" }] },
		]);
	});
});

describe("custom tools", () => {
	const patch = {
		type: "custom",
		name: "apply_patch",
		description: "Edits files.",
		format: { type: "grammar", syntax: "lark", definition: "start: /x/" },
	};
	const input = '*** Begin Patch\n+"ü" \\ \u{1F600}\t€\n';
	const asked = { model: "test-model", input: "Go.", tools: [patch] };
	const named = (text: string) => ({ tool_calls: [{ index: 0, ...functionCall("c1", "apply_patch", text) }] });

	for (const size of [undefined, 1, 7])
		test(`come as they are written, in a stream cut into pieces of ${size ?? "all"} bytes`, async () => {
			const text = JSON.stringify({ input }).replace("€", "\\u20ac").replace("\u{1F600}", "\\ud83d\\ude00");
			const parts = [...text].map((_all, at) => text.slice(at * 3, at * 3 + 3)).filter((part) => part !== "");
			const { stream, sent } = await translatedOver(chunks([named(""), ...argumentsIn(parts)], "tool_calls", size));
			const events = await stream("/v1/responses", asked);
			const deltas = events.filter(({ type }) => type === "response.custom_tool_call_input.delta");
			expect(deltas.length).toBeGreaterThan(5);
			expect(deltas.map(({ delta }) => delta).join("")).toBe(input);
			expect(events.find(({ type }) => type === "response.custom_tool_call_input.done")).toMatchObject({ input });
			expect(events.at(-1)).toMatchObject({
				response: {
					output: [{ type: "custom_tool_call", call_id: "c1", name: "apply_patch", input, status: "completed" }],
				},
			});
			expect(sent().tools).toMatchObject([
				{ function: { name: "apply_patch", description: expect.stringContaining("start: /x/") } },
			]);
		});

	test.each([
		["the input itself", "*** Begin Patch", "*** Begin Patch"],
		["an object with more in it", '{"why":"x","input":"y"}', "y"],
		["an object without an input", '{"patch":"y"}', '{"patch":"y"}'],
		["half a text", '{"input":"half \\u00', "half "],
		["nothing", "", ""],
		["another form of an input", '{"input":{"a":1}}', '{"input":{"a":1}}'],
	])("whose model writes %s", async (_what, text, expected) => {
		const { stream } = await translatedOver(chunks([named(""), ...argumentsIn([...text])], "tool_calls"));
		const events = await stream("/v1/responses", asked);
		expect(events.at(-1)).toMatchObject({ response: { output: [{ type: "custom_tool_call", input: expected }] } });
	});

	test("of a chat client are functions to Messages, and come back as custom calls", async () => {
		const call = { type: "tool_use", id: "t", name: "apply_patch", input: { input: "x" } };
		const { ask, sent } = await translatedOver(message([call], "tool_use"), { settings: anthropic });
		const custom = { name: "apply_patch", description: "Edits files." };
		const answer = await ask("/v1/chat/completions", {
			model: "test-model",
			messages: [user],
			tools: [{ type: "custom", custom }],
			tool_choice: { type: "custom", custom: { name: "apply_patch" } },
		});
		expect(sent()).toMatchObject({
			tools: [{ name: "apply_patch", input_schema: { required: ["input"] } }],
			tool_choice: { type: "tool", name: "apply_patch" },
		});
		expect(answer.choices).toMatchObject([
			{ message: { tool_calls: [{ id: "t", type: "custom", custom: { name: "apply_patch", input: "x" } }] } },
		]);
	});

	test("of a chat client are custom tools to Responses", async () => {
		const { post, sent } = await translatedOver(completion({}), { settings: responses });
		const grammar = { syntax: "lark", definition: "start: /x/" };
		await post("/v1/chat/completions", {
			model: "test-model",
			messages: [
				user,
				{ role: "assistant", tool_calls: [{ id: "a", type: "custom", custom: { name: "p", input: "x" } }] },
			],
			tools: [{ type: "custom", custom: { name: "p", format: { type: "grammar", grammar } } }],
			tool_choice: { type: "custom", custom: { name: "p" } },
		});
		expect(sent()).toMatchObject({
			tools: [{ type: "custom", name: "p", format: { type: "grammar", ...grammar } }],
			tool_choice: { type: "custom", name: "p" },
			input: [{}, { type: "custom_tool_call", call_id: "a", name: "p", input: "x" }],
		});
	});
});

describe("tools of a namespace", () => {
	const spawn = { type: "function", name: "spawn", parameters: { type: "object" } };
	const group = { type: "namespace", name: "agents", description: "", tools: [spawn] };

	test("are told from a function that has their flat name", async () => {
		const { ask, sent } = await translatedOver(
			completion({
				tool_calls: [functionCall("a", "agents__spawn", "{}"), functionCall("b", "agents__spawn_2", "{}")],
			}),
		);
		const answer = await ask("/v1/responses", {
			model: "test-model",
			input: [
				{ role: "user", content: "Go." },
				{ type: "function_call", call_id: "z", namespace: "agents", name: "spawn", arguments: "{}" },
				{ type: "function_call_output", call_id: "z", output: "ok" },
			],
			tools: [group, { ...spawn, name: "agents__spawn" }],
			tool_choice: { type: "function", namespace: "agents", name: "spawn" },
		});
		expect(sent()).toMatchObject({
			tools: [{ function: { name: "agents__spawn_2" } }, { function: { name: "agents__spawn" } }],
			tool_choice: { function: { name: "agents__spawn_2" } },
			messages: [{}, { tool_calls: [{ function: { name: "agents__spawn_2" } }] }, {}],
		});
		const [one, other] = answer.output as Json[];
		expect(one).toMatchObject({ type: "function_call", call_id: "a", name: "agents__spawn" });
		expect(one).not.toHaveProperty("namespace");
		expect(other).toMatchObject({ type: "function_call", call_id: "b", namespace: "agents", name: "spawn" });
		expect(answer.tools).toEqual([group, { ...spawn, name: "agents__spawn", strict: false }]);
	});
});

describe("tools that a vendor runs", () => {
	test("are left out and named", async () => {
		const { post, sent } = await translatedOver(completion({ content: "Hi." }));
		const response = await post("/v1/responses", {
			model: "test-model",
			input: "Go.",
			tools: [{ type: "tool_search", execution: "client" }, { type: "web_search" }],
		});
		expect(dropped(response).sort()).toEqual(["tools.tool_search", "tools.web_search"]);
		expect(sent()).not.toHaveProperty("tools");
		expect(sent()).not.toHaveProperty("tool_choice");
	});

	test.each([
		["/v1/responses", { input: "Go.", tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }],
		["/v1/responses", { input: "Go.", tools: [{ type: "web_search" }], tool_choice: "required" }],
		[
			"/v1/messages",
			{
				max_tokens: 9,
				messages: [user],
				tools: [{ type: "web_search_20250305", name: "web_search" }],
				tool_choice: { type: "tool", name: "web_search" },
			},
		],
	])("are refused at %s where they are demanded", async (path, body) => {
		const { post, host } = await translatedOver(completion({ content: "Hi." }));
		const response = await post(path, { model: "test-model", ...body });
		expect(response.status).toBe(400);
		expect(await response.text()).toContain("'tool_choice' demands the tool 'web_search'");
		expect(host.received).toEqual([]);
	});
});

describe("the choice of tools", () => {
	const look = { type: "function", name: "look", parameters: { type: "object" } };

	test("is among those allowed, in either of OpenAI's dialects", async () => {
		const { ask, sent } = await translatedOver(message([{ type: "text", text: "Hi." }]), { settings: anthropic });
		const allowed = { mode: "required", tools: [{ type: "function", function: { name: "hear" } }] };
		await ask("/v1/chat/completions", {
			model: "test-model",
			messages: [user],
			tools: ["look", "hear"].map((name) => ({ type: "function", function: { name, parameters: { type: "object" } } })),
			tool_choice: { type: "allowed_tools", allowed_tools: allowed },
		});
		expect(sent()).toMatchObject({ tools: [{ name: "hear" }], tool_choice: { type: "any" } });
		await ask("/v1/responses", {
			model: "test-model",
			input: "Go.",
			tools: [look, { ...look, name: "hear" }],
			tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "look" }] },
			parallel_tool_calls: false,
		});
		expect(sent()).toMatchObject({
			tools: [{ name: "look" }],
			tool_choice: { type: "auto", disable_parallel_tool_use: true },
		});
	});

	test("`none` and `strict` are carried", async () => {
		const { ask, sent } = await translatedOver(completion({ content: "Hi." }));
		await ask("/v1/messages", {
			model: "test-model",
			max_tokens: 9,
			messages: [user],
			tools: [{ name: "look", input_schema: { type: "object" }, strict: true }],
			tool_choice: { type: "none" },
		});
		expect(sent()).toMatchObject({ tools: [{ function: { name: "look", strict: true } }], tool_choice: "none" });
	});
});

describe("results of tools", () => {
	test("with pictures and errors reach Messages whole, and chat completions with a note", async () => {
		const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
		const result = {
			type: "tool_result",
			tool_use_id: "t",
			is_error: true,
			content: [{ type: "text", text: "no" }, image],
		};
		const asked = {
			model: "test-model",
			max_tokens: 9,
			messages: [
				user,
				{ role: "assistant", content: [{ type: "tool_use", id: "t", name: "look", input: {} }] },
				{ role: "user", content: [result, { type: "text", text: "And?" }] },
			],
		};
		const { post, sent } = await translatedOver(completion({ content: "Hi." }));
		expect(dropped(await post("/v1/messages", asked))).toEqual(["isError"]);
		expect((sent().messages as Json[]).slice(2)).toEqual([
			{ role: "tool", tool_call_id: "t", content: "no" },
			{
				role: "user",
				content: [
					{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
					{ type: "text", text: "And?" },
				],
			},
		]);
	});

	test("stand after their calls, whatever a Responses client puts between them", async () => {
		const { ask, sent } = await translatedOver(completion({ content: "Hi." }));
		const call = (id: string) => ({ type: "function_call", call_id: id, name: "look", arguments: "{}" });
		const result = (id: string) => ({ type: "function_call_output", call_id: id, output: id });
		await ask("/v1/responses", {
			model: "test-model",
			input: [call("a"), call("b"), user, result("a"), call("c"), result("b"), user, result("c"), result("none")],
		});
		const called = (...ids: string[]) => ({ role: "assistant", tool_calls: ids.map((id) => ({ id })) });
		const told = (id: string) => ({ role: "tool", tool_call_id: id, content: id });
		expect(sent().messages).toMatchObject([
			called("a", "b"),
			told("a"),
			told("b"),
			user,
			called("c"),
			told("c"),
			user,
			told("none"),
		]);
	});

	test.each([
		["no JSON", "look up", { input: "look up" }],
		["nothing", "", {}],
		["a list", "[1]", { input: [1] }],
	])("and calls whose arguments are %s", async (_what, text, input) => {
		const { ask, sent } = await translatedOver(message([{ type: "text", text: "Hi." }]), { settings: anthropic });
		await ask("/v1/responses", {
			model: "test-model",
			input: [
				{ role: "user", content: "Go." },
				{ type: "function_call", call_id: "a", name: "look", arguments: text },
				{ type: "function_call_output", call_id: "a", output: "x" },
			],
			tools: [{ type: "function", name: "look", parameters: { type: "object" } }],
		});
		expect(sent().messages).toMatchObject([{}, { content: [{ type: "tool_use", input }] }, {}]);
	});
});

describe("a signature that a client carries in a call's id", () => {
	const id = "call_1__sig_c2lnbmF0dXJl";
	const messages = [
		user,
		{ role: "assistant", content: null, tool_calls: [functionCall(id, "now", "{}")] },
		{ role: "tool", tool_call_id: id, content: `It is noon, says ${id}.` },
	];
	const asked = { model: "test-model", user: id, messages };

	test("does not reach an upstream that speaks the client's dialect, which has never made it", async () => {
		const { ask, sent } = await translatedOver(completion({ content: "Noon." }));
		await ask("/v1/chat/completions", asked);
		expect(sent()).toMatchObject({
			user: id,
			messages: [
				user,
				{ content: null, tool_calls: [functionCall("call_1", "now", "{}")] },
				{ tool_call_id: "call_1", content: `It is noon, says ${id}.` },
			],
		});
	});

	test("is no matter to a request that only speaks of one", async () => {
		const { ask, host } = await translatedOver(completion({ content: "Noon." }));
		const spoken = { ...asked, temperature: 0.7, max_tokens: 128, messages: [{ role: "user", content: id }] };
		await ask("/v1/chat/completions", spoken);
		expect(host.received[0]?.body.toString()).toBe(JSON.stringify({ ...spoken, model: "real-model" }));
	});
});
