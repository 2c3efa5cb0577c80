/** Captures an answer: reads it as it passes, replaces its id by the stored one, and stores it before its end is sent. */

import { CompletionEvents } from "../dialects/openaiChat/recording/completionEvents.js";
import { CompletionRecorder } from "../dialects/openaiChat/recording/completionRecorder.js";
import { spliced, spliceId } from "../dialects/openaiChat/recording/spliceId.js";
import { newCompletionId } from "../store/newId.js";
import type { CompletionStatus } from "../store/store.js";
import { type Piece, unread } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Transform } from "../streaming/transform.js";

const nothing: Buffer = Buffer.alloc(0);

/** Limit of a stored answer. A text of a million tokens is shorter; pictures in several chunks may be longer. */
export const maxKeptBytes = 16 * 1024 * 1024;

export interface Capture {
	/** The requested model. */
	model: string;
	/** Data of a stream's last event. */
	terminator: string | undefined;
	/** The `usage` object if the answer's own bytes lack it because the client didn't request it. */
	usage(): unknown;
	/** Stores the record; durable when it resolves. */
	write(status: CompletionStatus, answer: CapturedAnswer): Promise<void>;
	/** Called if the answer exceeds the limit. */
	tooLong(): void;
	/** Reports that a truncated answer could not be stored; the client has left and can't get the error. */
	complain(error: unknown): void;
}

export interface CapturedAnswer {
	/** The stored id. */
	id: string;
	/** A `chat.completion` as JSON. */
	response: string | Buffer;
	usage: unknown;
}

/** Reads one kind of answer. */
interface Reader {
	push(piece: Piece): Buffer;
	/** The last bytes, which are sent after the record is stored. */
	rest(): Buffer;
	/** Whether the answer exceeds the limit. */
	hasGivenUp(): boolean;
	/** Whether the upstream reported an error in the answer. */
	hasFailed(): boolean;
	/** The complete answer; undefined if it isn't a completion. */
	whole(): CapturedAnswer | undefined;
	/** The part that has come of a truncated answer. */
	cut(): CapturedAnswer;
}

/** Stores the answer, however it ends. Call it before the answer's first byte is read. */
export function captureAnswer(answer: ResponseStream, capture: Capture): void {
	const reader = answer.isStream ? streamReader(capture) : bodyReader(capture);
	let isWritten = false;
	let writing: Promise<void> | undefined;
	const write = (status: CompletionStatus, captured: CapturedAnswer | undefined) => {
		isWritten = true;
		writing = captured && capture.write(status, captured);
		// `end` reports a failure; this one only avoids an unhandled rejection.
		writing?.catch(() => {});
		return writing;
	};
	const writePart = () => {
		capture.tooLong();
		return write("incomplete", reader.cut());
	};
	const writeWhole = () => {
		if (isWritten) return writing;
		if (reader.hasGivenUp()) return writePart();
		return write(reader.hasFailed() ? "failed" : "completed", reader.whole());
	};
	const transform: Transform = {
		push: (piece) => unread(reader.push(piece)),
		end() {
			const rest = reader.rest();
			return writeWhole()?.then(() => rest) ?? rest;
		},
		maxBytes: maxKeptBytes,
		release() {
			writePart()?.catch(capture.complain);
		},
	};
	answer.transforms.push(transform);
	answer.observers.push({
		end() {
			if (isWritten) return;
			write("incomplete", reader.cut())?.catch(capture.complain);
		},
	});
}

function streamReader({ model, terminator, usage }: Capture): Reader {
	const recorder = new CompletionRecorder();
	let id: string | undefined;
	const idFor = (upstreamLength?: number) => {
		id ??= newCompletionId(upstreamLength);
		return id;
	};
	const events = new CompletionEvents({
		idFor,
		terminator,
		maxKeptBytes,
		read: (event) => recorder.add(event),
		readText: (choice, bytes, start, end) => recorder.addText(choice, bytes, start, end),
	});
	const recorded = (): CapturedAnswer => {
		const id = idFor();
		const completion = recorder.completion(id, { created: nowSeconds(), model });
		const tokenUsage = completion.usage ?? usage();
		if (tokenUsage !== undefined) completion.usage = tokenUsage;
		return { id, response: JSON.stringify(completion), usage: tokenUsage };
	};
	return {
		push: (piece) => events.push(piece),
		rest: () => events.rest(),
		hasGivenUp: () => events.hasGivenUp,
		hasFailed: () => recorder.hasFailed,
		whole: () => (recorder.hasChunks ? recorded() : undefined),
		cut: recorded,
	};
}

/** A body arrives whole or not at all. */
function bodyReader({ model }: Capture): Reader {
	const id = newCompletionId();
	let captured: CapturedAnswer | undefined;
	return {
		push({ bytes }) {
			const completion = parseCompletion(bytes);
			if (completion === undefined) return bytes;
			const splice = spliceId(bytes, { start: 0, end: bytes.length }, completion, Buffer.from(JSON.stringify(id)));
			const out = spliced(bytes, bytes.length, [splice]);
			captured = { id, response: out, usage: completion.usage };
			return out;
		},
		rest: () => nothing,
		hasGivenUp: () => false,
		hasFailed: () => false,
		whole: () => captured,
		cut() {
			const completion = { id, object: "chat.completion", created: nowSeconds(), model, choices: [] };
			return { id, response: JSON.stringify(completion), usage: undefined };
		},
	};
}

function parseCompletion(bytes: Buffer): { choices: unknown[]; usage?: unknown } | undefined {
	try {
		const value = JSON.parse(bytes.toString()) as { choices?: unknown[] } | null;
		return Array.isArray(value?.choices) ? (value as { choices: unknown[] }) : undefined;
	} catch {
		return undefined;
	}
}

function nowSeconds(): number {
	return Math.floor(Date.now() / 1000);
}
