/** The HTTP server around a gateway: its limits, and clear answers where no request could be parsed. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { GatewayError } from "../errors/gatewayError.js";
import { atOwnPace } from "../exchange/bodyPace.js";
import { noteFollowed } from "../exchange/pipelined.js";
import { takeKeyFromProtocols, takeKeyFromQuery } from "../keys/credentials.js";
import { shapeProblem } from "../middleware/requestShape.js";
import { plainPath, toOriginForm } from "../middleware/requestTarget.js";
import { securityHeaderLines } from "../middleware/securityHeaders.js";
import type { ConnectionLimits } from "../settings/processLimits.js";
import type { Settings } from "../settings/settings.js";
import { HandshakeResponse } from "../sockets/handshake.js";
import { ListedResponse } from "../streaming/listedResponse.js";
import type { Gateway } from "./gateway.js";
import { turnstile } from "./turnstile.js";
import { asksForOtherProtocol, handshakes, upgradeRefusal } from "./upgrade.js";

/** A path whose operation has a parameter of the name by which Google's clients show who they are. */
function hasOwnKey(url: string, keyed: ReadonlySet<string>): boolean {
	const at = url.indexOf("?");
	return at !== -1 && keyed.has(plainPath(url.slice(0, at)));
}

/** Longer than common load balancers keep a connection (60 s), so that it is they who close it. */
const keepAliveMs = 65_000;

/** Errors of Node's HTTP parser and its timers, as statuses. Anything else is a malformed request. */
const statusOfParserError: Record<string, [number, string]> = {
	HPE_HEADER_OVERFLOW: [431, "The header fields are too large."],
	ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive in time."],
	HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The chunk extensions are too large."],
};

/** The last request of a connection that was handed on, by its response, and the one before. */
interface Newest {
	response: ServerResponse;
	before: ServerResponse | undefined;
}

/** An HTTP server that is not listening yet: what Node reads of a request goes to the gateway, or is refused here. */
export async function createGatewayServer(
	gateway: Gateway,
	settings: Settings,
	limits: ConnectionLimits = { clients: Number.POSITIVE_INFINITY, refused: 1000 },
): Promise<Server> {
	const handle = gateway.app.callback();
	const securityLines = await securityHeaderLines();
	const refuseUpgrade = upgradeRefusal(securityLines);
	const newest = new WeakMap<Duplex, Newest>();
	const refused = new WeakSet<Duplex>();
	const lastRequestCame = new WeakSet<Duplex>();
	const tellWhenGone = queueWatcher();
	const keyed = new Set(
		gateway.services.contract.operations.filter(({ queryNames }) => queryNames.has("key")).map(({ path }) => path),
	);
	const server = createServer({
		IncomingMessage: handshakes(gateway.services),
		ServerResponse: ListedResponse,
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
	gateway.services.sockets.answer = (request, response) => void handle(request, response);
	gateway.services.inner.accept = (socket) => void server.emit("connection", socket);
	server.maxHeadersCount = settings.maxHeaders + 1;
	const enter = turnstile((response: ServerResponse) => {
		// Its client may have left while it waited.
		if (!response.destroyed) void handle(response.req, response);
	});
	const accept = (request: IncomingMessage, response: ServerResponse) => {
		const { socket } = request;
		if (refused.has(socket)) return;
		toOriginForm(request);
		if (!hasOwnKey(request.url ?? "", keyed)) takeKeyFromQuery(request);
		if (response.socket === null) tellWhenGone(socket, response);
		// Bytes that a client sent after its last request, or after one whose shape can't be trusted, may be in the same
		// packet, and Node hands them on before the first request is answered (RFC 9112 §9.6).
		if (lastRequestCame.has(socket)) return;
		if (!response.shouldKeepAlive || shapeProblem(request, settings.maxHeaders)) lastRequestCame.add(socket);
		const before = newest.get(socket)?.response;
		noteFollowed(before);
		newest.set(socket, { response, before });
		if (asksForOtherProtocol(request)) refuseUpgrade(response);
		else enter(response);
	};
	const refuseOnce = (socket: Duplex, status: number, message: string, more = "") => {
		// The parser reports whatever follows a malformed request as one more error.
		if (refused.has(socket)) return;
		refused.add(socket);
		whenAnswered(newest.get(socket), () => refuse(socket, status, message, securityLines + more));
	};
	const refuseSurplus = surplusRefusal(limits.refused, (socket) =>
		refuseOnce(socket, 503, "Too many connections are open.", "retry-after: 1\r\n"),
	);
	const maxConnections = Math.min(settings.maxConnections, limits.clients);
	let connections = 0;
	// Node's own `maxConnections` hands a surplus connection back to the primary, which hands it out again at once.
	server.on("connection", (socket: Duplex) => {
		if (connections >= maxConnections) {
			refuseSurplus(socket);
			return;
		}
		connections += 1;
		socket.once("close", () => {
			connections -= 1;
		});
	});
	server.on("request", accept);
	// The body plugin asks for the body once the request may have one.
	server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
		// After a final answer the client may send its body or leave it out, and only a new connection is sure to tell
		// the next request from that body (RFC 9110 §10.1.1).
		response.shouldKeepAlive = false;
		accept(request, response);
	});
	server.on("checkExpectation", accept);
	server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
		// Node has taken its own listener away, and a client that resets the connection must not end the worker.
		socket.on("error", () => socket.destroy());
		refuseOnce(socket, 405, "CONNECT is not allowed.", "allow: GET, HEAD, POST, OPTIONS\r\n");
	});
	server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
		const socket = stream as Socket;
		// Node has taken its own listener away, and a client that resets the connection must not end the worker.
		socket.on("error", () => socket.destroy());
		if (refused.has(socket) || lastRequestCame.has(socket)) return;
		toOriginForm(request);
		takeKeyFromQuery(request);
		takeKeyFromProtocols(request);
		lastRequestCame.add(socket);
		whenAnswered(newest.get(socket), () => {
			if (!socket.destroyed) void handle(request, new HandshakeResponse(request, socket, head));
		});
	});
	server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
		if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && atOwnPace.has(socket)) return;
		if (error.code === "ECONNRESET" || isBeingAnswered(newest.get(socket)?.response)) {
			socket.destroy();
			return;
		}
		const [status, message] = statusOfParserError[error.code ?? ""] ?? [400, "The request is not valid HTTP."];
		refuseOnce(socket, status, message);
	});
	return server;
}

/** Until its client has read why, a refused connection takes a file too: of a flood of them most are closed without a word. */
function surplusRefusal(maxOpen: number, refuse: (socket: Duplex) => void): (socket: Duplex) => void {
	let open = 0;
	return (socket) => {
		if (open >= maxOpen) {
			socket.destroy();
			return;
		}
		open += 1;
		socket.once("close", () => {
			open -= 1;
		});
		refuse(socket);
	};
}

/**
 * When a client goes, Node tells only the pipelined request that is being answered. This tells the others, whose
 * responses have no socket yet.
 */
function queueWatcher(): (socket: Duplex, response: ServerResponse) => void {
	const queues = new WeakMap<Duplex, Set<ServerResponse>>();
	const watch = (socket: Duplex) => {
		const queue = new Set<ServerResponse>();
		queues.set(socket, queue);
		socket.once("close", () => {
			for (const response of queue) if (response.socket === null) response.destroy().emit("close");
		});
		return queue;
	};
	return (socket, response) => {
		const queue = queues.get(socket) ?? watch(socket);
		queue.add(response);
		response.once("close", () => queue.delete(response));
	};
}

/** Whether a request whose rest can't be read has its answer already, or part of it: there is no place for another. */
function isBeingAnswered(response: ServerResponse | undefined): boolean {
	return response?.headersSent === true && !response.req.complete;
}

/** Answers go out in the order of their requests (RFC 9112 §9.3.2): a refusal waits for those of whole requests. */
function whenAnswered(newest: Newest | undefined, answer: () => void): void {
	const whole = newest?.response.req.complete ? newest.response : newest?.before;
	if (whole && !whole.writableFinished) whole.once("finish", answer);
	else answer();
}

/** Writes an error envelope to a socket without a usable request, and closes it. */
function refuse(socket: Duplex, status: number, message: string, headerLines: string): void {
	if (!socket.writable) return;
	const body = JSON.stringify(new GatewayError(status, message, { code: "bad_request_shape" }).envelope());
	socket.end(
		`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headerLines}x-request-id: ${randomUUID()}\r\n` +
			`content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
	);
	// The rest of the client's bytes is not read; if the client does not hang up, we do.
	setTimeout(() => socket.destroy(), 1000).unref();
}
