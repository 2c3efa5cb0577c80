/** What arrives from one client's WebSocket: how much of a message has come, and whether the client is still there. */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { BodyBudget, BodyHold } from "../exchange/bodyBudget.js";

/** A message that has come so far is counted among request bodies from this size on. */
const uncountedBytes = 4096;
const mostUnanswered = 2;
/** What a client's control frame has before its content: two bytes and a mask (RFC 6455 §5.2). */
const controlHeadBytes = 6;

export class Arrival {
	readonly #bodies: BodyBudget;
	readonly #refuse: () => void;
	#hold: BodyHold | undefined;
	/** Bytes of a message that is on its way. */
	#partialBytes = 0;
	#partialSinceMs = 0;
	#hasSpoken = true;
	#unanswered = 0;

	/** @param refuse is called when there is no memory for a message */
	constructor(ws: WebSocket, socket: Socket, bodies: BodyBudget, refuse: () => void) {
		this.#bodies = bodies;
		this.#refuse = refuse;
		socket.prependListener("data", (chunk: Buffer) => this.#came(chunk.length));
		// They are no part of a message, even if they come in the middle of one.
		for (const kind of ["ping", "pong"] as const)
			ws.on(kind, ({ length }: Buffer) => {
				this.#partialBytes = Math.max(0, this.#partialBytes - controlHeadBytes - length);
			});
	}

	/** The message is whole. @returns the memory that is counted for it */
	taken(): BodyHold | undefined {
		const hold = this.#hold;
		this.#hold = undefined;
		this.#partialBytes = 0;
		return hold;
	}

	/** Whether a message has been on its way for longer than that. */
	isLate(maxMs: number, now: number): boolean {
		return this.#partialBytes > 0 && now - this.#partialSinceMs > maxMs;
	}

	/**
	 * To be asked ahead of each ping.
	 *
	 * @param canAnswer the client is read, and has been sent all there is
	 * @returns whether it is still there
	 */
	isAlive(canAnswer: boolean): boolean {
		this.#unanswered = this.#hasSpoken || !canAnswer ? 0 : this.#unanswered + 1;
		this.#hasSpoken = false;
		return this.#unanswered < mostUnanswered;
	}

	/** The client has gone. */
	release(): void {
		this.taken()?.release();
	}

	#came(bytes: number): void {
		this.#hasSpoken = true;
		if (this.#partialBytes === 0) this.#partialSinceMs = performance.now();
		this.#partialBytes += bytes;
		if (this.#partialBytes <= uncountedBytes) return;
		try {
			this.#hold ??= this.#bodies.hold();
			this.#hold.add(bytes);
		} catch {
			this.#refuse();
		}
	}
}
