/** The same answer in each wire format, event by event; and clients of each, with the official SDKs. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { onTestFinished } from "vitest";
import { type HostAnswer, startAiHost } from "./aiHost.js";

export const wires = ["openai.chat", "anthropic.messages", "openai.responses"] as const;
export type Wire = (typeof wires)[number];

export interface Spoken {
	readonly reasoning?: string;
	/** Piece by piece. */
	readonly texts?: readonly string[];
	readonly call?: { readonly name: string; readonly arguments: readonly string[] };
	/** Tells the upstream's ids from others'. */
	readonly by?: string;
	readonly usage?: { readonly input: number; readonly output: number };
}

const none: NonNullable<Spoken["usage"]> = { input: 9, output: 5 };

/** Each event of the stream, as bytes. */
export function eventsIn(wire: Wire, spoken: Spoken): string[] {
	if (wire === "openai.chat") return chatEvents(spoken);
	return wire === "anthropic.messages" ? messageEvents(spoken) : responseEvents(spoken);
}

const data = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
const named = (event: { type: string; [name: string]: unknown }) => `event: ${event.type}\n${data(event)}`;

function chatEvents({ reasoning, texts = [], call, by = "a", usage = none }: Spoken): string[] {
	const base = { id: `chatcmpl-${by}`, object: "chat.completion.chunk", created: 1, model: `model-${by}` };
	const say = (delta: object, finish: string | null = null) =>
		data({ ...base, choices: [{ index: 0, delta, finish_reason: finish }] });
	const { name, arguments: pieces = [] } = call ?? {};
	const begun = { index: 0, id: `call_${by}`, type: "function", function: { name, arguments: "" } };
	return [
		say({ role: "assistant", content: "" }),
		...(reasoning === undefined ? [] : [say({ reasoning_content: reasoning })]),
		...texts.map((content) => say({ content })),
		...(call === undefined ? [] : [say({ tool_calls: [begun] })]),
		...pieces.map((text) => say({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
		say({}, call === undefined ? "stop" : "tool_calls"),
		data({
			...base,
			choices: [],
			usage: {
				prompt_tokens: usage.input,
				completion_tokens: usage.output,
				total_tokens: usage.input + usage.output,
			},
		}),
		"data: [DONE]\n\n",
	];
}

function messageEvents({ reasoning, texts, call, by = "a", usage = none }: Spoken): string[] {
	const counts = { input_tokens: usage.input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
	const message = { id: `msg_${by}`, type: "message", role: "assistant", model: `model-${by}`, content: [] };
	const unfinished = { stop_reason: null, stop_sequence: null, usage: { ...counts, output_tokens: 1 } };
	const events = [named({ type: "message_start", message: { ...message, ...unfinished } })];
	let index = 0;
	const block = (content_block: object, deltas: object[]) => {
		events.push(
			named({ type: "content_block_start", index, content_block }),
			...deltas.map((delta) => named({ type: "content_block_delta", index, delta })),
			named({ type: "content_block_stop", index }),
		);
		index += 1;
	};
	if (reasoning !== undefined)
		block({ type: "thinking", thinking: "", signature: "" }, [
			{ type: "thinking_delta", thinking: reasoning },
			{ type: "signature_delta", signature: `signed-${by}` },
		]);
	if (texts !== undefined)
		block(
			{ type: "text", text: "" },
			texts.map((text) => ({ type: "text_delta", text })),
		);
	if (call !== undefined)
		block(
			{ type: "tool_use", id: `toolu_${by}`, name: call.name, input: {} },
			call.arguments.map((text) => ({ type: "input_json_delta", partial_json: text })),
		);
	const delta = { stop_reason: call === undefined ? "end_turn" : "tool_use", stop_sequence: null };
	events.push(named({ type: "message_delta", delta, usage: { ...counts, output_tokens: usage.output } }));
	return [...events, named({ type: "message_stop" })];
}

function responseEvents({ reasoning, texts, call, by = "a", usage = none }: Spoken): string[] {
	const events: string[] = [];
	const emit = (type: string, more: object) =>
		void events.push(named({ type, sequence_number: events.length, ...more }));
	const output: object[] = [];
	const response = {
		id: `resp_${by}`,
		object: "response",
		created_at: 1,
		status: "in_progress",
		error: null,
		incomplete_details: null,
		model: `model-${by}`,
		output: [],
		parallel_tool_calls: true,
		tool_choice: "auto",
		tools: [],
		usage: null,
	};
	emit("response.created", { response });
	emit("response.in_progress", { response });
	if (reasoning !== undefined) {
		const place = { item_id: `rs_${by}`, output_index: 0 };
		const item = { id: `rs_${by}`, type: "reasoning", summary: [] as object[] };
		const part = { type: "summary_text", text: reasoning };
		emit("response.output_item.added", { output_index: 0, item });
		emit("response.reasoning_summary_part.added", { ...place, summary_index: 0, part: { ...part, text: "" } });
		emit("response.reasoning_summary_text.delta", { ...place, summary_index: 0, delta: reasoning });
		emit("response.reasoning_summary_text.done", { ...place, summary_index: 0, text: reasoning });
		emit("response.reasoning_summary_part.done", { ...place, summary_index: 0, part });
		output.push({ ...item, summary: [part] });
		emit("response.output_item.done", { output_index: 0, item: output[0] });
	}
	if (texts !== undefined) {
		const output_index = output.length;
		const place = { item_id: `msg_${by}`, output_index, content_index: 0 };
		const item = { id: `msg_${by}`, type: "message", status: "in_progress", role: "assistant", content: [] };
		const part = { type: "output_text", annotations: [], logprobs: [], text: "" };
		emit("response.output_item.added", { output_index, item });
		emit("response.content_part.added", { ...place, part });
		for (const delta of texts) emit("response.output_text.delta", { ...place, delta, logprobs: [] });
		const whole = { ...part, text: texts.join("") };
		emit("response.output_text.done", { ...place, text: whole.text, logprobs: [] });
		emit("response.content_part.done", { ...place, part: whole });
		output.push({ ...item, status: "completed", content: [whole] });
		emit("response.output_item.done", { output_index, item: output.at(-1) });
	}
	if (call !== undefined) {
		const output_index = output.length;
		const place = { item_id: `fc_${by}`, output_index };
		const item = { id: `fc_${by}`, type: "function_call", call_id: `call_${by}`, name: call.name };
		emit("response.output_item.added", { output_index, item: { ...item, status: "in_progress", arguments: "" } });
		for (const delta of call.arguments) emit("response.function_call_arguments.delta", { ...place, delta });
		const whole = call.arguments.join("");
		emit("response.function_call_arguments.done", { ...place, name: call.name, arguments: whole });
		output.push({ ...item, status: "completed", arguments: whole });
		emit("response.output_item.done", { output_index, item: output.at(-1) });
	}
	const total = {
		input_tokens: usage.input,
		input_tokens_details: { cached_tokens: 0 },
		output_tokens: usage.output,
		output_tokens_details: { reasoning_tokens: 0 },
		total_tokens: usage.input + usage.output,
	};
	emit("response.completed", { response: { ...response, status: "completed", output, usage: total } });
	return events;
}

/** The whole answer of a request that is not streamed. */
export function wholeIn(wire: Wire, text: string): object {
	if (wire === "openai.chat")
		return {
			id: "chatcmpl-a",
			object: "chat.completion",
			created: 1,
			model: "model-a",
			choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
			usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
		};
	if (wire === "anthropic.messages")
		return {
			id: "msg_a",
			type: "message",
			role: "assistant",
			model: "model-a",
			content: [{ type: "text", text }],
			stop_reason: "end_turn",
			stop_sequence: null,
			usage: { input_tokens: 9, output_tokens: 5 },
		};
	return {
		id: "resp_a",
		object: "response",
		created_at: 1,
		status: "completed",
		error: null,
		incomplete_details: null,
		model: "model-a",
		output: [
			{
				id: "msg_a",
				type: "message",
				status: "completed",
				role: "assistant",
				content: [{ type: "output_text", annotations: [], text }],
			},
		],
		usage: { input_tokens: 9, output_tokens: 5, total_tokens: 14 },
	};
}

/** An upstream of one wire format, closed when the test ends. */
export async function hostOf(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

export function streamed(events: readonly string[]): HostAnswer {
	return (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end(events.join(""));
	};
}

/** Sends so much of a stream, and breaks its connection once all of that has gone. */
export function cutOff(sent: string | Buffer): HostAnswer {
	return (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.flushHeaders();
		response.write(sent, () => response.destroy());
	};
}

export const paths: Readonly<Record<Wire, string>> = {
	"openai.chat": "/v1/chat/completions",
	"anthropic.messages": "/v1/messages",
	"openai.responses": "/v1/responses",
};

export function requestIn(wire: Wire, more: object = {}): Record<string, unknown> {
	const said = [{ role: "user", content: "Say your text." }];
	if (wire === "openai.responses") return { model: "test-model", input: "Say your text.", ...more };
	return { model: "test-model", max_tokens: 100, messages: said, ...more };
}

/** Members of a request for a stream with token counts, in the upstream's own bytes where it speaks the dialect. */
export function streaming(wire: Wire): object {
	if (wire === "openai.responses") return { stream: true, store: false };
	return { stream: true, ...(wire === "openai.chat" ? { stream_options: { include_usage: true } } : {}) };
}

/** Sends a request as the dialect's clients do. */
export function post(gateway: { url: string }, wire: Wire, more: object = {}, headers: Record<string, string> = {}) {
	return fetch(`${gateway.url}${paths[wire]}`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(requestIn(wire, more)),
	});
}

/** What a client of the SDK has put together of a streamed answer. */
export interface HeardAnswer {
	text: string;
	reasoning: string;
	calls: { name: string; arguments: unknown }[];
	finish: string | null | undefined;
	usage: { input: number; output: number } | undefined;
	/** Text that came in deltas, which must be the same as `text` is. */
	deltas: string;
}

/** All of a streamed answer, by the official SDK. @throws its error */
export async function hearIn(gateway: { url: string }, wire: Wire, more: object = {}): Promise<HeardAnswer> {
	if (wire === "openai.chat") return hearChat(gateway, more);
	return wire === "anthropic.messages" ? hearMessage(gateway, more) : hearResponse(gateway, more);
}

function openAi({ url }: { url: string }): OpenAI {
	return new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 0 });
}

async function hearChat(gateway: { url: string }, more: object): Promise<HeardAnswer> {
	const request = requestIn("openai.chat", { stream_options: { include_usage: true }, ...more });
	const stream = openAi(gateway).chat.completions.stream(request as never);
	let deltas = "";
	stream.on("content", (delta) => {
		deltas += delta;
	});
	const { choices, usage } = await stream.finalChatCompletion();
	const { message, finish_reason: finish } = choices[0] as (typeof choices)[0];
	return {
		text: message.content ?? "",
		reasoning: (message as { reasoning_content?: string }).reasoning_content ?? "",
		calls: (message.tool_calls ?? []).map((call) => {
			const { name, arguments: text } = (call as OpenAI.ChatCompletionMessageFunctionToolCall).function;
			return { name, arguments: JSON.parse(text) };
		}),
		finish,
		usage: usage && { input: usage.prompt_tokens, output: usage.completion_tokens },
		deltas,
	};
}

async function hearMessage({ url }: { url: string }, more: object): Promise<HeardAnswer> {
	const client = new Anthropic({ apiKey: "k", baseURL: url, maxRetries: 0 });
	const stream = client.messages.stream(requestIn("anthropic.messages", more) as never);
	let deltas = "";
	stream.on("text", (delta) => {
		deltas += delta;
	});
	const { content, stop_reason: finish, usage } = await stream.finalMessage();
	const heard: HeardAnswer = { text: "", reasoning: "", calls: [], finish, usage: undefined, deltas };
	for (const block of content) {
		if (block.type === "text") heard.text += block.text;
		else if (block.type === "thinking") heard.reasoning += block.thinking;
		else if (block.type === "tool_use") heard.calls.push({ name: block.name, arguments: block.input });
	}
	heard.usage = { input: usage.input_tokens, output: usage.output_tokens };
	return heard;
}

async function hearResponse(gateway: { url: string }, more: object): Promise<HeardAnswer> {
	const stream = openAi(gateway).responses.stream(requestIn("openai.responses", more) as never);
	let deltas = "";
	let next = 0;
	for await (const event of stream) {
		if (event.sequence_number !== next)
			throw new Error(`${event.type} has number ${event.sequence_number} in place of ${next}`);
		next += 1;
		if (event.type === "response.output_text.delta") deltas += event.delta;
		if (event.type === "response.failed" || event.type === "error") throw new Error(JSON.stringify(event));
	}
	const { output, status, usage } = await stream.finalResponse();
	const heard: HeardAnswer = { text: "", reasoning: "", calls: [], finish: status, usage: undefined, deltas };
	for (const item of output) {
		if (item.type === "message")
			heard.text += item.content.map((part) => (part.type === "output_text" ? part.text : "")).join("");
		else if (item.type === "reasoning") heard.reasoning += item.summary.map(({ text }) => text).join("\n\n");
		else if (item.type === "function_call")
			heard.calls.push({ name: item.name, arguments: JSON.parse(item.arguments) });
	}
	heard.usage = usage ? { input: usage.input_tokens, output: usage.output_tokens } : undefined;
	return heard;
}

/** Reads a response's body piece by piece. */
export function readerOf(response: Response) {
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const decoder = new TextDecoder();
	let text = "";
	const more = async () => {
		const { done, value } = await reader.read();
		if (value !== undefined) text += decoder.decode(value, { stream: true });
		return !done;
	};
	return {
		/** @returns all that has come once `wanted` is in it */
		async until(wanted: string): Promise<string> {
			while (!text.includes(wanted)) if (!(await more())) throw new Error(`the stream ended without it: ${text}`);
			return text;
		},
		async toEnd(): Promise<string> {
			while (await more());
			return text;
		},
	};
}

/** A stream that stands still after so many events until it is released. */
export function standingStill(events: readonly string[], after: number) {
	let release = () => {};
	const released = new Promise<void>((resolve) => {
		release = resolve;
	});
	const answer: HostAnswer = async (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.flushHeaders();
		if (after > 0) response.write(events.slice(0, after).join(""));
		await released;
		response.end(events.slice(after).join(""));
	};
	return { answer, release };
}
