/** Changes the text of Anthropic's messages as they pass: in the text blocks of a stream, and of a whole message. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, type MappedEvent, mapEvents, sseBytes } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { TextMapper, TextTransform } from "../../streaming/transform.js";
import type { Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";

export const textTransform: TextTransform = (isStream, makeMapper) => {
	if (!isStream)
		return {
			push(piece) {
				const json = parseObject(piece.bytes.toString());
				if (json?.type !== "message" || !Array.isArray(json.content)) return piece;
				for (const block of json.content)
					if (isObject(block) && block.type === "text") block.text = makeMapper()(textIn(block.text), true);
				return Buffer.from(JSON.stringify(json));
			},
			end: () => noBytes,
		};
	const blocks = new TextBlocks(makeMapper);
	const framer = new EventFramer();
	const map = (bytes: Buffer) => mapEvents(bytes, (data) => blocks.map(data));
	return {
		push: ({ bytes }) => map(framer.push(bytes)),
		end: () => Buffer.concat([map(framer.end()), Buffer.from(blocks.rest())]),
	};
};

/** The text blocks of one stream, each with its mapper while it is open. */
class TextBlocks {
	readonly #makeMapper: () => TextMapper;
	readonly #mappers = new Map<unknown, TextMapper>();

	constructor(makeMapper: () => TextMapper) {
		this.#makeMapper = makeMapper;
	}

	map(data: string): MappedEvent {
		const json = parseObject(data);
		if (json === undefined) return {};
		const { type, index, content_block: block, delta } = json;
		if (type === "content_block_start" && isObject(block) && block.type === "text") {
			const mapper = this.#makeMapper();
			this.#mappers.set(index, mapper);
			if (textIn(block.text) === "") return {};
			block.text = mapper(textIn(block.text), false);
			return { data: JSON.stringify(json) };
		}
		if (type === "content_block_delta" && isObject(delta) && delta.type === "text_delta") {
			delta.text = this.#mapperOf(index)(textIn(delta.text), false);
			return { data: JSON.stringify(json) };
		}
		// What a mapper has kept back comes before its block is closed, or the message is ended without that.
		if (type === "content_block_stop") return { before: this.#restOf(index) };
		return type === "message_delta" || type === "message_stop" ? { before: this.rest() } : {};
	}

	/** The text that mappers hold back, as events. */
	rest(): string {
		return [...this.#mappers.keys()].map((index) => this.#restOf(index)).join("");
	}

	#restOf(index: unknown): string {
		const text = this.#mappers.get(index)?.("", true) ?? "";
		this.#mappers.delete(index);
		const event: Json = { type: "content_block_delta", index, delta: { type: "text_delta", text } };
		return text === "" ? "" : sseBytes(JSON.stringify(event), "content_block_delta").toString();
	}

	/** An upstream may leave out that a block begins. */
	#mapperOf(index: unknown): TextMapper {
		const mapper = this.#mappers.get(index) ?? this.#makeMapper();
		this.#mappers.set(index, mapper);
		return mapper;
	}
}
