/** Clients of each dialect, in front of an upstream that speaks theirs and of one that doesn't: a table for tests of one concern each. */
import { type Answering, send, startWire, type WireHost, type WireName, wires } from "../kit/wires.js";

type Json = Record<string, unknown>;

/** What a client reads of an answer. */
export interface Heard {
	readonly status: number;
	readonly headers: Headers;
	readonly body: string;
	readonly text: string;
	/** `input` as the dialect counts it. */
	readonly usage: { readonly input: unknown; readonly output: unknown };
	readonly model: unknown;
	readonly finish: unknown;
	/** The message of an error, wherever it stands. */
	readonly error: { readonly message: string; readonly kind: unknown; readonly code: unknown } | undefined;
}

export interface Client {
	readonly name: string;
	operation(isStream: boolean): string;
	/** Where the model, if it stands there, is `public`. */
	path(isStream: boolean, model?: string): string;
	/** As the contract has it. */
	route(isStream: boolean): string;
	/** Its name in labels (`gen_ai.operation.name`). */
	readonly kind: string;
	/** The header of its key. */
	credential(secret: string): Record<string, string>;
	body(text: string, maxTokens?: number): Json;
	read(json: Json): Pick<Heard, "text" | "usage" | "model" | "finish">;
	/** Of the events of a stream. */
	readEvents(events: readonly Json[]): Pick<Heard, "text" | "usage" | "model" | "finish">;
	/** Its own word for an answer that a limit of tokens has cut. */
	readonly cut: string;
	readonly done: string;
	/** Its errors are their message, without a kind or a code. */
	readonly hasBareErrors?: boolean;
}

const at = (value: unknown, ...path: (string | number)[]): unknown =>
	path.reduce<unknown>((inner, name) => (inner as Json | undefined)?.[name as string], value);
const last = <Item>(list: readonly Item[], isWanted: (item: Item) => boolean) => list.findLast(isWanted);

const chat: Client = {
	name: "chat completions",
	operation: () => "createChatCompletion",
	path: () => "/v1/chat/completions",
	route: () => "/v1/chat/completions",
	kind: "chat",
	credential: (secret) => ({ authorization: `Bearer ${secret}` }),
	body: (content, max_tokens = 1_000) => ({ model: "public", max_tokens, messages: [{ role: "user", content }] }),
	read: (json) => ({
		text: String(at(json, "choices", 0, "message", "content")),
		usage: { input: at(json, "usage", "prompt_tokens"), output: at(json, "usage", "completion_tokens") },
		model: json.model,
		finish: at(json, "choices", 0, "finish_reason"),
	}),
	readEvents: (events) => ({
		text: events.map((event) => at(event, "choices", 0, "delta", "content") ?? "").join(""),
		usage: {
			input: at(
				last(events, ({ usage }) => Boolean(usage)),
				"usage",
				"prompt_tokens",
			),
			output: at(
				last(events, ({ usage }) => Boolean(usage)),
				"usage",
				"completion_tokens",
			),
		},
		model: events[0]?.model,
		finish: events.map((event) => at(event, "choices", 0, "finish_reason")).find(Boolean),
	}),
	cut: "length",
	done: "stop",
};

const messages: Client = {
	name: "messages",
	operation: () => "createMessage",
	path: () => "/v1/messages",
	route: () => "/v1/messages",
	kind: "chat",
	credential: (secret) => ({ "x-api-key": secret }),
	body: (content, max_tokens = 1_000) => ({ model: "public", max_tokens, messages: [{ role: "user", content }] }),
	read: (json) => ({
		text: ((json.content as Json[] | undefined) ?? []).map(({ text = "" }) => text).join(""),
		usage: { input: at(json, "usage", "input_tokens"), output: at(json, "usage", "output_tokens") },
		model: json.model,
		finish: json.stop_reason,
	}),
	readEvents(events) {
		const ended = last(events, ({ type }) => type === "message_delta");
		const begun = events.find(({ type }) => type === "message_start");
		return {
			text: events.map((event) => at(event, "delta", "text") ?? "").join(""),
			usage: {
				input: at(ended, "usage", "input_tokens") ?? at(begun, "message", "usage", "input_tokens"),
				output: at(ended, "usage", "output_tokens"),
			},
			model: at(begun, "message", "model"),
			finish: at(ended, "delta", "stop_reason"),
		};
	},
	cut: "max_tokens",
	done: "end_turn",
};

const outputText = (output: unknown) =>
	((output as Json[] | undefined) ?? [])
		.filter(({ type }) => type === "message")
		.flatMap(({ content }) => content as Json[])
		.map(({ text = "" }) => text)
		.join("");

const responses: Client = {
	name: "responses",
	operation: () => "createResponse",
	path: () => "/v1/responses",
	route: () => "/v1/responses",
	kind: "chat",
	credential: (secret) => ({ authorization: `Bearer ${secret}` }),
	body: (input, max_output_tokens = 1_000) => ({ model: "public", max_output_tokens, input }),
	read: (json) => ({
		text: outputText(json.output),
		usage: { input: at(json, "usage", "input_tokens"), output: at(json, "usage", "output_tokens") },
		model: json.model,
		finish: at(json, "incomplete_details", "reason") ?? json.status,
	}),
	readEvents(events) {
		const { response } = last(events, ({ response: whole }) => Boolean(whole)) ?? {};
		const text = events.map(({ type, delta }) => (type === "response.output_text.delta" ? delta : "")).join("");
		return { ...responses.read((response ?? {}) as Json), text };
	},
	cut: "max_output_tokens",
	done: "completed",
};

const action = (isStream: boolean) => (isStream ? "streamGenerateContent" : "generateContent");

const gemini: Client = {
	name: "Gemini",
	operation: action,
	path: (isStream, model = "public") => `/v1beta/models/${model}:${action(isStream)}${isStream ? "?alt=sse" : ""}`,
	route: (isStream) => `/v1beta/models/{model}:${action(isStream)}`,
	kind: "chat",
	credential: (secret) => ({ "x-goog-api-key": secret }),
	body: (text, maxOutputTokens = 1_000) => ({
		contents: [{ role: "user", parts: [{ text }] }],
		generationConfig: { maxOutputTokens },
	}),
	read: (json) => gemini.readEvents([json]),
	readEvents(events) {
		const parts = events.flatMap((event) => (at(event, "candidates", 0, "content", "parts") ?? []) as Json[]);
		const { usageMetadata: usage } = last(events, ({ usageMetadata }) => Boolean(usageMetadata)) ?? {};
		const output = ["candidatesTokenCount", "thoughtsTokenCount"].map((name) => Number(at(usage, name) ?? 0));
		return {
			text: parts.map(({ text = "", thought }) => (thought ? "" : text)).join(""),
			usage: { input: at(usage, "promptTokenCount"), output: output.reduce((sum, count) => sum + count, 0) },
			model: events[0]?.modelVersion,
			finish: events.map((event) => at(event, "candidates", 0, "finishReason")).find(Boolean),
		};
	},
	cut: "MAX_TOKENS",
	done: "STOP",
};

/** Streams are what its clients get unless they say otherwise. */
const ollama: Client = {
	name: "Ollama",
	operation: () => "createOllamaChat",
	path: () => "/api/chat",
	route: () => "/api/chat",
	kind: "chat",
	credential: (secret) => ({ authorization: `Bearer ${secret}` }),
	body: (content, num_predict = 1_000) => ({
		model: "public",
		options: { num_predict },
		messages: [{ role: "user", content }],
	}),
	read: (json) => ollama.readEvents([json]),
	readEvents(events) {
		const ended = last(events, ({ done }) => done === true);
		return {
			text: events.map((event) => at(event, "message", "content") ?? "").join(""),
			usage: { input: at(ended, "prompt_eval_count"), output: at(ended, "eval_count") },
			model: events[0]?.model,
			finish: at(ended, "done_reason"),
		};
	},
	cut: "length",
	done: "stop",
	hasBareErrors: true,
};

export const clients: readonly Client[] = [chat, messages, responses, gemini, ollama];

export interface Lane {
	readonly client: Client;
	readonly wire: WireName;
	readonly isStream: boolean;
	readonly isTranslated: boolean;
}

const own: Readonly<Record<string, WireName>> = {
	messages: "messages",
	responses: "responses",
	Gemini: "gemini",
	Ollama: "ollama",
};
const wiresOf = (client: Client): readonly WireName[] =>
	client === ollama
		? ["chat", "messages", "responses", "gemini", "ollama"]
		: ["chat", "messages", "responses", "gemini"];

/** Each with its name. Chat completions are there to compare with. */
export const lanes: readonly (readonly [name: string, lane: Lane])[] = clients.flatMap((client) =>
	wiresOf(client).flatMap((wire) =>
		[false, true].map((isStream) => {
			const lane = { client, wire, isStream, isTranslated: (own[client.name] ?? "chat") !== wire };
			return [`${client.name} to an upstream of ${wire}, ${isStream ? "streamed" : "whole"}`, lane] as const;
		}),
	),
);

/** One lane of each client's own kind, and one that is translated, whole and streamed. */
export const fewLanes = lanes.filter(
	([, { client, wire, isTranslated }]) =>
		!isTranslated || wire === (client.name === "chat completions" ? "messages" : "chat"),
);

export const words = ["One ", "two ", "three ", "four."];

/** Starts a lane's upstream. */
export function hostOf({ wire }: Lane, answer: Answering = () => ({ words })): Promise<WireHost> {
	return startWire(wire, answer);
}

/** Asks as the lane's client does, and reads all of the answer. */
export async function ask(
	url: string,
	{ client, isStream }: Lane,
	{
		text = "Hello",
		more = {},
		headers = {},
		secret,
	}: { text?: string; more?: Json; headers?: Record<string, string>; secret?: string | undefined } = {},
): Promise<Heard> {
	const usage = client === chat && isStream ? { stream_options: { include_usage: true } } : {};
	const { model, ...others } = more;
	const isInPath = client === gemini;
	const response = await fetch(url + client.path(isStream, model as string | undefined), {
		method: "POST",
		headers: {
			"content-type": "application/json",
			...(secret === undefined ? {} : client.credential(secret)),
			...headers,
		},
		body: JSON.stringify({
			...client.body(text),
			...(isStream && !isInPath ? { stream: true, ...usage } : {}),
			...(client === ollama ? { stream: isStream } : {}),
			...(isInPath ? others : more),
		}),
	});
	return hear(response, client);
}

export async function hear(response: Response, client: Client): Promise<Heard> {
	const { status, headers } = response;
	const body = await response.text();
	const isStream = /^(text\/event-stream|application\/x-ndjson)/.test(headers.get("content-type") ?? "");
	const events = isStream ? eventsIn(body) : [];
	const json = isStream ? {} : (JSON.parse(body) as Json);
	const read = isStream ? client.readEvents(events) : client.read(json);
	const failed = isStream ? last(events, isFailure) : json;
	return { status, headers, body, ...read, error: errorIn(failed) };
}

export function eventsIn(body: string): Json[] {
	return body
		.split("\n")
		.filter((line) => /^(data: | *)\{/.test(line))
		.map((line) => JSON.parse(line.replace(/^data: /, "")) as Json);
}

function isFailure({ type, error }: Json): boolean {
	return Boolean(error) || type === "response.failed" || type === "error";
}

function errorIn(json: Json | undefined): Heard["error"] {
	const error = (json?.error ?? at(json, "response", "error") ?? (json?.type === "error" ? json : undefined)) as
		| Json
		| undefined;
	if (!error) return undefined;
	// Ollama's errors are their message.
	if (typeof error === "string") return { message: error, kind: undefined, code: undefined };
	const kind = error.type ?? error.status;
	return { message: String(error.message), kind, code: codeIn(error) };
}

/** Google's `code` is the status; the gateway's own word is a detail. */
function codeIn(error: Json): unknown {
	if (error.status === undefined) return error.code ?? at(error, "details", "error_code");
	const details = (error.details as Json[] | undefined) ?? [];
	return details.map(({ reason }) => reason && String(reason).toLowerCase()).find(Boolean);
}

export { send, wires };
