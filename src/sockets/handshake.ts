/** A WebSocket's handshake: an HTTP request whose connection is taken over if it is answered with 101. */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { GatewayError } from "../errors/gatewayError.js";
import type { ClientSession } from "./clientSession.js";

/** RFC 6455 §4.1: 16 bytes in base64. */
const validKey = /^[+/0-9A-Za-z]{22}==$/;

/** @throws GatewayError for what is no handshake that this gateway understands */
export function checkHandshake({ headers }: IncomingMessage): void {
	const version = headers["sec-websocket-version"];
	if (version !== "13")
		throw new GatewayError(426, "The WebSocket's version must be 13 (RFC 6455).", {
			code: "unsupported_websocket_version",
			headers: { upgrade: "websocket", "sec-websocket-version": "13" },
		});
	if (!validKey.test(headers["sec-websocket-key"] ?? ""))
		throw new GatewayError(400, "The handshake needs a Sec-WebSocket-Key of 16 bytes in base64 (RFC 6455 §4.1).", {
			code: "invalid_handshake",
		});
}

/** The answer to a handshake. Unless it is taken over, the connection ends with it. */
export class HandshakeResponse extends ServerResponse {
	readonly #connection: Socket;
	/** What the client has sent after its handshake. */
	readonly head: Buffer;
	/** Sent to the upstream before a session's own frames. */
	first: Buffer | undefined;
	/** The session that the connection has become. */
	session: ClientSession | undefined;

	constructor(request: IncomingMessage, socket: Socket, head: Buffer) {
		super(request);
		this.#connection = socket;
		this.head = head;
		this.shouldKeepAlive = false;
		this.assignSocket(socket);
		this.once("finish", () => {
			this.detachSocket(socket);
			socket.end();
			// What the client still sends is of no use; if it does not hang up, we do.
			setTimeout(() => socket.destroy(), lingerMs).unref();
			this.emit("close");
		});
	}

	/** Gives the connection away, as `takeOver` does; the exchange goes on until `over` is called. */
	keep(): Socket {
		this.detachSocket(this.#connection);
		this.statusCode = 101;
		this.finished = true;
		// Nothing can be answered over HTTP any more.
		Object.defineProperty(this, "headersSent", { value: true });
		return this.#connection;
	}

	over(): void {
		this.emit("close");
	}

	/** Gives the connection away: the answer is whoever gets it to write. */
	takeOver(): Socket {
		this.detachSocket(this.#connection);
		this.statusCode = 101;
		this.finished = true;
		process.nextTick(() => this.emit("close"));
		return this.#connection;
	}
}

const lingerMs = 1000;
