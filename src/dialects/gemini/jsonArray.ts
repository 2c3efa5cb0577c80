/** Streams of Gemini's generateContent as they are sent without `alt=sse`: a JSON list that grows by one answer at a time. */
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, endOfEvent, eventData, hasCarriageReturn } from "../../streaming/eventFraming.js";
import type { Piece } from "../../streaming/piece.js";
import type { ResponseStream } from "../../streaming/responseStream.js";
import type { Transform } from "../../streaming/transform.js";
import type { ClientFraming } from "../dialect.js";
import { errorBody } from "./errors.js";
import { ContentReader } from "./reader.js";

export const jsonArray: ClientFraming = { frame: asJsonArray, follow: followJsonArray };

/** Makes a list of a stream's events. */
function asJsonArray(answer: ResponseStream): void {
	const list = new JsonArray();
	answer.headers["content-type"] = "application/json; charset=UTF-8";
	answer.transforms.push(list);
	endAsJsonArray(answer, (error) => Buffer.concat([list.element(error), list.end()]));
}

/** Such a list that was written for another client, of which whole elements come: should it break, its end is written. */
function followJsonArray(answer: ResponseStream): void {
	endAsJsonArray(answer, (error) => Buffer.from(`${answer.hasPassed ? separator : "["}${error}${listEnd}`));
}

/** @param write writes an error as the last element, and the end */
function endAsJsonArray(answer: ResponseStream, write: (error: string) => Buffer): void {
	answer.dialect = {
		...answer.dialect,
		ping: undefined,
		comment: Buffer.from("\n"),
		errors: { event: (failure) => write(JSON.stringify(errorBody(failure))) },
	};
}

const separator = ",\r\n";
const listEnd = "\n]\n";

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
		const before = this.#hasBegun ? separator : "[";
		this.#hasBegun = true;
		return Buffer.from(before + json);
	}

	end(): Buffer {
		return Buffer.from(this.#hasBegun ? listEnd : "[]\n");
	}
}
