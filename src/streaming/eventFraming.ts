/** Framing of server-sent events (WHATWG HTML §9.2): where one ends and the next begins, and what its fields are. */
import { Gathered, joined } from "../json/gathered.js";
import { noBytes } from "./piece.js";

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const dataName = Buffer.from("data:");
const lineEnd = Buffer.from("\n");
const byteOrderMark = Buffer.from("\uFEFF");

/** An event longer than this is passed on in parts rather than held, and is not read. */
const usualMaxBytes = 1024 * 1024;

/** Where events may hold a picture: one of 4096 by 4096 pixels as PNG seldom has more, in base64. */
export const maxPictureEventBytes = 32 * 1024 * 1024;

/** An empty line that the network has cut may have this much of it in the chunk before. */
const longestPart = 3;

/** Cuts a stream's chunks so that only whole events go on. */
export class EventFramer {
	readonly #held = new Gathered();
	readonly #maxHeldBytes: number;
	/** The last bytes that `push` returned are a part of an event, without its end. */
	isPart = false;
	/** The last bytes passed on are the beginning of an event too long to be held. */
	isMidEvent = false;
	/** An event was too long to be held, and so was not read. */
	hasUnread = false;

	constructor(maxHeldBytes = usualMaxBytes) {
		this.#maxHeldBytes = maxHeldBytes;
	}

	/** Nothing is held: a chunk that is whole events can be taken as it is. */
	get isBetweenEvents(): boolean {
		return this.#held.bytes === 0 && !this.isMidEvent;
	}

	/**
	 * @returns whole events, with what had been held of the first: nearly always the very chunk. Empty while an event is
	 * open; the part of one that is too long to be held where `isPart` says so.
	 */
	push(chunk: Buffer): Buffer {
		this.isPart = false;
		if (chunk.length === 0) return noBytes;
		const end = this.#endOfLastEvent(chunk);
		if (end === chunk.length && this.#held.bytes === 0) return chunk;
		if (end === 0) {
			this.#hold(chunk);
			if (this.#held.bytes <= this.#maxHeldBytes) return noBytes;
			this.isPart = true;
			this.isMidEvent = true;
			this.hasUnread = true;
			return this.#held.take();
		}
		this.#hold(chunk.subarray(0, end));
		const events = this.#held.take();
		this.#hold(chunk.subarray(end));
		return events;
	}

	/** The remainder at the end of the stream: an event that lacked its empty line is completed. */
	end(): Buffer {
		this.isPart = false;
		if (this.#held.bytes === 0) return noBytes;
		this.#hold(Buffer.from("\n\n"));
		return this.#held.take();
	}

	#hold(bytes: Buffer): void {
		if (bytes.length > 0) this.#held.add(bytes);
	}

	/** Offset in the chunk after the last empty line, which may have begun in what is held; 0 when there is none. */
	#endOfLastEvent(chunk: Buffer): number {
		if (this.#held.bytes === 0) return endOfLastEvent(chunk);
		const { pieces } = this.#held;
		const before = Buffer.concat(pieces.slice(-longestPart).map((piece) => piece.subarray(-longestPart)));
		return Math.max(0, endOfLastEvent(Buffer.concat([before, chunk])) - before.length);
	}
}

/** One event as bytes. @param name its `event` field, where the dialect names its events */
export function sseBytes(data: string, name?: string): Buffer {
	return Buffer.from(name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`);
}

/** Bytes with a carriage return have lines that end in it. */
export function hasCarriageReturn(bytes: Buffer): boolean {
	return bytes.includes(cr);
}

/** A stream may begin with a byte order mark, which is no part of its first field's name. */
export function withoutMark(bytes: Buffer): Buffer {
	return bytes.compare(byteOrderMark, 0, byteOrderMark.length, 0, Math.min(bytes.length, byteOrderMark.length)) === 0
		? bytes.subarray(byteOrderMark.length)
		: bytes;
}

/** Offset after the last empty line, 0 when there is none. */
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

/** Whether the last of these bytes end an event. */
export function endsEvent(bytes: Buffer): boolean {
	const last = bytes.length - 1;
	return isLineEnd(bytes[last]) && endsWithEmptyLine(bytes, last);
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
	let end = hasCr ? nearestLineEnd(bytes, at) : bytes.indexOf(lf, at);
	if (end === -1) end = bytes.length;
	return { end, next: Math.min(bytes.length, bytes[end] === cr && bytes[end + 1] === lf ? end + 2 : end + 1) };
}

/** Looked for in windows that grow, so that neither of the two is searched for far behind the other. @returns -1 if there is none */
function nearestLineEnd(bytes: Buffer, at: number): number {
	for (let size = 256; ; size *= 4) {
		const window = bytes.subarray(at, at + size);
		const lfAt = window.indexOf(lf);
		const crAt = (lfAt === -1 ? window : window.subarray(0, lfAt)).indexOf(cr);
		const found = crAt === -1 ? lfAt : crAt;
		if (found !== -1) return at + found;
		if (window.length < size) return -1;
	}
}

/** Offset after the empty line that ends the event which begins at `start`. */
export function endOfEvent(bytes: Buffer, start: number, hasCr: boolean): number {
	let at = start;
	let isEmpty = true;
	while (at < bytes.length) {
		const { end, next } = nextLine(bytes, at, hasCr);
		// Empty lines before an event belong to it.
		if (end === at && !isEmpty) return next;
		if (end !== at) isEmpty = false;
		at = next;
	}
	return bytes.length;
}

/** The data lines of an event, joined (§9.2.6); undefined if it has none. */
export function eventData(bytes: Buffer, start: number, end: number, hasCr: boolean): string | undefined {
	let data: string | undefined;
	let at = start;
	while (at < end) {
		const line = nextLine(bytes, at, hasCr);
		const from = dataStart(bytes, at);
		if (from !== -1) {
			const text = bytes.toString("utf8", from, line.end);
			data = data === undefined ? text : `${data}\n${text}`;
		}
		at = line.next;
	}
	return data;
}

/** The data of each of these whole events that has some, as bytes, which are not copied where they are one line. */
export function dataOfEvents(bytes: Buffer): Buffer[] {
	const hasCr = hasCarriageReturn(bytes);
	const all: Buffer[] = [];
	for (let at = 0; at < bytes.length; ) {
		// Nearly all are `event: …` and one line of data, which takes two looks.
		const from = bytes[at] === dataName[0] ? at : bytes.indexOf(lf, at) + 1;
		const start = hasCr ? -1 : dataStart(bytes, from);
		const lineEnd = start === -1 ? -1 : bytes.indexOf(lf, start);
		if (lineEnd !== -1 && bytes[lineEnd + 1] === lf) {
			all.push(bytes.subarray(start, lineEnd));
			at = lineEnd + 2;
			continue;
		}
		const end = endOfEvent(bytes, at, hasCr);
		const data = eventDataBytes(bytes, at, end, hasCr);
		if (data !== undefined) all.push(data);
		at = end;
	}
	return all;
}

function eventDataBytes(bytes: Buffer, start: number, end: number, hasCr: boolean): Buffer | undefined {
	const parts: Buffer[] = [];
	let at = start;
	while (at < end) {
		const line = nextLine(bytes, at, hasCr);
		const from = dataStart(bytes, at);
		if (from !== -1) {
			if (parts.length > 0) parts.push(lineEnd);
			parts.push(bytes.subarray(from, line.end));
		}
		at = line.next;
	}
	return parts.length === 0 ? undefined : joined(parts);
}

/** @returns the offset of what the line that begins at `at` says in its `data` field; -1 if it is another field */
function dataStart(bytes: Buffer, at: number): number {
	if (bytes.compare(dataName, 0, dataName.length, at, Math.min(bytes.length, at + dataName.length)) !== 0) return -1;
	const from = at + dataName.length;
	return bytes[from] === space ? from + 1 : from;
}

/** The result for an event: other data, or bytes that come before it. */
export interface MappedEvent {
	/** Undefined for the data as it was. */
	readonly data?: string | undefined;
	/** Whole events. */
	readonly before?: string;
}

/** Whole events with other data in them; comments and other fields stay. @returns the same bytes where nothing changes */
export function mapEvents(bytes: Buffer, map: (data: string) => MappedEvent): Buffer {
	const hasCr = hasCarriageReturn(bytes);
	const parts: Buffer[] = [];
	let keptFrom = 0;
	for (let at = 0; at < bytes.length; ) {
		const end = endOfEvent(bytes, at, hasCr);
		const given = eventData(bytes, at, end, hasCr);
		const { data, before = "" } = given === undefined ? {} : map(given);
		if (before !== "" || (data !== undefined && data !== given)) {
			parts.push(bytes.subarray(keptFrom, at), Buffer.from(before));
			if (data === undefined) keptFrom = at;
			else {
				parts.push(withData(bytes.subarray(at, end), data));
				keptFrom = end;
			}
		}
		at = end;
	}
	return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(keptFrom)]);
}

/** An event with one line of data in place of those it had. */
function withData(event: Buffer, data: string): Buffer {
	const others = event
		.toString()
		.split(/\r\n|\n|\r/)
		.filter((line) => line !== "" && !line.startsWith("data:"));
	return Buffer.from(`${[...others, `data: ${data}`].join("\n")}\n\n`);
}
