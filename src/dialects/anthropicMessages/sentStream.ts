/** A stream of Anthropic's Messages as its client has been sent it so far: where it ends, so that more can follow. */
import { isObject } from "../../json/isObject.js";
import type { Json, SentStream, StreamWriter, WriteContext } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { MessageWriter, type OpenBlock } from "./writer.js";

export class SentMessage implements SentStream {
	#hasBegun = false;
	/** Of the block that is open, or comes next. */
	#index = 0;
	#open: OpenBlock | undefined;
	#calls = 0;
	/** Something was sent that can't be gone on with. */
	#isOpaque = false;

	add(json: Json): void {
		const { type, index, content_block: block, delta } = json;
		switch (type) {
			case "message_start":
				this.#hasBegun = true;
				return;
			case "content_block_start":
				if (typeof index !== "number" || !isObject(block)) this.#isOpaque = true;
				else this.#begin(index, block);
				return;
			case "content_block_delta":
				if (this.#open !== undefined && isObject(delta)) this.#open.input += textIn(delta.partial_json);
				return;
			case "content_block_stop":
				if (this.#open !== undefined) this.#index += 1;
				this.#open = undefined;
				return;
			case "message_delta":
			case "ping":
				return;
			default:
				this.#isOpaque = true;
		}
	}

	/** It changes nothing of where the stream is. */
	addText(): void {}

	get isLastWhole(): boolean {
		return this.#open === undefined;
	}

	writer(context: WriteContext): StreamWriter | undefined {
		if (this.#isOpaque || !this.#hasBegun) return undefined;
		return new MessageWriter(context, { index: this.#index, open: this.#open, calls: this.#calls });
	}

	#begin(index: number, { type, input }: Json): void {
		this.#index = index;
		const kind = type === "text" || type === "thinking" || type === "tool_use" ? type : undefined;
		if (kind === undefined) this.#isOpaque = true;
		else if (kind === "tool_use") {
			const text = isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : "";
			this.#open = { kind, place: this.#calls, input: text };
			this.#calls += 1;
		} else this.#open = { kind, place: -1, input: "" };
	}
}
