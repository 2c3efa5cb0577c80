/** A small HTTP proxy on loopback that connects every name to one server. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface TestProxy {
	url: string;
	port: number;
	/** What it was asked for: `CONNECT api.example:443`, `POST http://api.example/v1/chat/completions`. */
	asked: string[];
	/** The headers of each tunnel's request. */
	headers: IncomingMessage["headers"][];
}

/** @param refuses whether a tunnel is refused; a status, or 0 to hang up */
export async function startProxy(
	to: { port: number },
	refuses: (authority: string) => number | undefined = () => undefined,
): Promise<TestProxy> {
	const asked: string[] = [];
	const headers: IncomingMessage["headers"][] = [];
	const sockets = new Set<Socket>();
	const server = createServer((message, response) => {
		asked.push(`${message.method} ${message.url}`);
		headers.push(message.headers);
		const { pathname, search } = new URL(message.url ?? "");
		const { "proxy-authorization": _own, ...passed } = message.headers;
		const sent = request(
			{ port: to.port, host: "127.0.0.1", method: message.method, path: pathname + search, headers: passed },
			(answer) => {
				response.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
				answer.pipe(response);
			},
		);
		sent.on("error", () => response.destroy());
		response.on("close", () => sent.destroy());
		message.pipe(sent);
	});
	server.on("connect", (message: IncomingMessage, client: Socket) => {
		asked.push(`CONNECT ${message.url}`);
		headers.push(message.headers);
		client.on("error", () => client.destroy());
		const status = refuses(message.url ?? "");
		if (status === 0) {
			client.destroy();
			return;
		}
		if (status !== undefined) {
			client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
			return;
		}
		const host = connect(to.port, "127.0.0.1", () => {
			client.write("HTTP/1.1 200 Connection established\r\n\r\n");
			host.pipe(client);
			client.pipe(host);
		});
		host.on("error", () => client.destroy()).on("close", () => client.destroy());
		client.on("close", () => host.destroy());
	});
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, port, asked, headers };
}
