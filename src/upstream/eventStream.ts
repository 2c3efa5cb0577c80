/** One event stream on its way: cut only between events, read, seen to be whole or not, and translated where it has to be. */
import { type ChatEvent, isOutput, lengthOf, reasonWord } from "../chat/event.js";
import type {
	ErrorDetail,
	HiddenUsage,
	Json,
	ReadEvent,
	StreamFormat,
	StreamReader,
	StreamWriter,
} from "../dialects/dialect.js";
import { laterUsage } from "../dialects/laterUsage.js";
import {
	ChunkPiece,
	DerivedPiece,
	TextPiece,
	WrittenEvent,
	type WrittenPart,
	WrittenPiece,
} from "../dialects/pieces.js";
import type { RepeatedText } from "../dialects/repeatedText.js";
import { EventFramer, endOfEvent, eventData, hasCarriageReturn, withoutMark } from "../streaming/eventFraming.js";
import { noBytes, type Piece, unread } from "../streaming/piece.js";
import type { StreamOutput } from "./answerWriter.js";
import type { EventConsumer } from "./eventConsumer.js";

export interface EventStreamOptions {
	/** Undefined for events that nobody can read: they pass, and every end is a good end. */
	readonly format: StreamFormat | undefined;
	/** How many choices have to be finished before the stream may end without its last event. */
	readonly choices: number;
	readonly consumer?: EventConsumer | undefined;
	/**
	 * The last event alone is not believed: a stream without any finish reason has broken off, whatever its upstream
	 * says.
	 */
	readonly needsFinish?: boolean | undefined;
	/** Token counts that the client is not to see. */
	readonly hiddenUsage?: HiddenUsage | undefined;
	/** Writes the stream anew in the client's dialect. */
	readonly writer?: StreamOutput | undefined;
}

/** The error with which an upstream ends its stream. */
export interface StreamError {
	/** The whole event. */
	readonly bytes: Buffer;
	readonly json: Json;
	readonly detail: ErrorDetail;
}

/** A longer event can't be translated. */
const maxTranslatedBytes = 32 * 1024 * 1024;

/**
 * Follows one event stream.
 *
 * Almost every chunk of a real upstream ends with an event, and passes as it came, uncopied; almost every event is like
 * the one before, and needs no parsing.
 */
export class EventStream {
	readonly #options: EventStreamOptions;
	readonly #reader: StreamReader | undefined;
	readonly #framer: EventFramer;
	#hasBegun = false;
	readonly #finished = new Map<number, string>();
	/** How many pieces of output had come with the last finish reason, and with the last token counts after all of them. */
	#piecesAtFinish = -1;
	#piecesAtEnd = -1;
	/** The last event has come; nothing that follows it counts. */
	isTerminated = false;
	/** The last event has come before any finish reason, which was needed. It is kept back, as all after it. */
	isCutShort = false;
	/** Something has come that a client would take for (part of) an answer, rather than a preamble. */
	hasOutput = false;
	/** The upstream has told how far it is. */
	hasProgress = false;
	/** The last token counts that have come. */
	usage: Readonly<Json> | undefined;
	/** Events with output, and the bytes of their texts; and how many of them came after the last token counts. */
	pieces = 0;
	textBytes = 0;
	piecesSinceUsage = 0;
	/** As the upstream names it. */
	model: string | undefined;
	/** The answer's own id. */
	id: string | undefined;
	/** As the upstream has named it beside its counts. */
	tier: unknown;
	/** The upstream's own error, which ends its stream: `push` keeps it back, as all after it. */
	error: StreamError | undefined;
	/** JSON objects that have come. */
	chunks = 0;
	/** Events that could not be read, and were left out. */
	dropped = 0;
	/** The end is near or here: the last event, an error, or all finish reasons have come. */
	isEnding = false;

	constructor(options: EventStreamOptions) {
		this.#options = options;
		const { format, consumer, hiddenUsage, writer } = options;
		// A part of an event can be passed on, but not translated.
		this.#framer = new EventFramer(writer === undefined ? format?.maxEventBytes : maxTranslatedBytes);
		const needsJson = consumer !== undefined && consumer.addText === undefined;
		this.#reader = format?.reader({ hiddenUsage, needsJson, isTranslated: writer !== undefined });
	}

	/** @returns what may go on: whole events only (but see `isMidEvent`), so that an error event can follow; undefined for nothing */
	push(chunk: Buffer): Piece | undefined {
		if (chunk.length === 0) return undefined;
		if (this.#framer.isBetweenEvents) {
			const alone = this.#readAlone(chunk);
			if (alone !== undefined) return alone;
		}
		return this.#take(this.#framer.push(chunk));
	}

	/** The remainder when the upstream has ended: an event that lacked its empty line is completed. */
	end(): Piece | undefined {
		return this.#take(this.#framer.end());
	}

	/** The bytes that the client still needs if the upstream sent finish reasons but no last event. */
	get closing(): Piece | undefined {
		const { format, writer } = this.#options;
		if (format === undefined || this.isTerminated) return undefined;
		if (writer === undefined) return format.end.length === 0 ? undefined : unread(format.end);
		return written([...partsOf(writer.stream.end()), { bytes: writer.end }]);
	}

	/** Writes the stream in the client's dialect; undefined where it passes as it came. */
	get writer(): StreamWriter | undefined {
		return this.#options.writer?.stream;
	}

	/** The last bytes passed on are the beginning of an event too long to be held. */
	get isMidEvent(): boolean {
		return this.#framer.isMidEvent;
	}

	/** An event was too long to be held, and so was not read: what the stream has said is not all known. */
	get hasUnread(): boolean {
		return this.#framer.hasUnread;
	}

	/** Every choice has its finish reason. */
	get isFinished(): boolean {
		return this.#finished.size >= this.#options.choices;
	}

	/** Every choice has its finish reason, and nothing has been said since the last one. */
	get isSettled(): boolean {
		return this.isFinished && this.pieces === this.#piecesAtFinish;
	}

	/** Why each choice has ended, in one word. */
	get finishReasons(): string[] {
		return [...this.#finished.values()];
	}

	/** Token counts alone have followed the finish reasons: but for the last event, nothing comes after them. */
	get hasSaidAll(): boolean {
		return this.isSettled && this.pieces === this.#piecesAtEnd;
	}

	/** The stream may end here: its last event or, short of it, all finish reasons went by. */
	get isWhole(): boolean {
		return this.#reader === undefined || this.isTerminated || this.isFinished;
	}

	/**
	 * An upstream that breaks off after what ends its stream has said all it had to say. One that is silent for too long
	 * after its finish reasons has, too; but where its connection broke then, more may have been to come.
	 */
	isWholeDespite(error: Error): boolean {
		if (this.isTerminated || this.hasSaidAll) return true;
		return this.isSettled && (error as { code?: unknown }).code === "UND_ERR_BODY_TIMEOUT";
	}

	/** Nothing that follows counts. */
	get #isOver(): boolean {
		return this.isTerminated || this.isCutShort || this.error !== undefined;
	}

	#take(events: Buffer): Piece | undefined {
		if (events.length === 0) return undefined;
		if (this.#framer.isPart) return this.#options.writer || this.#isOver ? undefined : unread(events);
		if (this.#reader === undefined) {
			this.#framer.isMidEvent = false;
			this.hasOutput = true;
			return unread(events);
		}
		return this.#isOver ? undefined : this.#read(events, this.#reader);
	}

	/** Most chunks are one event each, like the one before: then this is all there is to do. */
	#readAlone(chunk: Buffer): Piece | undefined {
		const reader = this.#reader;
		const repeated = reader?.match(chunk, 0);
		if (reader === undefined || repeated === undefined || repeated.end !== chunk.length || this.#isOver)
			return undefined;
		this.#countText(chunk, repeated);
		const { writer } = this.#options;
		if (writer !== undefined) return this.#translatedText(chunk, repeated, writer.stream);
		const piece = new TextPiece(chunk, repeated);
		const bytes = visible(reader, chunk, true);
		return bytes === chunk ? piece : new DerivedPiece(bytes, piece);
	}

	#countText(events: Buffer, { choice, isPlain, textStart, textEnd }: RepeatedText): void {
		this.chunks += 1;
		if (textEnd > textStart) {
			this.hasOutput = true;
			this.#countPiece(textEnd - textStart);
		}
		this.#options.consumer?.addText?.(choice, events.toString("utf8", textStart, textEnd), isPlain);
	}

	/** Reads whole events one by one. @returns them without those that are left out, nearly always the very same bytes */
	#read(given: Buffer, reader: StreamReader): Piece | undefined {
		const events = this.#hasBegun ? given : withoutMark(given);
		this.#hasBegun = true;
		const { writer } = this.#options;
		const hasCr = hasCarriageReturn(events);
		/** The output; undefined if it is the bytes as they came. */
		let kept: WrittenPart[] | undefined = writer && [];
		let keptFrom = 0;
		let at = 0;
		let alone: ReadEvent | undefined;
		if (this.isMidEvent) {
			// The end of an event whose beginning has been passed on already.
			this.#framer.isMidEvent = false;
			this.hasOutput = true;
			at = endOfEvent(events, 0, hasCr);
		}
		while (at < events.length && !this.#isOver) {
			const repeated = reader.match(events, at);
			if (repeated) {
				this.#countText(events, repeated);
				if (writer) kept?.push(this.#translatedText(events, repeated, writer.stream) ?? { bytes: noBytes });
				at = repeated.end;
				continue;
			}
			const end = endOfEvent(events, at, hasCr);
			const event = events.subarray(at, end);
			const data = eventData(events, at, end, hasCr);
			const read = data === undefined ? undefined : reader.read({ bytes: events, start: at, end, data });
			const passed = data === undefined ? undefined : this.#note(read, event);
			if (writer)
				kept?.push(...(data === undefined ? [{ bytes: writer.comment ?? event }] : this.#translate(read, passed)));
			else if (passed !== undefined) {
				kept ??= [];
				kept.push({ bytes: events.subarray(keptFrom, at) }, { bytes: passed });
				keptFrom = end;
			} else if (at === 0 && end === events.length) alone = read;
			at = end;
		}
		if (writer) return written(kept ?? []);
		if (kept === undefined && at === events.length) return pieceOf(visible(reader, events), alone);
		const rest = { bytes: events.subarray(keptFrom, at) };
		const passed = visible(reader, Buffer.concat([...(kept ?? []), rest].map(({ bytes }) => bytes)));
		return passed.length === 0 ? undefined : unread(passed);
	}

	/** @returns what is to be passed on in place of the event, empty for nothing; undefined for the event as it came */
	#note(read: ReadEvent | undefined, event: Buffer): Buffer | undefined {
		if (read === undefined) {
			this.dropped += 1;
			return noBytes;
		}
		const { events, json, replacement } = read;
		const [first] = events;
		const isLast = events.at(-1)?.type === "end";
		if (isLast) this.#count(events);
		if (isLast) {
			this.isCutShort = this.#options.needsFinish === true && this.#finished.size === 0;
			this.isTerminated = !this.isCutShort;
			this.isEnding = true;
			if (this.isCutShort) return noBytes;
			if (json === undefined) return undefined;
		}
		this.chunks += 1;
		if (first?.type === "error") {
			this.error = { bytes: Buffer.from(event), json: json ?? {}, detail: first };
			this.isEnding = true;
			return noBytes;
		}
		if (!isLast) this.#count(events);
		// What is left out for the client was never sent to it.
		if (replacement?.length === 0) return replacement;
		const { consumer, writer } = this.#options;
		if (writer === undefined || consumer?.isNeutral) consumer?.add(read);
		return replacement;
	}

	#count(events: readonly ChatEvent[]): void {
		let said = 0;
		for (const event of events) said += lengthOf(event);
		if (said > 0) this.#countPiece(said);
		for (const event of events) {
			if (isOutput(event)) this.hasOutput = true;
			switch (event.type) {
				case "start":
					this.model ??= event.model;
					this.id ??= event.id;
					this.tier = event.tier ?? this.tier;
					break;
				case "progress":
					if (!this.hasOutput) this.hasProgress = true;
					break;
				case "finish":
					this.#finished.set(event.choice, reasonWord(event));
					this.#piecesAtFinish = this.pieces;
					this.isEnding ||= this.isFinished;
					break;
				case "usage":
					this.usage = laterUsage(this.usage, event.raw);
					this.piecesSinceUsage = 0;
					if (event.isAlone && this.isFinished) this.#piecesAtEnd = this.pieces;
					break;
			}
		}
	}

	#countPiece(bytes: number): void {
		this.pieces += 1;
		this.piecesSinceUsage += 1;
		this.textBytes += bytes;
	}

	#translatedText(bytes: Buffer, repeated: RepeatedText, writer: StreamWriter): Piece | undefined {
		const text = writer.writeText?.(repeated);
		const piece = new TextPiece(bytes, repeated);
		if (text !== undefined) return new DerivedPiece(text, piece);
		return written(partsOf(writer.write(piece.events)), piece.events);
	}

	/** An event in the client's dialect. @param passed not undefined where the event is left out */
	#translate(read: ReadEvent | undefined, passed: Buffer | undefined): WrittenPart[] {
		const { writer } = this.#options;
		if (writer === undefined || read === undefined || passed !== undefined) return [];
		const { events } = read;
		const isLast = events.at(-1)?.type === "end";
		const written = [...writer.stream.write(events), ...(isLast ? writer.stream.end() : [])];
		const { head } = writer.stream;
		const { consumer } = this.#options;
		if (!consumer?.isNeutral)
			for (const [place, { json }] of written.entries())
				consumer?.add({ events: place === 0 ? [{ type: "start", ...head }, ...events] : [], json });
		return isLast ? [...partsOf(written), { bytes: writer.end }] : partsOf(written);
	}
}

function partsOf(events: ReturnType<StreamWriter["write"]>): WrittenPart[] {
	return events.map(({ name, json }) => new WrittenEvent(json, name));
}

function visible(reader: StreamReader, bytes: Buffer, isMatched = false): Buffer {
	return reader.visible?.(bytes, isMatched) ?? bytes;
}

function pieceOf(bytes: Buffer, alone: ReadEvent | undefined): Piece {
	return alone?.json === undefined ? unread(bytes) : new ChunkPiece(bytes, alone.events, alone.json);
}

function written(parts: readonly WrittenPart[], events?: readonly ChatEvent[]): Piece | undefined {
	return parts.some((part) => part instanceof WrittenEvent || part.bytes.length > 0)
		? new WrittenPiece(parts, events)
		: undefined;
}
