/** Reads streams whose events each hold one JSON object, for dialects in which only upstreams are asked. */
import type { ChatEvent } from "../chat/event.js";
import { parseObject } from "../json/parseObject.js";
import type { EventBytes, Json, ReadEvent, StreamFormat, StreamReader } from "./dialect.js";

/** @returns the events of one object; it may remember those before */
export type ObjectReader = (json: Json) => ChatEvent[];

export class JsonEventReader implements StreamReader {
	readonly #eventsOf: ObjectReader;

	constructor(eventsOf: ObjectReader) {
		this.#eventsOf = eventsOf;
	}

	match(): undefined {
		return undefined;
	}

	read({ data }: EventBytes): ReadEvent | undefined {
		const json = parseObject(data);
		return json && { events: this.#eventsOf(json), json };
	}
}

/** The form of streams that only come from upstreams: none is cut, or made of a whole answer, before it is translated. */
export function upstreamStream(createReader: () => ObjectReader): StreamFormat {
	const nothing = Buffer.alloc(0);
	return {
		terminator: "",
		end: nothing,
		asksForUsage: false,
		reader: () => new JsonEventReader(createReader()),
		wholeAsStream: () => undefined,
		cut: () => nothing,
	};
}
