/** An upstream that says what a script tells it to, in one wire format, and keeps what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as passes } from "node:timers/promises";
import { chat } from "./formats/chat.js";
import type { Format } from "./formats/format.js";
import { gemini } from "./formats/gemini.js";
import { messages } from "./formats/messages.js";
import { responses } from "./formats/responses.js";
import type { Action, Asked, Json, Script, Turn } from "./script.js";

export const formats: readonly Format[] = [chat, messages, responses, gemini];

export interface ScriptedUpstream {
	readonly port: number;
	/** With the format's base path. */
	readonly url: string;
	/** Requests that offered tools, in order. */
	readonly asked: readonly Asked[];
	/** The head of each request, as JSON. */
	readonly headers: readonly string[];
	close(): Promise<void>;
}

/** The answer to requests without tools, which agents make for titles. */
const title: Turn = { text: ["A task"] };

export async function startScriptedUpstream(format: Format, script: Script): Promise<ScriptedUpstream> {
	const asked: Asked[] = [];
	const headers: string[] = [];
	const stopping = new AbortController();
	const server = createServer((request, response) => {
		answer(request, response).catch(() => response.destroy());
	});
	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		headers.push(JSON.stringify([request.url, ...request.rawHeaders]));
		const { pathname } = new URL(request.url ?? "/", "http://upstream");
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		if (request.method === "GET" && pathname.endsWith("/models")) return sendJson(response, 200, models);
		if (request.method !== "POST") return sendJson(response, 404, format.error(404));
		const other = format.other(pathname);
		if (other !== undefined) return sendJson(response, 200, other);
		if (!format.isGeneration(pathname)) return sendJson(response, 404, format.error(404));
		const read = format.read({ path: pathname, body: JSON.parse(Buffer.concat(chunks).toString()) as Json });
		if (read.tools.length === 0) return perform(response, read, { kind: "answer", turn: title });
		asked.push(read);
		return perform(response, read, script(read, asked.length - 1));
	}
	async function perform(response: ServerResponse, read: Asked, action: Action): Promise<void> {
		switch (action.kind) {
			case "refuse":
				return sendJson(response, action.status, format.error(action.status), action.headers);
			case "silence":
				return;
			case "cut":
				return cut(response, format.events(action.turn, read), action.turn, read);
			case "answer": {
				const { turn, afterMs = 0 } = action;
				if (afterMs > 0) await passes(afterMs, undefined, { signal: stopping.signal });
				if (!read.isStream) return sendJson(response, 200, format.whole(turn, read));
				beginStream(response);
				for (const event of format.events(turn, read)) await write(response, event);
				response.end();
			}
		}
	}
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		port,
		url: `http://127.0.0.1:${port}${format.basePath}`,
		asked,
		headers,
		async close() {
			stopping.abort();
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}

const models: Json = {
	object: "list",
	data: [{ id: "scripted", object: "model", type: "model", display_name: "Scripted", created: 1, owned_by: "script" }],
	models: [{ name: "models/scripted", supportedGenerationMethods: ["generateContent", "countTokens"] }],
};

function sendJson(
	response: ServerResponse,
	status: number,
	body: Json,
	headers: Readonly<Record<string, string>> = {},
): void {
	response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function beginStream(response: ServerResponse): void {
	response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
}

function write(response: ServerResponse, event: string): Promise<void> {
	return new Promise((resolve) => void response.write(event, () => resolve()));
}

/** Ends the connection after the first piece of text. */
async function cut(
	response: ServerResponse,
	events: readonly string[],
	turn: Turn,
	{ isStream }: Asked,
): Promise<void> {
	if (isStream) {
		beginStream(response);
		const [first = ""] = turn.text ?? [];
		const last = events.findIndex((event) => event.includes(JSON.stringify(first).slice(1, -1)));
		for (const event of events.slice(0, last + 1)) await write(response, event);
	}
	response.destroy();
}
