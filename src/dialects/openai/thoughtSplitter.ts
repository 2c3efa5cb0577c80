/** Chat completions whose reasoning stands in the text between tags, as others that have it in `reasoning_content`. */
import { Gathered } from "../../json/gathered.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, type MappedEvent, mapEvents } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { Json, StreamDecoder } from "../dialect.js";
import { listIn, textIn } from "./choice.js";
import { type SplitText, type ThoughtTags, ThoughtText } from "./thoughtTags.js";

/** A longer body passes as it is. */
const maxBytes = 64 * 1024 * 1024;
const openBrace = 0x7b;

/** Of one answer, whole or streamed, which its first character tells. Bytes come out of it in whole events. */
export class ThoughtSplitter implements StreamDecoder {
	readonly #tags: ThoughtTags;
	readonly #stream: StreamedThoughts;
	/** A whole body so far; undefined for what is none. */
	#body: Gathered | undefined;
	#hasBegun = false;

	/** @param choices how many the answer has */
	constructor(tags: ThoughtTags, choices: number) {
		this.#tags = tags;
		this.#stream = new StreamedThoughts(tags, choices);
	}

	push(chunk: Buffer): Buffer {
		if (!this.#hasBegun) this.#begin(chunk);
		if (this.#body === undefined) return this.#stream.push(chunk);
		this.#body.add(chunk);
		return this.#body.bytes > maxBytes ? this.#takeBody() : noBytes;
	}

	end(): Buffer {
		if (this.#body === undefined) return this.#stream.end();
		const body = this.#takeBody();
		const json = parseObject(body.toString());
		return json !== undefined && splitWhole(json, this.#tags) ? Buffer.from(JSON.stringify(json)) : body;
	}

	#begin(chunk: Buffer): void {
		const first = chunk.find((byte) => byte > 0x20 && byte < 0x80);
		if (first === undefined) return;
		this.#hasBegun = true;
		if (first === openBrace) this.#body = new Gathered();
	}

	#takeBody(): Buffer {
		const body = this.#body?.take() ?? noBytes;
		this.#body = undefined;
		return body;
	}
}

/** @returns whether anything has changed */
function splitWhole(json: Json, tags: ThoughtTags): boolean {
	let isChanged = false;
	for (const choice of listIn(json.choices)) {
		const message = isObject(choice) ? choice.message : undefined;
		if (!isObject(message) || typeof message.content !== "string" || hasReasoning(message)) continue;
		const { content } = message;
		// Without an end, an answer that is whole has no reasoning.
		const isCut = isObject(choice) && choice.finish_reason === "length";
		const hasEnd = tags.tags.some((tag) => content.includes(`</${tag}>`));
		const text = new ThoughtText({ ...tags, isOpened: tags.isOpened && (hasEnd || isCut) });
		const split = joined(text.push(content), text.flush());
		if (split.content === content) continue;
		message.content = split.content === "" ? null : split.content;
		if (split.reasoning !== "") message.reasoning_content = split.reasoning;
		isChanged = true;
	}
	return isChanged;
}

class StreamedThoughts {
	readonly #tags: ThoughtTags;
	readonly #choices: number;
	readonly #framer = new EventFramer();
	readonly #texts = new Map<number, ThoughtText>();
	/** How many choices have nothing but text to come. */
	#over = 0;
	#last: Json = {};

	constructor(tags: ThoughtTags, choices: number) {
		this.#tags = tags;
		this.#choices = choices;
	}

	push(chunk: Buffer): Buffer {
		// Once the reasoning is over, everything passes as it comes.
		if (this.#over >= this.#choices && this.#framer.isBetweenEvents) return chunk;
		return mapEvents(this.#framer.push(chunk), (data) => this.#map(data));
	}

	end(): Buffer {
		const rest = mapEvents(this.#framer.end(), (data) => this.#map(data));
		return Buffer.concat([rest, Buffer.from(this.#rest())]);
	}

	#map(data: string): MappedEvent {
		if (this.#over >= this.#choices) return {};
		const json = parseObject(data);
		if (json === undefined) return data.trim() === "[DONE]" ? { before: this.#rest() } : {};
		if (!Array.isArray(json.choices)) return {};
		let isChanged = false;
		for (const choice of json.choices) if (isObject(choice) && this.#split(choice)) isChanged = true;
		if (json.choices.length > 0) this.#last = json;
		return isChanged ? { data: JSON.stringify(json) } : {};
	}

	/** @returns whether the choice has changed */
	#split(choice: Json): boolean {
		const { index, delta, finish_reason: reason } = choice;
		const text = this.#textOf(typeof index === "number" ? index : 0);
		if (text.isOver) return false;
		const given = isObject(delta) ? delta : {};
		const said = textIn(given.content);
		if (hasReasoning(given)) text.stop();
		let split = said === "" ? nothing : text.push(said);
		// What comes after the text must not overtake it.
		if (typeof reason === "string" || listIn(given.tool_calls).length > 0) split = joined(split, text.flush());
		if (text.isOver) this.#over += 1;
		if (split.reasoning === "" && split.content === said) return false;
		const { content: _content, ...others } = given;
		choice.delta = { ...others, ...membersOf(split) };
		return true;
	}

	#textOf(index: number): ThoughtText {
		let text = this.#texts.get(index);
		if (text === undefined) {
			text = new ThoughtText(this.#tags);
			this.#texts.set(index, text);
		}
		return text;
	}

	/** Of choices that have ended without a word. */
	#rest(): string {
		const choices = [...this.#texts]
			.map(([index, text]) => ({ index, delta: membersOf(text.flush()), finish_reason: null }))
			.filter(({ delta }) => Object.keys(delta).length > 0);
		const { usage: _usage, ...base } = this.#last;
		return choices.length === 0 ? "" : `data: ${JSON.stringify({ ...base, choices })}\n\n`;
	}
}

const nothing: SplitText = { reasoning: "", content: "" };

function joined(one: SplitText, other: SplitText): SplitText {
	return { reasoning: one.reasoning + other.reasoning, content: one.content + other.content };
}

function membersOf({ reasoning, content }: SplitText): Json {
	return {
		...(reasoning === "" ? {} : { reasoning_content: reasoning }),
		...(content === "" ? {} : { content }),
	};
}

function hasReasoning({ reasoning, reasoning_content: content }: Json): boolean {
	return textIn(reasoning) !== "" || textIn(content) !== "";
}
