/** Keeps an answer: reads it as it passes, gives it the stored id, and has it written before its end is sent. */

import { CompletionEvents } from "../dialects/openaiChat/recording/completionEvents.js";
import { CompletionRecorder } from "../dialects/openaiChat/recording/completionRecorder.js";
import { spliced, spliceId } from "../dialects/openaiChat/recording/spliceId.js";
import { newCompletionId } from "../store/newId.js";
import type { CompletionStatus } from "../store/store.js";
import { type Piece, unread } from "../streaming/piece.js";
import type { ResponseStream, Transform } from "../streaming/responseStream.js";

const nothing: Buffer = Buffer.alloc(0);

/** So much is kept of an answer. A text of a million tokens is shorter; pictures in several chunks may be longer. */
export const maxKeptBytes = 16 * 1024 * 1024;

export interface Capture {
	/** The model that was asked. */
	model: string;
	/** Data of a stream's last event. */
	terminator: string | undefined;
	/** What the gateway knows of the tokens, where the answer's own bytes don't say it: the client may not have asked for that. */
	usage(): unknown;
	/** Writes the record; durable when it resolves. */
	write(status: CompletionStatus, answer: CapturedAnswer): Promise<void>;
	/** The answer is longer than what is kept of one. */
	tooLong(): void;
	/** Somebody has to know that an answer that was cut could not be written; the client is not there to be told. */
	complain(error: unknown): void;
}

export interface CapturedAnswer {
	/** The stored id. */
	id: string;
	/** As a `chat.completion`, in JSON. */
	response: string | Buffer;
	usage: unknown;
}

/** Reads one kind of answer. */
interface Reader {
	push(piece: Piece): Buffer;
	/** The last bytes, which wait for the record. */
	rest(): Buffer;
	/** The answer is too long to be kept whole. */
	hasGivenUp(): boolean;
	/** The host's own words say that it could not finish. */
	hasFailed(): boolean;
	/** Nothing for what is no completion. */
	whole(): CapturedAnswer | undefined;
	/** What has come of an answer that was cut. */
	cut(): CapturedAnswer;
}

/** Has the answer kept, whichever way it ends. To be called before its first byte is taken. */
export function captureAnswer(answer: ResponseStream, capture: Capture): void {
	const reader = answer.isStream ? streamReader(capture) : bodyReader(capture);
	let isWritten = false;
	let writing: Promise<void> | undefined;
	const write = (status: CompletionStatus, captured: CapturedAnswer | undefined) => {
		isWritten = true;
		writing = captured && capture.write(status, captured);
		// Whoever waits for it later is told then.
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
	const idFor = (hostsLength?: number) => {
		id ??= newCompletionId(hostsLength);
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
		const known = completion.usage ?? usage();
		if (known !== undefined) completion.usage = known;
		return { id, response: JSON.stringify(completion), usage: known };
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

/** A body comes whole, or not at all. */
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
