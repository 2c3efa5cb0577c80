/** A stream as its client has been sent it so far, in the neutral model and in the client's dialect. */
import { Transcript } from "../../chat/transcript.js";
import type { SentStream } from "../../dialects/dialect.js";
import type { EventConsumer } from "../eventConsumer.js";

type Event = Parameters<EventConsumer["add"]>[0];

export class SentAnswer implements EventConsumer {
	readonly isNeutral = true;
	readonly transcript = new Transcript();
	/** Undefined where a writer of the gateway's has written it, and knows where it is. */
	readonly sent: SentStream | undefined;

	constructor(sent: SentStream | undefined) {
		this.sent = sent;
	}

	add({ events, json }: Event): void {
		this.transcript.add({ events });
		if (json !== undefined) this.sent?.add(json);
	}

	addText(choice: number, text: string, isPlain: boolean): void {
		this.transcript.addText(choice, text, isPlain);
		this.sent?.addText(text);
	}
}
