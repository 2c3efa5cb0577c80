/** Finds an answer's form in its first bytes: the content type is only a hint. */
import { Gathered } from "../json/gathered.js";
import { JsonLines } from "./jsonLines.js";

/**
 * Server-sent events; JSON objects, one a line, which are made events; one JSON object, which is collected; or something
 * else, which passes as it comes. Unknown until the first bytes are there.
 */
export type BodyKind = "unknown" | "events" | "lines" | "object" | "other";

const byteOrderMark = [0xef, 0xbb, 0xbf];
const lineEnds = new Set([0x0a, 0x0d]);
const spaces = new Set([0x20, 0x09]);
const openBrace = 0x7b;
const openBracket = 0x5b;
const lessThan = 0x3c;
/** Names of fields with their colon (WHATWG HTML §9.2.6); a comment has none. */
const fieldNames = ["data:", "event:", "id:", "retry:", ":"].map((name) => Buffer.from(name));

/** White space that keeps a connection alive may be long. */
const maxBeginningBytes = 64 * 1024;
/** A longer object is not made a stream, but where the dialect's are longer. */
const usualMaxObjectBytes = 2 * 1024 * 1024;
const nothing: Buffer = Buffer.alloc(0);

export interface BodyExpected {
	/** The client has asked for a stream. */
	readonly isStreamAsked: boolean;
	/** The upstream says that it is one. */
	readonly isLabelled: boolean;
	/** Makes a whole answer a stream, where the dialect has streams; undefined for what is no whole answer. */
	readonly wholeAsStream: ((body: Buffer) => Buffer | undefined) | undefined;
	readonly maxObjectBytes?: number | undefined;
}

export class BodyForm {
	kind: BodyKind = "unknown";
	/** The content type of a body that turns out to be no stream, whatever its label says. */
	contentType: "application/json" | "text/html" = "application/json";
	readonly #expected: BodyExpected;
	readonly #held = new Gathered();
	readonly #beginning = new Beginning();
	#lines: JsonLines | undefined;

	constructor(expected: BodyExpected) {
		this.#expected = expected;
	}

	/** @returns what may be read on, as events or as it is; undefined while `kind` is unknown or an object */
	take(chunk: Buffer): Buffer {
		if (this.#lines && this.kind === "lines") return this.#lines.push(chunk);
		this.#held.add(chunk);
		if (this.kind === "unknown") this.#recognise(chunk);
		if (this.kind === "object") return this.#followObject(chunk);
		return this.kind === "unknown" ? nothing : this.#held.take();
	}

	/** The upstream has ended. @returns what is left, once more as `kind` says */
	end(): Buffer {
		if (this.kind === "lines") return this.#lines?.end() ?? nothing;
		const rest = this.#held.take();
		const { isLabelled, wholeAsStream } = this.#expected;
		const events = this.kind === "object" ? wholeAsStream?.(rest) : undefined;
		this.kind = events !== undefined || (this.kind === "unknown" && isLabelled) ? "events" : "other";
		return events ?? rest;
	}

	#recognise(chunk: Buffer): void {
		const beginning = this.#beginning.kindWith(chunk);
		if (beginning === "unknown" && this.#held.bytes <= maxBeginningBytes) return;
		if (beginning === "page") this.contentType = "text/html";
		const { isStreamAsked, isLabelled, wholeAsStream } = this.#expected;
		if (beginning === "events" || beginning === "object") this.kind = beginning;
		// A field that nobody knows may stand before those that say something; a page has none.
		else this.kind = isLabelled && beginning === "other" ? "events" : "other";
		if (this.kind !== "object") return;
		if (isStreamAsked && wholeAsStream !== undefined) this.#lines = new JsonLines();
		else this.kind = "other";
	}

	#followObject(chunk: Buffer): Buffer {
		const events = this.#lines?.push(chunk) ?? nothing;
		if (this.#lines?.hasLines) {
			this.kind = "lines";
			this.#held.clear();
			return events;
		}
		if (this.#held.bytes <= (this.#expected.maxObjectBytes ?? usualMaxObjectBytes)) return nothing;
		this.kind = "other";
		return this.#held.take();
	}
}

/** What a body begins with. A byte order mark and line ends may stand before anything, spaces only before JSON. */
class Beginning {
	/** Bytes of the mark that have come. */
	#mark = 0;
	#isIndented = false;
	/** What follows all that, until it is known. */
	#said: Buffer = nothing;

	/** @param chunk that follows those before; each byte is looked at once, however small they are */
	kindWith(chunk: Buffer): "unknown" | "events" | "object" | "list" | "page" | "other" {
		const said = this.#said.length === 0 ? this.#withoutSpace(chunk) : Buffer.concat([this.#said, chunk]);
		if (said.length === 0) return "unknown";
		if (said[0] === openBrace) return "object";
		if (said[0] === lessThan) return "page";
		if (said[0] === openBracket) return "list";
		if (this.#isIndented) return "other";
		if (fieldNames.some((name) => said.subarray(0, name.length).equals(name))) return "events";
		this.#said = said;
		return fieldNames.some((name) => name.subarray(0, said.length).equals(said)) ? "unknown" : "other";
	}

	#withoutSpace(chunk: Buffer): Buffer {
		let at = 0;
		for (; at < chunk.length; at += 1) {
			const byte = chunk[at] as number;
			if (byte === byteOrderMark[this.#mark]) this.#mark += 1;
			else if (lineEnds.has(byte) || spaces.has(byte)) {
				this.#mark = byteOrderMark.length;
				this.#isIndented = spaces.has(byte);
			} else break;
		}
		return chunk.subarray(at);
	}
}
