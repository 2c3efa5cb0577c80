/** Upstreams that speak one wire format each, written by hand from the vendors' pages, and independent of the gateway's own code. */
import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, type Received, startAiHost, type TestHost } from "./aiHost.js";
import { upstream } from "./routing.js";

export type WireName = "chat" | "messages" | "responses";

export interface Reply {
	readonly reasoning?: string;
	/** What only the vendor understands of its reasoning. */
	readonly signature?: string;
	/** Words of a text, each an event of a stream. */
	readonly words?: readonly string[];
	readonly calls?: readonly { readonly id: string; readonly name: string; readonly input: object }[];
	readonly isCut?: boolean;
	/** `input` includes `cached`; `output` includes `thoughts`. */
	readonly usage?: {
		readonly input: number;
		readonly cached: number;
		readonly output: number;
		readonly thoughts: number;
	};
}

/** What an upstream finds in a request. */
export interface Question {
	readonly model: string;
	readonly isStream: boolean;
	/** All texts of the conversation. */
	readonly text: string;
	readonly tools: readonly string[];
	/** Results of tools, in their order. */
	readonly results: readonly string[];
	readonly hasSchema: boolean;
	readonly wantsReasoning: boolean;
}

interface Wire {
	readonly name: WireName;
	readonly settings: Partial<UpstreamSettings>;
	/** Where a path starts under the upstream's URL. */
	readonly prefix: string;
	read(json: Json, url: string): Question;
	whole(reply: Reply, model: string): object;
	/** Each is a whole event. */
	events(reply: Reply, model: string): string[];
	/** @returns the vendor's error for a status */
	error(status: number, message: string): object;
}

type Json = Readonly<Record<string, unknown>>;

const usual = { input: 20, cached: 8, output: 7, thoughts: 2 };
const data = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
const named = (event: { type: string }) => `event: ${event.type}\n${data(event)}`;

/** All texts in a value, wherever they are. */
function textsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	if (Array.isArray(value)) return value.flatMap(textsIn);
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([name, member]) =>
		["content", "text", "input", "output", "parts", "messages", "system", "instructions"].includes(name)
			? textsIn(member)
			: [],
	);
}

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const chat: Wire = {
	name: "chat",
	settings: { provider: "openai-compatible" },
	prefix: "/v1",
	read(json) {
		const messages = listOf(json.messages);
		return {
			model: String(json.model),
			isStream: json.stream === true,
			text: textsIn(messages).join("\n"),
			tools: listOf(json.tools).map((tool) => String((tool.function as Json | undefined)?.name ?? tool.type)),
			results: messages.filter(({ role }) => role === "tool").map(({ content }) => textsIn(content).join("")),
			hasSchema: (json.response_format as Json | undefined)?.type === "json_schema",
			wantsReasoning: json.reasoning_effort !== undefined,
		};
	},
	whole(reply, model) {
		const message = {
			role: "assistant",
			content: reply.words?.join("") ?? null,
			...(reply.reasoning === undefined ? {} : { reasoning_content: reply.reasoning }),
			...(reply.calls === undefined ? {} : { tool_calls: reply.calls.map(chatCall) }),
		};
		return {
			id: "chatcmpl-w",
			object: "chat.completion",
			created: 1_700_000_000,
			model,
			choices: [{ index: 0, message, logprobs: null, finish_reason: chatFinish(reply) }],
			usage: chatUsage(reply),
		};
	},
	events(reply, model) {
		const head = { id: "chatcmpl-w", object: "chat.completion.chunk", created: 1_700_000_000, model };
		const part = (delta: object, finish_reason: string | null = null) =>
			data({ ...head, choices: [{ index: 0, delta, finish_reason }] });
		return [
			part({ role: "assistant", content: "" }),
			...(reply.reasoning === undefined ? [] : [part({ reasoning_content: reply.reasoning })]),
			...(reply.words ?? []).map((content) => part({ content })),
			...(reply.calls ?? []).flatMap((call, index) => {
				const { function: made, ...rest } = chatCall(call);
				const [first, second] = halves(made.arguments);
				return [
					part({ tool_calls: [{ index, ...rest, function: { name: made.name, arguments: "" } }] }),
					part({ tool_calls: [{ index, function: { arguments: first } }] }),
					part({ tool_calls: [{ index, function: { arguments: second } }] }),
				];
			}),
			part({}, chatFinish(reply)),
			data({ ...head, choices: [], usage: chatUsage(reply) }),
			"data: [DONE]\n\n",
		];
	},
	error: (status, message) => ({
		error: {
			message,
			type: status === 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error",
			param: null,
			code: status === 429 ? "rate_limit_exceeded" : null,
		},
	}),
};

function halves(text: string): [string, string] {
	const middle = Math.floor(text.length / 2);
	return [text.slice(0, middle), text.slice(middle)];
}

function chatCall({ id, name, input }: { id: string; name: string; input: object }) {
	return { id, type: "function", function: { name, arguments: JSON.stringify(input) } };
}

function chatFinish({ calls, isCut }: Reply): string {
	return isCut ? "length" : calls === undefined ? "stop" : "tool_calls";
}

function chatUsage({ usage: { input, cached, output, thoughts } = usual }: Reply) {
	return {
		prompt_tokens: input,
		completion_tokens: output,
		total_tokens: input + output,
		prompt_tokens_details: { cached_tokens: cached },
		completion_tokens_details: { reasoning_tokens: thoughts },
	};
}

const messages: Wire = {
	name: "messages",
	settings: { provider: "anthropic" },
	prefix: "/v1",
	read(json) {
		const turns = listOf(json.messages);
		const blocks = turns.flatMap(({ content }) => listOf(content));
		const results = blocks.filter(({ type }) => type === "tool_result");
		return {
			model: String(json.model),
			isStream: json.stream === true,
			text: textsIn({ system: json.system, messages: turns }).join("\n"),
			tools: listOf(json.tools).map(({ name }) => String(name)),
			results: results.map(({ content }) => textsIn(content).join("")),
			hasSchema: ((json.output_config as Json | undefined)?.format ?? json.output_format) !== undefined,
			wantsReasoning: json.thinking !== undefined && (json.thinking as Json).type !== "disabled",
		};
	},
	whole(reply, model) {
		return {
			...messageHead(model, reply),
			content: blocksOf(reply),
			stop_reason: messageStop(reply),
			stop_sequence: null,
			usage: messageUsage(reply),
		};
	},
	events(reply, model) {
		const blocks = blocksOf(reply);
		const delta = (index: number, made: object) => named({ type: "content_block_delta", index, delta: made } as never);
		return [
			named({
				type: "message_start",
				message: {
					...messageHead(model, reply),
					content: [],
					stop_reason: null,
					stop_sequence: null,
					usage: { ...messageUsage(reply), output_tokens: 1 },
				},
			} as never),
			named({ type: "ping" }),
			...blocks.flatMap((block, index) => {
				const start = (content_block: object) => named({ type: "content_block_start", index, content_block } as never);
				const stop = named({ type: "content_block_stop", index } as never);
				if (block.type === "thinking")
					return [
						start({ type: "thinking", thinking: "", signature: "" }),
						delta(index, { type: "thinking_delta", thinking: block.thinking }),
						delta(index, { type: "signature_delta", signature: block.signature }),
						stop,
					];
				if (block.type === "text")
					return [
						start({ type: "text", text: "" }),
						...(reply.words ?? []).map((text) => delta(index, { type: "text_delta", text })),
						stop,
					];
				return [
					start({ ...block, input: {} }),
					...halves(JSON.stringify(block.input)).map((partial_json) =>
						delta(index, { type: "input_json_delta", partial_json }),
					),
					stop,
				];
			}),
			named({
				type: "message_delta",
				delta: { stop_reason: messageStop(reply), stop_sequence: null },
				usage: messageUsage(reply),
			} as never),
			named({ type: "message_stop" }),
		];
	},
	error: (status, message) => ({
		type: "error",
		error: {
			type:
				status === 429
					? "rate_limit_error"
					: status === 529
						? "overloaded_error"
						: status >= 500
							? "api_error"
							: "invalid_request_error",
			message,
		},
		request_id: "req_w",
	}),
};

function messageHead(model: string, _reply: Reply) {
	return { id: "msg_w", type: "message", role: "assistant", model };
}

function blocksOf({ reasoning, signature = "c2lnbmVk", words, calls = [] }: Reply): Record<string, unknown>[] {
	return [
		...(reasoning === undefined ? [] : [{ type: "thinking", thinking: reasoning, signature }]),
		...(words === undefined ? [] : [{ type: "text", text: words.join("") }]),
		...calls.map(({ id, name, input }) => ({ type: "tool_use", id, name, input })),
	];
}

function messageStop({ calls, isCut }: Reply): string {
	return isCut ? "max_tokens" : calls === undefined ? "end_turn" : "tool_use";
}

function messageUsage({ usage: { input, cached, output } = usual }: Reply) {
	return {
		input_tokens: input - cached,
		cache_read_input_tokens: cached,
		cache_creation_input_tokens: 0,
		output_tokens: output,
	};
}

const responses: Wire = {
	name: "responses",
	settings: { dialects: ["openai.responses"] },
	prefix: "/v1",
	read(json) {
		const items = listOf(json.input);
		const results = items.filter(({ type }) => type === "function_call_output" || type === "custom_tool_call_output");
		return {
			model: String(json.model),
			isStream: json.stream === true,
			text: textsIn({ instructions: json.instructions, input: json.input }).join("\n"),
			tools: listOf(json.tools).map(({ name, type }) => String(name ?? type)),
			results: results.map(({ output }) => textsIn(output).join("")),
			hasSchema: ((json.text as Json | undefined)?.format as Json | undefined)?.type === "json_schema",
			wantsReasoning: json.reasoning !== undefined,
		};
	},
	whole: (reply, model) => responseOf(reply, model, itemsOf(reply)),
	events(reply, model) {
		let sequence_number = 0;
		const event = (type: string, more: object) => {
			sequence_number += 1;
			return named({ type, sequence_number, ...more } as never);
		};
		const begun = { ...responseOf(reply, model, []), status: "in_progress", usage: null };
		return [
			event("response.created", { response: begun }),
			event("response.in_progress", { response: begun }),
			...itemsOf(reply).flatMap((item, output_index) => itemEvents(item, output_index, reply, event)),
			event(reply.isCut ? "response.incomplete" : "response.completed", {
				response: responseOf(reply, model, itemsOf(reply)),
			}),
		];
	},
	error: chat.error,
};

type Emit = (type: string, more: object) => string;

function itemEvents(item: Record<string, unknown>, output_index: number, reply: Reply, event: Emit): string[] {
	const at = { item_id: item.id, output_index };
	const done = () => event("response.output_item.done", { output_index, item });
	const added = (start: object) => event("response.output_item.added", { output_index, item: { ...item, ...start } });
	if (item.type === "reasoning") {
		const part = { type: "summary_text", text: reply.reasoning };
		return [
			added({ summary: [], encrypted_content: "" }),
			event("response.reasoning_summary_part.added", { ...at, summary_index: 0, part: { ...part, text: "" } }),
			event("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta: reply.reasoning }),
			event("response.reasoning_summary_text.done", { ...at, summary_index: 0, text: reply.reasoning }),
			event("response.reasoning_summary_part.done", { ...at, summary_index: 0, part }),
			done(),
		];
	}
	if (item.type === "message") {
		const part = { type: "output_text", text: (reply.words ?? []).join(""), annotations: [], logprobs: [] };
		return [
			added({ status: "in_progress", content: [] }),
			event("response.content_part.added", { ...at, content_index: 0, part: { ...part, text: "" } }),
			...(reply.words ?? []).map((delta) =>
				event("response.output_text.delta", { ...at, content_index: 0, delta, logprobs: [] }),
			),
			event("response.output_text.done", { ...at, content_index: 0, text: part.text, logprobs: [] }),
			event("response.content_part.done", { ...at, content_index: 0, part }),
			done(),
		];
	}
	return [
		added({ status: "in_progress", arguments: "" }),
		...halves(String(item.arguments)).map((delta) => event("response.function_call_arguments.delta", { ...at, delta })),
		event("response.function_call_arguments.done", { ...at, name: item.name, arguments: item.arguments }),
		done(),
	];
}

function itemsOf({ reasoning, signature = "c2lnbmVk", words, calls = [] }: Reply): Record<string, unknown>[] {
	const content = [{ type: "output_text", text: (words ?? []).join(""), annotations: [], logprobs: [] }];
	return [
		...(reasoning === undefined
			? []
			: [
					{
						id: "rs_w",
						type: "reasoning",
						summary: [{ type: "summary_text", text: reasoning }],
						encrypted_content: signature,
					},
				]),
		...(words === undefined ? [] : [{ id: "msg_w", type: "message", status: "completed", role: "assistant", content }]),
		...calls.map(({ id, name, input }) => ({
			id: `fc_${id}`,
			type: "function_call",
			status: "completed",
			call_id: id,
			name,
			arguments: JSON.stringify(input),
		})),
	];
}

function responseOf(reply: Reply, model: string, output: object[]) {
	const { input, cached, output: written, thoughts } = reply.usage ?? usual;
	return {
		id: "resp_w",
		object: "response",
		created_at: 1_700_000_000,
		status: reply.isCut ? "incomplete" : "completed",
		error: null,
		incomplete_details: reply.isCut ? { reason: "max_output_tokens" } : null,
		instructions: null,
		max_output_tokens: null,
		metadata: {},
		model,
		output,
		parallel_tool_calls: true,
		previous_response_id: null,
		reasoning: { effort: null, summary: null },
		store: false,
		temperature: 1,
		text: { format: { type: "text" } },
		tool_choice: "auto",
		tools: [],
		top_p: 1,
		truncation: "disabled",
		usage: {
			input_tokens: input,
			input_tokens_details: { cached_tokens: cached },
			output_tokens: written,
			output_tokens_details: { reasoning_tokens: thoughts },
			total_tokens: input + written,
		},
	};
}

export const wires: Readonly<Record<WireName, Wire>> = { chat, messages, responses };
export const wireNames = Object.keys(wires) as WireName[];

export interface WireHost extends TestHost {
	readonly wire: Wire;
	/** What it found in its requests. */
	readonly questions: Question[];
	/** An upstream's settings, for routes. */
	settings(name?: string, more?: Partial<UpstreamSettings>): UpstreamSettings;
}

/** Something else than a reply: writes the answer itself. */
export type Answering = (question: Question, response: ServerResponse, request: Received) => Reply | undefined;

/**
 * Starts an upstream of one wire format.
 *
 * @param answer decides what it says to a question
 * @param whenDone gets what closes it; by default that happens when the test ends
 */
export async function startWire(
	name: WireName,
	answer: Answering,
	whenDone: (close: () => Promise<void>) => void = onTestFinished,
): Promise<WireHost> {
	const wire = wires[name];
	const questions: Question[] = [];
	const serve: HostAnswer = async (request, response) => {
		const json = JSON.parse(request.body.toString() || "{}") as Json;
		const question = wire.read(json, request.url);
		questions.push(question);
		const reply = answer(question, response, request);
		if (reply === undefined) return;
		await send(response, wire, reply, question);
	};
	const host = await startAiHost(serve);
	whenDone(() => host.close());
	return Object.assign(host, {
		wire,
		questions,
		settings: (at = "one", more: Partial<UpstreamSettings> = {}) =>
			upstream(at, `${host.url}${wire.prefix}`, { key: "secret", ...wire.settings, ...more }),
	});
}

/** Sends a reply, each event of a stream in a turn of its own. */
export async function send(
	response: ServerResponse,
	wire: Wire,
	reply: Reply,
	{ isStream, model }: Question,
): Promise<void> {
	if (!isStream) {
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wire.whole(reply, model)));
		return;
	}
	response.writeHead(200, { "content-type": "text/event-stream" });
	for (const event of wire.events(reply, model)) {
		response.write(event);
		await new Promise(setImmediate);
	}
	response.end();
}

/** Sends the vendor's own error. */
export function fail(
	response: ServerResponse,
	wire: Wire,
	status: number,
	message: string,
	headers: Record<string, string> = {},
): undefined {
	response.writeHead(status, { "content-type": "application/json", ...headers });
	response.end(JSON.stringify(wire.error(status, message)));
	return undefined;
}
