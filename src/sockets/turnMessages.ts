/** One turn of a WebSocket as an HTTP request and its response, so that it passes the gateway's chain like any other request. */
import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Gathered } from "../json/gathered.js";
import { dataOfEvents, EventFramer } from "../streaming/eventFraming.js";
import { noBytes } from "../streaming/piece.js";
import type { LineTurn } from "../upstream/lines/lineTurn.js";

/** The part of a handshake that each of its connection's turns has, too. */
export interface TurnHead {
	/** The query, with its question mark. */
	readonly search: string;
	readonly headers: IncomingHttpHeaders;
}

/** Headers of a handshake that say nothing of its turns: they are the connection's own, or name one request. */
const ofHandshake = new Set([
	"connection",
	"upgrade",
	"content-length",
	"content-type",
	"content-encoding",
	"transfer-encoding",
	"expect",
	"te",
	"trailer",
	"idempotency-key",
	"last-event-id",
	"x-request-id",
]);

/** @param request whose credentials are in its headers, wherever they were */
export function turnHeadOf({ url = "", headers }: IncomingMessage): TurnHead {
	const kept: IncomingHttpHeaders = { "content-type": "application/json" };
	for (const name in headers) {
		if (ofHandshake.has(name) || name.startsWith("sec-websocket-")) continue;
		kept[name] = headers[name];
	}
	// It asks for the transport that the upstream is not asked for.
	const betas = kept["openai-beta"];
	if (typeof betas === "string") {
		const others = betas.split(",").filter((beta) => !beta.trim().startsWith("responses_websockets="));
		if (others.length > 0) kept["openai-beta"] = others.join(",");
		else delete kept["openai-beta"];
	}
	const at = url.indexOf("?");
	return { search: at === -1 ? "" : url.slice(at), headers: kept };
}

export interface TurnQuestion {
	readonly path: string;
	readonly head: TurnHead;
	readonly body: Buffer;
	readonly turn: LineTurn | undefined;
}

/** A turn's frame, as a request whose body is all there. */
export class TurnRequest extends IncomingMessage {
	/** For an upstream that may be asked over a WebSocket, too. */
	readonly turn: LineTurn | undefined;

	constructor(socket: Socket, { path, head: { search, headers }, body, turn }: TurnQuestion) {
		super(socket);
		this.turn = turn;
		this.method = "POST";
		this.url = path + search;
		this.httpVersion = "1.1";
		this.httpVersionMajor = 1;
		this.httpVersionMinor = 1;
		this.headers = { ...headers, "content-length": String(body.length) };
		this.rawHeaders = Object.entries(this.headers).flatMap(([name, value]) => [name, String(value)]);
		this.complete = true;
		this.push(body);
		this.push(null);
	}

	// Node's own would read from the socket, and close it.
	override _read(): void {}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		done(error);
	}
}

/** Takes a turn's answer. */
export interface TurnSink {
	/** The data of events of a stream. */
	events(data: readonly Buffer[]): void;
	/** An answer that is no stream. */
	whole(body: Buffer, response: ServerResponse): void;
	/** Nothing follows. @param isBroken the answer has no end */
	over(isBroken: boolean): void;
}

/** A turn's answer, which goes to a WebSocket in place of an HTTP connection. */
export class TurnResponse extends ServerResponse<TurnRequest> {
	readonly #sink: TurnSink;
	readonly #client: Socket;
	#framer: EventFramer | undefined;
	readonly #body = new Gathered();
	#isOver = false;

	constructor(request: TurnRequest, sink: TurnSink, maxEventBytes: number) {
		super(request);
		this.#sink = sink;
		this.#client = request.socket;
		this.#framer = new EventFramer(maxEventBytes);
		// It takes events, and not the chunks of a connection.
		this.useChunkedEncodingByDefault = false;
		// Its pace, and whether anybody is there, are the client's.
		Object.assign(this, { socket: request.socket });
	}

	override flushHeaders(): void {
		if (!this.headersSent) this.writeHead(this.statusCode);
	}

	override write(chunk: Buffer | string, ...more: unknown[]): boolean {
		if (!this.headersSent) this.writeHead(this.statusCode);
		const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
		if (this.#isStream()) this.#pass((this.#framer as EventFramer).push(bytes));
		else this.#body.add(bytes);
		const done = more.at(-1);
		if (typeof done === "function") process.nextTick(done as () => void);
		return !this.#client.writableNeedDrain;
	}

	override end(...given: unknown[]): this {
		if (this.finished) return this;
		const [chunk] = given;
		if (typeof chunk === "string" || chunk instanceof Uint8Array) this.write(chunk as Buffer | string);
		if (!this.headersSent) this.writeHead(this.statusCode);
		if (this.#isStream()) this.#pass((this.#framer as EventFramer).end());
		else this.#sink.whole(this.#body.take(), this);
		this.#framer = undefined;
		this.finished = true;
		this.#conclude(false);
		if (this.#client.writableLength === 0) process.nextTick(() => this.#close(true));
		else this.#client.write(noBytes, () => this.#close(true));
		return this;
	}

	/** The answer breaks off; the connection of the others stays. */
	override destroy(): this {
		if (this.destroyed || this.finished) return this;
		this.#conclude(true);
		process.nextTick(() => this.#close(false));
		Object.assign(this, { destroyed: true });
		return this;
	}

	/** The client has gone. */
	leave(): void {
		Object.assign(this, { destroyed: true });
		this.#close(false);
	}

	#isStream(): boolean {
		const type = this.getHeader("content-type");
		return typeof type === "string" && type.startsWith("text/event-stream");
	}

	#pass(events: Buffer): void {
		if (events.length === 0) return;
		// What is no object, such as a terminator, is no frame.
		const all = dataOfEvents(events).filter((data) => data[0] === openBrace);
		if (all.length > 0) this.#sink.events(all);
	}

	#conclude(isBroken: boolean): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#sink.over(isBroken);
	}

	#isClosed = false;

	#close(isFinished: boolean): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		if (isFinished) this.emit("finish");
		this.emit("close");
	}
}

const openBrace = 0x7b;
