/** Lets a plugin answer in place of an upstream: whole, or with a stream of its own. */
import { targetsOf } from "../admission/tokenNeed.js";
import type { StreamFormat } from "../dialects/dialect.js";
import { asGatewayError, GatewayError } from "../errors/gatewayError.js";
import type { PluginAnswer, PluginContext } from "../plugin.js";
import type { Route } from "../settings/routes.js";
import { EventFramer, sseBytes } from "../streaming/eventFraming.js";
import { noBytes, unread } from "../streaming/piece.js";
import { type Head, ResponseStream, type Source } from "../streaming/responseStream.js";
import { type Beating, startBeating, stopBeating } from "../upstream/pulse.js";
import { exchangeOf } from "./internal.js";

/** Bytes, or text as UTF-8. Objects are events of a stream: each becomes `data: {…}`, under its `type` as its name in dialects that name events. */
export type AnswerPart = Uint8Array | string | object;

export interface AnswerHead {
	/** 200 if it is left out. */
	status?: number;
	headers?: Record<string, string>;
}

/**
 * Answers as an upstream would, so that limits, usage, logs, stored completions and other plugins see the answer. The call
 * to an upstream is not made, unless `next()` has made it: then it is cancelled.
 *
 * - An object is sent as JSON, a string or bytes as they are (`content-type` says what they are).
 * - An async iterable is an event stream, unless `content-type` says otherwise. It is read at the client's pace, and its
 *   `return` is called when the client leaves; `exchange.signal` is aborted then. Objects become events, and the operation's
 *   last event (`[DONE]`) follows them; bytes and strings are sent as they are. If it throws, the stream ends with an error
 *   event.
 *
 * @returns the answer, which a handler returns in its turn
 */
export function answerWith(
	ctx: PluginContext,
	content: Uint8Array | string | object | AsyncIterable<AnswerPart>,
	{ status = 200, headers = {} }: AnswerHead = {},
): PluginAnswer {
	const exchange = exchangeOf(ctx);
	const format = exchange.operation?.dialect?.stream;
	exchange.answer?.cancel(new GatewayError(499, "A plugin has answered instead.", { code: "answered_by_plugin" }));
	const named = lowerCase(headers);
	const answer = isAsyncIterable(content)
		? streamOf(content, headOf(status, named, "text/event-stream"), {
				format,
				heartbeatMs: heartbeatOf(exchange.route),
			})
		: wholeOf(content, status, named);
	answer.dialect = exchange.operation?.dialect;
	answer.isByPlugin = true;
	exchange.answer = answer;
	// What was set as a body would be sent in its place.
	if (ctx.body !== undefined) ctx.body = undefined;
	return answer;
}

function wholeOf(content: Uint8Array | string | object, status: number, headers: Record<string, string>) {
	const isJson = typeof content === "object" && !(content instanceof Uint8Array);
	const bytes = isJson ? Buffer.from(JSON.stringify(content)) : bytesOf(content);
	const usual = isJson ? "application/json" : typeof content === "string" ? "text/plain" : "application/octet-stream";
	const answer = new ResponseStream({ pause() {}, resume() {}, stop() {}, isMidEvent: false });
	answer.begin({ ...headOf(status, headers, usual), contentLength: bytes.length });
	answer.pass(unread(bytes));
	answer.end();
	return answer;
}

/** Operations that a plugin adds go nowhere else, and have no route. In milliseconds. */
const usualHeartbeatMs = 15_000;

/** How long a stream may be silent, as for an upstream's. */
function heartbeatOf(route: Route | undefined): number {
	const [target] = route === undefined ? [] : targetsOf(route);
	return target?.timeouts.heartbeatMs ?? usualHeartbeatMs;
}

const noFormat = { terminator: "", end: noBytes };

/** Undefined for operations that have no streams of their own. */
type Format = Pick<StreamFormat, "end" | "terminator" | "isNamed"> | undefined;

function streamOf(
	content: AsyncIterable<AnswerPart>,
	head: Head,
	{ format, heartbeatMs }: { format: Format; heartbeatMs: number },
): ResponseStream {
	const source = new IterableSource(content, head.isStream ? (format ?? noFormat) : undefined, heartbeatMs);
	source.answer.begin(head);
	return source.answer;
}

/** Pulls an iterable's parts as fast as the answer is taken. */
class IterableSource implements Source, Beating {
	readonly answer: ResponseStream = new ResponseStream(this);
	readonly #heartbeatMs: number;
	/** Nothing has been passed since, on the monotonic clock. */
	#quietSinceMs = performance.now();
	readonly #iterator: AsyncIterator<AnswerPart>;
	/** Undefined for what is no stream of events. */
	readonly #format: Format;
	readonly #framer = new EventFramer();
	#hasObjects = false;
	/** The last of them was the protocol's own last event. */
	#isTerminated = false;
	#isPaused = false;
	#isPulling = false;
	#isOver = false;

	/** @param format undefined for what is no stream of events */
	constructor(content: AsyncIterable<AnswerPart>, format: Format, heartbeatMs: number) {
		this.#iterator = content[Symbol.asyncIterator]();
		this.#format = format;
		this.#heartbeatMs = heartbeatMs;
		if (format !== undefined && heartbeatMs > 0) startBeating(this);
	}

	beat(nowMs: number): void {
		const { answer } = this;
		if (answer.hasPassed) {
			answer.hasPassed = false;
			this.#quietSinceMs = nowMs;
		} else if (nowMs - this.#quietSinceMs >= this.#heartbeatMs) {
			this.#quietSinceMs = nowMs;
			answer.heartbeat();
		}
	}

	get isMidEvent(): boolean {
		return this.#framer.isMidEvent;
	}

	pause(): void {
		this.#isPaused = true;
	}

	resume(): void {
		this.#isPaused = false;
		if (!this.#isPulling && !this.#isOver) void this.#pull();
	}

	stop(): void {
		if (this.#isOver) return;
		this.#close();
		// A generator that waits for something hears of it when that has come; `exchange.signal` is for that.
		void Promise.resolve(this.#iterator.return?.()).catch(() => {});
	}

	async #pull(): Promise<void> {
		this.#isPulling = true;
		try {
			while (!this.#isPaused && !this.#isOver) {
				const { done, value } = await this.#iterator.next();
				if (this.#isOver) return;
				if (done) this.#finish();
				else this.#pass(this.#framed(value));
			}
		} catch (thrown) {
			if (this.#isOver) return;
			this.#close();
			this.answer.fail(asGatewayError(thrown));
		} finally {
			this.#isPulling = false;
		}
	}

	#framed(part: AnswerPart): Buffer {
		const format = this.#format;
		if (format === undefined) return bytesOf(part);
		if (typeof part === "string" || part instanceof Uint8Array) return this.#framer.push(bytesOf(part));
		const json = JSON.stringify(part);
		this.#hasObjects = true;
		this.#isTerminated = json === format.terminator;
		const { type } = part as { type?: unknown };
		return this.#framer.push(sseBytes(json, format.isNamed && typeof type === "string" ? type : undefined));
	}

	#close(): void {
		this.#isOver = true;
		stopBeating(this);
	}

	#finish(): void {
		this.#close();
		if (this.#format !== undefined) {
			this.#pass(this.#framer.end());
			if (this.#hasObjects && !this.#isTerminated) this.#pass(this.#format.end);
		}
		this.answer.end();
	}

	#pass(bytes: Buffer): void {
		if (bytes.length > 0) this.answer.pass(unread(bytes));
	}
}

function headOf(status: number, headers: Record<string, string>, usualType: string): Head {
	const type = headers["content-type"] ?? usualType;
	const isStream = /^text\/event-stream\b/i.test(type);
	return { status, headers: { ...headers, "content-type": type }, contentLength: undefined, isStream };
}

function bytesOf(part: AnswerPart): Buffer {
	if (typeof part === "string") return Buffer.from(part);
	if (part instanceof Uint8Array) return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
	throw new TypeError("answerWith: only an event stream can have objects as its parts");
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isAsyncIterable(content: unknown): content is AsyncIterable<AnswerPart> {
	return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}
