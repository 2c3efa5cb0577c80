/** Reads streams of Anthropic's Messages. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { EventBytes, Json, ReadEvent, ReaderOptions, StreamReader } from "../dialect.js";
import { laterUsage } from "../laterUsage.js";
import { textIn } from "../openai/choice.js";
import { textLengthOf } from "../openai/textLength.js";
import { type RepeatedText, RepeatedTexts, type TextOnly } from "../repeatedText.js";
import { tokensOf } from "../usageCounts.js";
import { readCitations } from "./citations.js";
import { anthropicErrors } from "./errors.js";
import { reasonOf } from "./response.js";

const choice = 0;
const errors = anthropicErrors("content");
const nothing = Buffer.alloc(0);
/** Where a text's part stands. */
const plainText: TextOnly = { choice, isPlain: false, name: Buffer.from('"text"') };

export class MessageReader implements StreamReader {
	readonly #texts: RepeatedTexts | undefined;
	/** Places of tool calls, by the index of their block. */
	readonly #calls = new Map<unknown, number>();
	/** Counts that the message began with; its end may name those alone that have changed. */
	#counts: Json = {};

	constructor({ needsJson = false }: ReaderOptions = {}) {
		this.#texts = needsJson ? undefined : new RepeatedTexts();
	}

	match(bytes: Buffer, at: number): RepeatedText | undefined {
		return this.#texts?.match(bytes, at);
	}

	read({ bytes, start, end, data }: EventBytes): ReadEvent | undefined {
		const json = parseObject(data);
		if (json === undefined) return undefined;
		// Vertex AI's counts for itself, at which clients that know all events break off.
		if (json.type === "vertex_event") return { events: [], json, replacement: nothing };
		this.#texts?.learn(bytes, start, end, isPlainText(json) ? plainText : undefined);
		return { events: this.#eventsOf(json), json };
	}

	#eventsOf(json: Json): ChatEvent[] {
		switch (json.type) {
			case "message_start":
				return isObject(json.message) ? this.#startOf(json.message) : [];
			case "content_block_start":
				return isObject(json.content_block) ? this.#startOfBlock(json.index, json.content_block) : [];
			case "content_block_delta":
				return isObject(json.delta) ? this.#delta(json.index, json.delta) : [];
			case "message_delta":
				return this.#endOf(json);
			case "message_stop":
				return [{ type: "end" }];
			case "content_block_stop":
			case "ping":
				return [];
		}
		const detail = errors.read(json, "event");
		return detail === undefined ? [] : [{ ...detail, type: "error" }];
	}

	/** The count of output that a message begins with is a placeholder: nothing has been said. */
	#startOf({ id, model, usage, role }: Json): ChatEvent[] {
		const events: ChatEvent[] = [
			{ type: "start", id: textIn(id) || undefined, model: textIn(model) || undefined },
			{ type: "role", choice, role: textIn(role) || "assistant" },
		];
		if (!isObject(usage)) return events;
		this.#counts = { ...usage, output_tokens: 0 };
		events.push({ type: "usage", tokens: tokensOf(this.#counts), raw: this.#counts, isAlone: false });
		return events;
	}

	/** Why the message ends, and counts of all of it; nothing but the end follows. */
	#endOf({ delta, usage }: Json): ChatEvent[] {
		const vendorReason = isObject(delta) ? textIn(delta.stop_reason) : "";
		const isEnd = vendorReason !== "";
		const events: ChatEvent[] = [];
		if (isEnd) events.push({ type: "finish", choice, reason: reasonOf(vendorReason), vendorReason });
		if (!isObject(usage)) return events;
		const named = Object.entries(usage).filter(([, value]) => value !== null);
		const raw = laterUsage(this.#counts, { ...this.#counts, ...Object.fromEntries(named) });
		events.push({ type: "usage", tokens: tokensOf(raw), raw, isAlone: isEnd });
		return events;
	}

	#startOfBlock(index: unknown, block: Json): ChatEvent[] {
		switch (block.type) {
			case "text":
				return startOfText(block);
			case "thinking":
				return textIn(block.thinking) === "" ? [] : [{ type: "reasoning", choice, text: textIn(block.thinking) }];
			case "redacted_thinking":
				return [{ type: "reasoning", choice, text: "", encrypted: textIn(block.data) }];
			case "tool_use": {
				const place = this.#calls.size;
				this.#calls.set(index, place);
				const { id, name, input } = block;
				const text = isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : "";
				const named = { id: textIn(id), callType: "function", name: textIn(name) };
				return [{ type: "tool_call", choice, place, ...named, arguments: text }];
			}
			default:
				return [{ type: "opaque", choice, length: textLengthOf(block) }];
		}
	}

	#delta(index: unknown, delta: Json): ChatEvent[] {
		switch (delta.type) {
			case "text_delta":
				return [{ type: "text", choice, text: textIn(delta.text), isPlain: false }];
			case "thinking_delta":
				return [{ type: "reasoning", choice, text: textIn(delta.thinking) }];
			case "signature_delta":
				return [{ type: "reasoning", choice, text: "", signature: textIn(delta.signature) }];
			case "citations_delta":
				return [...citationsIn([delta.citation]), { type: "opaque", choice, length: textLengthOf(delta) }];
			case "input_json_delta": {
				const place = this.#calls.get(index);
				const text = textIn(delta.partial_json);
				if (place === undefined) return [{ type: "opaque", choice, length: text.length }];
				return [{ type: "tool_call", choice, place, id: "", callType: "", name: "", arguments: text }];
			}
			default:
				return [{ type: "opaque", choice, length: textLengthOf(delta) }];
		}
	}
}

function startOfText({ text, citations }: Json): ChatEvent[] {
	const said = textIn(text);
	const block: ChatEvent = { type: "block", choice };
	if (said === "") return [block, ...citationsIn(citations)];
	return [block, { type: "text", choice, text: said, isPlain: false }, ...citationsIn(citations)];
}

function citationsIn(citations: unknown): ChatEvent[] {
	return readCitations(citations).map((citation) => ({ type: "citation", choice, citation }));
}

function isPlainText({ type, delta }: Json): boolean {
	return type === "content_block_delta" && isObject(delta) && delta.type === "text_delta";
}
