/** The head of a stream whose first output is late, and comments that keep it alive. */
import type { Target } from "../settings/routes.js";
import { unread } from "../streaming/piece.js";
import type { Head, ResponseStream } from "../streaming/responseStream.js";
import type { Attempt } from "./attempt.js";
import { splitComments } from "./preamble.js";
import type { Beating } from "./pulse.js";

/** The call, as its opening sees it. */
export interface OpenedCall {
	readonly answer: ResponseStream;
	/** An answer has become the client's. */
	isCommitted(): boolean;
	/** Nobody else can answer. */
	isAlone(): boolean;
	/** Nobody else can answer, and this target is not asked again. */
	isLast(target: Target): boolean;
	/** An attempt whose stream has begun. */
	leader(): Attempt | undefined;
	timeouts(): Target["timeouts"];
	/** The client's dialect has comments, so that a stream can be opened before any upstream has answered. */
	readonly hasComments: boolean;
	/** Headers of a stream that is opened before any upstream has answered. */
	readonly ownHeaders: Readonly<Record<string, string>>;
	headToSend(head: Head): Head;
}

export class Opening implements Beating {
	/** The head of a stream has been passed before it was certain whose it is. */
	isOpen = false;
	readonly #call: OpenedCall;
	readonly #startedMs = performance.now();
	/** Nothing has been passed since, on the monotonic clock. */
	#quietSinceMs = 0;

	constructor(call: OpenedCall) {
		this.#call = call;
	}

	beat(nowMs: number): void {
		const { answer } = this.#call;
		if (!this.isOpen && !this.#call.isCommitted()) this.#openInTime(nowMs);
		else if (answer.hasPassed) {
			answer.hasPassed = false;
			this.#quietSinceMs = nowMs;
		} else {
			const { heartbeatMs } = this.#call.timeouts();
			if (heartbeatMs === 0 || nowMs - this.#quietSinceMs < heartbeatMs) return;
			this.#quietSinceMs = nowMs;
			answer.heartbeat();
		}
	}

	/** Passes an attempt's comments; where no other can answer, with an id and a role of its own, all of it. */
	passPreamble(attempt: Attempt): void {
		const bytes = attempt.takeHeld();
		const isLast = this.#call.isLast(attempt.target);
		const { comments, others } = isLast ? { comments: bytes, others: undefined } : splitComments(bytes);
		if (others !== undefined && others.length > 0) attempt.hold(unread(others));
		if (comments.length > 0) this.#call.answer.pass(unread(comments));
	}

	/** A head is held back only for others to answer in its place, and not for long. */
	#openInTime(nowMs: number): void {
		const { holdMs, heartbeatMs } = this.#call.timeouts();
		const waitedMs = nowMs - this.#startedMs;
		const isHeld = waitedMs < holdMs && !this.#call.isAlone();
		const leader = this.#call.leader();
		if (leader !== undefined) {
			if (!isHeld) this.#open(leader);
		} else if (this.#call.hasComments && heartbeatMs > 0 && waitedMs >= heartbeatMs && !isHeld) this.#open();
	}

	#open(leader?: Attempt): void {
		this.isOpen = true;
		const headers = { "content-type": "text/event-stream", ...this.#call.ownHeaders };
		const own: Head = { status: 200, headers, contentLength: undefined, isStream: true };
		const head = this.#call.isAlone() ? (leader?.head ?? own) : own;
		this.#call.answer.begin(this.#call.headToSend(head));
		if (leader) this.passPreamble(leader);
	}
}
