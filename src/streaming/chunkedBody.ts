/** A response's body in chunks (RFC 9112 §7.1), each of which is written as one buffer. */
import type { ServerResponse } from "node:http";

const cr = 0x0d;
const lf = 0x0a;
const hexDigits = Buffer.from("0123456789abcdef");
const lineEnd = Buffer.from("\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");

/** A longer chunk is not copied, but goes out between its size and its line end. */
const maxCopiedBytes = 16 * 1024;

/**
 * Writes the body of a response, once its head is written.
 *
 * Node would give the socket four buffers for each chunk, which costs more than all else that is done here for it.
 */
export class ChunkedBody {
	readonly #response: ServerResponse;
	/** False where the head says how long the body is, or that it ends with the connection. */
	readonly #isChunked: boolean;

	constructor(response: ServerResponse) {
		this.#response = response;
		this.#isChunked = response.chunkedEncoding;
		response.chunkedEncoding = false;
	}

	/** @returns false when there should be no more until the response's `drain` */
	write(bytes: Buffer): boolean {
		const response = this.#response;
		// An empty chunk would be the last one.
		if (!this.#isChunked || bytes.length === 0) return response.write(bytes);
		corkUntilTurnEnds(response);
		if (bytes.length <= maxCopiedBytes) return response.write(framed(bytes));
		response.write(Buffer.from(`${bytes.length.toString(16)}\r\n`));
		response.write(bytes);
		return response.write(lineEnd);
	}

	/** @param bytes the last of it, if anything */
	end(bytes?: Buffer): void {
		if (!this.#isChunked) {
			this.#response.end(bytes);
			return;
		}
		if (bytes !== undefined) this.write(bytes);
		this.#response.end(lastChunk);
	}

	/** Breaks the connection, after what has been written. */
	breakOff(): void {
		const response = this.#response;
		if (response.writableCorked > 0) response.uncork();
		response.destroy();
	}
}

/** Those that have been written to in this turn of the event loop. */
let corked: ServerResponse[] = [];

/**
 * What is written in one turn of the event loop leaves at its end: what one response gets leaves together, and the code of
 * sockets runs many times in a row. One that is alone waits for some microseconds.
 */
function corkUntilTurnEnds(response: ServerResponse): void {
	if (response.writableCorked > 0) return;
	if (corked.length === 0) setImmediate(uncorkAll);
	corked.push(response);
	response.cork();
}

function uncorkAll(): void {
	const responses = corked;
	corked = [];
	for (const response of responses) response.uncork();
}

function framed(bytes: Buffer): Buffer {
	const { length } = bytes;
	const digits = (35 - Math.clz32(length)) >> 2;
	const from = digits + lineEnd.length;
	const chunk = Buffer.allocUnsafe(from + length + lineEnd.length);
	for (let at = digits - 1, rest = length; at >= 0; at -= 1, rest >>= 4) chunk[at] = hexDigits[rest & 0xf] as number;
	chunk[digits] = cr;
	chunk[digits + 1] = lf;
	chunk.set(bytes, from);
	chunk[from + length] = cr;
	chunk[from + length + 1] = lf;
	return chunk;
}
