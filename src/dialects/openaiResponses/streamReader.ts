/** Reads a stream of OpenAI's responses. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { EventBytes, Json, ReadEvent, ReaderOptions, StreamReader } from "../dialect.js";
import { readAnnotations } from "../openai/annotations.js";
import { textIn } from "../openai/choice.js";
import { readTokens } from "../openai/logProbabilities.js";
import { textLengthOf } from "../openai/textLength.js";
import type { RepeatedText } from "../repeatedText.js";
import { tokensOf } from "../usageCounts.js";
import { errorOfEvent } from "./errors.js";
import { NumberedTexts } from "./numberedTexts.js";
import { readReasoning } from "./request.js";
import { finishOf, isCall, readCall, readImage } from "./response.js";

const choice = 0;
/** Some upstreams end with OpenAI's other terminator. */
const otherEnd = "[DONE]";

export class ResponseReader implements StreamReader {
	/** Places of calls among calls, by their places in the output. */
	readonly #calls = new Map<number, number>();
	/** Places in the output whose text or arguments have come piece by piece. */
	readonly #streamed = new Set<number>();

	/** Places in the output whose annotations have come piece by piece. */
	readonly #annotated = new Set<number>();
	readonly #texts: NumberedTexts | undefined;

	constructor({ needsJson = false }: ReaderOptions = {}) {
		this.#texts = needsJson ? undefined : new NumberedTexts();
	}

	match(bytes: Buffer, at: number): RepeatedText | undefined {
		return this.#texts?.match(bytes, at);
	}

	read(event: EventBytes): ReadEvent | undefined {
		const { data } = event;
		if (data.trimEnd() === otherEnd) return { events: [{ type: "end" }], json: undefined };
		const json = parseObject(data);
		if (json === undefined) return undefined;
		this.#texts?.learn(event, json);
		const error = errorOfEvent(json);
		if (error !== undefined) return { events: [{ ...error, type: "error" }], json };
		return { events: this.#eventsOf(json), json };
	}

	#eventsOf(json: Json): ChatEvent[] {
		const { type, item, response, delta } = json;
		const index = typeof json.output_index === "number" ? json.output_index : 0;
		switch (type) {
			case "response.created":
			case "response.in_progress":
			case "response.queued":
				return isObject(response) ? [startOf(response)] : [];
			case "response.completed":
			case "response.incomplete":
				return this.#end(isObject(response) ? response : {}, type);
			case "response.output_item.added":
				return isObject(item) ? this.#added(item, index) : [];
			case "response.output_item.done":
				return isObject(item) ? this.#done(item, index) : [];
			case "response.output_text.delta":
				return [
					...tokensIn(json.logprobs),
					...this.#piece(index, { type: "text", choice, text: textIn(delta), isPlain: false }),
				];
			case "response.content_part.added":
				return [{ type: "block", choice }];
			case "response.output_text.annotation.added":
				this.#annotated.add(index);
				return readAnnotations([json.annotation]).map((citation) => ({ type: "citation", choice, citation }));
			case "response.content_part.done":
				return isObject(json.part) ? this.#annotationsOf(json.part, index) : [];
			case "response.refusal.delta":
				return this.#piece(index, { type: "refusal", choice, text: textIn(delta) });
			case "response.reasoning_text.delta":
			case "response.reasoning_summary_text.delta":
				return this.#piece(index, { type: "reasoning", choice, text: textIn(delta) });
			case "response.reasoning_summary_part.added":
				return json.summary_index === 0 ? [] : [{ type: "reasoning", choice, text: "\n\n" }];
			case "response.function_call_arguments.delta":
			case "response.custom_tool_call_input.delta":
				return this.#piece(index, this.#callDelta(index, textIn(delta)));
			default:
				return [];
		}
	}

	/** Some upstreams name them with the whole text alone. */
	#annotationsOf({ annotations }: Json, index: number): ChatEvent[] {
		if (this.#annotated.has(index)) return [];
		return readAnnotations(annotations).map((citation) => ({ type: "citation", choice, citation }));
	}

	#piece(index: number, event: ChatEvent): ChatEvent[] {
		this.#streamed.add(index);
		return [event];
	}

	#callDelta(index: number, text: string): ChatEvent {
		return {
			type: "tool_call",
			choice,
			place: this.#placeOf(index),
			id: "",
			callType: "",
			name: "",
			arguments: text,
		};
	}

	#placeOf(index: number): number {
		const place = this.#calls.get(index) ?? this.#calls.size;
		this.#calls.set(index, place);
		return place;
	}

	#added(item: Json, index: number): ChatEvent[] {
		if (item.type === "message") return [{ type: "role", choice, role: "assistant" }];
		if (item.type === "reasoning") return [];
		if (!isCall(item)) return [{ type: "opaque", choice, length: 0 }];
		const call = readCall(item);
		if (call.arguments !== "") this.#streamed.add(index);
		return [{ ...call, choice, place: this.#placeOf(index) }];
	}

	/** What has not come piece by piece is whole here. */
	#done(item: Json, index: number): ChatEvent[] {
		if (isCall(item)) {
			if (this.#streamed.has(index)) return [];
			const call = readCall(item);
			const isKnown = this.#calls.has(index);
			return isKnown ? [this.#callDelta(index, call.arguments)] : [{ ...call, choice, place: this.#placeOf(index) }];
		}
		if (item.type === "reasoning") {
			const { text: all, encrypted } = readReasoning(item);
			const text = this.#streamed.has(index) ? "" : all;
			return text === "" && encrypted === undefined ? [] : [{ type: "reasoning", choice, text, encrypted }];
		}
		if (item.type !== "message") {
			const image = readImage(item);
			const media: ChatEvent[] = image === undefined ? [] : [{ type: "media", choice, part: image }];
			return [{ type: "opaque", choice, length: textLengthOf(item) }, ...media];
		}
		return this.#streamed.has(index) ? [] : partsOf(item);
	}

	#end(response: Json, type: string): ChatEvent[] {
		const { usage, status = type.slice("response.".length) } = response;
		const events: ChatEvent[] = [startOf(response)];
		const finish = finishOf({ ...response, status }, this.#calls.size > 0);
		if (finish !== undefined) events.push({ type: "finish", choice, ...finish });
		if (isObject(usage)) events.push({ type: "usage", tokens: tokensOf(usage), raw: usage, isAlone: false });
		events.push({ type: "end" });
		return events;
	}
}

function tokensIn(logprobs: unknown): ChatEvent[] {
	const tokens = readTokens(logprobs);
	return tokens.length === 0 ? [] : [{ type: "logprobs", choice, tokens }];
}

function startOf({ id, created_at: created, model, service_tier: tier }: Json): ChatEvent {
	return {
		type: "start",
		id: textIn(id) || undefined,
		created: typeof created === "number" ? Math.floor(created) : undefined,
		model: textIn(model) || undefined,
		tier: tier ?? undefined,
	};
}

function partsOf({ content }: Json): ChatEvent[] {
	if (!Array.isArray(content)) return [];
	return content.filter(isObject).flatMap((part): ChatEvent[] => {
		if (typeof part.text === "string") {
			const citations = readAnnotations(part.annotations);
			return [
				{ type: "block", choice },
				...tokensIn(part.logprobs),
				{ type: "text", choice, text: part.text, isPlain: false },
				...citations.map((citation): ChatEvent => ({ type: "citation", choice, citation })),
			];
		}
		return typeof part.refusal === "string" ? [{ type: "refusal", choice, text: part.refusal }] : [];
	});
}
