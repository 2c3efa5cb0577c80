/** Writes streams of Gemini's generateContent: an event for each piece, and one at the end with reasons and counts. */
import type { ChatEvent, FinishReason, ReasoningDelta, ToolCallDelta } from "../../chat/event.js";
import type { Reasoning } from "../../chat/request.js";
import type { TokenCounts } from "../../chat/tokenCounts.js";
import type { Json, StreamWriter, WireEvent, WriteContext } from "../dialect.js";
import { carrying, usageMember, writeAnswered, writeReason } from "./response.js";
import { SaidText } from "./saidText.js";

interface BegunContent {
	readonly id?: string | undefined;
	readonly model?: string | undefined;
}

export class ContentWriter implements StreamWriter {
	readonly #context: WriteContext;
	readonly #head: { id: string; created: number; model: string };
	/** Calls go out whole, once their arguments are; by choice and place. */
	readonly #calls = new Map<number, Map<number, ToolCallDelta>>();
	readonly #finished = new Map<number, FinishReason>();
	/** Reasoning since the last calls, by choice; a part of it ends with its seal. */
	readonly #thoughts = new Map<number, Reasoning[]>();
	/** Texts, by choice, with what the last event tells of them. */
	readonly #said = new Map<number, SaidText>();
	#tokens: TokenCounts | undefined;

	/** @param begun what the client has been told of a stream that another writer, or an upstream, has begun */
	constructor(context: WriteContext, { id = context.requestId, model = context.model ?? "" }: BegunContent = {}) {
		this.#context = context;
		this.#head = { id, created: context.created, model };
	}

	get head(): StreamWriter["head"] {
		return this.#head;
	}

	write(events: readonly ChatEvent[]): WireEvent[] {
		const written: WireEvent[] = [];
		for (const event of events) this.#write(event, written);
		return written;
	}

	end(): WireEvent[] {
		const written: WireEvent[] = [];
		for (const choice of this.#calls.keys()) this.#writeCalls(choice, written);
		if (this.#finished.size === 0) this.#finished.set(0, "stop");
		const candidates = [...this.#finished].map(([index, reason]) => ({
			content: { parts: [{ text: "" }], role: "model" },
			finishReason: writeReason(reason),
			index,
			...this.#said.get(index)?.members,
		}));
		written.push({ json: { candidates, ...usageMember(this.#tokens), ...this.#named } });
		return written;
	}

	#write(event: ChatEvent, written: WireEvent[]): void {
		switch (event.type) {
			case "start":
				this.#head.id = event.id ?? this.#head.id;
				this.#head.model = event.model ?? this.#head.model;
				break;
			case "text":
				this.#saidOf(event.choice).text += event.text;
				this.#writePart(event.choice, writeAnswered({ type: "text", text: event.text }), written);
				break;
			case "block":
				this.#saidOf(event.choice).cited.begin(this.#saidOf(event.choice).text.length);
				break;
			case "citation":
				this.#saidOf(event.choice).cited.cite(event.citation);
				break;
			case "logprobs":
				this.#saidOf(event.choice).tokens.push(...event.tokens);
				break;
			case "media":
				this.#writePart(event.choice, writeAnswered(event.part), written);
				break;
			case "refusal":
				this.#writePart(event.choice, writeAnswered({ type: "text", text: event.text }), written);
				break;
			case "reasoning":
				this.#addThought(event);
				this.#writePart(event.choice, writeAnswered(event), written);
				break;
			case "tool_call":
				this.#addCall(event);
				break;
			case "finish":
				this.#writeCalls(event.choice, written);
				this.#finished.set(event.choice, event.reason);
				break;
			case "usage":
				this.#tokens = event.tokens ?? this.#tokens;
				break;
		}
	}

	#saidOf(choice: number): SaidText {
		let said = this.#said.get(choice);
		if (said === undefined) {
			said = new SaidText();
			this.#said.set(choice, said);
		}
		return said;
	}

	#addThought({ choice, text, signature }: ReasoningDelta): void {
		const thoughts = this.#thoughts.get(choice) ?? [];
		this.#thoughts.set(choice, thoughts);
		const open = thoughts.at(-1)?.signature === undefined ? thoughts.pop() : undefined;
		thoughts.push({ type: "reasoning", text: (open?.text ?? "") + text, signature });
	}

	#addCall(event: ToolCallDelta): void {
		const calls = this.#calls.get(event.choice) ?? new Map<number, ToolCallDelta>();
		this.#calls.set(event.choice, calls);
		const before = calls.get(event.place);
		calls.set(event.place, {
			...event,
			...before,
			id: before?.id || event.id,
			name: before?.name || event.name,
			arguments: (before?.arguments ?? "") + event.arguments,
		});
	}

	#writeCalls(choice: number, written: WireEvent[]): void {
		const calls = this.#calls.get(choice);
		if (calls === undefined) return;
		this.#calls.delete(choice);
		const thoughts = this.#thoughts.get(choice) ?? [];
		this.#thoughts.delete(choice);
		const parts = [...calls.values()].map((call, at) =>
			writeAnswered(carrying({ ...call, callType: "function" }, at === 0 ? thoughts : [])),
		);
		written.push(this.#event(choice, parts));
	}

	#writePart(choice: number, part: Json | undefined, written: WireEvent[]): void {
		if (part !== undefined) written.push(this.#event(choice, [part]));
	}

	#event(index: number, parts: readonly (Json | undefined)[]): WireEvent {
		return { json: { candidates: [{ content: { parts, role: "model" }, index }], ...this.#named } };
	}

	get #named(): Json {
		return { modelVersion: this.#head.model, responseId: this.#head.id || this.#context.requestId };
	}
}
