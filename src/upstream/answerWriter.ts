/** Writes a stream in the client's dialect, with its calls and its reasoning as the client gets them. */
import type { ChatEvent } from "../chat/event.js";
import type { StreamWriter, WireEvent } from "../dialects/dialect.js";
import type { RepeatedText } from "../dialects/repeatedText.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { ClientForm } from "./clientForm.js";

/** How a stream is written anew in the client's dialect. */
export interface StreamOutput {
	readonly stream: StreamWriter;
	readonly end: Buffer;
	/** In place of the upstream's comments; undefined if clients of the dialect take those. */
	readonly comment?: Buffer | undefined;
}

export class AnswerWriter implements StreamWriter {
	/** The client's dialect's own. */
	readonly writer: StreamWriter;
	readonly #form: ClientForm;

	constructor(writer: StreamWriter, form: ClientForm) {
		this.writer = writer;
		this.#form = form;
	}

	get head(): StreamWriter["head"] {
		return this.writer.head;
	}

	write(events: readonly ChatEvent[]): readonly WireEvent[] {
		return this.writer.write(this.#form.of(events));
	}

	writeText(text: RepeatedText): Buffer | undefined {
		return this.#form.isTextAlone ? this.writer.writeText?.(text) : undefined;
	}

	end(): readonly WireEvent[] {
		const rest = this.#form.rest();
		return rest.length === 0 ? this.writer.end() : [...this.writer.write(rest), ...this.writer.end()];
	}

	fail(error: GatewayError): readonly WireEvent[] | undefined {
		return this.writer.fail?.(error);
	}
}
