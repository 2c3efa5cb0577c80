/** What the sessions of all vendors share on a mock host. */

export interface SessionPace {
	/** Between two words of an answer. */
	readonly wordMs: number;
}

/** A host's side of a session: a WebSocket, or a call with those beside it. */
export interface SessionSide {
	readonly OPEN: number;
	readonly readyState: number;
	on(event: "message", listener: (data: Buffer) => void): unknown;
	/** Bytes in frames of bytes. */
	send(data: string | Buffer): void;
	close(code?: number, reason?: string): void;
}

/** Serves one session. @param query of its handshake */
export type SessionServer = (side: SessionSide, query: URLSearchParams, pace: SessionPace) => void;

export function answerTo(text: string): string[] {
	return `You said: ${text === "" ? "nothing" : text}`.match(/\S+\s*/g) ?? [];
}
