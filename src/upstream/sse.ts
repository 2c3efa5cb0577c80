/** Server-sent events (WHATWG HTML §9.2) as bytes on their way: cut only between events, and seen to be whole or not. */

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;
const colon = 0x3a;
const space = 0x20;
const finishReason = Buffer.from('"finish_reason"');
const nothing = Buffer.alloc(0);

/** An event longer than this is passed on in pieces rather than held. */
const maxHeldBytes = 1024 * 1024;

/** An empty line that is cut by the network may have this much of it in the piece before. */
const longestPart = 3;

export interface StreamEnd {
	/** Data of the last event, where the protocol has one; without it every end is a good end. */
	streamTerminator: string | undefined;
	/** How many choices have to be finished before the stream may end without it. */
	choices: number;
}

/**
 * Follows one event stream without parsing it.
 *
 * Almost every chunk of a real host ends with an event, and passes as it came, uncopied.
 */
export class EventStream {
	readonly #expected: StreamEnd;
	#held: Buffer[] = [];
	#heldBytes = 0;
	#last: Buffer = nothing;
	#isMidEvent = false;
	readonly #finished = new Set<number>();

	constructor(expected: StreamEnd) {
		this.#expected = expected;
	}

	/** @returns what may be forwarded: whole events only (but see `isMidEvent`), so that an error event can follow. */
	push(chunk: Buffer): Buffer {
		const end = this.#endOfLastEvent(chunk);
		if (end === chunk.length && this.#heldBytes === 0) return this.#see(chunk);
		if (end === 0) {
			this.#hold(chunk);
			if (this.#heldBytes <= maxHeldBytes) return nothing;
			this.#isMidEvent = true;
			return this.#takeHeld();
		}
		this.#hold(chunk.subarray(0, end));
		const events = this.#takeHeld();
		this.#isMidEvent = false;
		this.#hold(chunk.subarray(end));
		return this.#see(events);
	}

	/** What is left when the host has ended: an event that lacked its empty line is completed. */
	end(): Buffer {
		if (this.#heldBytes === 0) return nothing;
		this.#hold(Buffer.from("\n\n"));
		this.#isMidEvent = false;
		return this.#see(this.#takeHeld());
	}

	/** What was passed on last is the beginning of an event too long to be held. */
	get isMidEvent(): boolean {
		return this.#isMidEvent;
	}

	/** The last event was the terminator. */
	get isTerminated(): boolean {
		const { streamTerminator } = this.#expected;
		return streamTerminator !== undefined && lastEventData(this.#last) === streamTerminator;
	}

	/** The last event was the host's own error, so that nothing needs to be added. */
	get endedWithError(): boolean {
		return /^\{\s*"error"/.test(lastEventData(this.#last) ?? "");
	}

	/** The stream may end here: the terminator or, short of it, all finish reasons or the host's own error went by. */
	get isWhole(): boolean {
		const { streamTerminator, choices } = this.#expected;
		return streamTerminator === undefined || this.#finished.size >= choices || this.isTerminated || this.endedWithError;
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
		if (events.length > 2) this.#last = events;
		const { streamTerminator, choices } = this.#expected;
		if (streamTerminator !== undefined && this.#finished.size < choices && mayFinish(events))
			noteFinished(events, this.#finished);
		return events;
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

/** Quotes inside a JSON string are escaped, so the name with its bare quotes is always a member. */
function mayFinish(events: Buffer): boolean {
	for (let at = events.indexOf(finishReason); at !== -1; at = events.indexOf(finishReason, at + 1)) {
		let value = at + finishReason.length;
		while (events[value] === colon || events[value] === space) value += 1;
		if (events[value] === quote) return true;
	}
	return false;
}

/** Adds the places of the choices that have a finish reason. Some hosts send an empty one with every event. */
function noteFinished(events: Buffer, finished: Set<number>): void {
	for (const line of events.toString().split(/[\r\n]+/)) {
		if (!line.startsWith("data:") || !line.includes('"finish_reason"')) continue;
		try {
			const { choices } = JSON.parse(line.slice(5)) as { choices?: { index?: number; finish_reason?: unknown }[] };
			for (const { index = 0, finish_reason: reason } of choices ?? [])
				if (typeof reason === "string" && reason !== "") finished.add(index);
		} catch {
			// Not a completion, whatever it is.
		}
	}
}

/** Data of the last event when that is one `data:` line. */
function lastEventData(events: Buffer): string | undefined {
	const lines = events
		.toString("utf8")
		.trimEnd()
		.split(/[\r\n]+/);
	return /^data: ?(.*)$/.exec(lines.at(-1) ?? "")?.[1];
}
