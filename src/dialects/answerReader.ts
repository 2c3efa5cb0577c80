/** Reads an answer as the client is sent it: events of a stream as they pass, a whole body when it is over. */
import type { ChatEvent } from "../chat/event.js";
import { eventsOf } from "../chat/response.js";
import { Gathered } from "../json/gathered.js";
import { parseObject } from "../json/parseObject.js";
import { isBinary } from "../streaming/binary.js";
import { EventFramer, endOfEvent, eventData, hasCarriageReturn } from "../streaming/eventFraming.js";
import type { Piece } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Observer } from "../streaming/transform.js";
import type { Dialect, StreamReader } from "./dialect.js";

export interface AnswerListener {
	/** The events of a piece of a stream, or of the whole of any other body. */
	events(events: readonly ChatEvent[]): void;
	/** A body, or an event's data, that is nothing of the dialect: its text, no longer than `maxBytes`, or how long it is if it is no text. */
	other?(text: string): void;
}

/** A longer body is not read. */
const usualMaxBytes = 1024 * 1024;

/**
 * Events known of a piece already are taken from it; only other bytes are parsed.
 *
 * @param dialect that the client speaks; without one nothing is read
 */
export function answerReader(
	answer: ResponseStream,
	dialect: Dialect | undefined,
	listener: AnswerListener,
	maxBytes = usualMaxBytes,
): Required<Pick<Observer, "chunk" | "end">> {
	const stream = answer.isStream ? dialect?.stream : undefined;
	if (stream !== undefined) {
		const reader = new PieceReader(stream.reader({ needsJson: true }));
		return {
			chunk: (piece) => reader.read(piece, listener),
			end() {},
		};
	}
	// Events that nobody reads may hold sound, too.
	if (isBinary(answer) || (answer.isStream && dialect !== undefined)) {
		let size = 0;
		return {
			chunk({ bytes }) {
				size += bytes.length;
			},
			end: () => listener.other?.(`${answer.headers["content-type"]}, ${size} bytes`),
		};
	}
	const body = new Gathered();
	return {
		chunk({ bytes }) {
			if (body.bytes <= maxBytes) body.add(bytes);
		},
		end() {
			if (body.bytes > 0) readWhole(body.joined(), dialect, listener);
		},
	};
}

/** Reads pieces of one stream. */
export class PieceReader {
	readonly #reader: StreamReader;
	readonly #framer = new EventFramer();

	constructor(reader: StreamReader) {
		this.#reader = reader;
	}

	read(piece: Piece, listener: AnswerListener): void {
		if (piece.events !== undefined && this.#framer.isBetweenEvents) listener.events(piece.events);
		else this.#readBytes(this.#framer.push(piece.bytes), listener);
	}

	#readBytes(bytes: Buffer, listener: AnswerListener): void {
		const hasCr = hasCarriageReturn(bytes);
		for (let at = 0; at < bytes.length; ) {
			const end = endOfEvent(bytes, at, hasCr);
			const data = eventData(bytes, at, end, hasCr);
			const read = data === undefined ? undefined : this.#reader.read({ bytes, start: at, end, data });
			if (read !== undefined) listener.events(read.events);
			else if (data !== undefined) listener.other?.(data);
			at = end;
		}
	}
}

function readWhole(body: Buffer, dialect: Dialect | undefined, listener: AnswerListener): void {
	const text = body.toString();
	const json = parseObject(text);
	const read = json !== undefined && json[dialect?.contentMember ?? ""] !== undefined ? dialect?.readWhole : undefined;
	if (read === undefined || json === undefined) listener.other?.(text);
	else listener.events(eventsOf(read(json)));
}
