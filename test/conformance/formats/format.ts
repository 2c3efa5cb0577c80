/** A wire format, as a scripted upstream speaks it. */
import type { Asked, Json, Turn } from "../script.js";

export interface Request {
	readonly path: string;
	readonly body: Json;
}

export interface Format {
	readonly name: "chat" | "messages" | "responses" | "gemini";
	/** The gateway's configuration for an upstream that speaks it, besides its URL. */
	readonly upstream: Json;
	/** Below the server's address. */
	readonly basePath: string;
	/** Whether a path asks for an answer of the model. */
	isGeneration(path: string): boolean;
	/** Answers other paths: counts of tokens. Undefined if there is nothing. */
	other(path: string): Json | undefined;
	read(request: Request): Asked;
	/** An answer that isn't streamed. */
	whole(turn: Turn, asked: Asked): Json;
	/** The events of a stream, each as it is sent. */
	events(turn: Turn, asked: Asked): string[];
	error(status: number): Json;
}

/** An event of a stream of server-sent events. */
export function sse(data: unknown, name?: string): string {
	const text = typeof data === "string" ? data : JSON.stringify(data);
	return `${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`;
}
