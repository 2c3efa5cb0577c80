/** Takes what undici receives for one request. */
import type { Dispatcher } from "undici";
import type { Credential } from "./headers.js";
import type { OpenSession } from "./lines/session.js";

/** Takes the answer, and says how long it may take, in milliseconds. */
export interface LimitedHandler extends Dispatcher.DispatchHandler {
	readonly limits: { readonly firstByteMs: number; readonly idleMs: number };
	/** Headers of this request alone, over the client's and the configured ones. */
	readonly headers: Credential["headers"];
	/** Gets the headers that prove who asks, where these are made for the request. */
	shown: Credential["headers"];
	/** In place of an answer: the upstream has taken the session that was asked for. */
	onSessionOpen?(session: OpenSession): void;
}
