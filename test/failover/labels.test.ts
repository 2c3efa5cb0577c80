/** Answers that are not what their host's label, or the client's request, says they are. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { chunk, completion, type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { jsonOf, postChat, type TestGateway } from "../kit/gateway.js";
import { clientOf, gatewayWith, hear, question, route, upstream } from "../kit/routing.js";

const terminator = "data: [DONE]\n\n";
const said = chunk({ content: "Hello" });
const stop = chunk({}, "stop");
const usage = { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 };
const counts = `data: ${JSON.stringify({ ...completion, object: "chat.completion.chunk", choices: [], usage })}\n\n`;

/** Two hosts, of which the first answers so; the second one should never be needed. */
async function inFrontOf(answer: HostAnswer, more: HostAnswer = answer) {
	const hosts = await Promise.all([startAiHost(answer), startAiHost(more)]);
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${hosts[0].url}/v1`), upstream("b", `${hosts[1].url}/v1`)],
		routes: [route(["a", "b"])],
	});
	return { gateway, asked: () => hosts.map(({ received }) => received.length) };
}

function answers(body: string | string[], type: string | undefined): HostAnswer {
	return async (_request, response) => {
		response.writeHead(200, type === undefined ? {} : { "content-type": type });
		for (const piece of Array.isArray(body) ? body : [body]) {
			await new Promise<void>((resolve) => response.write(piece, () => resolve()));
			await new Promise(setImmediate);
		}
		response.end();
	};
}

const labels = [
	"application/json",
	"text/plain; charset=utf-8",
	"application/x-ndjson",
	"application/octet-stream",
	undefined,
];

describe("a body that begins like server-sent events, where a stream was asked for, is a stream", () => {
	test.each(labels)("whatever its label: %s", async (type) => {
		const { gateway, asked } = await inFrontOf(answers(said + stop + counts + terminator, type));
		const response = await postChat(gateway.baseUrl, { ...question, stream: true, store: true });
		expect(response.headers.get("content-type")).toBe("text/event-stream");
		const text = await response.text();
		expect(text).toContain('"Hello"');
		expect(text.endsWith(terminator)).toBe(true);
		expect(asked()).toEqual([1, 0]);
		const id = /"id":"(chatcmpl-[^"]+)"/.exec(text)?.[1];
		const stored = await jsonOf(await fetch(`${gateway.baseUrl}/chat/completions/${id}`));
		expect(stored).toMatchObject({ choices: [{ message: { content: "Hello" }, finish_reason: "stop" }] });
		const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
		expect(metrics).toMatch(/llmgw_tokens_total\{[^}]*"output"[^}]*\} 7\n/);
	});

	test.each<[string, string[]]>([
		["a byte order mark", [`\uFEFF${said}`]],
		["empty lines", ["\n\r\n\n", said]],
		["a comment", [`: hello\n\n${said}`]],
		["the name of the event", [`event: message\n${said}`]],
		["an id", [`id: 1\n${said}`]],
		["a time to retry after", [`retry: 1000\n\n${said}`]],
		["no space after the colon", [said.replace("data: ", "data:")]],
		["a name in pieces", ["da", "ta", said.slice("data".length)]],
		["a mark in pieces, byte by byte", [...`\uFEFF${said}`]],
	])("that begins with %s", async (_name, beginning) => {
		const { gateway, asked } = await inFrontOf(answers([...beginning, stop + terminator], "application/json"));
		const heard = await hear(clientOf(gateway));
		expect(heard).toMatchObject({ text: "Hello", finishReason: "stop", error: undefined });
		expect(asked()).toEqual([1, 0]);
	});

	test("and comes event by event, not when it is whole", async () => {
		let goOn = () => {};
		const { gateway } = await inFrontOf(async (_request, response) => {
			response.writeHead(200, { "content-type": "application/json" });
			response.write(said);
			await new Promise<void>((resolve) => {
				goOn = resolve;
			});
			response.end(stop + terminator);
		});
		const response = await postChat(gateway.baseUrl, { ...question, stream: true });
		const reader = (response.body as ReadableStream<Uint8Array>).getReader();
		expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain("Hello");
		goOn();
		let rest = "";
		for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += Buffer.from(piece.value);
		expect(rest.endsWith(terminator)).toBe(true);
	});

	test("which is rescued when it breaks, by one that has no label either", async () => {
		const { gateway, asked } = await inFrontOf(
			(_request, response) => {
				response.writeHead(200, { "content-type": "text/plain" });
				response.write(chunk({ content: "One two" }), () => response.destroy());
			},
			answers(chunk({ content: "One two three." }) + stop + terminator, undefined),
		);
		const heard = await hear(clientOf(gateway));
		expect(heard).toMatchObject({ text: "One two three.", finishReason: "stop", error: undefined });
		expect(asked()).toEqual([1, 1]);
	});
});

describe("a whole 200 is asked for once", () => {
	const page = "<!doctype html><title>Sign in</title>";
	test.each<[string, string, string, object]>([
		["a page", page, "text/html", {}],
		["a page that says it is a stream", page, "text/event-stream", { stream: true }],
		["plain text", "ok", "text/plain", { stream: true }],
		["plain text with another type", "null", "application/json", {}],
		["a list", '[{"text":"Hi"}]', "application/json", { stream: true }],
	])("%s", async (_name, body, type, more) => {
		const host = await startAiHost(answers(body, type));
		const gateway = await gatewayWith({ upstreams: [upstream("a", `${host.url}/v1`)], routes: [route(["a"])] });
		await (await postChat(gateway.baseUrl, { ...question, ...more })).text();
		expect(host.received).toHaveLength(1);
	});
});

describe("one whole completion, where a stream was asked for", () => {
	const call = { id: "call_1", type: "function", function: { name: "look", arguments: '{"a":1}' } };
	const whole = {
		...completion,
		choices: [
			{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop", logprobs: null },
			{ index: 1, message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" },
		],
		usage,
	};
	const asStream = async ({ baseUrl }: TestGateway, more: object = {}) => {
		const client = new OpenAI({ baseURL: baseUrl, apiKey: "test", maxRetries: 0 });
		const stream = client.chat.completions.stream({ ...question, n: 2, ...more });
		return stream.finalChatCompletion();
	};

	test.each(["application/json", "text/event-stream"])("becomes one: %s", async (type) => {
		const { gateway, asked } = await inFrontOf(answers(JSON.stringify(whole, null, 1), type));
		const heard = await asStream(gateway, { stream_options: { include_usage: true } });
		expect(heard).toMatchObject({
			id: completion.id,
			choices: [
				{ message: { content: "Hello" }, finish_reason: "stop" },
				{ message: { tool_calls: [call] }, finish_reason: "tool_calls" },
			],
			usage,
		});
		expect(asked()).toEqual([1, 0]);
	});

	test("shows no token counts to a client that asked for none", async () => {
		const { gateway } = await inFrontOf(answers(JSON.stringify(whole), "application/json"));
		const response = await postChat(gateway.baseUrl, { ...question, stream: true, n: 2 });
		expect(response.headers.get("content-type")).toBe("text/event-stream");
		const text = await response.text();
		expect(text.endsWith(terminator)).toBe(true);
		expect(text).not.toContain("usage");
		const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
		expect(metrics).toMatch(/llmgw_tokens_total\{[^}]*"output"[^}]*\} 7\n/);
	});

	test("of text, too", async () => {
		const text = {
			id: "cmpl-1",
			object: "text_completion",
			created: 1,
			model: "m",
			choices: [{ index: 0, text: "Hi", finish_reason: "length" }],
		};
		const { gateway } = await inFrontOf(answers(JSON.stringify(text), "application/json"));
		const stream = await clientOf(gateway).completions.create({ model: "test-model", prompt: "?", stream: true });
		const heard: unknown[] = [];
		for await (const { choices } of stream) heard.push(...choices.map((choice) => [choice.text, choice.finish_reason]));
		expect(heard).toEqual([
			["Hi", null],
			["", "length"],
		]);
	});
});

test("lines of JSON, where a stream was asked for, become its events", async () => {
	const lines = [said, stop, counts].map((event) => event.slice("data: ".length).trimEnd());
	let goOn = () => {};
	const { gateway, asked } = await inFrontOf(async (_request, response) => {
		response.writeHead(200, { "content-type": "application/x-ndjson" });
		response.write(`${lines[0]}\n${lines[0]}\n`);
		await new Promise<void>((resolve) => {
			goOn = resolve;
		});
		response.end(`${lines[1]}\r\n\n${lines[2]}`);
	});
	const stream = await clientOf(gateway).chat.completions.create({
		...question,
		stream: true,
		stream_options: { include_usage: true },
	});
	let text = "";
	let heardUsage: unknown;
	for await (const { choices, usage } of stream) {
		text += choices[0]?.delta.content ?? "";
		if (text === "HelloHello") goOn();
		heardUsage = usage ?? heardUsage;
	}
	expect([text, heardUsage, asked()]).toEqual(["HelloHello", usage, [1, 0]]);
});
