/** OpenAI's responses, asked by its own SDK: over upstreams that only know chat completions, and over those that speak it. */
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { estimateTokens } from "../../src/upstream/routing/estimateTokens.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { gatewayWith as limitedGateway } from "../kit/limited.js";
import { clientOf, gatewayWith, question, route, upstream } from "../kit/routing.js";

async function overChat(answer: HostAnswer, dialects?: string[], keepsResponses?: boolean) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("chat", host.url, { dialects, keepsResponses })],
		routes: [route(["chat/parrot"], { rescue: "off" })],
	});
	const asked = () => JSON.parse(host.received.at(-1)?.body.toString() ?? "");
	return { host, gateway, client: clientOf(gateway), asked };
}

const json =
	(body: object, status = 200, headers: Record<string, string> = {}): HostAnswer =>
	(_request, response) => {
		response.writeHead(status, { "content-type": "application/json", ...headers });
		response.end(JSON.stringify(body));
	};

const chunk = (delta: object, finish: string | null = null) => ({
	id: "c1",
	object: "chat.completion.chunk",
	created: 1,
	model: "parrot-2",
	choices: [{ index: 0, delta, finish_reason: finish }],
});

const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
const counts = { ...chunk({}), choices: [], usage };

const bytesOf = (events: readonly object[]) =>
	[...events.map((event) => JSON.stringify(event)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");

const stream =
	(...events: object[]): HostAnswer =>
	(_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end(bytesOf(events));
	};

const whole = (message: object, finish = "stop") => ({
	id: "c1",
	object: "chat.completion",
	created: 1,
	model: "parrot-2",
	choices: [{ index: 0, message: { role: "assistant", content: null, ...message }, finish_reason: finish }],
	usage,
});

const call = (id: string, name: string, text: string) => ({
	id,
	type: "function",
	function: { name, arguments: text },
});

const look = { type: "function", name: "look", parameters: { type: "object" }, strict: false } as const;
const patch = { type: "custom", name: "apply_patch", description: "Edits files." } as const;

describe("over an upstream of chat completions", () => {
	test("a text is asked for and answered", async () => {
		const { client, host, asked } = await overChat(json(whole({ content: "Hello.", reasoning_content: "Hm." })));
		const answer = await client.responses.create({
			model: "test-model",
			instructions: "Be brief.",
			input: "Hi",
			max_output_tokens: 50,
			reasoning: { effort: "low" },
		});
		expect(host.received[0]?.url).toBe("/chat/completions");
		expect(asked()).toEqual({
			model: "parrot",
			messages: [
				{ role: "system", content: "Be brief." },
				{ role: "user", content: "Hi" },
			],
			max_tokens: 50,
		});
		expect(answer).toMatchObject({
			object: "response",
			status: "completed",
			model: "test-model",
			output_text: "Hello.",
		});
		expect(answer.output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
		expect(answer.usage).toMatchObject({ input_tokens: 7, output_tokens: 5, total_tokens: 12 });
	});

	test("a stream has each event in its order, numbered, and no [DONE]", async () => {
		const { gateway, client } = await overChat(
			stream(
				chunk({ role: "assistant", content: "" }),
				chunk({ reasoning_content: "Hm." }),
				chunk({ content: "Hel" }),
				chunk({ content: "lo." }),
				chunk({}, "stop"),
				counts,
			),
		);
		const text = await (
			await fetch(`${gateway.baseUrl}/responses`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ model: "test-model", input: "Hi", stream: true }),
			})
		).text();
		const events = text.trim().split("\n\n").map(eventOf);
		expect(events.map(({ name }) => name)).toEqual([
			"response.created",
			"response.in_progress",
			"response.output_item.added",
			"response.reasoning_summary_part.added",
			"response.reasoning_summary_text.delta",
			"response.reasoning_summary_text.done",
			"response.reasoning_summary_part.done",
			"response.output_item.done",
			"response.output_item.added",
			"response.content_part.added",
			"response.output_text.delta",
			"response.output_text.delta",
			"response.output_text.done",
			"response.content_part.done",
			"response.output_item.done",
			"response.completed",
		]);
		expect(events.map(({ json: { sequence_number: number } }) => number)).toEqual([...events.keys()]);
		for (const { name, json: event } of events) expect(event.type).toBe(name);
		const final = await client.responses.stream({ model: "test-model", input: "Hi" }).finalResponse();
		expect(final).toMatchObject({ status: "completed", output_text: "Hello.", usage: { output_tokens: 5 } });
	});

	test("calls of tools go there and back, those of custom tools and namespaces in their own form", async () => {
		const { client, asked } = await overChat(
			stream(
				chunk({ role: "assistant", tool_calls: [{ index: 0, ...call("c1", "look", "") }] }),
				chunk({ tool_calls: [{ index: 0, function: { arguments: '{"at":' } }] }),
				chunk({ tool_calls: [{ index: 0, function: { arguments: '"sky"}' } }] }),
				chunk({ tool_calls: [{ index: 1, ...call("c2", "apply_patch", '{"input":"*** Begin') }] }),
				chunk({ tool_calls: [{ index: 1, function: { arguments: ' Patch\\n"}' } }] }),
				chunk({ tool_calls: [{ index: 2, ...call("c3", "agents__spawn", "{}") }] }),
				chunk({}, "tool_calls"),
				counts,
			),
		);
		const namespace = { type: "namespace", name: "agents", description: "", tools: [{ ...look, name: "spawn" }] };
		const request = {
			model: "test-model",
			input: [
				{ role: "user", content: "Go." },
				{ type: "function_call", call_id: "a", name: "look", arguments: "{}" },
				{ type: "custom_tool_call", call_id: "b", name: "apply_patch", input: "x" },
				{ type: "function_call_output", call_id: "a", output: "blue" },
				{ type: "custom_tool_call_output", call_id: "b", output: "done" },
			],
			tools: [look, patch, namespace, { type: "web_search" }],
		};
		const final = await client.responses.stream(request as never).finalResponse();
		expect(asked().tools.map((tool: { function: { name: string } }) => tool.function.name)).toEqual([
			"look",
			"apply_patch",
			"agents__spawn",
		]);
		expect(asked().messages.slice(1)).toEqual([
			{
				role: "assistant",
				content: null,
				tool_calls: [call("a", "look", "{}"), call("b", "apply_patch", '{"input":"x"}')],
			},
			{ role: "tool", tool_call_id: "a", content: "blue" },
			{ role: "tool", tool_call_id: "b", content: "done" },
		]);
		expect(final.output).toMatchObject([
			{ type: "function_call", call_id: "c1", name: "look", arguments: '{"at":"sky"}' },
			{ type: "custom_tool_call", call_id: "c2", name: "apply_patch", input: "*** Begin Patch\n" },
			{ type: "function_call", call_id: "c3", name: "spawn", namespace: "agents", arguments: "{}" },
		]);
	});

	test("pictures that a tool has shown are kept, after the results", async () => {
		const { client, asked } = await overChat(json(whole({ content: "A cat." })));
		const url = "data:image/png;base64,AAAA";
		const shown = [
			{ type: "input_text", text: "here" },
			{ type: "input_image", image_url: url },
		];
		const input = [
			{ type: "function_call", call_id: "a", name: "look", arguments: "{}" },
			{ type: "function_call_output", call_id: "a", output: shown },
		];
		await client.responses.create({ model: "test-model", input: input as never, tools: [look] });
		expect(asked().messages.slice(1)).toEqual([
			{ role: "tool", tool_call_id: "a", content: "here" },
			{ role: "user", content: [{ type: "image_url", image_url: { url } }] },
		]);
	});

	test("a schema is asked for, and `parse` reads the answer", async () => {
		const { client, asked } = await overChat(json(whole({ content: '{"n":4}' })));
		const schema = { type: "object", properties: { n: { type: "number" } } };
		const format = { type: "json_schema", name: "sum", schema, strict: true } as const;
		const answer = await client.responses.parse({ model: "test-model", input: "2+2", text: { format } });
		expect(asked().response_format).toEqual({
			type: "json_schema",
			json_schema: { name: "sum", schema, strict: true },
		});
		expect(answer.output_parsed).toEqual({ n: 4 });
	});

	test("an answer that reached its limit is incomplete", async () => {
		const { client } = await overChat(stream(chunk({ content: "Hel" }, "length"), counts));
		const final = await client.responses.stream({ model: "test-model", input: "Hi" }).finalResponse();
		expect(final).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
	});

	test("a stream may be cut into pieces anywhere", async () => {
		const { client } = await overChat(async (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			const bytes = Buffer.from(bytesOf([chunk({ content: "Grüße, " }), chunk({ content: "Welt" }, "stop"), counts]));
			for (let at = 0; at < bytes.length; at += 5) {
				response.write(bytes.subarray(at, at + 5));
				await new Promise(setImmediate);
			}
			response.end();
		});
		const final = await client.responses.stream({ model: "test-model", input: "Hi" }).finalResponse();
		expect(final.output_text).toBe("Grüße, Welt");
	});

	test("a whole answer becomes the stream that was asked for", async () => {
		const { client } = await overChat(json(whole({ content: "Hello." })));
		const final = await client.responses.stream({ model: "test-model", input: "Hi" }).finalResponse();
		expect(final).toMatchObject({ output_text: "Hello.", usage: { input_tokens: 7 } });
	});

	test("a stream that breaks off ends with `response.failed`", async () => {
		const { gateway } = await overChat((_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.write(`data: ${JSON.stringify(chunk({ content: "Hel" }))}\n\n`);
			setTimeout(() => response.destroy(), 50);
		});
		const last = await lastEventOf(gateway.baseUrl);
		expect(last.name).toBe("response.failed");
		expect(last.json.response).toMatchObject({
			status: "failed",
			error: { code: "server_error" },
			model: "test-model",
		});
	});

	test("a refusal keeps its status and its words", async () => {
		const refusal = { error: { message: "too long", type: "invalid_request_error", code: "context_length_exceeded" } };
		const { client } = await overChat(json(refusal, 400));
		const refused = await client.responses
			.create({ model: "test-model", input: "Hi" })
			.catch((error: unknown) => error);
		expect(refused).toBeInstanceOf(OpenAI.APIError);
		expect(refused).toMatchObject({ status: 400, code: "context_length_exceeded" });
	});

	test("a conversation that nobody has is not found before anybody is asked", async () => {
		const { client, host } = await overChat(json(whole({ content: "Hello." })));
		const request = { model: "test-model", input: "Hi", conversation: "conv_1" };
		const refused = await client.responses.create(request).catch((error: unknown) => error);
		expect(refused).toMatchObject({ status: 404, code: "conversation_not_found", param: "conversation" });
		expect(host.received).toEqual([]);
	});

	test("what could not be carried is named", async () => {
		const { client } = await overChat(json(whole({ content: "Hello." })));
		const { response } = await client.responses
			.create({
				model: "test-model",
				input: [{ role: "user", content: "Hi" }, { type: "web_search_call", id: "ws_1", status: "completed" } as never],
				tools: [{ type: "web_search" }],
				text: { verbosity: "low" },
				truncation: "auto",
			})
			.withResponse();
		const dropped = response.headers.get("x-llmgw-dropped")?.split(/, ?/) ?? [];
		expect(dropped.sort()).toEqual(["text.verbosity", "tools.web_search", "truncation", "web_search_call"]);
	});
});

describe("over an upstream that speaks it", () => {
	const response = {
		id: "resp_1",
		object: "response",
		created_at: 1,
		status: "completed",
		model: "parrot-2",
		output: [
			{
				id: "msg_1",
				type: "message",
				role: "assistant",
				status: "completed",
				content: [{ type: "output_text", text: "Hello.", annotations: [] }],
			},
		],
		usage: { input_tokens: 7, output_tokens: 2, total_tokens: 9 },
	};

	test("the upstream's memory is asked, and a whole answer made the stream that was asked for", async () => {
		const { client, asked } = await overChat(json(response), ["openai.responses"], true);
		const final = await client.responses
			.stream({ model: "test-model", input: "Hi", previous_response_id: "resp_0" })
			.finalResponse();
		expect(asked()).toMatchObject({ previous_response_id: "resp_0", model: "parrot" });
		expect(final).toMatchObject({ id: "resp_1", output_text: "Hello." });
	});

	test("`openai` speaks it without being told, and chat completions too", async () => {
		const host = await startAiHost(json(response));
		onTestFinished(() => host.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("openai", host.url, { provider: "openai" })],
			routes: [route(["openai/parrot"])],
		});
		await clientOf(gateway).responses.create({ model: "test-model", input: "Hi" });
		expect(host.received[0]?.url).toBe("/responses");
	});

	test("a stream whose upstream fails ends with its own event", async () => {
		const failed = {
			type: "response.failed",
			sequence_number: 1,
			response: { id: "resp_1", status: "failed", error: { code: "server_error", message: "out of seeds" } },
		};
		const begun = { type: "response.output_text.delta", sequence_number: 0, output_index: 0, delta: "Hel" };
		const { gateway } = await overChat(stream(begun, failed), ["openai.responses"], true);
		const last = await lastEventOf(gateway.baseUrl);
		expect(last.json).toEqual(failed);
	});

	test("a stream that ends without its last event has failed", async () => {
		const begun = { type: "response.output_text.delta", sequence_number: 0, output_index: 0, delta: "Hel" };
		const { gateway } = await overChat(
			(_request, answer) => {
				answer.writeHead(200, { "content-type": "text/event-stream" });
				answer.end(`data: ${JSON.stringify(begun)}\n\n`);
			},
			["openai.responses"],
		);
		expect((await lastEventOf(gateway.baseUrl)).name).toBe("response.failed");
	});

	test("a chat client's request reaches it, tools and schema too", async () => {
		const { client, asked } = await overChat(json(response), ["openai.responses"]);
		await client.chat.completions.create({
			...question,
			messages: [
				{ role: "user", content: "Look." },
				{ role: "assistant", content: null, tool_calls: [call("a", "look", "{}") as never] },
				{ role: "tool", tool_call_id: "a", content: "blue" },
			],
			tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
			tool_choice: { type: "function", function: { name: "look" } },
		});
		expect(asked()).toEqual({
			model: "parrot",
			input: [
				{ type: "message", role: "user", content: [{ type: "input_text", text: "Look." }] },
				{ type: "function_call", call_id: "a", name: "look", arguments: "{}" },
				{ type: "function_call_output", call_id: "a", output: "blue" },
			],
			tools: [look],
			tool_choice: { type: "function", name: "look" },
			max_output_tokens: 1000,
			store: false,
		});
	});
});

describe("text that is changed as it passes", () => {
	const upper = () => {
		let kept = "";
		// Keeps the last letter back, as one that looks for words must.
		return (text: string, isLast: boolean) => {
			const all = kept + text.toUpperCase();
			kept = isLast ? "" : all.slice(-1);
			return isLast ? all : all.slice(0, -1);
		};
	};
	const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
	const message = (text: string) => ({ type: "message", content: [{ type: "output_text", text }] });
	const pieces = [
		{ type: "response.output_text.delta", sequence_number: 0, ...place, delta: "Hel" },
		{ type: "response.output_text.delta", sequence_number: 1, ...place, delta: "lo" },
		{ type: "response.output_text.done", sequence_number: 2, ...place, text: "Hello" },
		{ type: "response.content_part.done", sequence_number: 3, ...place, part: { type: "output_text", text: "Hello" } },
		{ type: "response.output_item.done", sequence_number: 4, output_index: 0, item: message("Hello") },
		{ type: "response.completed", sequence_number: 5, response: { output: [message("Hello")] } },
	];

	test("is changed in each piece and wherever the whole is repeated, and events count on", async () => {
		const transform = openaiResponses.textTransform?.(true, upper);
		let text = "";
		for (const event of pieces) {
			const bytes = Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
			text += await transform?.push({ bytes, events: undefined });
		}
		const events = text.trim().split("\n\n").map(eventOf);
		expect(events.map(({ json: { sequence_number: number } }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6]);
		expect(events.flatMap(({ json: { delta } }) => delta ?? []).join("")).toBe("HELLO");
		expect(text).not.toContain("Hello");
		expect(text.match(/"text":"HELLO"/g)).toHaveLength(4);
	});

	test("is changed in a whole response", async () => {
		const transform = openaiResponses.textTransform?.(false, upper);
		const bytes = Buffer.from(JSON.stringify({ output: [message("Hello")] }));
		const changed = await transform?.push({ bytes, events: undefined });
		expect(String(changed)).toBe(JSON.stringify({ output: [message("HELLO")] }));
	});
});

describe("limits", () => {
	const endless: HostAnswer = async (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		while (!response.destroyed) {
			response.write(`data: ${JSON.stringify(chunk({ content: "word " }))}\n\n`);
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
	};

	const limited = async (answer: HostAnswer, keys: object, onExceeded: "cut" | "finish" = "finish") => {
		const host = await startAiHost(answer);
		onTestFinished(() => host.close());
		return limitedGateway(host, { clients: keys, onExceeded });
	};

	test("cut a stream as `max_output_tokens` would", async () => {
		const gateway = await limited(endless, { tokensPerMinute: 200 }, "cut");
		const last = await lastEventOf(gateway.baseUrl, { model: "parrot", max_output_tokens: 50 });
		expect(last.name).toBe("response.incomplete");
		expect(last.json.response).toMatchObject({ incomplete_details: { reason: "max_output_tokens" } });
	});

	test("reserve what `max_output_tokens` allows, and settle what was used", async () => {
		const gateway = await limited(json(whole({ content: "Hello." })), { tokensPerMinute: 1_000 });
		const client = clientOf(gateway);
		const request = { model: "parrot", input: "Hi" };
		const { response } = await client.responses.create({ ...request, max_output_tokens: 500 }).withResponse();
		const left = Number(response.headers.get("x-ratelimit-remaining-tokens"));
		expect(left).toBeLessThan(500);
		expect(left).toBeGreaterThan(450);
		const next = await client.responses.create({ ...request, max_output_tokens: 10 }).withResponse();
		// 12 were used, some tens are reserved.
		expect(Number(next.response.headers.get("x-ratelimit-remaining-tokens"))).toBeGreaterThan(900);
	});

	test("count instructions, items, tools and schemas of a prompt, and a picture by no length of its own", () => {
		const picture = { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(100_000)}` };
		const output = [{ type: "function_call_output", call_id: "a", output: [picture] }];
		expect(estimateTokens({ input: output })).toBeLessThan(1_000);
		const words = "word ".repeat(400);
		for (const request of [
			{ input: words },
			{ instructions: words },
			{ input: [{ role: "user", content: [{ type: "input_text", text: words }] }] },
			{ input: [{ type: "function_call_output", call_id: "a", output: words }] },
			{ tools: [{ ...look, description: words }] },
			{ text: { format: { type: "json_schema", schema: { description: words } } } },
		])
			expect(estimateTokens(request)).toBeGreaterThan(450);
	});
});

function eventOf(text: string): { name: string; json: Record<string, unknown> } {
	const [, name = "", data = ""] = /^(?:event: (.*)\n)?data: (.*)$/.exec(text) ?? [];
	return { name, json: JSON.parse(data) };
}

async function lastEventOf(baseUrl: string, request: object = {}) {
	const response = await fetch(`${baseUrl}/responses`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "test-model", input: "Hi", stream: true, ...request }),
	});
	return eventOf((await response.text()).trim().split("\n\n").at(-1) ?? "");
}
