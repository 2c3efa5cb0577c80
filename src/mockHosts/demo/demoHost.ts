/** The demo upstream: stands in for an AI server, speaks OpenAI's API, and says plainly that it isn't a model. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export const demoModel = "llmw-demo";

/** Time between two words, so that streaming is visible. */
const wordMs = 25;

interface Request {
	model?: string;
	messages?: { role: string; content?: unknown }[];
	prompt?: unknown;
	input?: unknown;
	stream?: boolean;
	stream_options?: { include_usage?: boolean } | null;
	max_tokens?: number | null;
	max_completion_tokens?: number | null;
	encoding_format?: string;
}

/** @returns an HTTP server, not listening yet, that answers below `/v1` like an AI server and elsewhere with 404 in OpenAI's envelope */
export function createDemoHost(): Server {
	return createServer((request, response) => {
		handle(request, response).catch(() => response.destroy());
	});
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const text = await read(request);
	const path = request.url?.split("?", 1)[0] ?? "";
	if (request.method === "GET" && path === "/v1/models") return json(response, { object: "list", data: [model()] });
	if (request.method !== "POST") return notFound(response);
	const body = JSON.parse(text) as Request;
	if (path === "/v1/chat/completions") return complete(response, body, true);
	if (path === "/v1/completions") return complete(response, body, false);
	if (path === "/v1/embeddings") return json(response, embeddings(body));
	return notFound(response);
}

async function read(request: IncomingMessage): Promise<string> {
	let body = "";
	for await (const chunk of request.setEncoding("utf8")) body += chunk;
	return body;
}

function model() {
	return { id: demoModel, object: "model", created: 1_700_000_000, owned_by: "llmgw" };
}

function json(response: ServerResponse, value: unknown, status = 200): void {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function notFound(response: ServerResponse): void {
	json(response, { error: { message: "Not found", type: "invalid_request_error", param: null, code: null } }, 404);
}

/** A word and the space after it count as one token here. */
function words(text: string): string[] {
	return text.match(/\S+\s*/g) ?? [];
}

function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return content.map((part: { text?: string }) => part?.text ?? "").join(" ");
}

function answerTo({ messages, prompt }: Request): string {
	const last = messages ? textOf(messages.findLast(({ role }) => role === "user")?.content) : textOf(prompt);
	return (
		"I am not a model: I am the demo host that comes with llmw. Your request came through the gateway, " +
		`and this answer streams back through it, word by word. You said: "${last}". ` +
		"Point --aihost at a real AI server to get real answers."
	);
}

async function complete(response: ServerResponse, body: Request, isChat: boolean): Promise<void> {
	const limit = body.max_completion_tokens ?? body.max_tokens ?? -1;
	const all = words(answerTo(body));
	const answerWords = limit < 0 ? all : all.slice(0, limit);
	const finish = answerWords.length < all.length ? "length" : "stop";
	const promptTokens = words(
		[body.prompt, ...(body.messages ?? []).map(({ content }) => content)].map(textOf).join(" "),
	);
	const usage = {
		prompt_tokens: promptTokens.length,
		completion_tokens: answerWords.length,
		total_tokens: promptTokens.length + answerWords.length,
	};
	const head = {
		id: `${isChat ? "chatcmpl" : "cmpl"}-demo-${Date.now().toString(36)}`,
		created: Math.floor(Date.now() / 1000),
		model: body.model ?? demoModel,
	};
	if (body.stream)
		return stream(response, {
			head,
			answerWords,
			finish,
			usage,
			isChat,
			withUsage: body.stream_options?.include_usage,
		});
	const text = answerWords.join("");
	const choice = isChat
		? { index: 0, message: { role: "assistant", content: text }, finish_reason: finish }
		: { index: 0, text, logprobs: null, finish_reason: finish };
	json(response, { ...head, object: isChat ? "chat.completion" : "text_completion", choices: [choice], usage });
}

interface StreamPlan {
	head: object;
	answerWords: string[];
	finish: string;
	usage: object;
	isChat: boolean;
	withUsage: boolean | undefined;
}

async function stream(
	response: ServerResponse,
	{ head, answerWords, finish, usage, isChat, withUsage }: StreamPlan,
): Promise<void> {
	const object = isChat ? "chat.completion.chunk" : "text_completion";
	const send = (choices: object[], more: object = {}) =>
		response.write(`data: ${JSON.stringify({ ...head, object, choices, ...more })}\n\n`);
	response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
	if (isChat) send([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
	for (const word of answerWords) {
		if (response.destroyed) return;
		send([
			isChat
				? { index: 0, delta: { content: word }, finish_reason: null }
				: { index: 0, text: word, finish_reason: null },
		]);
		await sleep(wordMs);
	}
	send([isChat ? { index: 0, delta: {}, finish_reason: finish } : { index: 0, text: "", finish_reason: finish }]);
	if (withUsage) send([], { usage });
	response.end("data: [DONE]\n\n");
}

/** Meaningless numbers that depend on the text. */
function embeddings({ input, model: name, encoding_format: format }: Request): object {
	const inputs = Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
	const data = inputs.map((text, index) => {
		const vector = Array.from({ length: 8 }, (_unused, place) =>
			Math.fround(Math.sin(JSON.stringify(text).length * (place + 1))),
		);
		const embedding = format === "base64" ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
		return { object: "embedding", index, embedding };
	});
	const tokens = words(inputs.map(textOf).join(" ")).length;
	return { object: "list", data, model: name ?? demoModel, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
