/** A session's WebSocket to an upstream: its beginning is told to an attempt as undici tells it of an answer over HTTP. */
import type { IncomingMessage } from "node:http";
import type { Dispatcher } from "undici";
import type { WebSocket } from "ws";
import { addCounts } from "../../dialects/addCounts.js";
import type { Json } from "../../dialects/dialect.js";
import { asGatewayError, GatewayError } from "../../errors/gatewayError.js";
import type { LimitedHandler } from "../limitedHandler.js";
import { upstreamFailure } from "../upstreamFailure.js";
import { openSocket, type SocketOptions } from "./openSocket.js";
import { mayBeSent, type OpenSession, type SessionEnd, type SessionRequest, type SessionSink } from "./session.js";

/** Most bytes that wait for a slow upstream; it is sent more once half of them are gone. */
const highWaterBytes = 256 * 1024;
/** Upstreams that say nothing of themselves are taken as they are after this. */
const silenceMs = 2_000;
/** A connection that its other side doesn't close is cut. */
const lingerMs = 2_000;
const mostUnanswered = 2;

export interface SessionOptions extends SocketOptions {
	readonly request: SessionRequest;
	readonly handler: LimitedHandler;
	/** It is gone, whatever the reason. */
	over(session: UpstreamSession): void;
}

export class UpstreamSession implements OpenSession, Dispatcher.DispatchController {
	readonly #options: SessionOptions;
	readonly #handler: LimitedHandler;
	#socket: WebSocket | undefined;
	#sink: SessionSink | undefined;
	/** Came before anybody took them. */
	readonly #held: [data: Buffer, isBinary: boolean][] = [];
	#timer: NodeJS.Timeout | undefined;
	/** The attempt knows of it. */
	#isTold = false;
	#isOver = false;
	#isFull = false;
	#unanswered = 0;
	usage: Json | undefined;
	model: string | undefined;
	aborted = false;
	paused = false;
	reason: Error | null = null;

	constructor(options: SessionOptions) {
		this.#options = options;
		this.#handler = options.handler;
	}

	start(): void {
		this.#handler.onRequestStart?.(this, {});
		if (this.#isOver) return;
		this.#wait(this.#handler.limits.firstByteMs, () => this.#fail(failure("UND_ERR_HEADERS_TIMEOUT")));
		const socket = openSocket(this.#options);
		this.#socket = socket;
		socket.on("unexpected-response", (_request, response) => this.#refused(response));
		socket.on("open", () => this.#opened(socket));
		socket.on("message", (data: Buffer, isBinary: boolean) => this.#take(data, isBinary));
		socket.on("pong", () => {
			this.#unanswered = 0;
		});
		socket.on("error", (error) => this.#fail(isLate(error) ? failure("UND_ERR_CONNECT_TIMEOUT") : error));
		socket.on("close", (code, reason) => this.#closed(code, reason.toString()));
	}

	// For whoever relays it.

	pipe(sink: SessionSink): void {
		this.#sink = sink;
		for (const [data, isBinary] of this.#held.splice(0)) this.#pass(data, isBinary);
		if (!this.paused) this.#socket?.resume();
	}

	send(frame: Buffer, isBinary: boolean): boolean {
		const socket = this.#socket;
		if (this.#isOver || socket === undefined) return true;
		socket.send(frame, { binary: isBinary }, () => this.#sent(socket));
		this.#isFull = socket.bufferedAmount > highWaterBytes;
		return !this.#isFull;
	}

	resume(): void {
		this.paused = false;
		this.#socket?.resume();
	}

	ping(): void {
		const socket = this.#socket;
		if (socket === undefined || this.#isOver) return;
		// One that is not read can't be heard.
		if (this.paused || socket.bufferedAmount > 0) this.#unanswered = 0;
		else if (this.#unanswered >= mostUnanswered) this.#fail(failure("UND_ERR_BODY_TIMEOUT"));
		else {
			this.#unanswered += 1;
			socket.ping();
		}
	}

	close(code: number, reason: string): void {
		if (this.#isOver) return;
		this.#end();
		const socket = this.#socket as WebSocket;
		socket.resume();
		if (mayBeSent(code)) socket.close(code, reason);
		else socket.close();
		setTimeout(() => socket.terminate(), lingerMs).unref();
		this.#handler.onResponseEnd?.(this, {});
	}

	// For the attempt.

	pause(): void {
		this.paused = true;
		this.#socket?.pause();
	}

	abort(reason: Error): void {
		this.aborted = true;
		this.reason = reason;
		this.#fail(reason);
	}

	#opened(socket: WebSocket): void {
		const { first } = this.#options.request;
		if (first !== undefined) socket.send(first.frame, { binary: first.isBinary });
		this.#wait(silenceMs, () => this.#tell());
	}

	#take(data: Buffer, isBinary: boolean): void {
		if (this.#isOver) return;
		this.#unanswered = 0;
		const { format } = this.#options.request;
		const refusal = this.#isTold ? undefined : format.refusalIn(data);
		if (refusal !== undefined) {
			this.#refuse(refusal.status, refusal.error);
			return;
		}
		this.model ??= format.modelIn(data);
		if (this.#sink === undefined) {
			this.#held.push([data, isBinary]);
			this.#socket?.pause();
			this.#tell();
		} else this.#pass(data, isBinary);
	}

	#pass(data: Buffer, isBinary: boolean): void {
		const used = this.#options.request.format.usageIn(data);
		if (used !== undefined) this.usage = addCounts(this.usage, used);
		if (this.#sink?.frame(data, isBinary) === false) this.pause();
		if (used !== undefined) this.#sink?.used();
	}

	/** It is certain that the upstream takes the session. */
	#tell(): void {
		clearTimeout(this.#timer);
		if (this.#isTold || this.#isOver) return;
		this.#isTold = true;
		this.#handler.onSessionOpen?.(this);
	}

	/** The handshake was answered otherwise. */
	#refused(response: IncomingMessage): void {
		if (this.#isOver) return;
		const { statusCode = 502, headers } = response;
		if (statusCode < 300) {
			response.destroy();
			this.#fail(noSession(statusCode));
			return;
		}
		this.#end();
		this.#handler.onResponseStart?.(this, statusCode, headers);
		response.on("data", (chunk: Buffer) => this.#handler.onResponseData?.(this, chunk));
		response.on("end", () => this.#handler.onResponseEnd?.(this, {}));
		response.on("error", (error) => this.#handler.onResponseError?.(this, error));
	}

	/** The session was refused after its handshake, and is told of as if it had been in it. */
	#refuse(status: number, error: Json): void {
		this.#end();
		this.#socket?.terminate();
		this.#handler.onResponseStart?.(this, status, { "content-type": "application/json" });
		this.#handler.onResponseData?.(this, Buffer.from(JSON.stringify({ error })));
		this.#handler.onResponseEnd?.(this, {});
	}

	#closed(code: number, reason: string): void {
		if (this.#isOver) return;
		if (!this.#isTold) {
			// Policy, and payloads that make no sense: the request is to blame.
			const status = code === 1007 || code === 1008 ? 400 : 502;
			this.#refuse(status, {
				message: reason || `The upstream closed the session (${code}).`,
				code: "session_refused",
			});
		} else if (code === 1006) this.#fail(failure("ECONNRESET"));
		else {
			this.#end();
			this.#sink?.closed({ code, reason, error: undefined });
			this.#handler.onResponseEnd?.(this, {});
		}
	}

	#fail(error: Error): void {
		if (this.#isOver) return;
		this.#end();
		this.#socket?.terminate();
		const { limits } = this.#handler;
		this.#sink?.closed(brokenEnd(asGatewayError(upstreamFailure(error, { ...limits, connectMs: limits.firstByteMs }))));
		this.#handler.onResponseError?.(this, error);
	}

	#sent(socket: WebSocket): void {
		if (!this.#isFull || socket.bufferedAmount > highWaterBytes / 2) return;
		this.#isFull = false;
		this.#sink?.drained();
	}

	#wait(ms: number, then: () => void): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(then, ms);
	}

	#end(): void {
		this.#isOver = true;
		clearTimeout(this.#timer);
		this.#options.over(this);
	}
}

function noSession(status: number): GatewayError {
	const message = `The upstream answered ${status} where a WebSocket was asked for.`;
	return new GatewayError(502, message, { code: "upstream_invalid" });
}

function brokenEnd(error: GatewayError): SessionEnd {
	return { code: 1006, reason: "", error };
}

function failure(code: string): Error {
	return Object.assign(new Error(code), { code });
}

/** `ws` gives its own error no code. */
function isLate({ message }: Error): boolean {
	return message === "Opening handshake has timed out";
}
