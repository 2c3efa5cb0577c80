/** Writes streams of Anthropic's Messages: blocks one after the other, each opened and closed. */
import type { Citation } from "../../chat/citations.js";
import type { ChatEvent, FinishReason, ToolCallDelta } from "../../chat/event.js";
import type { TokenCounts } from "../../chat/tokenCounts.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Json, StreamWriter, WireEvent, WriteContext } from "../dialect.js";
import type { RepeatedText } from "../repeatedText.js";
import { frameAround, framed, type TextFrame } from "../textFrame.js";
import { writeCitation } from "./citations.js";
import { answeredId, messageId, writeReason, writeUsage } from "./response.js";
import { wireEvent } from "./wireEvent.js";

type BlockKind = "text" | "thinking" | "tool_use";

/** A message that somebody else has begun to send. */
export interface BegunMessage {
	/** Of the block that is open, or comes next. */
	readonly index: number;
	readonly open: OpenBlock | undefined;
	/** Tool calls so far, the open one among them. */
	readonly calls: number;
}

export interface OpenBlock {
	readonly kind: BlockKind;
	/** The place of a tool's call. */
	readonly place: number;
	/** What has come of its arguments. */
	input: string;
}

export class MessageWriter implements StreamWriter {
	readonly #context: WriteContext;
	readonly #id: string;
	#hasBegun = false;
	#open: OpenBlock | undefined;
	/** Of the block that is open, or comes next. */
	#index = 0;
	/** Calls that came in between while another's arguments were not whole: blocks can't take turns. */
	readonly #waiting = new Map<number, ToolCallDelta>();
	/** Places of calls whose blocks are closed. */
	readonly #closed = new Set<number>();
	#finish: FinishReason | undefined;
	#hasCalls = false;
	/** The message's beginning, with its counts, is somebody else's. */
	#isResumed = false;
	#tokens: TokenCounts | undefined;
	/** Of the text that comes next. */
	readonly #citations: Citation[] = [];
	/** What stands around each text of the open block. */
	#textFrame: (TextFrame & { readonly index: number }) | undefined;

	/** @param begun undefined for a stream from its beginning */
	constructor(context: WriteContext, begun?: BegunMessage) {
		this.#context = context;
		this.#id = messageId(context.requestId);
		if (begun === undefined) return;
		this.#hasBegun = true;
		this.#isResumed = true;
		this.#open = begun.open;
		this.#index = begun.index;
		this.#hasCalls = begun.calls > 0;
		for (let place = 0; place < begun.calls; place += 1) if (place !== begun.open?.place) this.#closed.add(place);
	}

	get head(): StreamWriter["head"] {
		return { id: this.#id, created: this.#context.created, model: this.#context.model };
	}

	write(events: readonly ChatEvent[]): WireEvent[] {
		const written: WireEvent[] = [];
		for (const event of events) this.#write(event, written);
		return written;
	}

	writeText({ bytes, choice, textStart, textEnd }: RepeatedText): Buffer | undefined {
		if (choice !== 0 || this.#open?.kind !== "text" || textStart === textEnd) return undefined;
		if (this.#textFrame?.index !== this.#index) this.#textFrame = { index: this.#index, ...textFrame(this.#index) };
		return framed(this.#textFrame, bytes, textStart, textEnd);
	}

	end(): WireEvent[] {
		const written: WireEvent[] = [];
		this.#begin(written);
		this.#close(written);
		this.#writeWaiting(written);
		const reason = this.#hasCalls && this.#finish !== "length" ? "tool_calls" : (this.#finish ?? "stop");
		const delta = { stop_reason: writeReason(reason), stop_sequence: null };
		const usage = this.#tokens === undefined ? this.#estimate() : writeUsage(this.#tokens);
		written.push(wireEvent({ type: "message_delta", delta, usage }));
		return written;
	}

	#write(event: ChatEvent, written: WireEvent[]): void {
		// A message is one answer: of several choices the first.
		if ("choice" in event && event.choice !== 0) return;
		switch (event.type) {
			case "start":
			case "role":
				this.#begin(written);
				break;
			case "text":
			case "refusal":
				if (event.text === "") break;
				this.#openBlock("text", written);
				this.#delta({ type: "text_delta", text: event.text }, written);
				break;
			case "block":
				// A citation is one of all that its block says.
				if (this.#open?.kind === "text") this.#close(written);
				break;
			case "citation":
				this.#citations.push(event.citation);
				if (this.#open?.kind === "text") this.#writeCitations(written);
				break;
			case "reasoning":
				this.#writeReasoning(event.text, event.signature, written);
				break;
			case "tool_call":
				this.#writeCall(event, written);
				break;
			case "finish":
				this.#finish = event.reason;
				break;
			case "usage":
				this.#tokens = event.tokens ?? this.#tokens;
				break;
		}
	}

	#writeCitations(written: WireEvent[]): void {
		for (const citation of this.#citations.splice(0))
			this.#delta({ type: "citations_delta", citation: writeCitation(citation) }, written);
	}

	#begin(written: WireEvent[]): void {
		if (this.#hasBegun) return;
		this.#hasBegun = true;
		const message = {
			id: this.#id,
			type: "message",
			role: "assistant",
			// The one that was asked for: clients keep thinking only of answers that bear it.
			model: this.#context.model ?? "",
			content: [],
			stop_reason: null,
			stop_sequence: null,
			usage: this.#estimate(),
		};
		written.push(wireEvent({ type: "message_start", message }));
	}

	/** Clients show how full the context is from the beginning; the message's end corrects it. */
	#estimate(): Json {
		if (this.#isResumed) return { output_tokens: 0 };
		return { ...writeUsage(undefined), input_tokens: this.#context.promptTokens?.() ?? 0 };
	}

	#writeReasoning(text: string, signature: string | undefined, written: WireEvent[]): void {
		if (text === "" && (signature ?? "") === "") return;
		this.#openBlock("thinking", written);
		if (text !== "") this.#delta({ type: "thinking_delta", thinking: text }, written);
		if (!signature) return;
		this.#delta({ type: "signature_delta", signature }, written);
		this.#close(written);
	}

	#writeCall(event: ToolCallDelta, written: WireEvent[]): void {
		const { place } = event;
		const open = this.#open?.kind === "tool_use" ? this.#open : undefined;
		if (open?.place === place) {
			open.input += event.arguments;
			if (event.arguments !== "") this.#delta({ type: "input_json_delta", partial_json: event.arguments }, written);
			return;
		}
		if (this.#closed.has(place)) return;
		if (this.#waiting.has(place) || (open !== undefined && !isWhole(open.input))) this.#wait(event);
		else this.#openCall(event, written);
	}

	#wait(event: ToolCallDelta): void {
		const before = this.#waiting.get(event.place);
		const { id, name, arguments: text } = event;
		this.#waiting.set(event.place, {
			...event,
			id: before?.id || id,
			name: before?.name || name,
			arguments: (before?.arguments ?? "") + text,
		});
	}

	#writeWaiting(written: WireEvent[]): void {
		const calls = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const call of calls) {
			this.#openCall(call, written);
			this.#close(written);
		}
	}

	#openCall({ place, id, name, arguments: text }: ToolCallDelta, written: WireEvent[]): void {
		this.#begin(written);
		this.#close(written);
		this.#hasCalls = true;
		this.#open = { kind: "tool_use", place, input: text };
		const block = {
			type: "tool_use",
			id: answeredId(id) || `toolu_${this.#context.requestId}_${place}`,
			name,
			input: {},
		};
		written.push(wireEvent({ type: "content_block_start", index: this.#index, content_block: block }));
		if (text !== "") this.#delta({ type: "input_json_delta", partial_json: text }, written);
	}

	#openBlock(kind: "text" | "thinking", written: WireEvent[]): void {
		this.#begin(written);
		if (this.#open?.kind === kind) return;
		this.#close(written);
		this.#writeWaiting(written);
		this.#open = { kind, place: -1, input: "" };
		const block = kind === "text" ? { type: kind, text: "" } : { type: kind, thinking: "", signature: "" };
		written.push(wireEvent({ type: "content_block_start", index: this.#index, content_block: block }));
		if (kind === "text") this.#writeCitations(written);
	}

	#delta(delta: Json, written: WireEvent[]): void {
		written.push(wireEvent({ type: "content_block_delta", index: this.#index, delta }));
	}

	#close(written: WireEvent[]): void {
		if (this.#open === undefined) return;
		if (this.#open.kind === "tool_use") this.#closed.add(this.#open.place);
		written.push(wireEvent({ type: "content_block_stop", index: this.#index }));
		this.#open = undefined;
		this.#index += 1;
	}
}

function textFrame(index: number): TextFrame {
	const delta = { type: "text_delta", text: "" };
	const json = JSON.stringify({ type: "content_block_delta", index, delta });
	return frameAround(sseBytes(json, "content_block_delta"), '"}}\n\n'.length);
}

/** Arguments that are a whole JSON value; a call without any is whole, too. */
function isWhole(input: string): boolean {
	if (input === "") return true;
	try {
		JSON.parse(input);
		return true;
	} catch {
		return false;
	}
}
