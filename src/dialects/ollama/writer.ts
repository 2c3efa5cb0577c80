/** Writes streams of Ollama's chat and generate: an object for each piece, and one at the end with the reason, times and counts. */
import type { ChatEvent, FinishReason, ToolCallDelta } from "../../chat/event.js";
import type { TokenProbability } from "../../chat/logProbabilities.js";
import type { TokenCounts } from "../../chat/tokenCounts.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Json, StreamWriter, WireEvent, WriteContext } from "../dialect.js";
import { writeTokens } from "../openai/logProbabilities.js";
import type { RepeatedText } from "../repeatedText.js";
import { framed } from "../textFrame.js";
import { countsOf, writeCall } from "./answer.js";
import { durations } from "./durations.js";
import { writeReason } from "./reader.js";
import type { AnswerShape, Said } from "./shape.js";

/** Nothing asks for more than one. */
const choice = 0;
/** Stands where a text goes. */
const mark = "\u2060";
const markBytes = Buffer.from(mark);

/** What stands around the text of an event, and where in it the time is. */
interface TimedFrame {
	readonly before: Buffer;
	readonly after: Buffer;
	readonly timeStart: number;
}

export class LineWriter implements StreamWriter {
	readonly head: { id: string; created: number; model: string };
	readonly #shape: AnswerShape;
	readonly #context: WriteContext;
	/** Calls go out whole, once their arguments are; by place. */
	readonly #calls = new Map<number, ToolCallDelta>();
	/** Log probabilities of the text that comes next. */
	#tokens: TokenProbability[] = [];
	#reason: FinishReason | undefined;
	#counts: TokenCounts | undefined;
	#firstMs: number | undefined;
	#frame: TimedFrame | undefined;

	/** @param model that the client has been told, where another writer, or an upstream, has begun the stream */
	constructor(shape: AnswerShape, context: WriteContext, model = context.model ?? "") {
		this.#shape = shape;
		this.#context = context;
		this.head = { id: context.requestId, created: context.created, model };
	}

	write(events: readonly ChatEvent[]): WireEvent[] {
		const written: WireEvent[] = [];
		for (const event of events) if (!("choice" in event) || event.choice === choice) this.#write(event, written);
		return written;
	}

	writeText(text: RepeatedText): Buffer | undefined {
		if (text.choice !== choice || this.#tokens.length > 0) return undefined;
		this.#firstMs ??= performance.now();
		this.#frame ??= this.#frameOf();
		const event = framed(this.#frame, text.bytes, text.textStart, text.textEnd);
		event.write(new Date().toISOString(), this.#frame.timeStart, "latin1");
		return event;
	}

	end(): WireEvent[] {
		const written: WireEvent[] = [];
		this.#writeCalls(written);
		const { receivedMs } = this.#context;
		const said = {
			...this.#said({ content: "" }),
			done: true,
			done_reason: writeReason(this.#reason ?? "stop"),
			...durations({ receivedMs, firstMs: this.#firstMs, endMs: performance.now() }),
			...countsOf(this.#counts),
		};
		return [...written, { json: said }];
	}

	#write(event: ChatEvent, written: WireEvent[]): void {
		switch (event.type) {
			case "start":
				this.head.id = event.id ?? this.head.id;
				this.head.model = event.model ?? this.head.model;
				this.#frame = undefined;
				break;
			case "text":
			case "refusal":
				if (event.text !== "") this.#say({ content: event.text }, written);
				break;
			case "reasoning":
				if (event.text !== "") this.#say({ content: "", thinking: event.text }, written);
				break;
			case "media":
				if (event.part.type === "image" && "data" in event.part.source)
					this.#say({ content: "", images: [event.part.source.data] }, written);
				break;
			case "logprobs":
				this.#tokens.push(...event.tokens);
				break;
			case "tool_call":
				this.#addCall(event);
				break;
			case "finish":
				this.#writeCalls(written);
				this.#reason = event.reason;
				break;
			case "usage":
				this.#counts = event.tokens ?? this.#counts;
				break;
		}
	}

	#addCall(event: ToolCallDelta): void {
		const before = this.#calls.get(event.place);
		this.#firstMs ??= performance.now();
		this.#calls.set(event.place, {
			...event,
			...before,
			id: before?.id || event.id,
			name: before?.name || event.name,
			arguments: (before?.arguments ?? "") + event.arguments,
		});
	}

	#writeCalls(written: WireEvent[]): void {
		const calls = [...this.#calls.values()].map(writeCall);
		this.#calls.clear();
		if (calls.length > 0 || this.#tokens.length > 0) this.#say({ content: "", tool_calls: calls }, written);
	}

	#say(said: Said, written: WireEvent[]): void {
		this.#firstMs ??= performance.now();
		const tokens = this.#tokens.length > 0 ? { logprobs: writeTokens(this.#tokens) } : {};
		this.#tokens = [];
		written.push({ json: { ...this.#said(said), done: false, ...tokens } });
	}

	#said(said: Said): Json {
		return { model: this.head.model, created_at: new Date().toISOString(), ...this.#shape.write(said) };
	}

	#frameOf(): TimedFrame {
		const json = { ...this.#said({ content: mark }), done: false };
		const event = sseBytes(JSON.stringify(json));
		const at = event.lastIndexOf(markBytes);
		const timeStart = event.indexOf('","created_at":"') + '","created_at":"'.length;
		return { before: event.subarray(0, at), after: event.subarray(at + markBytes.length), timeStart };
	}
}
