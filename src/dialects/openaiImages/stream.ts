/** Streams of OpenAI's pictures: some that are not finished yet, and each that is, as base64. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { maxPictureEventBytes, sseBytes } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { EventBytes, Json, ReadEvent, ReaderOptions, StreamFormat, StreamReader } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { errorOfEvent } from "../openai/errorEvent.js";
import { tokensOf } from "../usageCounts.js";
import { eventsOfWhole } from "./translation.js";

/** Some hosts end with it, though OpenAI doesn't. */
const otherEnd = "[DONE]";

/** @param event what the types of its events begin with: `image_generation` or `image_edit` */
export function streamOf(event: string): StreamFormat {
	return {
		terminator: "",
		end: noBytes,
		isNamed: true,
		maxEventBytes: maxPictureEventBytes,
		asksForUsage: false,
		reader: (options) => new ImageReader(options),
		wholeAsStream(body) {
			const whole = parseObject(body.toString());
			if (!Array.isArray(whole?.data) || !whole.data.some(isObject)) return undefined;
			return eventBytes(eventsOfWhole(whole, event));
		},
		// Nothing of a picture is left where it is cut.
		cut: () => noBytes,
	};
}

export function eventBytes(events: readonly Json[]): Buffer {
	return Buffer.concat(events.map((event) => sseBytes(JSON.stringify(event), textIn(event.type))));
}

const pictureName = '"b64_json"';
const opening = /\s*:\s*"/y;

/**
 * An event's JSON with an empty text for its picture, whose base64 has no quotes. What looks at each of its millions of
 * characters by a pattern may exhaust V8's stack for patterns.
 */
function withoutPicture(json: string): string {
	const name = json.indexOf(pictureName);
	if (name === -1) return json;
	opening.lastIndex = name + pictureName.length;
	if (!opening.test(json)) return json;
	const start = opening.lastIndex;
	const end = json.indexOf('"', start);
	return end === -1 || json[end - 1] === "\\" ? json : json.slice(0, start) + json.slice(end);
}

class ImageReader implements StreamReader {
	readonly #needsJson: boolean;
	/** Pictures that are finished. */
	#finished = 0;

	constructor({ needsJson = false, isTranslated = false }: ReaderOptions = {}) {
		this.#needsJson = needsJson || isTranslated;
	}

	match(): undefined {}

	read({ bytes, start, end, data }: EventBytes): ReadEvent | undefined {
		if (data.trimEnd() === otherEnd) return { events: [{ type: "end" }], json: undefined };
		const text = this.#needsJson ? data : withoutPicture(data);
		const json = parseObject(text);
		const error = errorOfEvent(bytes, start, end, json ?? data);
		if (error !== undefined) return { events: [{ ...error.detail, type: "error" }], json: error.json };
		if (json === undefined) return undefined;
		// What has been left out of it makes it another object than the event's.
		return { events: this.#eventsOf(json), json: text.length === data.length ? json : undefined };
	}

	#eventsOf({ type, usage }: Json): ChatEvent[] {
		const choice = this.#finished;
		const output: ChatEvent = { type: "opaque", choice, length: 0 };
		if (!textIn(type).endsWith(".completed")) return [output];
		this.#finished += 1;
		const counts: ChatEvent[] = isObject(usage)
			? [{ type: "usage", tokens: tokensOf(usage), raw: usage, isAlone: false }]
			: [];
		return [output, { type: "finish", choice, reason: "stop", vendorReason: "stop" }, ...counts];
	}
}
