/** Reads a stream of OpenAI's responses as it passes: the events that hold the response itself, and the items that are done. */
import type { Json } from "../dialects/dialect.js";
import { ChunkPiece, TextPiece, type WrittenPart, WrittenPiece } from "../dialects/pieces.js";
import { Gathered, joined } from "../json/gathered.js";
import { isObject } from "../json/isObject.js";
import { findMember } from "../json/jsonMember.js";
import { parseObject } from "../json/parseObject.js";
import { endOfEvent, endsEvent, eventData, hasCarriageReturn, sseBytes } from "../streaming/eventFraming.js";
import type { Piece } from "../streaming/piece.js";
import type { Passed } from "../streaming/transform.js";
import { aroundMember, type FoundResponse, knownResponse, responseAt } from "./responseObject.js";

export interface EventReader {
	/** @returns what goes on in place of the event */
	response(found: FoundResponse, eventType: unknown): Buffer | Promise<Buffer>;
	/** An item of the output is whole. @param item makes its bytes */
	itemDone(item: () => Buffer, index: number): void;
	/** What the response is called from now on, where that is another id than the upstream's. */
	readonly id: string | undefined;
}

const responseName = Buffer.from('"response"');
const itemName = Buffer.from('"item"');
const doneName = Buffer.from("response.output_item.done");
const dataField = Buffer.from("data:");

/** Longer events pass as they are, and are not kept. */
const maxEventBytes = 16 * 1024 * 1024;

export class ResponseEventReader {
	readonly #reader: EventReader;
	/** Parts of an event that is not whole yet. */
	readonly #held = new Gathered();
	/** An event was too long to be read. */
	hasGivenUp = false;

	constructor(reader: EventReader) {
		this.#reader = reader;
	}

	/** @returns the piece itself where nothing in it concerns the reader */
	push(piece: Piece): Passed | Promise<Passed> {
		if (this.#held.bytes > 0) return this.#hold(piece);
		if (piece instanceof TextPiece) return piece;
		if (!(piece instanceof WrittenPiece || endsEvent(piece.bytes))) return this.#hold(piece);
		if (!concerns(piece)) return piece;
		const passed = this.#readPiece(piece);
		return passed instanceof Promise ? passed.then((now) => this.#still(piece, now)) : this.#still(piece, passed);
	}

	#readPiece(piece: Piece): Buffer | Promise<Buffer> {
		if (piece instanceof WrittenPiece) return inOne(piece.parts.map((part) => this.#readPart(part)));
		return piece instanceof ChunkPiece ? this.#readEvent(piece.json, piece.bytes) : this.#read(piece.bytes);
	}

	#readPart(part: WrittenPart): Buffer | Promise<Buffer> {
		if (!concerns(part)) return part.bytes;
		return part.json === undefined ? this.#read(part.bytes) : this.#readWritten(part.json, part);
	}

	/** What is known of the piece is so of the bytes in its place, too. */
	#still({ events }: Piece, bytes: Buffer): Passed {
		if (events === undefined) return bytes;
		const { id } = this.#reader;
		const renamed =
			id === undefined ? events : events.map((event) => (event.type === "start" ? { ...event, id } : event));
		return { bytes, events: renamed };
	}

	/** What is left at the end of the stream. */
	rest(): Buffer {
		return this.#held.take();
	}

	#hold(piece: Piece): Passed | Promise<Passed> {
		if (this.hasGivenUp) return piece;
		const { bytes } = piece;
		this.#held.add(bytes);
		if (this.#held.bytes > maxEventBytes) {
			this.hasGivenUp = true;
			return this.rest();
		}
		return endsEvent(bytes) ? this.#read(this.rest()) : Buffer.alloc(0);
	}

	#read(bytes: Buffer): Buffer | Promise<Buffer> {
		const hasCr = hasCarriageReturn(bytes);
		const parts: (Buffer | Promise<Buffer>)[] = [];
		for (let at = 0; at < bytes.length; ) {
			const end = endOfEvent(bytes, at, hasCr);
			const event = bytes.subarray(at, end);
			const data = mayConcern(event) ? eventData(bytes, at, end, hasCr) : undefined;
			const json = data === undefined ? undefined : parseObject(data);
			parts.push(json === undefined ? event : this.#readEvent(json, event));
			at = end;
		}
		return inOne(parts);
	}

	/** An event that the gateway has written. @returns the event as it is, or another in its place */
	#readWritten(json: Json, part: WrittenPart): Buffer | Promise<Buffer> {
		const { type, response, item, output_index: index } = json;
		if (isItemDone(json)) this.#reader.itemDone(() => Buffer.from(JSON.stringify(item)), index as number);
		if (!isObject(response)) return part.bytes;
		const { before, after } = aroundMember(json, "response");
		const name = typeof type === "string" ? type : undefined;
		return this.#reader.response(
			knownResponse(response, (object) => sseBytes(`${before}${object.toString()}${after}`, name)),
			type,
		);
	}

	#readEvent(json: Json, given: Buffer): Buffer | Promise<Buffer> {
		const { type, response, output_index: index } = json;
		const isDone = isItemDone(json);
		if (!isDone && !isObject(response)) return given;
		const { bytes, start } = onOneLine(given, json);
		const span = findMember(bytes, { start, end: bytes.length }, isDone ? itemName : responseName);
		if (span === undefined) return given;
		if (isDone) {
			const item = Buffer.from(bytes.subarray(span.start, span.end));
			this.#reader.itemDone(() => item, index as number);
			return given;
		}
		return this.#reader.response(responseAt(bytes, span, response as Json), type);
	}
}

function isItemDone({ type, item, output_index: index }: Json): boolean {
	return type === "response.output_item.done" && isObject(item) && typeof index === "number";
}

function concerns(read: Piece | WrittenPart): boolean {
	if (read instanceof WrittenPiece) return read.parts.some(concerns);
	const json = "json" in read ? read.json : undefined;
	return json === undefined ? mayConcern(read.bytes) : isItemDone(json) || isObject(json.response);
}

function inOne(parts: readonly (Buffer | Promise<Buffer>)[]): Buffer | Promise<Buffer> {
	if (parts.length === 1) return parts[0] as Buffer | Promise<Buffer>;
	return parts.some((part) => part instanceof Promise) ? Promise.all(parts).then(joined) : joined(parts as Buffer[]);
}

function mayConcern(bytes: Buffer): boolean {
	return bytes.includes(responseName) || bytes.includes(doneName);
}

/** An event whose data is spread over several lines becomes one with a single line. @returns also where its data begins */
function onOneLine(event: Buffer, json: Json): { bytes: Buffer; start: number } {
	const at = lineOf(event, 0);
	const isSpread = at !== -1 && lineOf(event, at + dataField.length) !== -1;
	const bytes = isSpread
		? sseBytes(JSON.stringify(json), typeof json.type === "string" ? json.type : undefined)
		: event;
	return { bytes, start: (isSpread ? lineOf(bytes, 0) : at) + dataField.length };
}

const lf = 0x0a;
const cr = 0x0d;

/** Where a line of data begins. JSON has no line end in it, so nothing else looks like one. */
function lineOf(event: Buffer, from: number): number {
	let at = event.indexOf(dataField, from);
	while (at > 0 && event[at - 1] !== lf && event[at - 1] !== cr) at = event.indexOf(dataField, at + 1);
	return at;
}
