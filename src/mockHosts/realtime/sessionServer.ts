/** What the sessions of all vendors share on a mock host. */
import type { WebSocket } from "ws";

export interface SessionPace {
	/** Between two words of an answer. */
	readonly wordMs: number;
}

/** One side of a session. @param query of its handshake */
export type SessionServer = (socket: WebSocket, query: URLSearchParams, pace: SessionPace) => void;

export function answerTo(text: string): string[] {
	return `You said: ${text === "" ? "nothing" : text}`.match(/\S+\s*/g) ?? [];
}
