/** Finds an answer's form in its first bytes: the content type is only a hint. */
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
	#held: Buffer[] = [];
	#heldBytes = 0;
	#lines: JsonLines | undefined;

	constructor(expected: BodyExpected) {
		this.#expected = expected;
	}

	/** @returns what may be read on, as events or as it is; undefined while `kind` is unknown or an object */
	take(chunk: Buffer): Buffer {
		if (this.#lines && this.kind === "lines") return this.#lines.push(chunk);
		this.#held.push(chunk);
		this.#heldBytes += chunk.length;
		if (this.kind === "unknown") this.#recognise();
		if (this.kind === "object") return this.#followObject(chunk);
		return this.kind === "unknown" ? nothing : this.#takeHeld();
	}

	/** The upstream has ended. @returns what is left, once more as `kind` says */
	end(): Buffer {
		if (this.kind === "lines") return this.#lines?.end() ?? nothing;
		const rest = this.#takeHeld();
		const { isLabelled, wholeAsStream } = this.#expected;
		const events = this.kind === "object" ? wholeAsStream?.(rest) : undefined;
		this.kind = events !== undefined || (this.kind === "unknown" && isLabelled) ? "events" : "other";
		return events ?? rest;
	}

	#takeHeld(): Buffer {
		const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
		this.#held = [];
		return bytes;
	}

	#recognise(): void {
		const beginning = kindOfBeginning(this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held));
		if (beginning === "unknown" && this.#heldBytes <= maxBeginningBytes) return;
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
			this.#held = [];
			return events;
		}
		if (this.#heldBytes <= (this.#expected.maxObjectBytes ?? usualMaxObjectBytes)) return nothing;
		this.kind = "other";
		return this.#takeHeld();
	}
}

/** A byte order mark and line ends may stand before anything, spaces only before JSON. */
function kindOfBeginning(bytes: Buffer): "unknown" | "events" | "object" | "list" | "page" | "other" {
	let at = 0;
	while (at < byteOrderMark.length && at < bytes.length && bytes[at] === byteOrderMark[at]) at += 1;
	let isIndented = false;
	for (; at < bytes.length && (lineEnds.has(bytes[at] as number) || spaces.has(bytes[at] as number)); at += 1)
		isIndented = spaces.has(bytes[at] as number);
	if (at === bytes.length) return "unknown";
	if (bytes[at] === openBrace) return "object";
	if (bytes[at] === lessThan) return "page";
	if (bytes[at] === openBracket) return "list";
	if (isIndented) return "other";
	const rest = bytes.subarray(at);
	if (fieldNames.some((name) => rest.subarray(0, name.length).equals(name))) return "events";
	return fieldNames.some((name) => name.subarray(0, rest.length).equals(rest)) ? "unknown" : "other";
}
