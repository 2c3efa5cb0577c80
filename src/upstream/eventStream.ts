/** Server-sent events (WHATWG HTML §9.2) as bytes on their way: cut only between events, read, and seen to be whole or not. */
import { isObject } from "../json/isObject.js";
import { type RepeatedText, RepeatedTexts } from "../dialects/repeatedText.js";
import type { SingleEvent } from "../streaming/singleEvent.js";
import { type EventError, errorOfEvent } from "../dialects/openai/errorEvent.js";
import { isProgress } from "./preamble.js";
import { Transcript } from "../chat/transcript.js";
import { textLength } from "../dialects/openai/textLength.js";
import { laterUsage, usageIn } from "../dialects/usageCounts.js";
import { type HiddenUsage, isOfCounts, withoutCounts, withoutMember, withoutUsage } from "../dialects/openai/hiddenUsage.js";

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const dataName = Buffer.from("data:");
const byteOrderMark = Buffer.from("\uFEFF");
const nothing: Buffer = Buffer.alloc(0);

/** An event longer than this is passed on in pieces rather than held, and not read. */
const maxHeldBytes = 1024 * 1024;

/** An empty line that is cut by the network may have this much of it in the piece before. */
const longestPart = 3;

type Json = Record<string, unknown>;

export interface StreamEnd {
	/** Data of the last event, where the protocol has one; without it every end is a good end, and events are not read. */
	streamTerminator: string | undefined;
	/** How many choices have to be finished before the stream may end without it. */
	choices: number;
}

/** Is told what a stream says. */
export interface ChunkReader {
	/** An event's JSON object. */
	add(chunk: Json): void;
	/** The text of a chunk that is in all else what the one before it was. Where this is missing, `add` gets those too. */
	addText?(choice: number, text: string): void;
}

/**
 * Follows one event stream.
 *
 * Almost every piece of a real host ends with an event, and passes as it came, uncopied; almost every event is like the
 * one before, and needs no parsing.
 */
export class EventStream {
	readonly #terminator: string | undefined;
	readonly #choices: number;
	readonly #needsFinish: boolean;
	readonly #reader: ChunkReader | undefined;
	readonly #hidden: HiddenUsage | undefined;
	readonly #texts: RepeatedTexts | undefined;
	#held: Buffer[] = [];
	#heldBytes = 0;
	#isMidEvent = false;
	#hasBegun = false;
	readonly #finished = new Set<number>();
	/** How many pieces of output had come with the last finish reason, and with the last token counts after all of them. */
	#piecesAtFinish = -1;
	#piecesAtEnd = -1;
	/** The terminator has come; nothing that follows it counts. */
	isTerminated = false;
	/** The terminator has come before any finish reason, which was needed. It is kept back, as all behind it. */
	isCutShort = false;
	/** Something has come that a client would take for (part of) an answer, rather than a preamble. */
	hasOutput = false;
	/** The host has said how far it is. */
	hasProgress = false;
	/** What is known of what has been passed on last, where that is one event with data. */
	single: SingleEvent | undefined;
	/** The last token counts that have come. */
	usage: Readonly<Json> | undefined;
	/** Events with output, and the bytes of their texts; and how many of them came behind the last token counts. */
	pieces = 0;
	textBytes = 0;
	piecesSinceUsage = 0;
	/** As the host names it. */
	model: string | undefined;
	/** The host's own error, which ends its stream: the whole event, which `push` keeps back, as it keeps all behind it. */
	error: ({ bytes: Buffer } & EventError) | undefined;
	/** An event was too long to be held, and so was not read: what the stream has said is not all known. */
	hasUnread = false;
	/** JSON objects that have come. */
	chunks = 0;
	/** Events that were neither JSON objects nor the terminator, and were left out. */
	dropped = 0;

	/**
	 * @param hidden token counts that the client is not to see
	 * @param needsFinish the terminator alone is not believed: a stream without any finish reason has broken off, whatever
	 * its host says
	 */
	constructor(
		{ streamTerminator, choices }: StreamEnd,
		reader?: ChunkReader,
		needsFinish = false,
		hidden?: HiddenUsage,
	) {
		this.#terminator = streamTerminator;
		this.#hidden = hidden;
		this.#needsFinish = needsFinish;
		this.#choices = choices;
		this.#reader = reader;
		this.#texts = reader === undefined || reader.addText !== undefined ? new RepeatedTexts() : undefined;
	}

	/** @returns what may be forwarded: whole events only (but see `isMidEvent`), so that an error event can follow. */
	push(chunk: Buffer): Buffer {
		this.single = undefined;
		return this.#visible(this.#push(chunk));
	}

	#push(chunk: Buffer): Buffer {
		if (chunk.length === 0) return nothing;
		if (this.#heldBytes === 0 && !this.#isMidEvent && this.#readAlone(chunk)) return chunk;
		const end = this.#endOfLastEvent(chunk);
		if (end === chunk.length && this.#heldBytes === 0) return this.#see(chunk);
		if (end === 0) {
			this.#hold(chunk);
			if (this.#heldBytes <= maxHeldBytes) return nothing;
			this.#isMidEvent = true;
			this.hasUnread = true;
			return this.#takeHeld();
		}
		this.#hold(chunk.subarray(0, end));
		const events = this.#takeHeld();
		this.#hold(chunk.subarray(end));
		return this.#see(events);
	}

	/** What is left when the host has ended: an event that lacked its empty line is completed. */
	end(): Buffer {
		if (this.#heldBytes === 0) return nothing;
		this.#hold(Buffer.from("\n\n"));
		return this.#visible(this.#see(this.#takeHeld()));
	}

	/** Without members `usage` that are null, where the client has asked for none. */
	#visible(passed: Buffer): Buffer {
		return this.#hidden?.isEndHidden ? withoutUsage(passed, false) : passed;
	}

	/** What was passed on last is the beginning of an event too long to be held. */
	get isMidEvent(): boolean {
		return this.#isMidEvent;
	}

	/** Every choice has its finish reason. */
	get isFinished(): boolean {
		return this.#finished.size >= this.#choices;
	}

	/** Every choice has its finish reason, and nothing has been said since the last one. */
	get isSettled(): boolean {
		return this.isFinished && this.pieces === this.#piecesAtFinish;
	}

	/** Token counts alone have followed the finish reasons: but for the terminator, nothing comes after them. */
	get hasSaidAll(): boolean {
		return this.isSettled && this.pieces === this.#piecesAtEnd;
	}

	/** The stream may end here: the terminator or, short of it, all finish reasons went by. */
	get isWhole(): boolean {
		return this.#terminator === undefined || this.isTerminated || this.isFinished;
	}

	/** Nothing that follows counts. */
	get #isOver(): boolean {
		return this.isTerminated || this.isCutShort || this.error !== undefined;
	}

	#hold(bytes: Buffer): void {
		if (bytes.length === 0) return;
		this.#held.push(bytes);
		this.#heldBytes += bytes.length;
	}

	#takeHeld(): Buffer {
		const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
		this.#held = [];
		this.#heldBytes = 0;
		return bytes;
	}

	/** Offset in the chunk behind the last empty line, which may have begun in what is held; 0 when there is none. */
	#endOfLastEvent(chunk: Buffer): number {
		if (this.#heldBytes === 0) return endOfLastEvent(chunk);
		const before = Buffer.concat(this.#held.slice(-longestPart).map((piece) => piece.subarray(-longestPart)));
		return Math.max(0, endOfLastEvent(Buffer.concat([before, chunk])) - before.length);
	}

	#see(events: Buffer): Buffer {
		if (this.#terminator === undefined) {
			this.#isMidEvent = false;
			this.hasOutput = true;
			return events;
		}
		if (this.#isOver) return nothing;
		return this.#read(events);
	}

	/** Most pieces are one event each, like the one before: then this is all there is to do. */
	#readAlone(chunk: Buffer): boolean {
		const repeated = this.#texts?.match(chunk, 0);
		if (repeated === undefined || repeated.end !== chunk.length || this.#isOver) return false;
		this.#takeText(chunk, repeated);
		this.single = repeated;
		return true;
	}

	#takeText(events: Buffer, { choice, textStart, textEnd }: RepeatedText): void {
		this.chunks += 1;
		if (textEnd > textStart) {
			this.hasOutput = true;
			this.#countPiece(textEnd - textStart);
		}
		this.#reader?.addText?.(choice, events.toString("utf8", textStart, textEnd));
	}

	/** Reads whole events one by one. @returns them without those that are left out, nearly always the very same bytes */
	#read(given: Buffer): Buffer {
		const events = this.#hasBegun ? given : withoutMark(given);
		this.#hasBegun = true;
		const hasCr = events.includes(cr);
		let kept: Buffer[] | undefined;
		let keptFrom = 0;
		let at = 0;
		if (this.#isMidEvent) {
			// The end of an event whose beginning has been passed on already.
			this.#isMidEvent = false;
			this.hasOutput = true;
			at = endOfEvent(events, 0, hasCr);
		}
		while (at < events.length && !this.#isOver) {
			const repeated = this.#texts?.match(events, at);
			if (repeated) {
				this.#takeText(events, repeated);
				at = repeated.end;
				continue;
			}
			const end = endOfEvent(events, at, hasCr);
			const read = this.#readEvent(events, at, end, hasCr);
			if (read !== true) {
				kept ??= [];
				kept.push(events.subarray(keptFrom, at));
				if (read !== false) kept.push(read);
				keptFrom = end;
			}
			at = end;
		}
		const rest = events.subarray(keptFrom, at);
		if (kept === undefined) return at === events.length ? events : rest;
		return Buffer.concat([...kept, rest]);
	}

	/** @returns whether it is to be passed on, or what in its place */
	#readEvent(events: Buffer, start: number, end: number, hasCr: boolean): boolean | Buffer {
		const data = eventData(events, start, end, hasCr);
		// Comments and fields without data mean something to proxies and parsers alone.
		if (data === undefined) return true;
		if (data.trimEnd() === this.#terminator) {
			this.isCutShort = this.#needsFinish && this.#finished.size === 0;
			this.isTerminated = !this.isCutShort;
			return this.isTerminated;
		}
		const json = parsedObject(data);
		const error = errorOfEvent(events, start, end, json ?? data);
		if (error !== undefined) {
			this.chunks += 1;
			this.error = { bytes: Buffer.from(events.subarray(start, end)), ...error };
			return false;
		}
		if (json === undefined) {
			this.dropped += 1;
			return false;
		}
		this.chunks += 1;
		if (!this.hasOutput && Transcript.hasOutput(json)) this.hasOutput = true;
		if (!this.hasOutput && !this.hasProgress) this.hasProgress = isProgress(json);
		const said = textLength(json.choices);
		if (said > 0) this.#countPiece(said);
		const usage = usageIn(json);
		if (usage !== undefined) {
			this.usage = laterUsage(this.usage, usage);
			this.piecesSinceUsage = 0;
		}
		if (this.model === undefined && typeof json.model === "string") this.model = json.model;
		this.#noteFinished(json.choices);
		if (isOfCounts(json) && this.isFinished) this.#piecesAtEnd = this.pieces;
		const bytes = this.#withoutCounts(events, start, end, json);
		if (bytes !== undefined && bytes.length === 0) return false;
		this.#reader?.add(json);
		if (start === 0 && end === events.length) this.single = { bytes: events, json };
		if (bytes !== undefined) return bytes;
		this.#texts?.learn(events, start, end, json);
		return true;
	}

	/** @returns the event without the counts that the client is not to see, where there are any; they leave its object too */
	#withoutCounts(events: Buffer, start: number, end: number, json: Json): Buffer | undefined {
		const hidden = this.#hidden;
		if (hidden === undefined) return undefined;
		const isEnd = isOfCounts(json);
		let bytes: Buffer | undefined;
		if (isEnd ? hidden.isEndHidden : hidden.arePiecesHidden && isObject(json.usage)) {
			const event = events.subarray(start, end);
			bytes = isEnd ? withoutCounts(event, json) : withoutMember(event, json);
			delete json.usage;
		} else if (hidden.isEndHidden && json.usage === null) delete json.usage;
		return bytes;
	}

	#countPiece(bytes: number): void {
		this.pieces += 1;
		this.piecesSinceUsage += 1;
		this.textBytes += bytes;
	}

	/** Some hosts send an empty reason with every event. */
	#noteFinished(choices: unknown): void {
		if (!Array.isArray(choices)) return;
		for (const choice of choices as ({ index?: number; finish_reason?: unknown } | null)[]) {
			const reason = choice?.finish_reason;
			if (typeof reason !== "string" || reason === "") continue;
			this.#finished.add(choice?.index ?? 0);
			this.#piecesAtFinish = this.pieces;
		}
	}
}

/** A stream may begin with a byte order mark, which is no part of its first field's name. */
function withoutMark(bytes: Buffer): Buffer {
	return bytes.compare(byteOrderMark, 0, byteOrderMark.length, 0, Math.min(bytes.length, byteOrderMark.length)) === 0
		? bytes.subarray(byteOrderMark.length)
		: bytes;
}

function parsedObject(text: string): Json | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

/** Offset behind the last empty line, 0 when there is none. */
function endOfLastEvent(bytes: Buffer): number {
	let lastLf = bytes.length;
	let lastCr = bytes.length;
	for (let at = bytes.length - 1; at > 0; at -= 1) {
		if (!isLineEnd(bytes[at])) {
			// Each is searched for anew only when it has been passed, so that bytes without one are searched once.
			if (lastLf > at) lastLf = bytes.lastIndexOf(lf, at);
			if (lastCr > at) lastCr = bytes.lastIndexOf(cr, at);
			at = Math.max(lastLf, lastCr);
			if (at < 1) return 0;
		}
		if (endsWithEmptyLine(bytes, at)) return at + 1;
	}
	return 0;
}

/** A line end stands at `at`; is there another one right before it? (`\n\n`, `\r\n\r\n`, `\r\r`, `\n\r\n`) */
function endsWithEmptyLine(bytes: Buffer, at: number): boolean {
	const before = bytes[at - 1];
	if (bytes[at] === lf) return before === lf || (before === cr && at > 1 && isLineEnd(bytes[at - 2]));
	return before === cr;
}

function isLineEnd(byte: number | undefined): boolean {
	return byte === lf || byte === cr;
}

/** Where the line that begins at `at` ends, and the next begins. */
function nextLine(bytes: Buffer, at: number, hasCr: boolean): { end: number; next: number } {
	let end = bytes.indexOf(lf, at);
	if (end === -1) end = bytes.length;
	if (hasCr) {
		const carriage = bytes.subarray(at, end).indexOf(cr);
		if (carriage !== -1) end = at + carriage;
	}
	return { end, next: Math.min(bytes.length, bytes[end] === cr && bytes[end + 1] === lf ? end + 2 : end + 1) };
}

/** Offset behind the empty line that ends the event which begins at `start`. */
function endOfEvent(bytes: Buffer, start: number, hasCr: boolean): number {
	let at = start;
	let isEmpty = true;
	while (at < bytes.length) {
		const { end, next } = nextLine(bytes, at, hasCr);
		// Empty lines in front of an event belong to it.
		if (end === at && !isEmpty) return next;
		if (end !== at) isEmpty = false;
		at = next;
	}
	return bytes.length;
}

/** The data lines of an event, joined (§9.2.6); nothing where it has none. */
function eventData(bytes: Buffer, start: number, end: number, hasCr: boolean): string | undefined {
	let data: string | undefined;
	let at = start;
	while (at < end) {
		const line = nextLine(bytes, at, hasCr);
		if (bytes.compare(dataName, 0, dataName.length, at, Math.min(bytes.length, at + dataName.length)) === 0) {
			let from = at + dataName.length;
			if (bytes[from] === space) from += 1;
			const text = bytes.toString("utf8", from, line.end);
			data = data === undefined ? text : `${data}\n${text}`;
		}
		at = line.next;
	}
	return data;
}
