/** The answer to one turn on a WebSocket to an upstream, told to an attempt as undici tells it of an answer over HTTP. */
import type { Dispatcher } from "undici";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { LimitedHandler } from "../limitedHandler.js";

/** Why there is no connection: the upstream takes none, it could not be reached, or it has let one go that was there. */
export type Loss = "refused" | "failed" | "lost";

/** A turn on a line. */
export interface LineRequest {
	/** What says everything. */
	readonly whole: Buffer;
	/** What says only what is new, if the upstream has said the rest. */
	readonly next: Buffer | undefined;
	readonly handler: LimitedHandler;
	/** Asks over HTTP instead. */
	fallBack(loss: Loss): void;
	/** Nothing more comes. */
	over(): void;
}

export interface LineConnection {
	send(frame: Buffer): void;
	pause(): void;
	resume(): void;
	/** Ends it, since an upstream is told of nobody's leaving in any other way. */
	cut(): void;
}

export class LineAnswer implements Dispatcher.DispatchController {
	readonly #request: LineRequest;
	readonly #connection: LineConnection;
	/** All has been said: there is no more to say if the upstream knows nothing of what came before. */
	isWhole: boolean;
	hasBegun = false;
	aborted = false;
	paused = false;
	reason: Error | null = null;
	#isOver = false;
	#timer: NodeJS.Timeout | undefined;

	constructor(request: LineRequest, connection: LineConnection) {
		this.#request = request;
		this.#connection = connection;
		this.isWhole = request.next === undefined;
	}

	begin(): void {
		const { handler } = this.#request;
		this.#wait(handler.limits.firstByteMs, "UND_ERR_HEADERS_TIMEOUT");
		handler.onRequestStart?.(this, {});
	}

	send(): void {
		if (this.#isOver) return;
		const { next, whole } = this.#request;
		this.#connection.send(this.isWhole ? whole : (next as Buffer));
	}

	sendWhole(): void {
		this.isWhole = true;
		this.send();
	}

	// For the line.

	take(data: Buffer, type: string | undefined, isLast: boolean): void {
		if (this.#isOver) return;
		const { handler } = this.#request;
		if (!this.hasBegun) {
			this.hasBegun = true;
			if (type === "error") {
				this.#refuse(data);
				return;
			}
			handler.onResponseStart?.(this, 200, { "content-type": "text/event-stream" });
		}
		this.#wait(handler.limits.idleMs, "UND_ERR_BODY_TIMEOUT");
		if (!this.#isOver) handler.onResponseData?.(this, eventOf(data));
		if (isLast) this.#end();
	}

	/** The connection is gone. */
	gone(loss: Loss): void {
		if (this.#isOver) return;
		this.#over();
		if (!this.hasBegun) this.#request.fallBack(loss);
		else this.#request.handler.onResponseError?.(this, failure("ECONNRESET"));
	}

	// For the attempt.

	pause(): void {
		this.paused = true;
		clearTimeout(this.#timer);
		this.#connection.pause();
	}

	resume(): void {
		this.paused = false;
		this.#connection.resume();
		if (this.hasBegun) this.#wait(this.#request.handler.limits.idleMs, "UND_ERR_BODY_TIMEOUT");
	}

	abort(reason: Error): void {
		if (this.#isOver) return;
		this.aborted = true;
		this.reason = reason;
		this.#fail(reason);
	}

	/** In the form that it would have had over HTTP. */
	#refuse(data: Buffer): void {
		const { handler } = this.#request;
		const { status, status_code: code, error, headers } = parseObject(data.toString()) ?? {};
		const given = [status, code].find((value) => typeof value === "number" && value >= 400 && value < 600);
		const advice = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [
			name.toLowerCase(),
			String(value),
		]);
		const head = { ...Object.fromEntries(advice), "content-type": "application/json" };
		handler.onResponseStart?.(this, (given as number | undefined) ?? 502, head);
		if (!this.#isOver) handler.onResponseData?.(this, Buffer.from(JSON.stringify({ error })));
		this.#end();
	}

	#end(): void {
		if (this.#isOver) return;
		this.#over();
		this.#request.handler.onResponseEnd?.(this, {});
	}

	#wait(ms: number, code: string): void {
		clearTimeout(this.#timer);
		if (ms > 0 && !this.#isOver) this.#timer = setTimeout(() => this.#fail(failure(code)), ms);
	}

	#fail(error: Error): void {
		this.#over();
		this.#connection.cut();
		this.#request.handler.onResponseError?.(this, error);
	}

	#over(): void {
		this.#isOver = true;
		clearTimeout(this.#timer);
		this.#request.over();
	}
}

function failure(code: string): Error {
	return Object.assign(new Error(code), { code });
}

const dataField = Buffer.from("data: ");
const emptyLine = Buffer.from("\n\n");
const lineEnd = 0x0a;

/** An event of a stream. A line's end in JSON is white space. */
function eventOf(data: Buffer): Buffer {
	const line = data.includes(lineEnd) ? Buffer.from(data.toString().replace(/[\r\n]+/g, " ")) : data;
	return Buffer.concat([dataField, line, emptyLine]);
}
