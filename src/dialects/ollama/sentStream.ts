/** A stream of Ollama's chat or generate as its client has been sent it so far: where it ends, so that more can follow. */
import type { Json, SentStream, StreamWriter, WriteContext } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import type { AnswerShape } from "./shape.js";
import { LineWriter } from "./writer.js";

export class SentLines implements SentStream {
	readonly #shape: AnswerShape;
	#hasBegun = false;
	#model = "";
	/** Calls come whole; of a text more may always follow. */
	isLastWhole = false;
	/** Something was sent that can't be gone on with. */
	#isOpaque = false;

	constructor(shape: AnswerShape) {
		this.#shape = shape;
	}

	add(json: Json): void {
		this.#hasBegun = true;
		this.#model ||= textIn(json.model);
		const { content, thinking, tool_calls: calls = [], images = [] } = this.#shape.read(json) ?? { content: "" };
		// What only the first upstream knows of its own text.
		if (images.length > 0 || Array.isArray(json.logprobs)) this.#isOpaque = true;
		if (calls.length > 0) this.isLastWhole = true;
		else if (content !== "" || thinking) this.isLastWhole = false;
	}

	addText(): void {
		this.isLastWhole = false;
	}

	writer(context: WriteContext): StreamWriter | undefined {
		if (this.#isOpaque || !this.#hasBegun) return undefined;
		return new LineWriter(this.#shape, context, this.#model || undefined);
	}
}
