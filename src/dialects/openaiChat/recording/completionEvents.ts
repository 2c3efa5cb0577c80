/** The events of one streamed chat completion: each chunk is read, and gets the stored id, as it passes. */
import { findMember, type Span } from "../../../json/jsonMember.js";
import { type Piece, unread } from "../../../streaming/piece.js";
import type { Json } from "../../dialect.js";
import { textOnly } from "../../openai/textOnly.js";
import { ChunkPiece, TextPiece } from "../../pieces.js";
import { RepeatedTexts } from "../../repeatedText.js";
import { idName, type Splice, spliced, spliceId } from "./spliceId.js";

const lf = 0x0a;
const cr = 0x0d;
const openBrace = 0x7b;
const space = 0x20;
const dataName = Buffer.from("data:");
const nothing: Buffer = Buffer.alloc(0);

/** An event whose JSON is spread over lines is read anew with each piece of it, so that little of one is held. */
const maxOpenBytes = 1024 * 1024;
/** So much of an event is its envelope, and isn't kept. */
const usualBytes = 400;

export interface EventReader {
	/** The id that each chunk gets. One as long as the upstream's is put in its place without copying the chunk. */
	idFor(hostsLength: number | undefined): string;
	/** Data of the last event, `[DONE]`. It and what follows is held back. */
	terminator: string | undefined;
	/** So much is kept of an answer; what comes then passes unread. */
	maxKeptBytes: number;
	/** Each event's JSON object, be it a chunk or not; but for chunks like the one before, of which only the text is told. */
	read(event: Json): void;
	/** @param start of the text in the bytes, UTF-8 without escapes */
	readText(choice: number, bytes: Buffer, start: number, end: number): void;
}

/** How events that are alike begin. */
interface Beginning {
	/** The same object for all of them. */
	readonly before: Buffer;
	/** Where their id stands, from their first byte; undefined if they have none. */
	readonly id: Span | undefined;
	/** What they are sent with up to after the id. */
	readonly sent: Buffer;
}

/**
 * Follows an event stream (WHATWG HTML §9.2) line by line.
 *
 * `push` takes whole events, nearly always; where a line is cut, its beginning is held until the rest is here.
 */
export class CompletionEvents {
	readonly #reader: EventReader;
	#quotedId: Buffer | undefined;
	/** For pieces of which nothing is known. */
	readonly #texts = new RepeatedTexts();
	#beginning: Beginning = { before: nothing, id: undefined, sent: nothing };
	/** A line without its end, or an event of several data lines without its end; joined only when more of it can be read. */
	#held: Buffer[] = [];
	#heldBytes = 0;
	#hasOpenData = false;
	#keptBytes = 0;
	/** What has come is too much to be kept, so that not all of it has been read. */
	hasGivenUp = false;
	#ending: Buffer[] | undefined;

	constructor(reader: EventReader) {
		this.#reader = reader;
	}

	/**
	 * @returns what may be sent on now
	 */
	push(piece: Piece): Buffer {
		const { bytes } = piece;
		if (this.#ending) {
			this.#ending.push(bytes);
			return nothing;
		}
		if (this.hasGivenUp) return bytes;
		if (this.#keptBytes > this.#reader.maxKeptBytes) return this.#giveUp(bytes);
		if (this.#heldBytes > 0) return this.#goOnHolding(bytes);
		return this.#replace(piece) ?? this.#follow(bytes);
	}

	/** What is left when the stream has ended, the terminator among it. */
	rest(): Buffer {
		const last = this.#heldBytes === 0 ? nothing : this.push(unread(Buffer.from("\n\n")));
		return Buffer.concat([last, ...(this.#ending ?? [])]);
	}

	#goOnHolding(bytes: Buffer): Buffer {
		this.#hold(bytes);
		const most = this.#hasOpenData ? maxOpenBytes : this.#reader.maxKeptBytes;
		if (this.#heldBytes > most) return this.#giveUp(nothing);
		return bytes.includes(lf) || bytes.includes(cr) ? this.#follow(this.#takeHeld()) : nothing;
	}

	#hold(bytes: Buffer): void {
		if (bytes.length === 0) return;
		this.#held.push(bytes);
		this.#heldBytes += bytes.length;
	}

	#takeHeld(): Buffer {
		const held = Buffer.concat(this.#held);
		this.#held = [];
		this.#heldBytes = 0;
		return held;
	}

	#giveUp(bytes: Buffer): Buffer {
		this.hasGivenUp = true;
		this.#hold(bytes);
		return this.#takeHeld();
	}

	/** @param bytes of the event, of which much is the same in each */
	#read(json: Json, bytes: number): void {
		this.#keptBytes += Math.max(0, bytes - usualBytes);
		this.#reader.read(json);
	}

	#readText(choice: number, bytes: Buffer, start: number, end: number): void {
		this.#keptBytes += end - start;
		this.#reader.readText(choice, bytes, start, end);
	}

	/** Most pieces are one event each: then this is all there is to do. @returns undefined where it has to be looked at */
	#replace(piece: Piece): Buffer | undefined {
		if (piece instanceof ChunkPiece) return this.#replaceRead(piece.bytes, piece.json);
		if (!(piece instanceof TextPiece)) return undefined;
		const { bytes } = piece;
		const { id, sent } = this.#beginningOf(bytes, 0, piece.before, bytes.length);
		if (id === undefined) return undefined;
		this.#readText(piece.choice, bytes, piece.textStart, piece.textEnd);
		if (sent.length === id.end) {
			bytes.set(sent);
			return bytes;
		}
		const out = Buffer.allocUnsafe(sent.length + bytes.length - id.end);
		out.set(sent);
		bytes.copy(out, sent.length, id.end);
		return out;
	}

	#replaceRead(bytes: Buffer, json: Json): Buffer | undefined {
		const end = bytes.indexOf(lf);
		// Its data is its first line, and its only one.
		if (end !== bytes.length - 2 || !isData(bytes, 0)) return undefined;
		this.#read(json, bytes.length);
		if (!isChunk(json)) return bytes;
		const splice = spliceId(bytes, { start: startOfData(bytes, 0), end }, json, this.#quotedIdFor(json));
		return spliced(bytes, bytes.length, [splice]);
	}

	/** @param chunk the first one that comes decides, by the upstream's id */
	#quotedIdFor({ id }: Json): Buffer {
		return this.#quoted(typeof id === "string" ? id.length : undefined);
	}

	#quoted(hostsLength?: number): Buffer {
		this.#quotedId ??= Buffer.from(JSON.stringify(this.#reader.idFor(hostsLength)));
		return this.#quotedId;
	}

	/** @param at where the event begins */
	#beginningOf(bytes: Buffer, at: number, before: Buffer, end: number): Beginning {
		if (this.#beginning.before === before) return this.#beginning;
		const start = bytes.indexOf(openBrace, at);
		const found = findMember(bytes, { start, end }, idName);
		// A chunk that has no id is to get one, and what stands after its text is not the same for all.
		const isThere = found !== undefined && found.end <= at + before.length;
		const id = isThere ? { start: found.start - at, end: found.end - at } : undefined;
		const sent = id === undefined ? nothing : Buffer.concat([bytes.subarray(at, at + id.start), this.#quoted()]);
		this.#beginning = { before, id, sent };
		return this.#beginning;
	}

	#follow(all: Buffer): Buffer {
		const splices: Splice[] = [];
		let at = 0;
		let eventStart = 0;
		/** Offset of the first data line whose JSON goes on in the next one. */
		let openData = -1;
		/** What the event that is under way says. */
		let json: Json | undefined;
		let nextCr = all.indexOf(cr);
		while (at < all.length) {
			const repeated = at === eventStart ? this.#takeRepeated(all, at, splices) : undefined;
			if (repeated !== undefined) {
				at = repeated;
				eventStart = repeated;
				continue;
			}
			const nextLf = all.indexOf(lf, at);
			if (nextCr !== -1 && nextCr < at) nextCr = all.indexOf(cr, at);
			const end = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf) ? nextCr : nextLf;
			if (end === -1) break;
			const next = all[end] === cr && all[end + 1] === lf ? end + 2 : end + 1;
			if (end === at) {
				if (openData !== -1) this.#joinLines(all, { start: openData, end }, splices);
				else if (json !== undefined) this.#texts.learn(all, eventStart, next, textOnly(json));
				openData = -1;
				json = undefined;
				eventStart = next;
			} else if (openData === -1 && isData(all, at)) {
				const taken = this.#take(all, startOfData(all, at), end, splices);
				if (taken === "terminator") {
					this.#ending = [all.subarray(eventStart)];
					return spliced(all, eventStart, splices);
				}
				if (taken === "open") openData = at;
				else json = taken;
			}
			at = next;
		}
		const whole = openData === -1 ? at : openData;
		this.#hasOpenData = openData !== -1;
		this.#hold(all.subarray(whole));
		return spliced(all, whole, splices);
	}

	/** @returns the offset after an event that is like the one before, but for its text */
	#takeRepeated(all: Buffer, at: number, splices: Splice[]): number | undefined {
		const repeated = this.#texts.match(all, at);
		if (repeated === undefined) return undefined;
		const { id } = this.#beginningOf(all, at, repeated.before, repeated.end);
		if (id === undefined) return undefined;
		this.#readText(repeated.choice, all, repeated.textStart, repeated.textEnd);
		splices.push({ start: at + id.start, end: at + id.end, bytes: this.#quoted() });
		return repeated.end;
	}

	/** @returns the event's object, if it is one */
	#take(all: Buffer, start: number, end: number, splices: Splice[]): Json | undefined | "open" | "terminator" {
		if (all[start] !== openBrace) {
			const { terminator } = this.#reader;
			const isTerminator = terminator !== undefined && all.toString("utf8", start, end) === terminator;
			return isTerminator ? "terminator" : undefined;
		}
		const event = parsed(all.toString("utf8", start, end));
		if (event === undefined) return "open";
		this.#read(event, end - start);
		if (isChunk(event)) splices.push(spliceId(all, { start, end }, event, this.#quotedIdFor(event)));
		return event;
	}

	/** An event whose JSON is spread over several lines goes on as one, since a splice could not stay in its line. */
	#joinLines(all: Buffer, { start, end }: { start: number; end: number }, splices: Splice[]): void {
		const lines = all.toString("utf8", start, end).split(/\r\n|\n|\r/);
		const isDataLine = (line: string) => line.startsWith("data:");
		const data = lines.filter(isDataLine).map((line) => line.slice("data:".length).replace(/^ /, ""));
		const event = parsed(data.join("\n"));
		if (event === undefined) return;
		this.#read(event, end - start);
		if (!isChunk(event)) return;
		const others = lines.filter((line) => line !== "" && !isDataLine(line));
		const id: unknown = JSON.parse(this.#quotedIdFor(event).toString());
		const joined = [`data: ${JSON.stringify({ ...event, id })}`, ...others];
		splices.push({ start, end, bytes: Buffer.from(joined.map((line) => `${line}\n`).join("")) });
	}
}

function isData(bytes: Buffer, at: number): boolean {
	for (let index = 0; index < dataName.length; index += 1) if (bytes[at + index] !== dataName[index]) return false;
	return true;
}

/** @param at where its line begins */
function startOfData(bytes: Buffer, at: number): number {
	let start = at + dataName.length;
	while (bytes[start] === space) start += 1;
	return start;
}

/** Errors, and what else an upstream may send as an event, keep their own `id`. */
function isChunk(event: Json): boolean {
	return Array.isArray(event.choices);
}

/** A JSON object; undefined for what is none, or is not whole. */
function parsed(text: string): Json | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Json) : undefined;
	} catch {
		return undefined;
	}
}
