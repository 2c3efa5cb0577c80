/** A session with an upstream, as whoever relays its frames sees it. */

import type { Json, SessionFormat } from "../../dialects/dialect.js";
import type { GatewayError } from "../../errors/gatewayError.js";

/** What a session is asked for with. */
export interface SessionRequest {
	readonly format: SessionFormat;
	/** Sent before the client's own frames; its model is renamed for each target. */
	readonly first: { readonly frame: Buffer; readonly isBinary: boolean } | undefined;
}

/** How a session has ended at the upstream. */
export interface SessionEnd {
	/** Of RFC 6455; 1006 without a close frame. */
	readonly code: number;
	readonly reason: string;
	/** The gateway, or the network, has ended it. */
	readonly error: GatewayError | undefined;
}

/** Takes an upstream's frames. */
export interface SessionSink {
	/** @returns false if it wants no more until `resume` is called */
	frame(data: Buffer, isBinary: boolean): boolean;
	/** A frame that was passed on has reported token counts. */
	used(): void;
	/** More may be sent, after `send` has said no. */
	drained(): void;
	/** Nothing more comes. */
	closed(end: SessionEnd): void;
}

/** Whether a close frame may carry it: codes of RFC 6455 §7.4.1, and those that are left to applications. */
export function mayBeSent(code: number): boolean {
	return code >= 3000 || (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006));
}

/** What a session has come to so far. */
export interface UsedSession {
	/** The sum of what the upstream has reported. */
	readonly usage: Json | undefined;
	/** As the upstream names it; undefined if it doesn't. */
	readonly model: string | undefined;
}

export interface OpenSession extends UsedSession {
	/** Gives all frames, from the first one on, to a sink. */
	pipe(sink: SessionSink): void;
	/** @returns false if no more should be sent until `drained` */
	send(frame: Buffer, isBinary: boolean): boolean;
	/** The sink wants more. */
	resume(): void;
	/** Looks whether the upstream is still there, and ends the session if it isn't. */
	ping(): void;
	/** Ends it in good order: the client has left, or may not go on. */
	close(code: number, reason: string): void;
}
