/** An answer that is made of several calls' answers, each read whole. */
import type { Dialect } from "../dialects/dialect.js";
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import { unread } from "../streaming/piece.js";
import { ResponseStream, type Source } from "../streaming/responseStream.js";

/** One call's answer. */
export interface WholeAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Buffer;
}

export class JoinedAnswer implements Source {
	readonly answer = new ResponseStream(this);
	readonly isMidEvent = false;
	readonly #leaving = new AbortController();

	/** @param dialect the client's */
	constructor(dialect: Dialect | undefined) {
		this.answer.dialect = dialect;
	}

	/** Aborted when nobody wants it any more: the calls are to end. */
	get signal(): AbortSignal {
		return this.#leaving.signal;
	}

	give({ status, headers, body }: WholeAnswer): void {
		this.answer.begin({ status, headers: { ...headers }, contentLength: body.length, isStream: false });
		this.answer.pass(unread(body));
		this.answer.end();
	}

	fail(thrown: unknown): void {
		this.answer.fail(asGatewayError(thrown));
	}

	/** All of it is here at once. */
	pause(): void {}

	resume(): void {}

	stop(reason: GatewayError): void {
		this.#leaving.abort(reason);
	}
}
