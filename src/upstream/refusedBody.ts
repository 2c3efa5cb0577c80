/** A body with an error status, as far as it has come. */
import type { ErrorFormat } from "../dialects/dialect.js";
import type { Head } from "../streaming/responseStream.js";
import { type Fault, faultOfStatus } from "./fault.js";
import type { IncomingHeaders } from "./headers.js";

/** It is read this far, so that it is known what the upstream says; the rest of a longer one is left out. */
const maxBytes = 64 * 1024;

export class RefusedBody {
	readonly #parts: Buffer[] = [];
	#bytes = 0;

	/** @returns false when enough has come */
	add(chunk: Buffer): boolean {
		this.#parts.push(chunk);
		this.#bytes += chunk.length;
		return this.#bytes <= maxBytes;
	}

	get isEmpty(): boolean {
		return this.#bytes === 0;
	}

	fault(head: Head, headers: IncomingHeaders, { errors, meant }: RefusedForm): Fault {
		const body = Buffer.concat(this.#parts).subarray(0, maxBytes);
		const answer = meant?.({ status: head.status, headers, body });
		if (answer === undefined || answer.body === body) return faultOfStatus(head, headers, body, { errors });
		const { status } = answer;
		const type = { "content-type": "application/json" };
		const named: Head = { ...head, status, headers: { ...head.headers, ...type }, contentLength: answer.body.length };
		return faultOfStatus(named, headers, answer.body, { errors });
	}
}

export interface RefusedForm {
	/** Of the upstream's dialect. */
	readonly errors: ErrorFormat | undefined;
	/** Reads what the vendor means by an answer, where that is not what its status says. */
	readonly meant: ErrorFormat["meant"];
}
