/** Takes a request's body off the wire as it is, in no coding: as one buffer, into which each byte is copied once at most. */
import type { IncomingMessage } from "node:http";
import { clientGone } from "../errors/gatewayError.js";
import { Gathered } from "../json/gathered.js";
import { freeBytes } from "./freeBytes.js";

const nothing: Buffer = Buffer.alloc(0);

/**
 * @param length as `content-length` says; undefined if that isn't known before the end
 * @param note told of each piece as it comes; the next one waits until what it returns has resolved, and an error it throws ends the reading
 * @throws GatewayError if the client leaves, and whatever `note` throws: the rest is then read and dropped
 */
export function arrivingBody(
	request: IncomingMessage,
	length: number | undefined,
	note: (bytes: number) => Promise<void> | undefined,
): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const body = length === undefined ? new Gathered() : new Filled(length);
		const take = (piece: Buffer) => {
			try {
				const room = note(piece.length);
				body.add(piece);
				if (room !== undefined) wait(room);
			} catch (error) {
				refuse(error);
			}
		};
		const wait = (room: Promise<void>) => {
			request.pause();
			room.then(() => request.resume(), refuse);
		};
		const refuse = (error: unknown) => {
			leave();
			// It has to go somewhere before the connection's next request can be read.
			request.resume();
			reject(error);
		};
		const end = () => {
			leave();
			resolve(body.joined());
		};
		const gone = () => {
			leave();
			reject(clientGone());
		};
		const leave = () => {
			request.off("data", take).off("end", end).off("close", gone);
		};
		// What is wrong with it is said by `close`.
		request.on("error", () => {});
		request.on("end", end).on("close", gone).on("data", take);
		if (request.destroyed || request.readableEnded) gone();
	});
}

/** Of a known length, which Node's parser sees to. A piece that is all of it is not copied, any other is gone once it is. */
class Filled {
	readonly #length: number;
	#bytes = nothing;
	#filled = 0;

	constructor(length: number) {
		this.#length = length;
	}

	add(piece: Buffer): void {
		if (this.#filled === 0 && piece.length === this.#length) {
			this.#bytes = piece;
			this.#filled = piece.length;
			return;
		}
		if (this.#filled === 0) this.#bytes = Buffer.allocUnsafeSlow(this.#length);
		this.#filled += piece.copy(this.#bytes, this.#filled);
		freeBytes(piece);
	}

	joined(): Buffer {
		return this.#filled === this.#length ? this.#bytes : this.#bytes.subarray(0, this.#filled);
	}
}
