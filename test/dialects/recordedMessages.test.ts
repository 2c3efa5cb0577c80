/** Recorded exchanges of Anthropic's Messages: passed through byte for byte, and translated for clients of chat completions. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished } from "vitest";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { recordedTable } from "../kit/recordedTable.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

interface Exchange {
	id: string;
	stream: boolean;
	request: { body: Record<string, unknown> | null };
	response: { status: number; headers: Record<string, string>; body: string };
}

const counted = recordedTable();
const folder = join(import.meta.dirname, "recorded/anthropic");
const exchanges = readdirSync(folder).map((name) =>
	withOneAnswer(JSON.parse(readFileSync(join(folder, name), "utf8")) as Exchange),
);

/** One recording has several streams one after the other. */
function withOneAnswer(exchange: Exchange): Exchange {
	const { body } = exchange.response;
	const stop = body.indexOf("event: message_stop");
	const end = stop === -1 ? body.length : body.indexOf("\n\n", stop) + 2;
	return { ...exchange, response: { ...exchange.response, body: body.slice(0, end) } };
}

/** A body of a recording, or one like it where none was recorded. */
function requestOf({ request, stream }: Exchange): Record<string, unknown> {
	const usual = { max_tokens: 100, messages: [{ role: "user", content: "?" }] };
	return { ...usual, ...request.body, model: "test-model", ...(stream ? { stream } : {}) };
}

async function replay(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const anthropic = upstream("anthropic", `${host.url}/v1`, { provider: "anthropic", key: "secret" });
	const gateway = await gatewayWith({ upstreams: [anthropic], routes: [route(["anthropic/test-model"])] });
	const post = (path: string, body: object, headers: Record<string, string> = {}) =>
		fetch(`${gateway.url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	return { host, post };
}

/** The recorded answer, cut into pieces of so many bytes. */
const answering =
	({ response: { status, headers, body } }: Exchange, bytes: number): HostAnswer =>
	async (_request, response) => {
		response.writeHead(status, { "content-type": headers["content-type"] ?? "application/json" });
		const all = Buffer.from(body);
		for (let at = 0; at < all.length; at += bytes) {
			response.write(all.subarray(at, at + bytes));
			await new Promise(setImmediate);
		}
		response.end();
	};

describe.each(exchanges.map((exchange) => [exchange.id, exchange] as const))("%s", (_id, exchange) => {
	counted("anthropic", "as they came", "passes unchanged, there and back", async () => {
		const { host, post } = await replay(answering(exchange, 997));
		const asked = requestOf(exchange);
		const answer = await post("/v1/messages?beta=true", asked, { "anthropic-version": "2023-06-01" });
		expect(answer.status).toBe(exchange.response.status);
		expect(await answer.text()).toBe(exchange.response.body);
		const [sent] = host.received;
		expect(sent?.url).toBe("/v1/messages?beta=true");
		expect(sent?.body.toString()).toBe(JSON.stringify(asked));
	});

	counted("anthropic", "as chat completions", "comes as a chat completion", async () => {
		const { post } = await replay(answering(exchange, 4096));
		const messages = [{ role: "user", content: "?" }];
		const asked = { model: "test-model", messages, stream: exchange.stream, stream_options: { include_usage: true } };
		const { stream_options: _none, ...whole } = asked;
		const answer = await post("/v1/chat/completions", exchange.stream ? asked : whole);
		expect(answer.status).toBe(exchange.response.status);
		const text = await answer.text();
		if (answer.status !== 200) {
			expect(JSON.parse(text).error.message).toBe(JSON.parse(exchange.response.body).error.message);
			return;
		}
		const said = exchange.stream ? textOfChunks(text) : textOfCompletion(JSON.parse(text));
		expect(said).toEqual(exchange.stream ? textOfEvents(exchange.response.body) : textOfMessage(exchange));
	});
});

interface Said {
	text: string;
	/** Names of tools with their arguments. */
	calls: unknown[];
	isCounted: boolean;
}

function dataOf(stream: string): Record<string, unknown>[] {
	return stream
		.split("\n")
		.filter((line) => line.startsWith("data: {"))
		.map((line) => JSON.parse(line.slice("data: ".length)) as Record<string, unknown>);
}

function textOfEvents(stream: string): Said {
	let text = "";
	const calls = new Map<unknown, { name: string; input: string }>();
	for (const event of dataOf(stream)) {
		const {
			index,
			content_block: block,
			delta,
		} = event as { index?: number } & Record<string, Record<string, string> | undefined>;
		if (event.type === "content_block_start" && block?.type === "text") text += block.text;
		if (event.type === "content_block_start" && block?.type === "tool_use") {
			const input = block.input as unknown as object;
			calls.set(index, {
				name: block.name as string,
				input: Object.keys(input).length > 0 ? JSON.stringify(input) : "",
			});
		}
		if (event.type !== "content_block_delta" || delta === undefined) continue;
		text += delta.type === "text_delta" ? delta.text : "";
		const call = calls.get(index);
		if (call !== undefined && delta.type === "input_json_delta") call.input += delta.partial_json;
	}
	const all = [...calls.values()].map(({ name, input }) => [name, JSON.parse(input || "{}")]);
	return { text, calls: all, isCounted: true };
}

function textOfMessage({ response }: Exchange): Said {
	const { content } = JSON.parse(response.body) as { content: Record<string, unknown>[] };
	const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
	const calls = content.filter(({ type }) => type === "tool_use").map(({ name, input }) => [name, input]);
	return { text, calls, isCounted: true };
}

interface Call {
	index: number;
	function: { name?: string; arguments: string };
}

function textOfChunks(stream: string): Said {
	let text = "";
	let isCounted = false;
	const calls: { name: string; input: string }[] = [];
	for (const chunk of dataOf(stream) as { choices: { delta: Record<string, unknown> }[]; usage?: object }[]) {
		if (chunk.usage) isCounted = true;
		const { content, tool_calls: called = [] } = chunk.choices[0]?.delta ?? {};
		text += content ?? "";
		for (const {
			index,
			function: { name = "", arguments: input },
		} of called as Call[]) {
			calls[index] ??= { name, input: "" };
			(calls[index] as { input: string }).input += input;
		}
	}
	expect(stream.endsWith("data: [DONE]\n\n")).toBe(true);
	return { text, calls: calls.map(({ name, input }) => [name, JSON.parse(input || "{}")]), isCounted };
}

function textOfCompletion({
	choices,
	usage,
}: {
	choices: { message: Record<string, unknown> }[];
	usage?: object;
}): Said {
	const { content, tool_calls: called = [] } = choices[0]?.message ?? {};
	const calls = (called as Call[]).map(({ function: { name, arguments: input } }) => [name, JSON.parse(input)]);
	return { text: String(content ?? ""), calls, isCounted: usage !== undefined };
}
