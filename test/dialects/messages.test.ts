/** Clients of Anthropic's Messages, with the official SDK, in front of upstreams of either kind; and clients of chat completions. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { addKey, newKey } from "../kit/keys.js";
import { gatewayWith as limitedGateway } from "../kit/limited.js";
import { clientOf, gatewayWith, question, route, startLab, upstream } from "../kit/routing.js";

const asked = {
	model: "test-model",
	max_tokens: 100,
	messages: [{ role: "user" as const, content: "Hello" }],
};

async function gatewayTo(answer: HostAnswer, provider: "anthropic" | "openai-compatible", flags = {}) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const one = upstream("one", `${host.url}/v1`, { provider, key: "secret" });
	const gateway = await gatewayWith({ upstreams: [one], routes: [route(["one/real-model"])] }, flags);
	const client = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
	const sent = (at = 0) => JSON.parse(host.received[at]?.body.toString() ?? "null");
	const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
		fetch(`${gateway.url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: typeof body === "string" ? body : JSON.stringify(body),
		});
	return { host, gateway, client, sent, post };
}

const json =
	(body: object, status = 200, headers: Record<string, string> = {}): HostAnswer =>
	(_request, response) => {
		response.writeHead(status, { "content-type": "application/json", ...headers });
		response.end(JSON.stringify(body));
	};

const stream =
	(...parts: string[]): HostAnswer =>
	(_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end(parts.join(""));
	};

const data = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
const named = (event: { type: string; [name: string]: unknown }) => `event: ${event.type}\n${data(event)}`;

/** Chunks of a chat completion. */
const chunk = (delta: object, reason: string | null = null) =>
	data({
		id: "c1",
		object: "chat.completion.chunk",
		created: 1,
		model: "m",
		choices: [{ index: 0, delta, finish_reason: reason }],
	});
const counts = data({
	id: "c1",
	choices: [],
	usage: { prompt_tokens: 20, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 8 } },
});
const done = "data: [DONE]\n\n";
const call = (index: number, more: object) => chunk({ tool_calls: [{ index, ...more }] });

const begun = named({
	type: "message_start",
	message: {
		id: "msg_1",
		type: "message",
		role: "assistant",
		model: "claude-real",
		content: [],
		stop_reason: null,
		stop_sequence: null,
		usage: { input_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 0, output_tokens: 1 },
	},
});
const opened = named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
const says = (text: string) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const closed = named({ type: "content_block_stop", index: 0 });
const ended = named({
	type: "message_delta",
	delta: { stop_reason: "end_turn", stop_sequence: null },
	usage: { output_tokens: 4 },
});
const stopped = named({ type: "message_stop" });

describe("a Messages client and an upstream that speaks Messages", () => {
	const message = {
		id: "msg_1",
		type: "message",
		role: "assistant",
		model: "claude-real",
		content: [{ type: "text", text: "Hi." }],
		stop_reason: "end_turn",
		stop_sequence: null,
		usage: { input_tokens: 5, output_tokens: 4 },
	};

	test("differ in the model's name alone; headers and query go with the request", async () => {
		const headers = { "request-id": "req_1", "anthropic-ratelimit-requests-remaining": "7", server: "x" };
		const { client, host, post } = await gatewayTo(json(message, 200, headers), "anthropic");
		expect(await client.messages.create(asked)).toMatchObject(message);
		const written =
			'{ "model" : "test-model", "max_tokens":9, "beta_field": {"a":1}, "messages":[{"role":"user","content":"?"}] }';
		const answer = await post("/v1/messages?beta=true", written, {
			"anthropic-version": "2026-10-21",
			"anthropic-beta": "one,two",
			"x-claude-code-session-id": "s",
			"x-api-key": "the client's",
		});
		const [, sent] = host.received;
		expect(sent?.url).toBe("/v1/messages?beta=true");
		expect(sent?.body.toString()).toBe(written.replace("test-model", "real-model"));
		expect(sent?.headers).toMatchObject({
			"anthropic-version": "2026-10-21",
			"anthropic-beta": "one,two",
			"x-claude-code-session-id": "s",
			"x-api-key": "secret",
		});
		expect(answer.headers.get("request-id")).toBe("req_1");
		expect(answer.headers.get("anthropic-ratelimit-requests-remaining")).toBe("7");
		expect(answer.headers.get("server")).toBeNull();
	});

	test("exchange streams byte for byte, wherever they are cut", async () => {
		const whole = begun + opened + named({ type: "ping" }) + says("Hel") + says("lo, wörld") + closed + ended + stopped;
		const { post } = await gatewayTo(async (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			const bytes = Buffer.from(whole);
			for (let at = 0; at < bytes.length; at += 11) {
				response.write(bytes.subarray(at, at + 11));
				await new Promise(setImmediate);
			}
			response.end();
		}, "anthropic");
		expect(await (await post("/v1/messages", { ...asked, stream: true })).text()).toBe(whole);
	});

	test("get a stream from a whole answer, where one was asked for", async () => {
		const { client } = await gatewayTo(json(message), "anthropic");
		expect(await client.messages.stream(asked).finalMessage()).toMatchObject(message);
	});

	test.each([
		["breaks off", begun + opened + says("Hel"), "api_error"],
		[
			"reports an error",
			begun +
				opened +
				says("Hel") +
				named({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
			"overloaded_error",
		],
	])("a stream that %s ends with an error event, and no message_stop", async (_how, events, type) => {
		const { client, post } = await gatewayTo(stream(events), "anthropic");
		const text = await (await post("/v1/messages", { ...asked, stream: true })).text();
		expect(text.startsWith(begun + opened + says("Hel"))).toBe(true);
		expect(text).not.toContain("message_stop");
		const last = text.trim().split("\n\n").at(-1) as string;
		expect(last).toMatch(/^event: error\ndata: /);
		expect(JSON.parse(last.slice(last.indexOf("{")))).toMatchObject({ type: "error", error: { type } });
		await expect(client.messages.stream(asked).finalMessage()).rejects.toThrow(Anthropic.APIError);
	});

	test("an upstream's refusal comes as it is", async () => {
		const refusal = { type: "error", error: { type: "rate_limit_error", message: "Slow down" }, request_id: "req_2" };
		const { client } = await gatewayTo(json(refusal, 429, { "retry-after": "7" }), "anthropic");
		const error = await client.messages.create(asked).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ status: 429, error: refusal });
		expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get("retry-after")).toBe("7");
	});
});

describe("a Messages client and an upstream that speaks chat completions", () => {
	test("asks in the upstream's words", async () => {
		const answer = {
			id: "c1",
			object: "chat.completion",
			created: 1,
			model: "gpt",
			choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
			usage: { prompt_tokens: 20, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 8 } },
		};
		const { post, sent, host } = await gatewayTo(json(answer), "openai-compatible");
		const response = await post("/v1/messages?beta=true", {
			...asked,
			system: [
				{ type: "text", text: "x-anthropic-billing-header: cc" },
				{ type: "text", text: "One." },
				{ type: "text", text: "Two.", cache_control: { type: "ephemeral" } },
			],
			messages: [
				{
					role: "user",
					content: [
						{ type: "text", text: "See:" },
						{ type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
					],
				},
				{
					role: "assistant",
					content: [
						{ type: "thinking", thinking: "Hm.", signature: "s" },
						{ type: "text", text: "Looking." },
						{ type: "tool_use", id: "toolu_1", name: "look", input: { at: "sky" } },
					],
				},
				{
					role: "user",
					content: [
						{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "blue" }], is_error: false },
						{ type: "text", text: "And?" },
					],
				},
			],
			tools: [
				{ name: "look", description: "Looks", input_schema: { type: "object" } },
				{ type: "web_search_20250305", name: "web_search" },
			],
			tool_choice: { type: "any", disable_parallel_tool_use: true },
			stop_sequences: ["END"],
			temperature: 1,
			thinking: { type: "enabled", budget_tokens: 5_000 },
			output_config: { format: { type: "json_schema", schema: { type: "object" } } },
			metadata: { user_id: "u" },
			container: "c",
		});
		expect(await response.json()).toEqual({
			id: expect.stringMatching(/^msg_/),
			type: "message",
			role: "assistant",
			model: "test-model",
			content: [{ type: "text", text: "Hi." }],
			stop_reason: "end_turn",
			stop_sequence: null,
			usage: { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 8, output_tokens: 7 },
		});
		expect(response.headers.get("x-llmgw-dropped")?.split(/, */).sort()).toEqual([
			"cache",
			"container",
			"reasoning",
			"tools.web_search",
		]);
		expect(host.received[0]?.url).toBe("/v1/chat/completions");
		expect(sent()).toEqual({
			model: "real-model",
			messages: [
				{ role: "system", content: "One.\n\nTwo." },
				{
					role: "user",
					content: [
						{ type: "text", text: "See:" },
						{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
					],
				},
				{
					role: "assistant",
					content: "Looking.",
					tool_calls: [{ id: "toolu_1", type: "function", function: { name: "look", arguments: '{"at":"sky"}' } }],
				},
				{ role: "tool", tool_call_id: "toolu_1", content: "blue" },
				{ role: "user", content: "And?" },
			],
			tools: [{ type: "function", function: { name: "look", description: "Looks", parameters: { type: "object" } } }],
			tool_choice: "required",
			parallel_tool_calls: false,
			response_format: {
				type: "json_schema",
				json_schema: { name: "answer", schema: { type: "object" }, strict: true },
			},
			max_tokens: 100,
			temperature: 1,
			stop: ["END"],
			user: "u",
		});
	});

	test("is refused a conversation that the upstream would have to keep", async () => {
		const { client, host, post } = await gatewayTo(json({}), "openai-compatible");
		for (const thread of [{ type: "create" }, { type: "continue", previous_message_id: "msg_1" }]) {
			const error = await client.messages.create({ ...asked, thread } as never).catch((thrown: unknown) => thrown);
			const details = { error_code: "thread_unsupported_request" };
			expect(error).toMatchObject({ status: 400, error: { error: { type: "invalid_request_error", details } } });
		}
		expect(host.received).toEqual([]);
		await post("/v1/messages", { ...asked, thread: null });
		expect(host.received).toHaveLength(1);
	});

	test("gets blocks in their order, each opened and closed, and counts at the end", async () => {
		const events = [
			chunk({ role: "assistant", content: "" }),
			chunk({ reasoning_content: "Hm." }),
			chunk({ content: "Look" }),
			chunk({ content: "ing." }),
			call(0, { id: "a", type: "function", function: { name: "look", arguments: "" } }),
			call(0, { function: { arguments: '{"at":' } }),
			// In between: blocks can't take turns.
			call(1, { id: "b", type: "function", function: { name: "hear", arguments: '{"a":1}' } }),
			call(0, { function: { arguments: '"sky"}' } }),
			chunk({}, "tool_calls"),
			counts,
			done,
		];
		const { client, post, sent } = await gatewayTo(stream(...events), "openai-compatible");
		const text = await (await post("/v1/messages", { ...asked, stream: true })).text();
		const types = [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, name, event]) => {
			const { type, index, content_block: block } = JSON.parse(event as string);
			expect(type).toBe(name);
			return [name, index, block?.type].filter((part) => part !== undefined).join(" ");
		});
		expect(types).toEqual([
			"message_start",
			"content_block_start 0 thinking",
			"content_block_delta 0",
			// The seal with which the thinking can come back.
			"content_block_delta 0",
			"content_block_stop 0",
			"content_block_start 1 text",
			"content_block_delta 1",
			"content_block_delta 1",
			"content_block_stop 1",
			"content_block_start 2 tool_use",
			"content_block_delta 2",
			"content_block_delta 2",
			"content_block_stop 2",
			"content_block_start 3 tool_use",
			"content_block_delta 3",
			"content_block_stop 3",
			"message_delta",
			"message_stop",
		]);
		expect(sent().stream_options).toEqual({ include_usage: true });
		const final = await client.messages.stream(asked).finalMessage();
		expect(final).toMatchObject({
			model: "test-model",
			content: [
				{ type: "thinking", thinking: "Hm." },
				{ type: "text", text: "Looking." },
				{ type: "tool_use", id: "a", name: "look", input: { at: "sky" } },
				{ type: "tool_use", id: "b", name: "hear", input: { a: 1 } },
			],
			stop_reason: "tool_use",
			usage: { input_tokens: 12, cache_read_input_tokens: 8, output_tokens: 7 },
		});
	});

	test("reads the upstream's refusal, and a broken stream's error, in Anthropic's shape", async () => {
		const refusing = await gatewayTo(
			json({ error: { message: "No such model", type: "x" } }, 404),
			"openai-compatible",
		);
		const error = await refusing.client.messages.create(asked).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({
			status: 404,
			error: { type: "error", error: { type: "not_found_error", message: "No such model" } },
		});
		const broken = await gatewayTo(stream(chunk({ content: "Hel" })), "openai-compatible");
		await expect(broken.client.messages.stream(asked).finalMessage()).rejects.toMatchObject({
			error: { error: { type: "api_error" } },
		});
	});

	test("an interrupted stream is not gone on with by another upstream", async () => {
		const lab = await startLab();
		const broken = await startAiHost(stream(chunk({ content: "Hel" })));
		onTestFinished(() => broken.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("broken", `${broken.url}/v1`), upstream("lab", lab.url)],
			routes: [route(["broken", "lab/ok"], { rescue: "allow-seam" })],
		});
		const client = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
		await expect(client.messages.stream(asked).finalMessage()).rejects.toThrow(Anthropic.APIError);
	});
});

describe("a chat client and an upstream that speaks Messages", () => {
	const tool = { type: "function", function: { name: "look", parameters: { type: "object" } } } as const;

	test("asks in Anthropic's words, and is told what they can't say", async () => {
		const { gateway, host, sent } = await gatewayTo(
			json({
				type: "message",
				model: "claude",
				content: [{ type: "text", text: "Hi." }],
				stop_reason: "max_tokens",
				usage: { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 4 },
			}),
			"anthropic",
		);
		const { data: answer, response } = await clientOf(gateway)
			.chat.completions.create({
				...question,
				messages: [
					{ role: "system", content: "Be brief." },
					{ role: "assistant", content: "Hello." },
					{ role: "user", content: "One." },
					{
						role: "user",
						content: [
							{ type: "text", text: "Two." },
							{ type: "input_audio", input_audio: { data: "AA", format: "wav" } },
						],
					},
					{
						role: "assistant",
						content: null,
						tool_calls: [{ id: "call.1", type: "function", function: { name: "look", arguments: "{}" } }],
					},
					{ role: "tool", tool_call_id: "call.1", content: "blue" },
				],
				tools: [tool],
				tool_choice: "required",
				max_tokens: 64,
				temperature: 0.5,
				seed: 3,
				stop: "END",
				user: "u",
			})
			.withResponse();
		expect(answer).toMatchObject({
			choices: [{ message: { content: "Hi." }, finish_reason: "length" }],
			usage: { prompt_tokens: 8, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } },
		});
		expect(response.headers.get("x-llmgw-dropped")?.split(/, */)).toEqual(expect.arrayContaining(["audio", "seed"]));
		expect(host.received[0]).toMatchObject({
			url: "/v1/messages",
			headers: { "x-api-key": "secret", "anthropic-version": "2023-06-01" },
		});
		expect(host.received[0]?.headers.authorization).toBeUndefined();
		expect(sent()).toMatchObject({
			model: "real-model",
			max_tokens: 64,
			system: [{ type: "text", text: "Be brief." }],
			messages: [
				{ role: "user", content: [{ type: "text" }] },
				{ role: "assistant", content: [{ type: "text", text: "Hello." }] },
				{
					role: "user",
					content: [
						{ type: "text", text: "One." },
						{ type: "text", text: "Two." },
					],
				},
				{ role: "assistant", content: [{ type: "tool_use", id: "call_1", name: "look", input: {} }] },
				{
					role: "user",
					content: [{ type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "blue" }] }],
				},
			],
			tools: [{ name: "look", input_schema: { type: "object" } }],
			tool_choice: { type: "any" },
			temperature: 0.5,
			stop_sequences: ["END"],
			metadata: { user_id: "u" },
		});
	});

	test("reads a stream of Messages, and a failure within", async () => {
		const { gateway } = await gatewayTo(
			stream(begun, opened, says("Hel"), says("lo."), closed, ended, stopped),
			"anthropic",
		);
		const heard = await clientOf(gateway)
			.chat.completions.stream({ ...question, stream_options: { include_usage: true } })
			.finalChatCompletion();
		expect(heard).toMatchObject({
			choices: [{ message: { content: "Hello." }, finish_reason: "stop" }],
			usage: { prompt_tokens: 8, completion_tokens: 4 },
		});
		const failing = await gatewayTo(
			stream(
				begun,
				opened,
				says("Hel"),
				named({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
			),
			"anthropic",
		);
		const text = await (await failing.post("/v1/chat/completions", { ...question, stream: true })).text();
		expect(text).toContain("Overloaded");
		expect(text).not.toContain("[DONE]");
	});

	test("fails over before output, though a message has begun", async () => {
		const lab = await startLab();
		const silent = await startAiHost(stream(begun, opened));
		onTestFinished(() => silent.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("claude", `${silent.url}/v1`, { provider: "anthropic" }), upstream("lab", lab.url)],
			routes: [route(["claude/m", "lab/ok"])],
		});
		const heard = await clientOf(gateway).chat.completions.stream(question).finalChatCompletion();
		expect(heard.choices[0]?.finish_reason).toBe("stop");
	});
});

describe("the gateway's own errors on Anthropic's paths", () => {
	test.each([
		[
			"a body that is not as the contract says",
			"/v1/messages",
			{ model: "test-model", messages: [] },
			400,
			"invalid_request_error",
		],
		["JSON that is none", "/v1/messages", "{", 400, "invalid_request_error"],
		["a path that is not there", "/v1/messages/other", asked, 404, "not_found_error"],
		["a model that no route knows", "/v1/messages", { ...asked, model: "unknown" }, 404, "not_found_error"],
		["a body that is too large", "/v1/messages", { ...asked, padding: "x".repeat(2_000) }, 413, "request_too_large"],
	])("%s", async (_what, path, body, status, type) => {
		const { post } = await gatewayTo(json({}), "anthropic", { "max-body": "1kb" });
		const answer = await post(path, body);
		expect(answer.status).toBe(status);
		const id = answer.headers.get("x-request-id");
		expect(await answer.json()).toMatchObject({
			type: "error",
			error: { type, message: expect.any(String) },
			request_id: id,
		});
	});

	test("a method that there is none for, and an upstream that can't be reached", async () => {
		const { gateway } = await gatewayTo(json({}), "anthropic");
		const wrong = await fetch(`${gateway.url}/v1/messages`);
		expect([wrong.status, await wrong.json()]).toMatchObject([
			405,
			{ type: "error", error: { type: "invalid_request_error" } },
		]);
		const down = await gatewayWith({
			upstreams: [upstream("down", "http://127.0.0.1:9/v1", { provider: "anthropic" })],
			routes: [route(["down/m"])],
		});
		const client = new Anthropic({ apiKey: "k", baseURL: down.url, maxRetries: 0 });
		await expect(client.messages.create(asked)).rejects.toMatchObject({
			status: 502,
			error: { error: { type: "api_error" } },
		});
	});

	test("a key is taken from either header, and missed in Anthropic's words", async () => {
		const { gateway, post } = await gatewayTo(
			json({ type: "message", content: [], stop_reason: "end_turn" }),
			"anthropic",
		);
		const { secret } = await addKey(gateway, newKey());
		const refused = await post("/v1/messages", asked);
		expect([refused.status, await refused.json()]).toMatchObject([
			401,
			{ type: "error", error: { type: "authentication_error" } },
		]);
		for (const headers of [{ "x-api-key": secret }, { authorization: `Bearer ${secret}` }] as Record<string, string>[])
			expect((await post("/v1/messages", asked, headers)).status).toBe(200);
	});
});

describe("limits", () => {
	test("cut a stream, whose blocks are closed, and whose counts are told", async () => {
		const many = Array.from({ length: 400 }, (_none, at) => says(`word${at} `));
		const host = await startAiHost(async (_request, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			for (const event of [begun, opened, ...many, closed, ended, stopped]) {
				if (response.destroyed) return;
				response.write(event);
				await new Promise(setImmediate);
			}
			response.end();
		});
		onTestFinished(() => host.close());
		const one = upstream("one", `${host.url}/v1`, { provider: "anthropic" });
		const gateway = await limitedGateway(
			host,
			{ clients: { tokensPerMinute: 100 }, onExceeded: "cut" },
			{
				settings: { routing: { upstreams: [one], routes: [route(["one/m"])] } },
			},
		);
		const client = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
		const final = await client.messages.stream({ ...asked, max_tokens: 20 }).finalMessage();
		expect(final.stop_reason).toBe("max_tokens");
		expect(final.usage.output_tokens).toBeGreaterThan(20);
		const [block] = final.content;
		expect(block?.type === "text" ? block.text.split(" ").length : 0).toBeLessThan(105);
		const refused = await client.messages.create(asked).catch((thrown: unknown) => thrown);
		expect(refused).toMatchObject({ status: 429, error: { error: { type: "rate_limit_error" } } });
	});
});

describe("token counts", () => {
	test("are asked of an upstream that speaks Messages", async () => {
		const { client, host } = await gatewayTo(json({ input_tokens: 42 }), "anthropic");
		const { max_tokens: _none, ...prompt } = asked;
		expect(await client.messages.countTokens(prompt)).toMatchObject({ input_tokens: 42 });
		expect(host.received[0]?.url).toBe("/v1/messages/count_tokens");
	});

	test("are the gateway's own for others, pictures in results among them", async () => {
		const { client, host } = await gatewayTo(json({}), "openai-compatible");
		const { max_tokens: _none, ...prompt } = asked;
		const { input_tokens: short } = await client.messages.countTokens(prompt);
		expect(short).toBeGreaterThan(0);
		const image = {
			type: "image",
			source: { type: "base64", media_type: "image/png", data: "A".repeat(100_000) },
		} as const;
		const content = [{ type: "tool_result" as const, tool_use_id: "t", content: [image] }];
		const { input_tokens: long } = await client.messages.countTokens({
			...prompt,
			messages: [{ role: "user", content }],
		});
		expect(long).toBeGreaterThan(short);
		expect(long).toBeLessThan(2_000);
		expect(host.received).toEqual([]);
	});
});
