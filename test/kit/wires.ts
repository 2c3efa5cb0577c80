/** Upstreams that speak one wire format each, with the writers of the lab, which are independent of the gateway's own code. */
import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { questionOf } from "../../src/mockHosts/wires/bodyReaders.js";
import { chatWire } from "../../src/mockHosts/wires/chatWire.js";
import { messagesWire } from "../../src/mockHosts/wires/messagesWire.js";
import { ollamaWire } from "../../src/mockHosts/wires/ollamaWire.js";
import { responsesWire } from "../../src/mockHosts/wires/responsesWire.js";
import type { FinishReason, Piece, WireFormat } from "../../src/mockHosts/wires/wire.js";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, type Received, startAiHost, type TestHost } from "./aiHost.js";
import { upstream } from "./routing.js";

export type WireName = "chat" | "messages" | "responses" | "gemini" | "ollama";

export interface Reply {
	/** What its ids are made of, where they must differ from other replies'. */
	readonly id?: string;
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
	/** Of its streams, where they are no server-sent events. */
	readonly contentType?: string;
	read(json: Json, url: string): Question;
	whole(reply: Reply, model: string): object;
	/** Each is a whole event. */
	events(reply: Reply, model: string): string[];
	/** @returns the vendor's error for a status */
	error(status: number, message: string): object;
}

type Json = Readonly<Record<string, unknown>>;

const usual = { input: 20, cached: 8, output: 7, thoughts: 2 };
/** When all answers are made. */
const createdAtMs = 1_700_000_000_000;

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

function writerOf(format: WireFormat, reply: Reply, model: string) {
	const { input, cached, output, thoughts } = reply.usage ?? usual;
	const question = questionOf({ endpoint: "chat" }, { model }, { isStreamed: true });
	const head = {
		id: reply.id ?? "w",
		createdAtMs,
		model,
		question,
		signature: reply.signature ?? "c2lnbmVk",
		// A message begins with one token.
		counts: (tokens: number) => ({ prompt: input, cached, completion: tokens === 1 ? 1 : output, reasoning: thoughts }),
	};
	return format.writer(head, format.framing(question, JSON.stringify));
}

/** Arguments come in halves. */
function piecesOf({ reasoning, words = [], calls = [] }: Reply): Piece[] {
	return [
		...(reasoning === undefined ? [] : [{ kind: "reasoning", text: reasoning } as const]),
		...words.map((text): Piece => ({ kind: "content", text })),
		...calls.flatMap(({ id, name, input }, index): Piece[] => {
			const text = JSON.stringify(input);
			const middle = Math.floor(text.length / 2);
			return [
				{ kind: "call", index, id, name },
				{ kind: "arguments", index, text: text.slice(0, middle) },
				{ kind: "arguments", index, text: text.slice(middle) },
			];
		}),
	];
}

function finishOf({ calls, isCut }: Reply): FinishReason {
	return isCut ? "length" : calls === undefined ? "stop" : "tool_calls";
}

/** What the lab's wire format writes of a reply. */
function written(format: WireFormat): Pick<Wire, "whole" | "events" | "error"> {
	const code = (status: number) => (status === 429 ? "rate_limit_exceeded" : null);
	return {
		whole: (reply, model) => writerOf(format, reply, model).body(piecesOf(reply), finishOf(reply)),
		events(reply, model) {
			const writer = writerOf(format, reply, model);
			const pieces = piecesOf(reply);
			const total = pieces.length + 2;
			const events = [
				...writer.opening(),
				...pieces.flatMap((piece) => writer.piece(piece, total)),
				...writer.finish(finishOf(reply), total),
				writer.usage(total),
				writer.last(),
			];
			// Each event by itself.
			return events.flatMap((bytes) => String(bytes).match(format === ollamaWire ? /.+\n/g : /[\s\S]+?\n\n/g) ?? []);
		},
		error: (status, message) => format.error({ kind: "other", status, message, code: code(status) }, undefined).body,
	};
}

const chat: Wire = {
	name: "chat",
	settings: { provider: "openai-compatible" },
	prefix: "/v1",
	...written(chatWire),
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
};

const messages: Wire = {
	name: "messages",
	settings: { provider: "anthropic" },
	prefix: "/v1",
	...written(messagesWire),
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
};

const responses: Wire = {
	name: "responses",
	settings: { dialects: ["openai.responses"] },
	prefix: "/v1",
	...written(responsesWire),
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
};

const ollama: Wire = {
	name: "ollama",
	settings: { provider: "ollama", ollama: {} },
	prefix: "/v1",
	contentType: "application/x-ndjson",
	...written(ollamaWire),
	read(json) {
		const messages = listOf(json.messages);
		return {
			model: String(json.model),
			isStream: json.stream !== false,
			text: textsIn(messages).join("\n"),
			tools: listOf(json.tools).map((tool) => String((tool.function as Json | undefined)?.name)),
			results: messages.filter(({ role }) => role === "tool").map(({ content }) => textsIn(content).join("")),
			hasSchema: typeof json.format === "object" && json.format !== null,
			wantsReasoning: json.think !== undefined && json.think !== false,
		};
	},
};

const data = (event: object) => `data: ${JSON.stringify(event)}\n\n`;

const gemini: Wire = {
	name: "gemini",
	settings: { provider: "gemini" },
	prefix: "/v1beta",
	read(json, url) {
		const [, model = "", action = ""] = /\/models\/([^:]+):(\w+)/.exec(url) ?? [];
		const contents = listOf(json.contents);
		const parts = contents.flatMap((content) => listOf(content.parts));
		const config = (json.generationConfig as Json | undefined) ?? {};
		return {
			model: decodeURIComponent(model),
			isStream: action === "streamGenerateContent",
			text: textsIn({ system: json.systemInstruction, messages: contents }).join("\n"),
			tools: listOf(json.tools).flatMap((tool) => listOf(tool.functionDeclarations).map(({ name }) => String(name))),
			results: parts.flatMap(({ functionResponse: result }) => (result === undefined ? [] : [JSON.stringify(result)])),
			hasSchema: (config.responseJsonSchema ?? config.responseSchema) !== undefined,
			wantsReasoning: config.thinkingConfig !== undefined,
		};
	},
	whole: (reply, model) => googleAnswer(model, googleParts(reply), reply),
	events(reply, model) {
		const { words = [], ...others } = reply;
		const [thought, calls] = [googleParts({ ...others, calls: [] }), googleParts({ calls: reply.calls ?? [] })];
		const said = [...thought, ...words.map((text) => ({ text })), ...calls];
		return [...said.map((part) => data(googleAnswer(model, [part]))), data(googleAnswer(model, [{ text: "" }], reply))];
	},
	error: (code, message) => ({
		error: {
			code,
			message,
			status: code === 429 ? "RESOURCE_EXHAUSTED" : code >= 500 ? "INTERNAL" : "INVALID_ARGUMENT",
		},
	}),
};

function googleParts({ reasoning, words, calls = [] }: Reply): object[] {
	return [
		...(reasoning === undefined ? [] : [{ text: reasoning, thought: true }]),
		...(words === undefined ? [] : [{ text: words.join("") }]),
		...calls.map(({ id, name, input: args }) => ({ functionCall: { id, name, args } })),
	];
}

/** @param ended the reply that has come to its end */
function googleAnswer(model: string, parts: object[], ended?: Reply) {
	const { input, cached, output, thoughts } = ended?.usage ?? usual;
	const usageMetadata = {
		promptTokenCount: input,
		cachedContentTokenCount: cached,
		candidatesTokenCount: output - thoughts,
		thoughtsTokenCount: thoughts,
		totalTokenCount: input + output,
	};
	return {
		candidates: [
			{
				content: { parts, role: "model" },
				...(ended === undefined ? {} : { finishReason: ended.isCut ? "MAX_TOKENS" : "STOP" }),
				index: 0,
			},
		],
		...(ended === undefined ? {} : { usageMetadata }),
		modelVersion: model,
		responseId: "resp-w",
	};
}

export const wires: Readonly<Record<WireName, Wire>> = { chat, messages, responses, gemini, ollama };
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
	response.writeHead(200, { "content-type": wire.contentType ?? "text/event-stream" });
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
