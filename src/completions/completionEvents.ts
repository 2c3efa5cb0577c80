/** The events of one streamed chat completion: each chunk is read, and gets the stored id, as it passes. */
import { findMember } from "../contract/jsonMember.js";
import type { RepeatedText } from "../upstream/repeatedText.js";
import { RepeatedChunks } from "./repeatedChunk.js";
import { idName, type Splice, spliced, spliceId } from "./spliceId.js";

const lf = 0x0a;
const cr = 0x0d;
const openBrace = 0x7b;
const space = 0x20;
const dataName = Buffer.from("data:");
const nothing: Buffer = Buffer.alloc(0);

/** How events that are alike begin. */
interface Beginning {
	readonly before: Buffer;
	/** So many bytes, up to behind the id, become these. 0 where an event has to be looked at. */
	readonly received: number;
	readonly sent: Buffer;
}

export interface EventReader {
	/** The id that each chunk gets. */
	id: string;
	/** Data of the last event, `[DONE]`. It and what follows is held back. */
	terminator: string | undefined;
	/** Each event's JSON object, be it a chunk or not; but for chunks like the one before, of which only the text is told. */
	read(event: Record<string, unknown>): void;
	readText(choice: number, text: string): void;
}

/**
 * Follows an event stream (WHATWG HTML §9.2) line by line.
 *
 * `push` takes whole events, nearly always; where a line is cut, its beginning is held until the rest is here.
 */
export class CompletionEvents {
	readonly #reader: EventReader;
	readonly #quotedId: Buffer;
	readonly #repeated: RepeatedChunks;
	#beginning: Beginning | undefined;
	/** A line without its end, or an event of several data lines without its end. */
	#held: Buffer = nothing;
	#ending: Buffer[] | undefined;

	constructor(reader: EventReader) {
		this.#reader = reader;
		this.#quotedId = Buffer.from(JSON.stringify(reader.id));
		this.#repeated = new RepeatedChunks(this.#quotedId);
	}

	/**
	 * @param repeated what is known of the piece already
	 * @returns what may be sent on now
	 */
	push(bytes: Buffer, repeated?: RepeatedText): Buffer {
		if (repeated?.bytes === bytes && this.#held.length === 0 && !this.#ending) return this.#replace(repeated);
		if (this.#ending) {
			this.#ending.push(bytes);
			return nothing;
		}
		if (this.#held.length > 0) {
			const all = Buffer.concat([this.#held, bytes]);
			this.#held = nothing;
			return this.#follow(all);
		}
		return this.#follow(bytes);
	}

	/** What is left when the stream has ended, the terminator among it. */
	rest(): Buffer {
		const last = this.#held.length === 0 ? nothing : this.push(Buffer.from("\n\n"));
		return Buffer.concat([last, ...(this.#ending ?? [])]);
	}

	/** Most pieces are one event each, like the one before: then this is all there is to do. */
	#replace(event: RepeatedText): Buffer {
		const { bytes, before, choice, textStart, textEnd } = event;
		if (this.#beginning?.before !== before) this.#beginning = this.#beginningOf(event);
		const { received, sent } = this.#beginning;
		if (received === 0) return this.#follow(bytes);
		this.#reader.readText(choice, bytes.toString("utf8", textStart, textEnd));
		const out = Buffer.allocUnsafe(sent.length + bytes.length - received);
		out.set(sent);
		bytes.copy(out, sent.length, received);
		return out;
	}

	#beginningOf({ bytes, before, end }: RepeatedText): Beginning {
		const start = bytes.indexOf(openBrace);
		const id = start === -1 ? undefined : findMember(bytes, { start, end }, idName);
		// A chunk that has no id is to get one.
		if (id === undefined || id.end > before.length) return { before, received: 0, sent: nothing };
		return { before, received: id.end, sent: Buffer.concat([bytes.subarray(0, id.start), this.#quotedId]) };
	}

	#follow(all: Buffer): Buffer {
		const splices: Splice[] = [];
		let at = 0;
		let eventStart = 0;
		/** Offset of the first data line whose JSON goes on in the next one. */
		let openData = -1;
		let nextCr = all.indexOf(cr);
		while (at < all.length) {
			const nextLf = all.indexOf(lf, at);
			if (nextCr !== -1 && nextCr < at) nextCr = all.indexOf(cr, at);
			const end = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf) ? nextCr : nextLf;
			if (end === -1) break;
			const next = all[end] === cr && all[end + 1] === lf ? end + 2 : end + 1;
			if (end === at) {
				if (openData !== -1) this.#joinLines(all, { start: openData, end }, splices);
				openData = -1;
				eventStart = next;
			} else if (openData === -1 && isData(all, at)) {
				let start = at + dataName.length;
				while (all[start] === space) start += 1;
				const taken = this.#take(all, start, end, splices);
				if (taken === "terminator") {
					this.#ending = [all.subarray(eventStart)];
					return spliced(all, eventStart, splices);
				}
				if (taken === "open") openData = at;
			}
			at = next;
		}
		const whole = openData === -1 ? at : openData;
		this.#held = all.subarray(whole);
		return spliced(all, whole, splices);
	}

	#take(all: Buffer, start: number, end: number, splices: Splice[]): "taken" | "open" | "terminator" {
		if (all[start] !== openBrace) {
			const { terminator } = this.#reader;
			const isTerminator = terminator !== undefined && all.toString("utf8", start, end) === terminator;
			return isTerminator ? "terminator" : "taken";
		}
		const span = { start, end };
		const repeated = this.#repeated.match(all, span);
		if (repeated) {
			this.#reader.readText(repeated.choice, repeated.text);
			splices.push(repeated.splice);
			return "taken";
		}
		const event = parsed(all.toString("utf8", start, end));
		if (event === undefined) return "open";
		this.#reader.read(event);
		if (!isChunk(event)) return "taken";
		const splice = spliceId(all, span, event, this.#quotedId);
		splices.push(splice);
		this.#repeated.learn(all, span, event, splice);
		return "taken";
	}

	/** An event whose JSON is spread over several lines goes on as one, since a splice could not stay in its line. */
	#joinLines(all: Buffer, { start, end }: { start: number; end: number }, splices: Splice[]): void {
		const lines = all.toString("utf8", start, end).split(/\r\n|\n|\r/);
		const isDataLine = (line: string) => line.startsWith("data:");
		const data = lines.filter(isDataLine).map((line) => line.slice("data:".length).replace(/^ /, ""));
		const event = parsed(data.join("\n"));
		if (event === undefined) return;
		this.#reader.read(event);
		if (!isChunk(event)) return;
		const others = lines.filter((line) => line !== "" && !isDataLine(line));
		const joined = [`data: ${JSON.stringify({ ...event, id: this.#reader.id })}`, ...others];
		splices.push({ start, end, bytes: Buffer.from(joined.map((line) => `${line}\n`).join("")) });
	}
}

function isData(bytes: Buffer, at: number): boolean {
	for (let index = 0; index < dataName.length; index += 1) if (bytes[at + index] !== dataName[index]) return false;
	return true;
}

/** Errors, and what else a host may send as an event, keep their own `id`. */
function isChunk(event: Record<string, unknown>): boolean {
	return Array.isArray(event.choices);
}

/** A JSON object; undefined for what is none, or is not whole. */
function parsed(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}
