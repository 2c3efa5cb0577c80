/** An AI host's answer as it arrives: the host's side of the way from socket to socket. */
import type { Dispatcher } from "undici";
import { asGatewayError, GatewayError } from "../contract/gatewayError.js";
import { headersForClient, type IncomingHeaders } from "./headers.js";
import { EventStream, type StreamEnd } from "./sse.js";

/** Changes an answer's bytes as they pass: whole events of a stream, or the whole of any other body at once. */
export interface Transform {
	push(bytes: Buffer): Buffer;
	/** What is still to come when the host has ended well. A promise delays the end, and its failure becomes the answer's. */
	end(): Buffer | Promise<Buffer>;
}

/** Sees what the client is sent, and how it ended. */
export interface Observer {
	chunk?(bytes: Buffer): void;
	end?(failure: GatewayError | undefined): void;
}

/** Where an answer goes. `write` says false when it wants no more until `resume` is called. */
export interface Sink {
	write(bytes: Buffer): boolean;
	end(): void;
	fail(failure: GatewayError): void;
}

export interface AnswerOptions extends StreamEnd {
	describeFailure(error: unknown): GatewayError;
}

/** Before anyone takes the answer, the host is read no further than this. */
const highWaterBytes = 64 * 1024;

type State = "waiting" | "open" | "ended" | "failed";

/**
 * The response to one upstream request (undici's dispatch handler).
 *
 * `started` settles when the host's headers are in, or rejects with a GatewayError. Then `pipe` gives it a sink;
 * what comes in before is held.
 */
export class Answer implements Dispatcher.DispatchHandler {
	readonly started: Promise<Answer>;
	/** Status and headers for the client. Length and coding stand apart, since a transform changes them. */
	status = 0;
	headers: Record<string, string> = {};
	contentLength: number | undefined;
	contentEncoding: string | undefined;
	isStream = false;
	readonly transforms: Transform[] = [];
	readonly observers: Observer[] = [];

	readonly #options: AnswerOptions;
	#settle!: { resolve(answer: Answer): void; reject(failure: GatewayError): void };
	#controller: Dispatcher.DispatchController | undefined;
	#cancelled: GatewayError | undefined;
	#state: State = "waiting";
	#failure: GatewayError | undefined;
	#held: Buffer[] = [];
	#heldBytes = 0;
	#events: EventStream | undefined;
	#sink: Sink | undefined;

	constructor(options: AnswerOptions) {
		this.#options = options;
		this.started = new Promise((resolve, reject) => {
			this.#settle = { resolve, reject };
		});
		// A client may leave before anyone waits for the headers.
		this.started.catch(() => {});
	}

	/** Ends the request to the AI host at once; whoever takes the answer sees `reason` as its failure. */
	cancel(reason: GatewayError): void {
		if (!this.isUnderWay) return;
		this.#cancelled ??= reason;
		this.#controller?.abort(reason);
	}

	/** Takes the answer for ended: for a stream whose terminator has come, and whose host does not end it. */
	endNow(): void {
		if (!this.isUnderWay) return;
		this.#end();
		this.#controller?.abort(new GatewayError(502, "The AI host did not end its stream."));
	}

	/** The AI host has not ended its answer, and nobody has broken it off. */
	get isUnderWay(): boolean {
		return this.#state === "waiting" || this.#state === "open";
	}

	/**
	 * Gives the answer, from its first byte, to a sink. Only one can have it, and only once `started` has settled well.
	 * What the sink's `write` or `end` throws breaks the answer off and reaches its `fail`.
	 */
	pipe(sink: Sink): void {
		this.#sink = sink;
		try {
			let wantsMore = true;
			for (const bytes of this.#held.splice(0)) wantsMore = sink.write(bytes) && wantsMore;
			this.#heldBytes = 0;
			if (this.#state === "ended") sink.end();
			else if (wantsMore) this.#controller?.resume();
			else this.#controller?.pause();
		} catch (thrown) {
			this.#breakOff(thrown);
			return;
		}
		if (this.#state === "failed") sink.fail(this.#failure as GatewayError);
	}

	/** To be called when the sink wants more after it has said no. */
	resume(): void {
		this.#controller?.resume();
	}

	/** Bytes that are here already and have not been taken. */
	get heldBytes(): number {
		return this.#heldBytes;
	}

	/** What was passed on last of a stream is not the end of an event (it is a very long one). */
	get isMidEvent(): boolean {
		return this.#events?.isMidEvent ?? false;
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#cancelled) controller.abort(this.#cancelled);
	}

	onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHeaders): void {
		if (status < 200) return;
		if (status >= 300 && status < 400 && status !== 304) {
			this.#cancelled = redirected(status);
			controller.abort(this.#cancelled);
			return;
		}
		const { "content-type": type, "content-length": length, "content-encoding": encoding } = headers;
		this.status = status;
		this.headers = headersForClient(headers);
		this.contentLength = length === undefined ? undefined : Number(length);
		this.contentEncoding = encoding?.toString();
		this.isStream = /^text\/event-stream\b/i.test(String(type));
		if (this.isStream && status < 300) this.#events = new EventStream(this.#options);
		this.#state = "open";
		this.#settle.resolve(this);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		const bytes = this.#events === undefined ? chunk : this.#events.push(chunk);
		if (bytes.length > 0) this.#pass(bytes);
	}

	onResponseEnd(): void {
		const events = this.#events;
		const rest = events?.end();
		if (rest !== undefined && rest.length > 0) this.#pass(rest);
		if (events && !events.isWhole) {
			this.#fail(cutShort());
			return;
		}
		// A host that gave a finish reason but no terminator: clients wait for it.
		const { streamTerminator } = this.#options;
		if (events && streamTerminator !== undefined && !events.isTerminated && !events.endedWithError)
			this.#pass(Buffer.from(`data: ${streamTerminator}\n\n`));
		this.#end();
	}

	onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
		if (this.#cancelled) this.#fail(this.#cancelled);
		// A host that breaks off after its last event has said all it had to say.
		else if (this.#events?.isTerminated) this.#end();
		else this.#fail(this.#options.describeFailure(error));
	}

	#pass(bytes: Buffer): void {
		if (this.#sink) {
			try {
				if (!this.#sink.write(bytes)) this.#controller?.pause();
			} catch (thrown) {
				this.#breakOff(thrown);
			}
			return;
		}
		this.#held.push(bytes);
		this.#heldBytes += bytes.length;
		if (this.#heldBytes > highWaterBytes) this.#controller?.pause();
	}

	#end(): void {
		// A sink that has thrown is told so once.
		if (!this.isUnderWay) return;
		this.#state = "ended";
		try {
			this.#sink?.end();
		} catch (thrown) {
			this.#breakOff(thrown);
		}
	}

	#fail(failure: GatewayError): void {
		if (!this.isUnderWay) return;
		const wasWaiting = this.#state === "waiting";
		this.#state = "failed";
		this.#failure = failure;
		if (wasWaiting) this.#settle.reject(failure);
		else this.#sink?.fail(failure);
	}

	/** The sink has thrown, which is to say a plugin's transform. */
	#breakOff(thrown: unknown): void {
		const failure = asGatewayError(thrown);
		const wasUnderWay = this.isUnderWay;
		this.#state = "failed";
		this.#failure = failure;
		if (wasUnderWay) this.#controller?.abort(failure);
		this.#sink?.fail(failure);
	}
}

/** Following a redirect (RFC 9110 §15.4) could carry prompts and credentials to a host that nobody configured. */
function redirected(status: number): GatewayError {
	const message = `The AI host answered with a redirect (${status}), which the gateway does not follow.`;
	return new GatewayError(502, message, { code: "upstream_redirect" });
}

function cutShort(): GatewayError {
	return new GatewayError(502, "The AI host ended the stream before its answer was whole.", {
		code: "upstream_closed",
	});
}
