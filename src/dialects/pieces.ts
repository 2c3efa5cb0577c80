/** Pieces of a stream that are one event each, with what is known of it. */
import type { ChatEvent } from "../chat/event.js";
import { joined } from "../json/gathered.js";
import { sseBytes } from "../streaming/eventFraming.js";
import type { Piece } from "../streaming/piece.js";
import type { Json } from "./dialect.js";
import type { RepeatedText } from "./repeatedText.js";

/** An event that was recognised by its bytes and not parsed; it says nothing but text. */
export class TextPiece implements Piece {
	readonly bytes: Buffer;
	/** The bytes before the text: the same object for all events that begin alike. */
	readonly before: Buffer;
	readonly choice: number;
	readonly textStart: number;
	readonly textEnd: number;
	readonly isPlain: boolean;

	constructor(bytes: Buffer, { before, choice, textStart, textEnd, isPlain }: RepeatedText) {
		this.bytes = bytes;
		this.before = before;
		this.choice = choice;
		this.textStart = textStart;
		this.textEnd = textEnd;
		this.isPlain = isPlain;
	}

	get text(): string {
		return this.bytes.toString("utf8", this.textStart, this.textEnd);
	}

	get events(): readonly ChatEvent[] {
		return [{ type: "text", choice: this.choice, text: this.text, isPlain: this.isPlain }];
	}
}

/** An event that was parsed. */
export class ChunkPiece implements Piece {
	readonly bytes: Buffer;
	readonly events: readonly ChatEvent[];
	readonly json: Json;

	constructor(bytes: Buffer, events: readonly ChatEvent[], json: Json) {
		this.bytes = bytes;
		this.events = events;
		this.json = json;
	}
}

/** Bytes that the gateway has written itself: an event, or a whole body. */
export interface WrittenPart {
	readonly bytes: Buffer;
	/** Of the event's data, or of the body; undefined if it is none, or nobody has read it. */
	readonly json?: Json | undefined;
}

/** An event whose bytes are written once somebody wants them: what looks into it may put another in its place. */
export class WrittenEvent implements WrittenPart {
	readonly json: Json;
	readonly #name: string | undefined;
	#bytes: Buffer | undefined;

	constructor(json: Json, name: string | undefined) {
		this.json = json;
		this.#name = name;
	}

	get bytes(): Buffer {
		this.#bytes ??= sseBytes(JSON.stringify(this.json), this.#name);
		return this.#bytes;
	}
}

/** A whole body whose bytes are written once somebody wants them. */
export class WrittenBody implements WrittenPart {
	readonly json: Json;
	#bytes: Buffer | undefined;

	constructor(json: Json) {
		this.json = json;
	}

	get bytes(): Buffer {
		this.#bytes ??= Buffer.from(JSON.stringify(this.json));
		return this.#bytes;
	}
}

/** Parts that were written together, so that nobody has to parse them who looks for something in them. */
export class WrittenPiece implements Piece {
	readonly parts: readonly WrittenPart[];
	readonly events: readonly ChatEvent[] | undefined;
	readonly size: number | undefined;
	#bytes: Buffer | undefined;

	/** @param size about how many bytes it has, where its parts are to be written late */
	constructor(parts: readonly WrittenPart[], events: readonly ChatEvent[] | undefined, size?: number) {
		this.parts = parts;
		this.events = events;
		this.size = size;
	}

	get bytes(): Buffer {
		this.#bytes ??= joined(this.parts.map(({ bytes }) => bytes));
		return this.#bytes;
	}
}

/** Other bytes that say what a piece has said. */
export class DerivedPiece implements Piece {
	readonly bytes: Buffer;
	readonly #from: Piece;

	constructor(bytes: Buffer, from: Piece) {
		this.bytes = bytes;
		this.#from = from;
	}

	get events(): Piece["events"] {
		return this.#from.events;
	}
}
