/** The HTTP server around a gateway: its limits, and clear answers where no request could be parsed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { GatewayError } from "./contract/gatewayError.js";
import type { Settings } from "./contract/settings.js";
import type { Gateway } from "./gateway.js";
import { securityHeaderLines } from "./middleware/securityHeaders.js";

/** Longer than common load balancers keep a connection (60 s), so that it is they who close it. */
const keepAliveMs = 65_000;

/** Errors of Node's HTTP parser and its timers, as statuses. Anything else is a malformed request. */
const statusOfParserError: Record<string, [number, string]> = {
	HPE_HEADER_OVERFLOW: [431, "The header fields are too large."],
	ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive in time."],
	HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The chunk extensions are too large."],
};

export async function createGatewayServer(gateway: Gateway, settings: Settings): Promise<Server> {
	const handle = gateway.app.callback();
	const securityLines = await securityHeaderLines();
	const responses = new WeakMap<Duplex, ServerResponse>();
	const server = createServer({
		maxHeaderSize: settings.maxHeaderBytes,
		keepAliveTimeout: keepAliveMs,
		headersTimeout: settings.requestTimeoutMs,
		requestTimeout: settings.requestTimeoutMs,
		connectionsCheckingInterval: Math.min(5000, Math.max(100, Math.floor(settings.requestTimeoutMs / 4))),
		// The chain refuses it with the others, in the error envelope.
		requireHostHeader: false,
		insecureHTTPParser: false,
		noDelay: true,
	});
	server.maxConnections = settings.maxConnections;
	server.maxHeadersCount = settings.maxHeaders + 1;
	const accept = (request: IncomingMessage, response: ServerResponse) => {
		responses.set(request.socket, response);
		void handle(request, response);
	};
	server.on("request", accept);
	// The body plugin asks for the body once the request may have one.
	server.on("checkContinue", accept);
	server.on("checkExpectation", (request: IncomingMessage) => {
		refuse(request.socket, 417, "The only expectation known here is 100-continue.", securityLines);
	});
	server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
		refuse(socket, 405, "CONNECT is not allowed.", securityLines, "allow: GET, HEAD, POST, OPTIONS\r\n");
	});
	server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
		if (error.code === "ECONNRESET" || !socket.writable || responses.get(socket)?.headersSent) {
			socket.destroy();
			return;
		}
		const [status, message] = statusOfParserError[error.code ?? ""] ?? [400, "The request is not valid HTTP."];
		refuse(socket, status, message, securityLines);
	});
	return server;
}

/** Writes an error envelope to a socket without a usable request, and closes it. */
function refuse(socket: Duplex, status: number, message: string, securityLines: string, more = ""): void {
	const body = JSON.stringify(new GatewayError(status, message, { code: "bad_request_shape" }).envelope());
	socket.end(
		`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${securityLines}${more}content-type: application/json; charset=utf-8\r\n` +
			`content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
	);
	// What the client still sends is not read; if it does not hang up, we do.
	setTimeout(() => socket.destroy(), 1000).unref();
}
