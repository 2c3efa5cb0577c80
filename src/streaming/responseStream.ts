/** The answer to a client's request as it arrives, whichever upstream it comes from, on its way from socket to socket. */
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import { type Piece, sizeOf } from "./piece.js";
import type { Observer, TextTransform, Transform } from "./transform.js";

/** Facts about the dialect that an answer is written in. */
export interface AnswerDialect {
	readonly errors: {
		/** The event that ends a stream which has failed. */
		event(failure: GatewayError, requestId?: string): Buffer;
		/** Follows a stream where that event depends on what was sent before. */
		follow?(): SentEvents;
	};
	/** An event that says nothing but that the stream is alive; a comment is sent before its first event, and where there is none. */
	readonly ping?: Buffer | undefined;
	/** That comment, where it is not that of server-sent events. */
	readonly comment?: Buffer | undefined;
	/** Undefined where answers hold no text. */
	readonly textTransform?: TextTransform | undefined;
}

/** Follows a stream as its client is sent it. */
export interface SentEvents {
	note(piece: Piece): void;
	/** The event that ends the stream here, since it has failed. */
	errorEvent(failure: GatewayError): Buffer;
}

/** Where an answer goes. `write` returns false when it wants no more until `resume` is called. */
export interface Sink {
	write(piece: Piece): boolean;
	end(): void;
	fail(failure: GatewayError): void;
	/** Nothing has come for a while. */
	heartbeat?(): void;
}

/** Where an answer comes from. */
export interface Source {
	pause(): void;
	resume(): void;
	/** Nobody wants it any more: ends the requests to upstreams that are under way. */
	stop(reason: GatewayError): void;
	/** The last bytes passed on of a stream are not the end of an event (it is a very long one). */
	readonly isMidEvent: boolean;
}

/** Status and headers for the client. Its length stands apart, since a transform changes it. */
export interface Head {
	status: number;
	headers: Record<string, string>;
	contentLength: number | undefined;
	isStream: boolean;
}

/** Before anyone takes the answer, the source is read no further than this. */
const highWaterBytes = 64 * 1024;

type State = "waiting" | "open" | "ended" | "failed";

/**
 * The answer to a client. A source (`upstream/call.ts`) provides it, and a sink (`delivery.ts`) takes it.
 *
 * `started` settles when the head is known, or rejects with a GatewayError. By then it is certain which upstream's answer it is,
 * but for a stream whose head and comments are passed because its first output is late.
 * Then `pipe` gives it a sink; what comes in before is held.
 */
export class ResponseStream implements Head {
	readonly started: Promise<ResponseStream>;
	status = 0;
	headers: Record<string, string> = {};
	contentLength: number | undefined;
	isStream = false;
	/** Something has been passed on since whoever wants to know that has set this back; what transforms hold back is not. */
	hasPassed = false;
	/** A plugin answers in place of an upstream. */
	isByPlugin = false;
	/** Its body goes out as it comes, also where it is no stream of events. */
	isUnheld = false;
	/** The client's dialect; undefined if unknown. */
	dialect: AnswerDialect | undefined;
	readonly transforms: Transform[] = [];
	readonly observers: Observer[] = [];

	readonly #source: Source;
	#settle!: { resolve(answer: ResponseStream): void; reject(failure: GatewayError): void };
	#state: State = "waiting";
	#failure: GatewayError | undefined;
	#held: Piece[] = [];
	#heldBytes = 0;
	#sink: Sink | undefined;

	constructor(source: Source) {
		this.#source = source;
		this.started = new Promise((resolve, reject) => {
			this.#settle = { resolve, reject };
		});
		// A client may leave before anyone waits for the head.
		this.started.catch(ignore);
	}

	// For whoever takes it.

	/** Ends it at once; whoever takes the answer sees `reason` as its failure. */
	cancel(reason: GatewayError): void {
		if (!this.isUnderWay) return;
		this.#source.stop(reason);
		this.fail(reason);
	}

	/** Ends it as if the upstream had ended well: the transforms say what is still to be said. */
	endEarly(reason: GatewayError): void {
		if (!this.isUnderWay) return;
		this.#source.stop(reason);
		this.end();
	}

	/** Has the upstream wait until `resume` is called. */
	pause(): void {
		this.#source.pause();
	}

	/** It has neither ended nor failed, and nobody has broken it off. */
	get isUnderWay(): boolean {
		return this.#state === "waiting" || this.#state === "open";
	}

	/**
	 * Gives the answer, from its first byte, to a sink. Only one can have it, and only once `started` has settled well.
	 * An error thrown by the sink's `write` or `end` breaks the answer off and reaches its `fail`.
	 */
	pipe(sink: Sink): void {
		this.#sink = sink;
		try {
			let wantsMore = true;
			for (const piece of this.#held.splice(0)) wantsMore = sink.write(piece) && wantsMore;
			this.#heldBytes = 0;
			if (this.#state === "ended") sink.end();
			else if (wantsMore) this.#source.resume();
			else this.#source.pause();
		} catch (thrown) {
			this.#breakOff(thrown);
			return;
		}
		if (this.#state === "failed") sink.fail(this.#failure as GatewayError);
	}

	/** To be called when the sink wants more after it has said no. */
	resume(): void {
		this.#source.resume();
	}

	/** Bytes that are here already and have not been taken. */
	get heldBytes(): number {
		return this.#heldBytes;
	}

	get isMidEvent(): boolean {
		return this.#source.isMidEvent;
	}

	// For the source.

	begin({ status, headers, contentLength, isStream }: Head): void {
		if (this.#state !== "waiting") return;
		this.status = status;
		this.headers = headers;
		this.contentLength = contentLength;
		this.isStream = isStream;
		this.#state = "open";
		this.#settle.resolve(this);
	}

	/** A part of the body; of a stream whole events. */
	pass(piece: Piece): void {
		if (this.#state !== "open") return;
		// What passes transforms may not come out again.
		if (this.transforms.length === 0) this.hasPassed = true;
		if (this.#sink) {
			try {
				if (!this.#sink.write(piece)) this.#source.pause();
			} catch (thrown) {
				this.#breakOff(thrown);
			}
			return;
		}
		this.#held.push(piece);
		this.#heldBytes += sizeOf(piece);
		if (this.#heldBytes > highWaterBytes) this.#source.pause();
	}

	/** Nothing has come of a stream for a while: its client is to hear that it is alive. Transforms don't see that. */
	heartbeat(): void {
		if (this.#state !== "open" || this.isMidEvent) return;
		try {
			this.#sink?.heartbeat?.();
		} catch (thrown) {
			this.#breakOff(thrown);
		}
	}

	/** All of it has been passed. */
	end(): void {
		// A sink that has thrown hears of it once.
		if (!this.isUnderWay) return;
		this.#state = "ended";
		try {
			this.#sink?.end();
		} catch (thrown) {
			this.#breakOff(thrown);
		}
	}

	/** No more can come. */
	fail(failure: GatewayError): void {
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
		if (wasUnderWay) this.#source.stop(failure);
		this.#sink?.fail(failure);
	}
}

function ignore(): void {}
