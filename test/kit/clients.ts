/** Clients of four wire formats, which read answers without any SDK: what was said, and how it ended. */
export const clientNames = ["chat", "messages", "responses", "gemini"] as const;
export type ClientName = (typeof clientNames)[number];

// biome-ignore lint/suspicious/noExplicitAny: what comes is looked at, not trusted.
type Json = Record<string, any>;

export interface HeardEnd {
	status: number;
	headers: Headers;
	text: string;
	calls: { name: string; arguments: string }[];
	/** Of a whole answer, in the format's words; undefined for one that broke. */
	finish: string | undefined;
	/** The stream said that it is whole. */
	isEnded: boolean;
	/** An error in the format's own shape. */
	error: { message: string; type: string } | undefined;
	raw: string;
}

interface Client {
	path(model: string, isStream: boolean): string;
	body(model: string, isStream: boolean, question: string, tools: boolean): Json;
	/** Reads a whole answer. */
	whole(json: Json, heard: HeardEnd): void;
	/** Reads an event of a stream. */
	event(json: Json, heard: HeardEnd): void;
	error(json: Json): HeardEnd["error"];
}

const schema = { type: "object", properties: { city: { type: "string" } } };
const names = ["look_up", "count"];

const openaiError = ({ error }: Json) =>
	typeof error?.message === "string" && typeof error.type === "string" ? error : undefined;

const chat: Client = {
	path: () => "/v1/chat/completions",
	body: (model, stream, question, tools) => ({
		model,
		messages: [{ role: "user", content: question }],
		max_tokens: 1000,
		...(stream && { stream, stream_options: { include_usage: true } }),
		...(tools && { tools: names.map((name) => ({ type: "function", function: { name, parameters: schema } })) }),
	}),
	whole({ choices: [choice] }, heard) {
		heard.text = choice.message.content ?? "";
		for (const { function: called } of choice.message.tool_calls ?? []) heard.calls.push(called);
		heard.finish = choice.finish_reason ?? undefined;
		heard.isEnded = true;
	},
	event({ choices, error }, heard) {
		if (error) heard.error = openaiError({ error });
		const [choice] = choices ?? [];
		heard.text += choice?.delta?.content ?? "";
		for (const { index, function: called } of choice?.delta?.tool_calls ?? []) {
			heard.calls[index] ??= { name: "", arguments: "" };
			const call = heard.calls[index];
			call.name += called?.name ?? "";
			call.arguments += called?.arguments ?? "";
		}
		heard.finish ??= choice?.finish_reason ?? undefined;
	},
	error: openaiError,
};

const messages: Client = {
	path: () => "/v1/messages",
	body: (model, stream, question, tools) => ({
		model,
		messages: [{ role: "user", content: question }],
		max_tokens: 1000,
		stream,
		...(tools && { tools: names.map((name) => ({ name, input_schema: schema })) }),
	}),
	whole({ content, stop_reason }, heard) {
		for (const block of content) {
			if (block.type === "text") heard.text += block.text;
			if (block.type === "tool_use") heard.calls.push({ name: block.name, arguments: JSON.stringify(block.input) });
		}
		heard.finish = stop_reason ?? undefined;
		heard.isEnded = true;
	},
	event({ type, delta, content_block: block, ...event }, heard) {
		if (type === "error") heard.error = event.error;
		if (block?.type === "tool_use") heard.calls.push({ name: block.name, arguments: "" });
		if (delta?.type === "text_delta") heard.text += delta.text;
		const call = heard.calls.at(-1);
		if (delta?.type === "input_json_delta" && call) call.arguments += delta.partial_json;
		if (type === "message_delta") heard.finish = delta.stop_reason ?? undefined;
		if (type === "message_stop") heard.isEnded = true;
	},
	error: ({ type, error }) =>
		type === "error" && typeof error?.type === "string" && typeof error.message === "string" ? error : undefined,
};

const responses: Client = {
	path: () => "/v1/responses",
	body: (model, stream, question, tools) => ({
		model,
		input: question,
		max_output_tokens: 1000,
		stream,
		...(tools && { tools: names.map((name) => ({ type: "function", name, parameters: schema, strict: false })) }),
	}),
	whole({ output, status, incomplete_details: why, error }, heard) {
		for (const item of output) {
			for (const { text = "" } of item.content ?? []) if (item.type === "message") heard.text += text;
			if (item.type === "function_call") heard.calls.push(item);
		}
		heard.isEnded = status !== "failed";
		heard.finish = heard.isEnded ? (why?.reason ?? status) : undefined;
		if (error) heard.error = { message: error.message, type: error.code };
	},
	event({ type, delta, response, item, ...event }, heard) {
		if (type === "error") heard.error = { message: event.message, type: event.code };
		if (type === "response.failed") heard.error = { message: response.error.message, type: response.error.code };
		if (type === "response.output_text.delta") heard.text += delta;
		if (type === "response.output_item.done" && item.type === "function_call") heard.calls.push(item);
		if (type !== "response.completed" && type !== "response.incomplete") return;
		heard.isEnded = true;
		heard.finish = response.incomplete_details?.reason ?? response.status;
	},
	error: openaiError,
};

const gemini: Client = {
	path: (model, isStream) =>
		`/v1beta/models/${encodeURIComponent(model)}:${isStream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
	body: (_model, _stream, question, tools) => ({
		contents: [{ role: "user", parts: [{ text: question }] }],
		generationConfig: { maxOutputTokens: 1000 },
		...(tools && { tools: [{ functionDeclarations: names.map((name) => ({ name, parametersJsonSchema: schema })) }] }),
	}),
	whole(json, heard) {
		gemini.event(json, heard);
		heard.isEnded = true;
	},
	event({ candidates, error, promptFeedback }, heard) {
		if (error) heard.error = gemini.error({ error });
		const [candidate] = candidates ?? [];
		for (const { text = "", thought, functionCall } of candidate?.content?.parts ?? []) {
			if (!thought) heard.text += text;
			if (functionCall) heard.calls.push({ name: functionCall.name, arguments: JSON.stringify(functionCall.args) });
		}
		const finish = candidate?.finishReason ?? promptFeedback?.blockReason;
		if (finish === undefined) return;
		heard.finish = finish;
		heard.isEnded = true;
	},
	error: ({ error }) =>
		typeof error?.code === "number" && typeof error.status === "string"
			? { message: error.message, type: error.status }
			: undefined,
};

export const clients: Readonly<Record<ClientName, Client>> = { chat, messages, responses, gemini };

export interface AskOptions {
	readonly isStream: boolean;
	readonly tools?: boolean;
	readonly question?: string;
}

/** Asks a gateway, and reads all that it answers. */
export async function askAs(
	name: ClientName,
	url: string,
	model: string,
	{ isStream, tools = false, question = "Tell me all of it" }: AskOptions,
): Promise<HeardEnd> {
	const client = clients[name];
	const response = await fetch(url + client.path(model, isStream), {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(client.body(model, isStream, question, tools)),
		signal: AbortSignal.timeout(30_000),
	});
	const raw = await response.text();
	const heard: HeardEnd = {
		status: response.status,
		headers: response.headers,
		text: "",
		calls: [],
		finish: undefined,
		isEnded: false,
		error: undefined,
		raw,
	};
	if (response.status !== 200) heard.error = client.error(parsed(raw));
	else if (response.headers.get("content-type")?.startsWith("text/event-stream")) readEvents(client, raw, heard);
	else if (parsed(raw).error) heard.error = client.error(parsed(raw));
	else client.whole(parsed(raw), heard);
	return heard;
}

function readEvents(client: Client, raw: string, heard: HeardEnd): void {
	for (const line of raw.split("\n")) {
		if (line === "data: [DONE]") heard.isEnded = true;
		else if (line.startsWith("data: ")) client.event(parsed(line.slice("data: ".length)), heard);
	}
}

function parsed(text: string): Json {
	try {
		return JSON.parse(text) as Json;
	} catch {
		return {};
	}
}
