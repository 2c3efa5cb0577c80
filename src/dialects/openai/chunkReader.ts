/** Reads the stream of a chat or text completion. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { EventBytes, Json, ReadEvent, ReaderOptions, StreamReader } from "../dialect.js";
import { type RepeatedText, RepeatedTexts } from "../repeatedText.js";
import { sourcesIn } from "./annotations.js";
import { listIn } from "./choice.js";
import { type CallIds, eventsOfChunk, isOfCounts } from "./chunkEvents.js";
import { errorOfEvent } from "./errorEvent.js";
import { hasNoUsage, withoutCounts, withoutMember, withoutUsage } from "./hiddenUsage.js";
import { textOnly } from "./textOnly.js";

const end: ReadEvent = { events: [{ type: "end" }], json: undefined };

export class ChunkReader implements StreamReader {
	readonly #terminator: string;
	readonly #hidden: ReaderOptions["hiddenUsage"];
	readonly #texts: RepeatedTexts | undefined;
	readonly #ids: CallIds = new Map();
	/** The event that was learnt has nothing to hide, nor do those that it matches. */
	#isTextVisible = false;
	/** How many sources have been named; they are repeated with each chunk. */
	#sources = 0;

	constructor(terminator: string, { hiddenUsage, needsJson = false }: ReaderOptions = {}) {
		this.#terminator = terminator;
		this.#hidden = hiddenUsage;
		this.#texts = needsJson ? undefined : new RepeatedTexts();
	}

	match(bytes: Buffer, at: number): RepeatedText | undefined {
		return this.#texts?.match(bytes, at);
	}

	read({ bytes, start, end: eventEnd, data }: EventBytes): ReadEvent | undefined {
		if (data.trimEnd() === this.#terminator) return end;
		const json = parseObject(data);
		const error = errorOfEvent(bytes, start, eventEnd, json ?? data);
		if (error !== undefined) return { events: [{ ...error.detail, type: "error" }], json: error.json };
		if (json === undefined) return undefined;
		const events = eventsOfChunk(json, this.#ids);
		if (json.citations !== undefined || json.search_results !== undefined) this.#addSources(json, events);
		const replacement = this.#withoutCounts(bytes, start, eventEnd, json);
		if (replacement !== undefined) return { events, json, replacement };
		this.#isTextVisible = hasNoUsage(bytes.subarray(start, eventEnd));
		this.#texts?.learn(bytes, start, eventEnd, textOnly(json));
		return { events, json };
	}

	/** Without members `usage` that are null, where the client has asked for none. */
	visible(bytes: Buffer, isMatched: boolean): Buffer {
		if (!this.#hidden?.isEndHidden || (isMatched && this.#isTextVisible)) return bytes;
		return withoutUsage(bytes, false);
	}

	/** They are those of the whole answer: of the first choice, where there are several. */
	#addSources(json: Json, events: ChatEvent[]): void {
		const named = Math.max(listIn(json.citations).length, listIn(json.search_results).length);
		if (named <= this.#sources) return;
		for (const citation of sourcesIn(json).slice(this.#sources)) events.push({ type: "citation", choice: 0, citation });
		this.#sources = named;
	}

	/** @returns the event without the counts that the client is not to see, where there are any; they leave its object too */
	#withoutCounts(bytes: Buffer, start: number, eventEnd: number, json: Json): Buffer | undefined {
		const hidden = this.#hidden;
		if (hidden === undefined) return undefined;
		const isEnd = isOfCounts(json);
		let left: Buffer | undefined;
		if (isEnd ? hidden.isEndHidden : hidden.arePiecesHidden && isObject(json.usage)) {
			const event = bytes.subarray(start, eventEnd);
			left = isEnd ? withoutCounts(event, json) : withoutMember(event, json);
			delete json.usage;
		} else if (hidden.isEndHidden && json.usage === null) delete json.usage;
		return left;
	}
}
