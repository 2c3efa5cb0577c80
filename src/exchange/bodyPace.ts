/**
 * How long a body may take to come. Node counts from a request's first byte on, also while the gateway itself doesn't read: where it waits, whoever
 * reads the body sees to the time instead.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GatewayError } from "../errors/gatewayError.js";

/** Connections over which a body comes whose time is not Node's to tell. */
export const atOwnPace = new WeakSet<Duplex>();

/** One body's. */
export class BodyPace {
	readonly #request: IncomingMessage;
	readonly #maxMs: number;
	readonly #late: Promise<never>;
	#isLate: (error: Error) => void = () => {};
	#timer: NodeJS.Timeout | undefined;

	/** @param maxMs how long its client has after it has waited */
	constructor(request: IncomingMessage, maxMs: number) {
		this.#request = request;
		this.#maxMs = maxMs;
		this.#late = new Promise((_resolve, reject) => {
			this.#isLate = reject;
		});
	}

	/** To be called by what `during` runs: waits for room for the body, or for more of it. @throws what the wait ends with */
	async waitFor(room: Promise<void>): Promise<void> {
		atOwnPace.add(this.#request.socket);
		clearTimeout(this.#timer);
		await room;
		this.#timer = setTimeout(() => this.#isLate(lateBody()), this.#maxMs).unref();
	}

	/** Has the body read. @throws GatewayError 408 if that takes too long, and what `read` throws */
	async during<Body>(read: () => Promise<Body>): Promise<Body> {
		const { socket } = this.#request;
		try {
			return await Promise.race([read(), this.#late]);
		} catch (error) {
			if (atOwnPace.has(socket)) this.#drop();
			throw error;
		} finally {
			clearTimeout(this.#timer);
			atOwnPace.delete(socket);
		}
	}

	/** Nobody wants the rest, for which Node may have stopped to count. */
	#drop(): void {
		const request = this.#request;
		setTimeout(() => request.complete || request.destroy(), this.#maxMs).unref();
	}
}

function lateBody(): GatewayError {
	return new GatewayError(408, "The request did not arrive in time.", {
		code: "request_timeout",
		closeConnection: true,
	});
}
