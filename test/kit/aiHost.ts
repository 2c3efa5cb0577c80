/** Upstreams for tests: real servers on ephemeral loopback ports that answer as a test wants. */
import { once } from "node:events";
import {
	createServer,
	type IncomingHttpHeaders,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createDemoHost } from "../../src/mockHosts/demo/demoHost.js";

export interface Received {
	method: string;
	url: string;
	headers: IncomingHttpHeaders;
	rawHeaders: string[];
	body: Buffer;
}

export interface TestHost {
	url: string;
	port: number;
	server: Server;
	/** Requests that arrived whole, in order. */
	received: Received[];
	/** Requests whose connection was closed before they were answered. */
	aborted: number;
	/** Resolves when a request has been aborted. */
	nextAbort(): Promise<void>;
	close(): Promise<void>;
}

export type HostAnswer = (request: Received, response: ServerResponse, message: IncomingMessage) => unknown;

/**
 * Starts an upstream that answers with `answer`, by default with a short completion.
 *
 * The gateway's own question at start, for the models, is no request that tests count: a host has no list, unless it
 * `listsModels` itself.
 */
export async function startAiHost(
	answer: HostAnswer = answerShortly,
	{ listsModels = false, port = 0 } = {},
): Promise<TestHost> {
	const waiting: (() => void)[] = [];
	const server = createServer(async (message, response) => {
		response.on("close", () => {
			if (response.writableFinished) return;
			host.aborted += 1;
			for (const resolve of waiting.splice(0)) resolve();
		});
		if (!listsModels && message.headers["user-agent"]?.startsWith("llmw/")) return noModels(response);
		const chunks: Buffer[] = [];
		try {
			for await (const chunk of message) chunks.push(chunk as Buffer);
		} catch {
			return;
		}
		const { method = "", url = "", headers, rawHeaders } = message;
		const request = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) };
		host.received.push(request);
		await answer(request, response, message);
	});
	server.keepAliveTimeout = 30_000;
	const listening = await listen(server, port);
	const host: TestHost = {
		...listening,
		received: [],
		aborted: 0,
		nextAbort: () => new Promise((resolve) => waiting.push(resolve)),
	};
	return host;
}

function noModels(response: ServerResponse): void {
	response.writeHead(404, { "content-type": "application/json" }).end('{"error":{"message":"There is no list"}}');
}

/** Starts the upstream of `llmw demo`. */
export async function startDemoHost(): Promise<{ url: string; port: number; server: Server; close(): Promise<void> }> {
	return listen(createDemoHost());
}

async function listen(server: Server, at = 0) {
	server.listen(at, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		server,
		port,
		url: `http://127.0.0.1:${port}`,
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

export const completion = {
	id: "chatcmpl-1",
	object: "chat.completion",
	created: 1_700_000_000,
	model: "test-model",
	choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
	usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

export function sendJson(
	response: ServerResponse,
	value: unknown,
	status = 200,
	headers: Record<string, string> = {},
): void {
	response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

export function answerShortly(request: Received, response: ServerResponse): void {
	if (request.url.endsWith("/models")) {
		sendJson(response, {
			object: "list",
			data: [{ id: "test-model", object: "model", created: 1, owned_by: "tests" }],
		});
		return;
	}
	if (request.method === "GET") {
		sendJson(response, { detail: "Not Found" }, 404);
		return;
	}
	const isJson = request.body.length > 0 && !request.headers["content-type"]?.startsWith("multipart/");
	const asked = isJson ? (JSON.parse(request.body.toString()) as { stream?: boolean }) : {};
	if (!asked.stream) {
		sendJson(response, completion);
		return;
	}
	startStream(response);
	for (const word of ["Hel", "lo"]) response.write(chunk({ content: word }));
	response.write(chunk({}, "stop"));
	response.end("data: [DONE]\n\n");
}

export function startStream(response: ServerResponse): void {
	response.writeHead(200, { "content-type": "text/event-stream" });
}

/** One event of a chat completion stream. */
export function chunk(delta: object, finish: string | null = null): string {
	const { id, created, model } = completion;
	const choices = [{ index: 0, delta, finish_reason: finish }];
	return `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created, model, choices })}\n\n`;
}
