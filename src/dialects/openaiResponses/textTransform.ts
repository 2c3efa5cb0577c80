/** Changes the text of responses as they pass: in each piece, and wherever the whole is said once more. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, type MappedEvent, mapEvents } from "../../streaming/eventFraming.js";
import type { TextMapper, TextTransform } from "../../streaming/transform.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";

export const textTransform: TextTransform = (isStream, makeMapper) => {
	if (!isStream)
		return {
			push(piece) {
				const json = parseObject(piece.bytes.toString());
				if (!Array.isArray(json?.output)) return piece;
				mapOutput(json.output, (text) => makeMapper()(text, true));
				return Buffer.from(JSON.stringify(json));
			},
			end: () => Buffer.alloc(0),
		};
	const texts = new StreamedTexts(makeMapper);
	const framer = new EventFramer();
	const map = (bytes: Buffer) => mapEvents(bytes, (data) => texts.map(data));
	return { push: ({ bytes }) => map(framer.push(bytes)), end: () => map(framer.end()) };
};

interface StreamedText {
	readonly mapper: TextMapper;
	/** What the client has been sent of it. */
	text: string;
	isWhole: boolean;
}

/** The texts of one stream, each with its mapper, by their places. */
class StreamedTexts {
	readonly #makeMapper: () => TextMapper;
	readonly #texts = new Map<string, StreamedText>();
	/** Events that were put in; those after them count on. */
	#added = 0;

	constructor(makeMapper: () => TextMapper) {
		this.#makeMapper = makeMapper;
	}

	map(data: string): MappedEvent {
		const json = parseObject(data);
		if (json === undefined) return {};
		const before = this.#mapEvent(json);
		if (typeof json.sequence_number === "number") json.sequence_number += this.#added;
		if (before === undefined) return { data: JSON.stringify(json) };
		if (typeof json.sequence_number === "number") json.sequence_number += 1;
		this.#added += 1;
		return { data: JSON.stringify(json), before };
	}

	/** @returns an event with what the mapper had kept back, to stand before this one */
	#mapEvent(json: Json): string | undefined {
		const { type, output_index: index, content_index: at, item, part, response } = json;
		if (type === "response.output_text.delta") {
			const text = this.#at(index, at);
			json.delta = this.#grown(text, text.mapper(textIn(json.delta), false));
		} else if (type === "response.output_text.done") {
			const text = this.#at(index, at);
			const rest = text.isWhole ? "" : text.mapper("", true);
			text.isWhole = true;
			json.text = text.text + this.#grown(text, rest);
			return rest === "" ? undefined : this.#restEvent(json, rest);
		} else if (type === "response.content_part.done" && isObject(part)) this.#mapPart(part, index, at);
		else if (isObject(item)) this.#mapItem(item, index);
		else if (isObject(response))
			for (const [place, each] of listIn(response.output).entries()) this.#mapItem(each, place);
		return undefined;
	}

	#restEvent({ item_id, output_index, content_index, sequence_number: number }: Json, delta: string): string {
		const type = "response.output_text.delta";
		const counted = typeof number === "number" ? { sequence_number: number + this.#added } : {};
		const event = { type, ...counted, item_id, output_index, content_index, delta, logprobs: [] };
		return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
	}

	#mapItem(item: unknown, index: unknown): void {
		if (!isObject(item) || item.type !== "message") return;
		for (const [at, part] of listIn(item.content).entries()) if (isObject(part)) this.#mapPart(part, index, at);
	}

	/** A text that has not come piece by piece is mapped as a whole. */
	#mapPart(part: Json, index: unknown, at: unknown): void {
		if (part.type !== "output_text" || typeof part.text !== "string" || part.text === "") return;
		const text = this.#at(index, at);
		if (!text.isWhole) this.#grown(text, text.text === "" ? text.mapper(part.text, true) : text.mapper("", true));
		text.isWhole = true;
		part.text = text.text;
	}

	#grown(text: StreamedText, more: string): string {
		text.text += more;
		return more;
	}

	#at(index: unknown, at: unknown): StreamedText {
		const place = `${index} ${at}`;
		const text = this.#texts.get(place) ?? { mapper: this.#makeMapper(), text: "", isWhole: false };
		this.#texts.set(place, text);
		return text;
	}
}

function mapOutput(output: readonly unknown[], map: (text: string) => string): void {
	for (const item of output)
		for (const part of isObject(item) && item.type === "message" ? listIn(item.content) : [])
			if (isObject(part) && part.type === "output_text") part.text = map(textIn(part.text));
}
