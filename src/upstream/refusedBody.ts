/** A body with an error status, as far as it has come. */
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

	fault(head: Head, headers: IncomingHeaders): Fault {
		return faultOfStatus(head, headers, Buffer.concat(this.#parts).subarray(0, maxBytes));
	}
}
