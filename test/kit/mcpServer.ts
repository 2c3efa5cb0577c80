/** A real MCP server on a loopback port, by the official SDK, with tools that a test makes. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import { onTestFinished } from "vitest";

type Json = Record<string, unknown>;

export interface TestTool {
	readonly name: string;
	readonly description?: string;
	readonly inputSchema?: Json;
	readonly annotations?: Json;
	/** A text, or a whole result. */
	readonly run?: (given: Json) => unknown;
}

export interface TestMcpServer {
	readonly url: string;
	/** Bodies and headers of requests by POST. */
	readonly received: { method: string; params: Json; headers: IncomingMessage["headers"] }[];
	/** Of one method. */
	asked(method: string): Json[];
	close(): Promise<void>;
}

export interface McpServerOptions {
	readonly tools: readonly TestTool[];
	/** Answers in place of the server, if it returns true. */
	readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const anything = { type: "object", properties: { text: { type: "string" } } };

function serverOf(tools: readonly TestTool[]): Server {
	const server = new Server({ name: "test", version: "1" }, { capabilities: { tools: {} } });
	server.setRequestHandler("tools/list", () => ({
		tools: tools.map(({ run: _run, ...tool }) => ({ inputSchema: anything, ...tool })) as never,
	}));
	server.setRequestHandler("tools/call", async ({ params }) => {
		const tool = tools.find(({ name }) => name === params.name);
		const result = await tool?.run?.((params.arguments ?? {}) as Json);
		if (typeof result === "object" && result !== null) return result as never;
		return { content: [{ type: "text", text: String(result) }] };
	});
	return server;
}

export async function startMcpServer({ tools, before }: McpServerOptions): Promise<TestMcpServer> {
	const handler = createMcpHandler(() => serverOf(tools));
	const received: TestMcpServer["received"] = [];
	const server = createServer((request, response) => {
		if (before?.(request, response)) return;
		void answer(request, response).catch(() => response.destroy());
	});

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = Buffer.concat(await request.toArray()).toString();
		if (request.method === "POST") {
			const { method, params = {} } = JSON.parse(body) as { method: string; params?: Json };
			received.push({ method, params, headers: request.headers });
		}
		const leaving = new AbortController();
		response.on("close", () => leaving.abort());
		const asked = new Request(`http://${request.headers.host}${request.url}`, {
			method: request.method ?? "GET",
			headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
			...(request.method === "POST" ? { body } : {}),
			signal: leaving.signal,
		});
		const answered = await handler.fetch(asked);
		response.writeHead(answered.status, Object.fromEntries(answered.headers));
		if (answered.body) for await (const chunk of answered.body) response.write(chunk);
		response.end();
	}

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const close = async () => {
		server.closeAllConnections();
		await Promise.all([new Promise((resolve) => server.close(resolve)), handler.close()]);
	};
	onTestFinished(() => (server.listening ? close() : undefined));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
		received,
		asked: (wanted) => received.filter(({ method }) => method === wanted).map(({ params }) => params),
		close,
	};
}
