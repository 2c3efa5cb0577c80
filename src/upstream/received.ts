/** Passes undici's events to an attempt: without informational answers, and with unrequested content codings decoded. */
import type { Dispatcher } from "undici";
import { GatewayError } from "../errors/gatewayError.js";
import { canDecode, codingsOf, Decoder } from "./contentCoding.js";
import type { IncomingHeaders } from "./headers.js";
import type { LimitedHandler } from "./limitedHandler.js";
import { cutShort, encoded, invalid, silent } from "./upstreamFailure.js";

/** Informational answers in front of one that counts (RFC 9110 §15.2): some say now and then that they are still at it. */
const mostInformational = 1_000;

/**
 * What is taken between two pauses, at least. undici puts what it has not parsed back in front of its socket and has another 64 KB read
 * all the same: pausing it more often would pile up the answer there, and copy the pile each time.
 */
const bytesBetweenPauses = 128 * 1024;

/** Stands between undici and the attempt, as the handler of one and the controller of the other. */
export class Received implements Dispatcher.DispatchHandler, Dispatcher.DispatchController {
	readonly #handler: LimitedHandler;
	readonly #startedMs = performance.now();
	#controller: Dispatcher.DispatchController | undefined;
	#informational = 0;
	/** In the order in which they decode; none for an answer that is not coded, as almost all. */
	#decoders: Decoder[] | undefined;
	#isPaused = false;
	/** undici is to pause once enough has been taken. */
	#isToPause = false;
	/** Since undici went on after its last pause. */
	#bytesTaken = 0;
	/** No more events are passed on. */
	#isOver = false;
	/** The status is an error's, and nothing of its body has been read yet. */
	#isUnreadRefusal = false;
	/** The connection has broken; the error is passed on after the bytes received before it. */
	#broken: Error | undefined;

	constructor(handler: LimitedHandler) {
		this.#handler = handler;
	}

	// For undici.

	onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
		this.#controller = controller;
		this.#handler.onRequestStart?.(this, context);
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHeaders): void {
		if (status < 200) {
			this.#skipInformational();
			return;
		}
		const { "content-encoding": coding } = headers;
		if (coding === undefined) this.#handler.onResponseStart?.(this, status, headers);
		else this.#startCoded(coding, status, headers);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (this.#isOver) return;
		this.#bytesTaken += chunk.length;
		const first = this.#decoders?.[0];
		if (first === undefined) this.#handler.onResponseData?.(this, chunk);
		else if (!first.push(chunk)) this.#isToPause = true;
		if (this.#isToPause && this.#bytesTaken >= bytesBetweenPauses) this.#controller?.pause();
	}

	onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHeaders): void {
		if (this.#isOver) return;
		const first = this.#decoders?.[0];
		if (first === undefined) this.#handler.onResponseEnd?.(this, trailers);
		else first.end();
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		if (this.#isOver) return;
		const first = this.#decoders?.[0];
		if (first === undefined) this.#handler.onResponseError?.(this, error);
		else {
			this.#broken = error;
			first.end();
		}
	}

	// For the attempt.

	get aborted(): boolean {
		return this.#controller?.aborted ?? false;
	}

	get paused(): boolean {
		return this.#decoders === undefined ? this.#isToPause : this.#isPaused;
	}

	get reason(): Error | null {
		return this.#controller?.reason ?? null;
	}

	pause(): void {
		const last = this.#decoders?.at(-1);
		if (last === undefined) this.#isToPause = true;
		else {
			this.#isPaused = true;
			last.pause();
		}
	}

	resume(): void {
		const last = this.#decoders?.at(-1);
		if (last === undefined) this.#goOn();
		else {
			this.#isPaused = false;
			last.resume();
		}
	}

	abort(reason: Error): void {
		this.#endDecoding();
		this.#controller?.abort(reason);
	}

	#goOn(): void {
		this.#isToPause = false;
		if (!this.#controller?.paused) return;
		this.#bytesTaken = 0;
		this.#controller.resume();
	}

	/** Each one keeps undici waiting anew, so that the time in all is seen to here. */
	#skipInformational(): void {
		this.#informational += 1;
		const { firstByteMs } = this.#handler.limits;
		if (performance.now() - this.#startedMs > firstByteMs) this.#controller?.abort(silent(firstByteMs));
		else if (this.#informational > mostInformational) this.#controller?.abort(invalid());
	}

	#startCoded(header: string | string[], status: number, given: IncomingHeaders): void {
		const codings = codingsOf(header);
		const { "content-encoding": _coding, ...headers } = given;
		if (codings.length === 0) {
			this.#handler.onResponseStart?.(this, status, headers);
			return;
		}
		const { "content-length": _length, ...ofDecoded } = headers;
		this.#isUnreadRefusal = status >= 400;
		if (canDecode(codings)) {
			this.#decoders = this.#decodersFor(codings.toReversed());
			this.#handler.onResponseStart?.(this, status, ofDecoded);
			return;
		}
		this.#decoders = [];
		if (status >= 400)
			this.#handler.onResponseStart?.(this, status, { ...ofDecoded, "content-type": "application/json" });
		this.#fail(encoded(codings));
	}

	#decodersFor(codings: readonly string[]): Decoder[] {
		const decoders: Decoder[] = [];
		for (const [place, coding] of codings.entries()) {
			decoders.push(
				new Decoder(coding, {
					data: (bytes) => this.#pass(place, bytes),
					drained: () => (place === 0 ? this.#goOn() : decoders[place - 1]?.resume()),
					ended: () => this.#passEnd(place),
					failed: (isCut) => this.#fail(isCut ? (this.#broken ?? cutShort()) : encoded(codings)),
				}),
			);
		}
		return decoders;
	}

	#pass(place: number, bytes: Buffer): void {
		if (this.#isOver) return;
		const next = this.#decoders?.[place + 1];
		if (next === undefined) {
			this.#isUnreadRefusal = false;
			this.#handler.onResponseData?.(this, bytes);
		} else if (!next.push(bytes)) this.#decoders?.[place]?.pause();
	}

	#passEnd(place: number): void {
		if (this.#isOver) return;
		const next = this.#decoders?.[place + 1];
		if (next !== undefined) next.end();
		else if (this.#broken) this.#fail(this.#broken);
		else {
			this.#isOver = true;
			this.#handler.onResponseEnd?.(this, {});
		}
	}

	/** A refusal that can't be read is still one, and its status says which. */
	#fail(error: Error): void {
		if (this.#isOver) return;
		this.#endDecoding();
		this.#controller?.abort(error);
		if (!this.#isUnreadRefusal || !(error instanceof GatewayError)) {
			this.#handler.onResponseError?.(this, error);
			return;
		}
		this.#handler.onResponseData?.(this, Buffer.from(JSON.stringify(error.envelope())));
		this.#handler.onResponseEnd?.(this, {});
	}

	#endDecoding(): void {
		if (this.#decoders === undefined) return;
		this.#isOver = true;
		for (const decoder of this.#decoders) decoder.destroy();
	}
}
