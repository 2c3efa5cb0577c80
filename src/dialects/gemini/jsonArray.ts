/** Streams of Gemini's generateContent as they are sent without `alt=sse`: a JSON list that grows by one answer at a time. */
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, endOfEvent, eventData, hasCarriageReturn } from "../../streaming/eventFraming.js";
import type { Piece } from "../../streaming/piece.js";
import type { ResponseStream } from "../../streaming/responseStream.js";
import type { Transform } from "../../streaming/transform.js";
import { errorBody } from "./errors.js";
import { ContentReader } from "./reader.js";

/** Makes a list of a stream's events. To be called after all else that changes the answer. */
export function asJsonArray(answer: ResponseStream): void {
	const list = new JsonArray();
	answer.headers["content-type"] = "application/json; charset=UTF-8";
	answer.transforms.push(list);
	answer.dialect = {
		...answer.dialect,
		ping: undefined,
		comment: Buffer.from("\n"),
		errors: {
			event: (failure) => Buffer.concat([list.element(JSON.stringify(errorBody(failure))), list.end()]),
		},
	};
}

class JsonArray implements Transform {
	readonly #framer = new EventFramer();
	/** For whoever looks at the answer: the bytes that are sent are no events any more. */
	readonly #reader = new ContentReader({ needsJson: true });
	#hasBegun = false;

	push({ bytes, events }: Piece): Piece | undefined {
		const whole = this.#framer.push(bytes);
		const hasCr = hasCarriageReturn(whole);
		const elements: Buffer[] = [];
		const read = events === undefined ? [] : [...events];
		for (let at = 0; at < whole.length; ) {
			const end = endOfEvent(whole, at, hasCr);
			const data = eventData(whole, at, end, hasCr);
			if (data !== undefined && parseObject(data) !== undefined) {
				elements.push(this.element(data));
				if (events === undefined)
					read.push(...(this.#reader.read({ bytes: whole, start: at, end, data })?.events ?? []));
			}
			at = end;
		}
		return elements.length === 0 ? undefined : { bytes: Buffer.concat(elements), events: read };
	}

	element(json: string): Buffer {
		const before = this.#hasBegun ? ",\r\n" : "[";
		this.#hasBegun = true;
		return Buffer.from(before + json);
	}

	end(): Buffer {
		return Buffer.from(this.#hasBegun ? "\n]\n" : "[]\n");
	}
}
