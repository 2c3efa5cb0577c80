/** Writes a stream in the client's dialect, with its calls and its reasoning as the client gets them. */
import type { ChatEvent } from "../chat/event.js";
import { CallFolder, type KnownTools } from "../chat/tools/folding.js";
import type { StreamWriter, WireEvent } from "../dialects/dialect.js";
import { ReasoningSealer } from "../dialects/sealedReasoning.js";

export class AnswerWriter implements StreamWriter {
	readonly #writer: StreamWriter;
	readonly #sealer: ReasoningSealer;
	readonly #folder: CallFolder | undefined;

	/** @param dialect the upstream's */
	constructor(writer: StreamWriter, dialect: string, known: KnownTools | undefined) {
		this.#writer = writer;
		this.#sealer = new ReasoningSealer(dialect);
		this.#folder = known && new CallFolder(known);
	}

	get head(): StreamWriter["head"] {
		return this.#writer.head;
	}

	write(events: readonly ChatEvent[]): readonly WireEvent[] {
		const [only] = events;
		if (events.length === 1 && only?.type === "text" && !this.#sealer.isOpen) return this.#writer.write(events);
		return this.#writer.write(
			events.flatMap((event) => this.#sealer.seal(event)).flatMap((event) => this.#folded(event)),
		);
	}

	end(): readonly WireEvent[] {
		const rest = [...this.#sealer.rest(), ...(this.#folder?.rest() ?? [])];
		return rest.length === 0 ? this.#writer.end() : [...this.#writer.write(rest), ...this.#writer.end()];
	}

	#folded(event: ChatEvent): readonly ChatEvent[] {
		return this.#folder?.fold(event) ?? [event];
	}
}
