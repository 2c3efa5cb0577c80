/** Bedrock's frames: what kind of event each is, and Converse's as server-sent events. */
import { type Frame, FrameReader, isFramed } from "../../streaming/binaryFrames.js";
import type { StreamDecoder } from "../dialect.js";

/** What a frame says: an event of a name, or an exception of a kind. */
export interface FramedEvent {
	readonly name: string;
	readonly isException: boolean;
	/** JSON, in one line. */
	readonly value: string;
}

export function createFrames(contentType: string): StreamDecoder | undefined {
	return isFramed(contentType) ? framesAs(writeEvent) : undefined;
}

/** @param write one event as server-sent events */
export function framesAs(write: (event: FramedEvent) => string): StreamDecoder {
	const reader = new FrameReader();
	return {
		push(chunk) {
			const frames = reader.push(chunk);
			return frames.length === 0 ? nothing : Buffer.from(frames.map((frame) => write(eventOf(frame))).join(""));
		},
		// A part of a frame means nothing.
		end: () => nothing,
	};
}

const nothing = Buffer.alloc(0);

function eventOf({ headers, payload }: Frame): FramedEvent {
	const name = headers.get(":event-type") ?? headers.get(":exception-type") ?? headers.get(":error-code") ?? "unknown";
	const isError = headers.get(":message-type") === "error";
	const value = isError ? JSON.stringify({ message: headers.get(":error-message") ?? name }) : oneLine(payload);
	return { name, isException: !headers.has(":event-type"), value };
}

/** `{"messageStop": {…}}`; an exception has its name in the same place. */
function writeEvent({ name, isException, value }: FramedEvent): string {
	const named = JSON.stringify(name);
	return `data: ${isException ? `{"exception":{"type":${named},"value":${value}}}` : `{${named}:${value}}`}\n\n`;
}

/** Line breaks stand only between JSON's tokens. */
export function oneLine(json: string): string {
	return json.trim() === "" ? "{}" : json.replace(/[\r\n]+/g, " ");
}
