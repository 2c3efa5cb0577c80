/** A stream of OpenAI's responses as its client has been sent it so far: where it ends, so that more can follow. */
import { textTokens } from "../../chat/tokenCounts.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { endOfEvent, eventData, hasCarriageReturn } from "../../streaming/eventFraming.js";
import type { Piece } from "../../streaming/piece.js";
import type { CutEnding, Json, SentStream, StreamCutter, StreamWriter, WriteContext } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { ChunkPiece } from "../pieces.js";
import type { BegunItem, BegunResponse, TextKind } from "./begun.js";
import { isCall } from "./response.js";
import { ResponseWriter } from "./streamWriter.js";
import { eventBytes } from "./wireBytes.js";

export class SentResponse implements BegunResponse, SentStream, StreamCutter {
	/** Of the next event. */
	number = 0;
	/** The response as it was said to be when it began. */
	base: Json | undefined;
	readonly output: Json[] = [];
	readonly open = new Map<number, BegunItem>();
	/** The item whose text has grown last. */
	#growing: unknown;
	/** Something was sent that can't be gone on with. */
	#isOpaque = false;

	/** Takes in one event. */
	add(json: Json): void {
		const { type, sequence_number: number, output_index: index, item, response, part, delta } = json;
		if (typeof number === "number") this.number = number + 1;
		switch (type) {
			case "response.created":
			case "response.in_progress":
			case "response.queued":
				if (isObject(response)) this.base = response;
				return;
			case "response.output_item.added":
				if (typeof index === "number" && isObject(item)) this.#begin(index, item);
				return;
			case "response.output_item.done":
				if (typeof index !== "number" || !isObject(item)) return;
				this.output[index] = item;
				this.open.delete(index);
				return;
			case "response.content_part.added":
			case "response.reasoning_summary_part.added":
				this.#beginPart(json, isObject(part) ? part : {});
				return;
			case "response.output_text.delta":
				// Probabilities of what another model says are not to be had.
				if (listIn(json.logprobs).length > 0) this.#isOpaque = true;
				this.#grow(index, delta);
				return;
			case "response.refusal.delta":
			case "response.reasoning_summary_text.delta":
				this.#grow(index, delta);
				return;
			case "response.function_call_arguments.delta":
			case "response.custom_tool_call_input.delta":
				this.#growCall(index, delta);
				return;
			case "response.output_text.done":
			case "response.refusal.done":
			case "response.reasoning_summary_text.done":
			case "response.function_call_arguments.done":
			case "response.custom_tool_call_input.done":
				this.#said(index);
				return;
			case "response.content_part.done":
			case "response.reasoning_summary_part.done":
				this.#endPart(index, part);
				return;
			default:
				this.#isOpaque = true;
		}
	}

	/** Such an event goes on with the text of the one before. */
	addText(text: string): void {
		if (this.number > 0) this.number += 1;
		this.#grow(this.#growing, text);
	}

	get isLastWhole(): boolean {
		for (const { item, part, isSaid } of this.open.values()) {
			if (part !== undefined && !part.isSaid) return false;
			if (isCall(item) && !isSaid) return false;
		}
		return true;
	}

	note(piece: Piece): void {
		if (piece instanceof ChunkPiece) this.add(piece.json);
		else for (const json of eventsIn(piece.bytes)) this.add(json);
	}

	cut({ requestId, created, model, usage }: CutEnding): Buffer {
		const context = { requestId, created, model: textIn(model), wantsUsage: true };
		const writer = new ResponseWriter(context, this);
		const { input, output } = usage ?? { input: 0, output: 0 };
		const tokens = usage && textTokens(input, output);
		const written = writer.write([
			{ type: "finish", choice: 0, reason: "length", vendorReason: "length" },
			...(tokens === undefined ? [] : [{ type: "usage", tokens, raw: {}, isAlone: true } as const]),
		]);
		return Buffer.concat([...written, ...writer.end()].map(({ json }) => eventBytes(json)));
	}

	writer(context: WriteContext): StreamWriter | undefined {
		return this.#isOpaque || this.base === undefined ? undefined : new ResponseWriter(context, this);
	}

	#begin(index: number, item: Json): void {
		this.output[index] = item;
		const text = isCall(item) ? textIn(item.arguments) || textIn(item.input) : "";
		this.open.set(index, { item, parts: [], part: undefined, text, isSaid: false });
	}

	#beginPart({ output_index: index, content_index: inContent, summary_index: inSummary }: Json, part: Json): void {
		const item = this.open.get(index as number);
		const kind = kindOf(part.type);
		if (item === undefined || kind === undefined) {
			this.#isOpaque = true;
			return;
		}
		const place = typeof inContent === "number" ? inContent : typeof inSummary === "number" ? inSummary : 0;
		item.part = { kind, place, text: textIn(part.text) || textIn(part.refusal), isSaid: false };
	}

	#grow(index: unknown, delta: unknown): void {
		this.#growing = index;
		const part = this.open.get(index as number)?.part;
		if (part === undefined) this.#isOpaque = true;
		else part.text += textIn(delta);
	}

	#growCall(index: unknown, delta: unknown): void {
		const item = this.open.get(index as number);
		if (item === undefined) this.#isOpaque = true;
		else item.text += textIn(delta);
	}

	#said(index: unknown): void {
		const item = this.open.get(index as number);
		if (item?.part !== undefined) item.part.isSaid = true;
		else if (item !== undefined) item.isSaid = true;
	}

	#endPart(index: unknown, part: unknown): void {
		const item = this.open.get(index as number);
		if (item === undefined) return;
		if (isObject(part)) item.parts.push(part);
		item.part = undefined;
	}
}

function kindOf(type: unknown): TextKind | undefined {
	if (type === "output_text") return "text";
	if (type === "refusal") return "refusal";
	return type === "summary_text" ? "reasoning" : undefined;
}

/** The JSON objects of whole events. */
export function* eventsIn(bytes: Buffer): Generator<Json> {
	const hasCr = hasCarriageReturn(bytes);
	for (let at = 0; at < bytes.length; ) {
		const end = endOfEvent(bytes, at, hasCr);
		const data = eventData(bytes, at, end, hasCr);
		const json = data === undefined ? undefined : parseObject(data);
		if (json !== undefined) yield json;
		at = end;
	}
}
