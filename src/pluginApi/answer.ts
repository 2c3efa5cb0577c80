/** Lets a plugin watch an answer, or change it as it passes. */
import type { ChatEvent } from "../chat/event.js";
import { answerReader, PieceReader } from "../dialects/answerReader.js";
import type { Dialect } from "../dialects/dialect.js";
import { mapCompletionText as mapText } from "../dialects/mapText.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { PluginAnswer, PluginContext } from "../plugin.js";
import { noBytes, type Piece, unread } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { TextMapper, Transform } from "../streaming/transform.js";
import { exchangeOf } from "./internal.js";

export interface AnswerListener {
	/** What is said, in the neutral model: of a stream piece by piece, of any other answer all at once at its end. */
	events?(events: readonly ChatEvent[]): void;
	/** What is sent to the client. */
	bytes?(bytes: Buffer): void;
	/** It is over. @param failure what has broken it; undefined if it is whole */
	end?(failure: GatewayError | undefined): void;
}

export interface AnswerTransform {
	/**
	 * Gets whole events of a stream, or the whole of any other body at once. Throw a `GatewayError` to end the answer with it.
	 *
	 * @param events what the bytes say, in the neutral model; empty if that can't be read
	 * @returns what is sent in their place; undefined or empty bytes for nothing. A promise holds up what follows.
	 */
	push(bytes: Buffer, events: readonly ChatEvent[]): Uint8Array | undefined | Promise<Uint8Array | undefined>;
	/** What is still to be sent when the answer has ended well. */
	end?(): Uint8Array | Promise<Uint8Array>;
}

/**
 * Has a listener see what the client is sent; for after `next()`. An error that it throws goes to the log, and the answer goes on.
 *
 * @returns false if neither an upstream nor a plugin answers, so that there is nothing to watch
 */
export function watchAnswer(ctx: PluginContext, listener: AnswerListener): boolean {
	const { answer, operation } = exchangeOf(ctx);
	if (answer === undefined) return false;
	const reader =
		listener.events && answerReader(answer, operation?.dialect, { events: (events) => listener.events?.(events) });
	answer.observers.push({
		chunk(piece) {
			reader?.chunk(piece);
			listener.bytes?.(piece.bytes);
		},
		end(failure) {
			reader?.end(failure);
			listener.end?.(failure);
		},
	});
	return true;
}

/**
 * Puts the answer through a transform; for after `next()`. Transforms run in the order in which they were added.
 *
 * @returns false if neither an upstream nor a plugin answers, so that there is nothing to change
 */
export function changeAnswer(ctx: PluginContext, transform: AnswerTransform): boolean {
	const { answer, operation } = exchangeOf(ctx);
	if (answer === undefined) return false;
	answer.transforms.push(transformOf(transform, answer, operation?.dialect));
	return true;
}

/**
 * Maps the text of an answer, streamed or not: each choice's, each text block's of a message or part's of a response, and
 * a transcript's, by a mapper of its own. All else stays; a body that is none (an error, no JSON) passes as it is.
 *
 * @param makeMapper called once for each text
 */
export function mapCompletionText(answer: PluginAnswer, makeMapper: () => TextMapper): void {
	mapText(answer as ResponseStream, makeMapper);
}

function transformOf(transform: AnswerTransform, answer: ResponseStream, dialect: Dialect | undefined): Transform {
	const read = eventsReader(answer, dialect);
	return {
		push(piece) {
			// A piece that passes unchanged stays what is known of it.
			const made = (bytes: Uint8Array | undefined) =>
				bytes === piece.bytes ? piece : bytes === undefined ? undefined : unread(bufferOf(bytes));
			const changed = transform.push(piece.bytes, read(piece));
			return changed instanceof Promise ? changed.then(made) : made(changed);
		},
		end() {
			const rest = transform.end?.() ?? noBytes;
			return rest instanceof Promise ? rest.then(bufferOf) : bufferOf(rest);
		},
	};
}

/** Bodies are held whole for transforms up to a size; so much of them is read. */
const maxBodyBytes = 64 * 1024 * 1024;

function eventsReader(answer: ResponseStream, dialect: Dialect | undefined): (piece: Piece) => readonly ChatEvent[] {
	let found: ChatEvent[] = [];
	const listener = { events: (events: readonly ChatEvent[]) => void found.push(...events) };
	const stream = answer.isStream ? dialect?.stream : undefined;
	const pieces = stream && new PieceReader(stream.reader({ needsJson: true }));
	return (piece) => {
		found = [];
		if (pieces !== undefined) pieces.read(piece, listener);
		else if (!answer.isStream) {
			const reader = answerReader(answer, dialect, listener, maxBodyBytes);
			reader.chunk(piece);
			reader.end(undefined);
		}
		return found;
	};
}

function bufferOf(bytes: Uint8Array): Buffer {
	return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
