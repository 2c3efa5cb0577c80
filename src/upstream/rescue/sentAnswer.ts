/** A stream as its client has been sent it so far, in the neutral model and in the client's dialect. */
import { Transcript } from "../../chat/transcript.js";
import type { SentStream } from "../../dialects/dialect.js";
import type { ClientForm } from "../clientForm.js";
import type { EventConsumer } from "../eventConsumer.js";

type Event = Parameters<EventConsumer["add"]>[0];

export class SentAnswer implements EventConsumer {
	readonly isNeutral = true;
	readonly transcript = new Transcript();
	/** Undefined where a writer of the gateway's has written it, and knows where it is. */
	readonly sent: SentStream | undefined;
	readonly #form: ClientForm | undefined;

	/** @param form that of a translated stream */
	constructor(sent: SentStream | undefined, form: ClientForm | undefined) {
		this.sent = sent;
		this.#form = form;
	}

	add({ events, json }: Event): void {
		this.transcript.add({ events: this.#form?.of(events) ?? events });
		if (json !== undefined) this.sent?.add(json);
	}

	addText(choice: number, text: string, isPlain: boolean): void {
		if (this.#form === undefined) this.transcript.addText(choice, text, isPlain);
		else this.add({ events: [{ type: "text", choice, text, isPlain }], json: undefined });
		this.sent?.addText(text);
	}
}
