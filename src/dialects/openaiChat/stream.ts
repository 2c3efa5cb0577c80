/** Streams of OpenAI's chat completions. */
import { CitedText } from "../../chat/citations.js";
import { codePoints, codePointsInBytes } from "../../chat/codePoints.js";
import type { ChatEvent } from "../../chat/event.js";
import type { TokenProbability } from "../../chat/logProbabilities.js";
import type { Audio, Image } from "../../chat/request.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Json, StreamFormat, StreamWriter, WireEvent, WriteContext } from "../dialect.js";
import { writeUrlCitations } from "../openai/annotations.js";
import { ChunkReader } from "../openai/chunkReader.js";
import { cutCompletion } from "../openai/cutCompletion.js";
import { writeTokens } from "../openai/logProbabilities.js";
import { writeAudio, writeImages } from "../openai/media.js";
import { wholeAsStream } from "../openai/wholeAsStream.js";
import type { RepeatedText } from "../repeatedText.js";
import { framed, type TextFrame } from "../textFrame.js";
import { writeReason, writeUsage } from "./response.js";

export const terminator = "[DONE]";

export const stream: StreamFormat = {
	terminator,
	end: Buffer.from(`data: ${terminator}\n\n`),
	asksForUsage: true,
	canBeRescued: true,
	reader: (options) => new ChunkReader(terminator, options),
	wholeAsStream: (body) => wholeAsStream(body, terminator),
	cut: (ending) =>
		cutCompletion(ending, { object: "chat.completion.chunk", idPrefix: "chatcmpl", said: { delta: {} } }),
};

/** Stands where a text goes. */
const mark = "\u2060";
const markBytes = Buffer.from(mark);

/** Writes chunks, one for each event of the upstream's. */
export class ChunkWriter implements StreamWriter {
	readonly #context: WriteContext;
	readonly #base: { id: string; object: string; created: number; model: string };
	#usage: Json | undefined;
	/** Choices whose role has been said. */
	readonly #roles = new Set<number>();
	/** Places of calls that have begun, by choice. */
	readonly #begun = new Set<string>();
	/** Texts so far, by choice, to which citations refer. */
	readonly #cited = new Map<number, CitedText>();
	/** Log probabilities of the text that comes next, by choice. */
	readonly #tokens = new Map<number, readonly TokenProbability[]>();
	/** What stands around each text of a choice. */
	#textFrame: (TextFrame & { readonly choice: number }) | undefined;

	constructor(context: WriteContext) {
		this.#context = context;
		this.#base = {
			id: `chatcmpl-${context.requestId}`,
			object: "chat.completion.chunk",
			created: context.created,
			model: context.model ?? "",
		};
	}

	get head(): StreamWriter["head"] {
		return this.#base;
	}

	write(events: readonly ChatEvent[]): WireEvent[] {
		const choices: Json[] = [];
		for (const event of events) {
			if (event.type === "start") this.#start(event);
			else if (event.type === "usage") this.#usage = event.tokens && writeUsage(event.tokens);
			else {
				// All of them come in one chunk: SDKs keep the last that they are given.
				if (event.type === "finish") {
					this.#addCitations(event.choice, choices);
					this.#addTokens(event.choice, choices);
				}
				const choice = this.#choiceOf(event);
				if (choice !== undefined) choices.push(this.#withRole(choice));
			}
		}
		for (const index of this.#tokens.keys()) this.#addTokens(index, choices);
		return this.#chunks(choices);
	}

	writeText({ bytes, choice, isPlain, textStart, textEnd }: RepeatedText): Buffer | undefined {
		if (isPlain || !this.#roles.has(choice)) return undefined;
		if (this.#textFrame?.choice !== choice) {
			const json = JSON.stringify({ ...this.#base, choices: [choiceWith(choice, { content: mark })] });
			const event = sseBytes(json);
			const at = event.lastIndexOf(markBytes);
			const around = { before: event.subarray(0, at), after: event.subarray(at + markBytes.length) };
			this.#textFrame = { choice, ...around };
		}
		this.#citedOf(choice).add(codePointsInBytes(bytes, textStart, textEnd));
		return framed(this.#textFrame, bytes, textStart, textEnd);
	}

	end(): WireEvent[] {
		const choices: Json[] = [];
		for (const index of this.#cited.keys()) this.#addCitations(index, choices);
		const written = this.#chunks(choices);
		if (this.#context.wantsUsage && this.#usage !== undefined)
			written.push({ json: { ...this.#base, choices: [], usage: this.#usage } });
		return written;
	}

	#chunks(choices: readonly Json[]): WireEvent[] {
		return choices.map((choice) => ({ json: { ...this.#base, choices: [choice] } }));
	}

	#citedOf(choice: number): CitedText {
		let cited = this.#cited.get(choice);
		if (cited === undefined) {
			cited = new CitedText();
			this.#cited.set(choice, cited);
		}
		return cited;
	}

	#addCitations(index: number, choices: Json[]): void {
		const annotations = writeUrlCitations(this.#cited.get(index)?.take() ?? []);
		if (annotations.length > 0) choices.push(this.#withRole(choiceWith(index, { annotations })));
	}

	/** Those of a text that has come. */
	#addTokens(index: number, choices: Json[]): void {
		if (this.#tokens.has(index)) choices.push(this.#withRole(this.#withTokens(choiceWith(index, {}))));
	}

	#withTokens(choice: Json): Json {
		const index = choice.index as number;
		const tokens = this.#tokens.get(index);
		if (tokens === undefined) return choice;
		this.#tokens.delete(index);
		return { ...choice, logprobs: { content: writeTokens(tokens), refusal: null } };
	}

	/** SDKs want to be told the role first, also by upstreams whose answers have only one. */
	#withRole(choice: Json): Json {
		const index = choice.index as number;
		if (this.#roles.has(index)) return choice;
		this.#roles.add(index);
		return { ...choice, delta: { role: "assistant", ...(choice.delta as Json) } };
	}

	#start({ id, created, model }: Extract<ChatEvent, { type: "start" }>): void {
		this.#base.id = id ?? this.#base.id;
		this.#base.created = created ?? this.#base.created;
		this.#base.model = model ?? this.#base.model;
		this.#textFrame = undefined;
	}

	#choiceOf(event: ChatEvent): Json | undefined {
		switch (event.type) {
			case "role":
				return choiceWith(event.choice, { role: event.role, content: "" });
			case "text":
				this.#citedOf(event.choice).add(codePoints(event.text, event.text.length));
				return this.#withTokens(choiceWith(event.choice, { content: event.text }));
			case "media":
				return choiceWith(event.choice, this.#mediaOf(event.part));
			case "block":
				this.#citedOf(event.choice).begin();
				return undefined;
			case "citation":
				this.#citedOf(event.choice).cite(event.citation);
				return undefined;
			case "logprobs":
				if (event.tokens.length > 0)
					this.#tokens.set(event.choice, [...(this.#tokens.get(event.choice) ?? []), ...event.tokens]);
				return undefined;
			case "reasoning":
				return event.text === "" ? undefined : choiceWith(event.choice, { reasoning_content: event.text });
			case "refusal":
				return choiceWith(event.choice, { refusal: event.text });
			case "tool_call":
				return choiceWith(event.choice, { tool_calls: [this.#callOf(event)] });
			case "finish":
				return { ...choiceWith(event.choice, {}), finish_reason: writeReason(event.reason) };
			default:
				return undefined;
		}
	}

	#mediaOf(part: Image | Audio): Json {
		if (part.type === "image") return { images: writeImages([part]) };
		return { audio: writeAudio(part, `audio_${this.#context.requestId}`, this.#context.created) };
	}

	#callOf({ choice, place, id, callType, name, arguments: text }: Extract<ChatEvent, { type: "tool_call" }>): Json {
		const index = Math.max(0, place);
		const key = `${choice} ${index}`;
		const isFirst = !this.#begun.has(key);
		this.#begun.add(key);
		const type = callType === "custom" ? "custom" : "function";
		const named = { ...(isFirst ? { name } : {}), [type === "custom" ? "input" : "arguments"]: text };
		return { index, ...(isFirst ? { id, type } : {}), [type]: named };
	}
}

function choiceWith(index: number, delta: Json): Json {
	return { index, delta, logprobs: null, finish_reason: null };
}
