/** Whoever takes what a stream says, event by event. */
import type { ReadEvent } from "../dialects/dialect.js";

export interface EventConsumer {
	/** Wants each event as the upstream's reader has it, whatever is written of it for the client. */
	readonly isNeutral?: boolean;
	/** One event, with its JSON in the client's dialect. */
	add(event: Pick<ReadEvent, "events" | "json">): void;
	/** An event with nothing but text. Where this is missing, `add` gets those too. */
	addText?(choice: number, text: string, isPlain: boolean): void;
}
