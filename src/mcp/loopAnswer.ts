/** The client's answer of several turns: a stream that opens when the model first answers, or a whole response. */
import type { IncomingHttpHeaders } from "node:http";
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import { unread } from "../streaming/piece.js";
import { ResponseStream, type Source } from "../streaming/responseStream.js";

/** A stream whose model is late is opened all the same. */
const patienceMs = 5_000;

export class LoopAnswer implements Source {
	readonly answer = new ResponseStream(this);
	readonly isMidEvent = false;
	readonly #leaving = new AbortController();
	readonly #isStream: boolean;
	#held: Buffer[] = [];
	#isOpen = false;
	#resume: (() => void) | undefined;
	#waiting: Promise<void> | undefined;
	#timer: NodeJS.Timeout | undefined;
	#pulse: NodeJS.Timeout | undefined;

	/** @param heartbeatMs a stream says that it is alive whenever nothing has come for so long; 0 for never */
	constructor(isStream: boolean, heartbeatMs: number) {
		this.#isStream = isStream;
		if (!isStream) return;
		this.#timer = setTimeout(() => this.open({}), patienceMs).unref();
		if (heartbeatMs > 0) this.#pulse = setInterval(() => this.#beat(), heartbeatMs).unref();
	}

	/** Aborted when nobody wants it any more. */
	get signal(): AbortSignal {
		return this.#leaving.signal;
	}

	/** Sends the head of a stream, and what is held. */
	open(headers: IncomingHttpHeaders): void {
		if (this.#isOpen || !this.#isStream || this.signal.aborted) return;
		this.#isOpen = true;
		clearTimeout(this.#timer);
		const head = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...kept(headers) };
		this.answer.begin({ status: 200, headers: head, contentLength: undefined, isStream: true });
		for (const bytes of this.#held.splice(0)) this.#pass(bytes);
	}

	send(bytes: Buffer): void {
		if (this.#isOpen) this.#pass(bytes);
		else this.#held.push(bytes);
	}

	/** Resolves when the client takes more. */
	get ready(): Promise<void> | undefined {
		return this.#waiting;
	}

	/** All of a stream has been sent, or here is the response. */
	end(response: object, headers: IncomingHttpHeaders): void {
		this.#stopTimers();
		if (this.#isStream) this.open(headers);
		else {
			const bytes = Buffer.from(JSON.stringify(response));
			const head = { "content-type": "application/json; charset=utf-8", ...kept(headers) };
			this.answer.begin({ status: 200, headers: head, contentLength: bytes.length, isStream: false });
			this.answer.pass(unread(bytes));
		}
		this.answer.end();
	}

	/** @param last writes the event that ends a stream which is under way */
	fail(thrown: unknown, last: (error: GatewayError) => void): void {
		this.#stopTimers();
		if (this.signal.aborted) return;
		const error = asGatewayError(thrown);
		if (!this.#isOpen) {
			this.answer.fail(error);
			return;
		}
		last(error);
		this.answer.end();
	}

	pause(): void {
		this.#waiting ??= new Promise((resolve) => {
			this.#resume = resolve;
		});
	}

	resume(): void {
		this.#resume?.();
		this.#waiting = undefined;
		this.#resume = undefined;
	}

	stop(reason: GatewayError): void {
		this.#stopTimers();
		this.#leaving.abort(reason);
		this.resume();
	}

	#pass(bytes: Buffer): void {
		if (bytes.length > 0) this.answer.pass(unread(bytes));
	}

	#beat(): void {
		if (!this.#isOpen) return;
		if (!this.answer.hasPassed) this.answer.heartbeat();
		this.answer.hasPassed = false;
	}

	#stopTimers(): void {
		clearTimeout(this.#timer);
		clearInterval(this.#pulse);
	}
}

/** What the first turn's answer says of limits, and of what was done. */
function kept(headers: IncomingHttpHeaders): Record<string, string> {
	const found: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers))
		if (typeof value === "string" && /^x-(ratelimit|llmgw)-/.test(name)) found[name] = value;
	return found;
}
