/** What an upstream says, as the client gets it: with its own tools, and with reasoning that it can give back. */
import type { ChatEvent } from "../chat/event.js";
import { withSignedIds } from "../chat/signedIds.js";
import { CallFolder, type KnownTools } from "../chat/tools/folding.js";
import { ReasoningSealer } from "../dialects/sealedReasoning.js";
import type { Seals } from "../dialects/seals.js";

/** Of one stream. */
export class ClientForm {
	readonly #sealer: ReasoningSealer;
	readonly #folder: CallFolder | undefined;

	/** @param dialect the upstream's */
	constructor(dialect: string, known: KnownTools | undefined, seals: Seals) {
		this.#sealer = new ReasoningSealer(dialect, seals);
		this.#folder = known && new CallFolder(known);
	}

	/** A text goes on as it came, with nothing before it. */
	get isTextAlone(): boolean {
		return !this.#sealer.isOpen;
	}

	of(events: readonly ChatEvent[]): readonly ChatEvent[] {
		const [only] = events;
		if (events.length === 1 && only?.type === "text" && this.isTextAlone) return events;
		const sealed = events.flatMap((event) => this.#sealer.seal(event));
		// A call's signature is shown in its id.
		return withSignedIds(sealed.flatMap((event) => this.#folded(event)));
	}

	/** What is still to be said once the stream is over. */
	rest(): readonly ChatEvent[] {
		return [...this.#sealer.rest(), ...(this.#folder?.rest() ?? [])];
	}

	#folded(event: ChatEvent): readonly ChatEvent[] {
		return this.#folder?.fold(event) ?? [event];
	}
}
