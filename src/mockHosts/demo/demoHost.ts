/** The demo upstream: stands in for an AI server, in any wire format of `../wires/`, and says plainly that it isn't a model. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { echoAt } from "../echo.js";
import { Calls } from "../realtime/calls.js";
import { serveSessions } from "../realtime/serveSessions.js";
import { answerAudio } from "../wires/audio.js";
import { chatWire } from "../wires/chatWire.js";
import { vectorsOf } from "../wires/embeddings.js";
import { placeAt, withWireOf } from "../wires/endpoints.js";
import { FileShelf } from "../wires/fileShelf.js";
import { parseBody } from "../wires/parseBody.js";
import type { AnswerHead, FinishReason, Piece, Question, WireError, WireFormat } from "../wires/wire.js";

export const demoModel = "llmw-demo";

/** Time between two words, so that streaming is visible. */
const wordMs = 25;

/** @returns an HTTP server, not listening yet, that answers at the vendors' paths like their servers and elsewhere with 404 in OpenAI's envelope */
export function createDemoHost(): Server {
	const files = new FileShelf();
	const calls = new Calls({ wordMs });
	const server = createServer((request, response) => {
		handle(request, response, files, calls).catch(() => response.destroy());
	});
	serveSessions(server, { wordMs }, calls);
	return server;
}

async function handle(
	request: IncomingMessage,
	response: ServerResponse,
	files: FileShelf,
	calls: Calls,
): Promise<void> {
	if ((await files.serve(request, response)) || (await calls.serve(request, response))) return;
	const [path = "", query] = (request.url ?? "").split("?", 2);
	if (await answerAudio(request, response, path)) return;
	const text = await read(request);
	if (request.method === "GET" && path === "/v1/models") return json(response, { object: "list", data: [model] });
	const echo = echoAt(request.method ?? "", path, text);
	if (echo !== undefined) return json(response, echo);
	const place = request.method === "POST" ? placeAt(path, new URLSearchParams(query)) : undefined;
	if (place === undefined) return refuse(response, chatWire, { kind: "not-found", status: 404, message: "Not found" });
	let asked: { wire: WireFormat; question: Question };
	try {
		const body = parseBody(text);
		const { wire, asked: told } = withWireOf(place, body);
		// Who names no model means the only one.
		asked = { wire, question: wire.read({ model: demoModel, ...body }, told) };
	} catch (error) {
		return refuse(response, place.wire, { kind: "invalid", status: 400, message: (error as Error).message });
	}
	return answer(response, asked.wire, asked.question);
}

async function read(request: IncomingMessage): Promise<string> {
	let body = "";
	for await (const chunk of request.setEncoding("utf8")) body += chunk;
	return body;
}

const model = { id: demoModel, object: "model", created: 1_700_000_000, owned_by: "llmgw" };

function json(response: ServerResponse, value: unknown, status = 200, headers: object = {}): void {
	response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, wire: WireFormat, error: WireError): void {
	const { status, headers, body } = wire.error({ type: "invalid_request_error", ...error }, undefined);
	json(response, body, status, headers);
}

function answerTo({ lastText }: Question): string {
	return (
		"I am not a model: I am the demo host that comes with llmw. Your request came through the gateway, " +
		`and this answer streams back through it, word by word. You said: "${lastText}". ` +
		"Point --aihost at a real AI server to get real answers."
	);
}

async function answer(response: ServerResponse, wire: WireFormat, question: Question): Promise<void> {
	if (question.endpoint === "tokens") return json(response, wire.tokens?.(question));
	if (question.endpoint === "data") return json(response, wire.data?.(question));
	if (question.endpoint === "embeddings")
		return json(response, wire.embeddings?.(question, vectorsOf(question.inputs)));
	// A word and the space after it count as one token here.
	const words = answerTo(question).match(/\S+\s*/g) ?? [];
	const pieces = words.slice(0, question.limit).map((text): Piece => ({ kind: "content", text }));
	const finish = pieces.length < words.length ? "length" : "stop";
	const head: AnswerHead = {
		id: `demo-${Date.now().toString(36)}`,
		createdAtMs: Date.now(),
		model: question.model,
		question,
		counts: (completion) => ({ prompt: question.promptTokens, completion, reasoning: 0 }),
	};
	const writer = wire.writer(head, wire.framing(question, JSON.stringify));
	if (!question.isStreamed) return json(response, writer.body(pieces, finish));
	return stream(response, { wire, question, head, pieces, finish });
}

interface StreamPlan {
	readonly wire: WireFormat;
	readonly question: Question;
	readonly head: AnswerHead;
	readonly pieces: readonly Piece[];
	readonly finish: FinishReason;
}

async function stream(response: ServerResponse, { wire, question, head, pieces, finish }: StreamPlan): Promise<void> {
	const framing = wire.framing(question, JSON.stringify);
	const writer = wire.writer(head, framing);
	response.writeHead(200, { "content-type": framing.contentType, "cache-control": "no-cache" });
	for (const event of writer.opening()) response.write(event);
	let sent = 0;
	for (const piece of pieces) {
		if (response.destroyed) return;
		for (const event of writer.piece(piece, sent)) response.write(event);
		sent += question.choices;
		await sleep(wordMs);
	}
	for (const event of writer.finish(finish, sent)) response.write(event);
	response.write(writer.usage(sent));
	response.end(writer.last());
}
