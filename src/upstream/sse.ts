/** Server-sent events (WHATWG HTML §9.2) as bytes on their way: cut only between events, and seen to be whole or not. */

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;
const space = 0x20;
const finishReason = Buffer.from('"finish_reason"');
const nothing = Buffer.alloc(0);

/** An event longer than this is passed on in pieces rather than held. */
const maxHeldBytes = 1024 * 1024;

/**
 * Follows one event stream without parsing it.
 *
 * `push` returns what may be forwarded: whole events only, so that an error event can follow at any moment. Almost
 * every chunk of a real host ends with an event, and is then returned as it came, uncopied.
 */
export class EventStream {
	#held: Buffer = nothing;
	#last: Buffer = nothing;
	#finished = false;
	readonly #terminator: string | undefined;

	/** @param terminator data of the last event, where the protocol has one; without it every end is a good end. */
	constructor(terminator: string | undefined) {
		this.#terminator = terminator;
	}

	push(chunk: Buffer): Buffer {
		const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
		const end = endOfLastEvent(bytes);
		if (end === bytes.length) {
			this.#held = nothing;
			return this.#see(bytes);
		}
		if (bytes.length - end > maxHeldBytes) {
			this.#held = nothing;
			return bytes;
		}
		this.#held = bytes.subarray(end);
		return this.#see(bytes.subarray(0, end));
	}

	/** What is left when the host has ended: an event that lacked its empty line is completed. */
	end(): Buffer {
		if (this.#held.length === 0) return nothing;
		const rest = Buffer.concat([this.#held, Buffer.from("\n\n")]);
		this.#held = nothing;
		return this.#see(rest);
	}

	/** The last event was the terminator. */
	get isTerminated(): boolean {
		return this.#terminator !== undefined && lastEventData(this.#last) === this.#terminator;
	}

	/** The last event was the host's own error, so that nothing needs to be added. */
	get endedWithError(): boolean {
		return /^\{\s*"error"/.test(lastEventData(this.#last) ?? "");
	}

	/** The stream may end here: the terminator or, short of it, a finish reason or the host's own error was seen. */
	get isWhole(): boolean {
		return this.#terminator === undefined || this.#finished || this.isTerminated || this.endedWithError;
	}

	#see(events: Buffer): Buffer {
		if (events.length > 2) this.#last = events;
		if (!this.#finished && this.#terminator !== undefined) this.#finished = hasFinishReason(events);
		return events;
	}
}

/** Offset behind the last empty line, 0 when there is none. */
function endOfLastEvent(bytes: Buffer): number {
	for (let at = bytes.length - 1; at > 0; at -= 1) {
		at = lastLineEnd(bytes, at);
		if (at < 1) return 0;
		if (endsWithEmptyLine(bytes, at)) return at + 1;
	}
	return 0;
}

function lastLineEnd(bytes: Buffer, from: number): number {
	const byte = bytes[from];
	if (byte === lf || byte === cr) return from;
	return Math.max(bytes.lastIndexOf(lf, from), bytes.lastIndexOf(cr, from));
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

/** Quotes inside a JSON string are escaped, so the name with its bare quotes is always a member. */
function hasFinishReason(events: Buffer): boolean {
	for (let at = events.indexOf(finishReason); at !== -1; at = events.indexOf(finishReason, at + 1)) {
		let value = at + finishReason.length;
		while (events[value] === 0x3a || events[value] === space) value += 1;
		if (events[value] === quote) return true;
	}
	return false;
}

/** Data of the last event when that is one `data:` line. */
function lastEventData(events: Buffer): string | undefined {
	const lines = events
		.toString("utf8")
		.trimEnd()
		.split(/[\r\n]+/);
	return /^data: ?(.*)$/.exec(lines.at(-1) ?? "")?.[1];
}
