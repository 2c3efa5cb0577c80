/** A client's WebSocket that is one session with an upstream: frames are relayed both ways, at the pace of the slower side. */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { SessionFormat } from "../dialects/dialect.js";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import type { BodyBudget } from "../exchange/bodyBudget.js";
import { mayBeSent, type OpenSession, type SessionEnd, type SessionSink } from "../upstream/lines/session.js";
import { Arrival } from "./arrival.js";
import { closeCodes, type OpenSocket } from "./clientSocket.js";

/** Most bytes that wait for a slow client; the upstream is read again once half of them are gone. */
const highWaterBytes = 256 * 1024;
/** A close frame has room for so many bytes of a reason (RFC 6455 §5.5). */
const longestReason = 123;

export interface SessionHouse {
	readonly bodies: BodyBudget;
	closed(session: OpenSocket): void;
}

/** What a session is joined with. */
export interface Joint {
	readonly upstream: OpenSession;
	/** The model as the upstream names it; undefined if none was named. */
	readonly model: string | undefined;
	/** Charges what was used since the last time. @returns why the session may not go on; undefined if it may */
	charge(): Promise<GatewayError | undefined>;
}

export interface SessionOwner {
	readonly format: SessionFormat;
	/** @returns why it may not go on, as when its key is no more; undefined if it may */
	refusal(): GatewayError | undefined;
	/** Nothing more happens. @param failure undefined if either side has ended it in good order */
	over(failure: GatewayError | undefined): void;
}

export class ClientSession implements OpenSocket, SessionSink {
	readonly openedMs = performance.now();
	readonly isSession = true;
	readonly #ws: WebSocket;
	readonly #socket: Socket;
	readonly #owner: SessionOwner;
	readonly #house: SessionHouse;
	readonly #arrival: Arrival;
	#joint: Joint | undefined;
	/** Waits for the client's first frame. */
	#first: { resolve(frame: Buffer): void; reject(error: Error): void } | undefined;
	/** Came before there was anybody to send it to. */
	readonly #early: [data: Buffer, isBinary: boolean][] = [];
	#isPaused = false;
	/** The upstream waits for the client. */
	#isFull = false;
	#isOver = false;

	constructor(ws: WebSocket, socket: Socket, owner: SessionOwner, house: SessionHouse) {
		this.#ws = ws;
		this.#socket = socket;
		this.#owner = owner;
		this.#house = house;
		this.#arrival = new Arrival(ws, socket, house.bodies, () =>
			this.#end(
				new GatewayError(503, "The gateway has no memory for this message.", { code: "body_budget_used_up" }),
				closeCodes.later,
			),
		);
		ws.on("message", (data: Buffer, isBinary: boolean) => this.#message(data, isBinary));
		// It closes the connection, which says what was wrong.
		ws.on("error", () => {});
		ws.on("close", (code) => this.#left(code));
	}

	/** @returns the client's first frame. Rejects if it leaves, or if none comes in time */
	first(maxMs: number): Promise<Buffer> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => this.#first?.reject(noFirstFrame(maxMs)), maxMs);
			const settle = () => {
				clearTimeout(timer);
				this.#first = undefined;
			};
			this.#first = {
				resolve: (frame) => {
					settle();
					resolve(frame);
				},
				reject: (error) => {
					settle();
					reject(error);
				},
			};
		});
	}

	/** Relays from now on. */
	join(joint: Joint): void {
		this.#joint = joint;
		if (this.#isOver) {
			joint.upstream.close(closeCodes.normal, "");
			return;
		}
		let wantsMore = true;
		for (const [data, isBinary] of this.#early.splice(0)) wantsMore = this.#relay(joint, data, isBinary) && wantsMore;
		if (wantsMore) this.#resume();
		joint.upstream.pipe(this);
	}

	/** Ends it: the client is told why. */
	fail(error: GatewayError): void {
		this.#end(error, closeCodeOf(error));
	}

	// For the upstream.

	frame(data: Buffer, isBinary: boolean): boolean {
		if (this.#ws.readyState !== this.#ws.OPEN) return true;
		this.#ws.send(data, { binary: isBinary }, () => this.#sent());
		this.#isFull ||= this.#ws.bufferedAmount > highWaterBytes;
		return !this.#isFull;
	}

	used(): void {
		this.#joint?.charge().then(
			(refusal) => refusal && this.fail(refusal),
			(error: unknown) => this.fail(error as GatewayError),
		);
	}

	drained(): void {
		this.#resume();
	}

	closed({ code, reason, error }: SessionEnd): void {
		if (error !== undefined)
			this.#end(error, error.code === "gateway_stopping" ? closeCodes.restart : closeCodes.failed);
		else this.#close(undefined, code, reason);
	}

	// For the worker.

	/** A session can't go on elsewhere: it is left until the worker's deadline. */
	drain(): void {}

	expire(ageMs: number): void {
		const minutes = Math.max(1, Math.round(ageMs / 60_000));
		const message = `Your session hit the maximum duration of ${minutes} minutes.`;
		this.#end(new GatewayError(400, message, { code: "session_expired" }), closeCodes.away, false);
	}

	cut(): void {
		this.#ws.terminate();
	}

	ping(): boolean {
		const canAnswer = !this.#isPaused && this.#socket.writableLength === 0;
		this.#joint?.upstream.ping();
		if (!this.#arrival.isAlive(canAnswer)) return false;
		if (canAnswer && this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
		return true;
	}

	checkArrival(maxMs: number, now: number): void {
		if (!this.#isPaused && this.#arrival.isLate(maxMs, now))
			this.#end(
				new GatewayError(408, "The message did not arrive in time.", { code: "request_timeout" }),
				closeCodes.policy,
			);
	}

	/** Ends it if its key does. */
	checkKey(): void {
		const refusal = this.#isOver ? undefined : this.#owner.refusal();
		if (refusal !== undefined) this.fail(refusal);
	}

	#message(data: Buffer, isBinary: boolean): void {
		this.#arrival.taken()?.release();
		if (this.#isOver) return;
		const joint = this.#joint;
		if (joint !== undefined) {
			if (!this.#relay(joint, data, isBinary)) this.#pause();
			return;
		}
		this.#pause();
		if (this.#first !== undefined) this.#first.resolve(data);
		else this.#early.push([data, isBinary]);
	}

	#relay({ upstream, model }: Joint, data: Buffer, isBinary: boolean): boolean {
		return upstream.send(model === undefined ? data : this.#owner.format.renamed(data, model), isBinary);
	}

	#pause(): void {
		this.#isPaused = true;
		this.#ws.pause();
	}

	#resume(): void {
		this.#isPaused = false;
		this.#ws.resume();
	}

	#sent(): void {
		if (!this.#isFull || this.#ws.bufferedAmount > highWaterBytes / 2) return;
		this.#isFull = false;
		this.#joint?.upstream.resume();
	}

	/** @param hasFailed the session has not come to a good end */
	#end(error: GatewayError, code: number, hasFailed = true): void {
		if (this.#isOver) return;
		const frame = this.#owner.format.errorFrame(error);
		if (frame !== undefined && this.#ws.readyState === this.#ws.OPEN) this.#ws.send(frame, { binary: false });
		this.#close(hasFailed ? error : undefined, code, shortened(error.message));
	}

	#close(failure: GatewayError | undefined, code: number, reason: string): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#resume();
		if (mayBeSent(code)) this.#ws.close(code, reason);
		else this.#ws.close(closeCodes.normal);
		this.#joint?.upstream.close(closeCodes.normal, "");
		this.#owner.over(failure);
	}

	/** The client has closed, or is gone. */
	#left(code: number): void {
		this.#arrival.release();
		this.#house.closed(this);
		this.#first?.reject(clientGone());
		if (this.#isOver) return;
		this.#isOver = true;
		this.#joint?.upstream.close(mayBeSent(code) ? code : closeCodes.normal, "");
		this.#owner.over(undefined);
	}
}

function closeCodeOf({ status }: GatewayError): number {
	return status >= 500 ? closeCodes.failed : closeCodes.policy;
}

function shortened(reason: string): string {
	const bytes = Buffer.from(reason);
	if (bytes.length <= longestReason) return reason;
	// A character that was cut in two is left out.
	return bytes.toString("utf8", 0, longestReason - 3).replace(/\ufffd$/, "");
}

function noFirstFrame(maxMs: number): GatewayError {
	return new GatewayError(408, `The session's first frame did not come within ${maxMs / 1000} s.`, {
		code: "request_timeout",
	});
}
