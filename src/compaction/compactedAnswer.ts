/** Answers of upstreams as clients that compact get them: a summary becomes a compaction item, or one stands before the answer. */
import type { Json } from "../dialects/dialect.js";

import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import { EventFramer, endOfEvent, eventData, hasCarriageReturn, sseBytes } from "../streaming/eventFraming.js";
import { noBytes } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Transform } from "../streaming/transform.js";
import { summaryIn } from "./compactInput.js";

/** Limit of an answer that is read whole. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Makes the answer to a request for a summary the compaction of which it is.
 *
 * @param write what the client gets in place of a response with this summary
 */
export function answerWithCompaction(answer: ResponseStream, write: (summary: string, response: Json) => Json): void {
	const written = (response: Json) => write(summaryIn(response), response);
	answer.transforms.push(answer.isStream ? new SummaryStream(written) : whole(written));
}

/** Puts the item before the output of the answer. */
export function answerAfterCompaction(answer: ResponseStream, item: Json): void {
	const written = (response: Json) =>
		Array.isArray(response.output) ? { ...response, output: [item, ...response.output] } : response;
	answer.transforms.push(answer.isStream ? new ShiftedStream(item, written) : whole(written));
}

function whole(write: (response: Json) => Json): Transform {
	return {
		push({ bytes }) {
			const response = parseObject(bytes.toString());
			if (response === undefined || !Array.isArray(response.output)) return bytes;
			return Buffer.from(JSON.stringify(write(response)));
		},
		end: () => noBytes,
		maxBytes,
	};
}

/** Writes a stream of events anew, event by event. */
abstract class EventRewriter implements Transform {
	readonly #framer = new EventFramer(maxBytes);
	/** Of the events that were written. */
	#number = 0;
	/** Thrown once the events before it are on their way. */
	#failure: unknown;

	/** @returns the events in its place; undefined for the event as it is */
	protected abstract rewritten(event: Json): readonly Json[] | undefined;

	push({ bytes }: { bytes: Buffer }): Buffer {
		return this.#read(this.#framer.push(bytes));
	}

	end(): Buffer {
		return this.#read(this.#framer.end());
	}

	#read(events: Buffer): Buffer {
		if (this.#failure !== undefined) throw this.#failure;
		const hasCr = hasCarriageReturn(events);
		const written: Buffer[] = [];
		for (let at = 0; at < events.length; ) {
			const end = endOfEvent(events, at, hasCr);
			const event = parseObject(eventData(events, at, end, hasCr) ?? "");
			// Comments, and what no client reads.
			if (event === undefined) written.push(events.subarray(at, end));
			else if (!this.#write(event, written)) break;
			at = end;
		}
		return Buffer.concat(written);
	}

	/** @returns false if nothing may follow */
	#write(event: Json, written: Buffer[]): boolean {
		try {
			for (const one of this.rewritten(event) ?? [event]) written.push(this.#bytesOf(one));
			return true;
		} catch (failure) {
			if (written.length === 0) throw failure;
			this.#failure = failure;
			return false;
		}
	}

	#bytesOf(event: Json): Buffer {
		const bytes = sseBytes(JSON.stringify({ ...event, sequence_number: this.#number }), String(event.type));
		this.#number += 1;
		return bytes;
	}
}

function itemEvents(item: Json): Json[] {
	return ["added", "done"].map((what) => ({ type: `response.output_item.${what}`, output_index: 0, item }));
}

const preamble: ReadonlySet<unknown> = new Set(["response.created", "response.queued", "response.in_progress"]);
const endings: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete"]);

/** Holds back a summary as it is said, since the client gets all of it sealed. */
class SummaryStream extends EventRewriter {
	readonly #write: (response: Json) => Json;
	readonly #items: Json[] = [];

	constructor(write: (response: Json) => Json) {
		super();
		this.#write = write;
	}

	protected rewritten(event: Json): readonly Json[] | undefined {
		const { type, item, response } = event;
		if (type === "response.output_item.done" && isObject(item)) this.#items.push(item);
		if (preamble.has(type) || type === "response.failed" || type === "error") return undefined;
		if (!endings.has(type) || !isObject(response)) return [];
		// Some upstreams leave the items out of the whole.
		const hasOutput = Array.isArray(response.output) && response.output.length > 0;
		const compacted = this.#write(hasOutput ? response : { ...response, output: this.#items });
		const [own] = compacted.output as [Json];
		return [...itemEvents(own), { ...event, type: "response.completed", response: compacted }];
	}
}

/** Its item is the first, and those of the upstream come after it. */
class ShiftedStream extends EventRewriter {
	readonly #item: Json;
	readonly #write: (response: Json) => Json;
	#isBegun = false;

	constructor(item: Json, write: (response: Json) => Json) {
		super();
		this.#item = item;
		this.#write = write;
	}

	protected rewritten(event: Json): readonly Json[] | undefined {
		const { type, output_index: index, response } = event;
		if (preamble.has(type)) return undefined;
		const first = this.#isBegun ? [] : itemEvents(this.#item);
		this.#isBegun = true;
		if (isObject(response)) return [...first, { ...event, response: this.#write(response) }];
		return [...first, typeof index === "number" ? { ...event, output_index: index + 1 } : event];
	}
}

/** The whole answer to a request for a compaction. */
export function compactionObject(output: readonly Json[], { id, created_at: created, usage }: Json): Json {
	const at = typeof created === "number" ? created : Math.floor(Date.now() / 1000);
	return { id, object: "response.compaction", created_at: at, output, usage };
}
