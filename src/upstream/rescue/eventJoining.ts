/** Joins answers by the neutral model, whichever dialects their upstreams speak, and writes the rest in the client's. */
import { EventSplice, type SpliceResult } from "../../chat/eventSplice.js";
import type { ChatRequest } from "../../chat/request.js";
import type { SentChoice, Transcript } from "../../chat/transcript.js";
import type { StreamWriter, Translation, WireEvent } from "../../dialects/dialect.js";
import { parseObject } from "../../json/parseObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { EventConsumer } from "../eventConsumer.js";
import type { Joining, NewAnswer } from "./joining.js";

type Json = Record<string, unknown>;

export interface EventJoiningOptions {
	readonly transcript: Transcript;
	/** Writes what follows in the client's dialect. */
	readonly writer: StreamWriter;
	/** The client's dialect's, and its request. */
	readonly translation: Translation;
	readonly request: ChatRequest;
	/** The client knows that the last text, or the last call, is whole. */
	readonly isLastWhole: boolean;
}

export class EventJoining implements Joining {
	departed: string | undefined;
	readonly #options: EventJoiningOptions;
	#isLastWhole: boolean;
	#splice: EventSplice | undefined;
	#out: WireEvent[] = [];

	constructor(options: EventJoiningOptions) {
		this.#options = options;
		this.#isLastWhole = options.isLastWhole;
	}

	continued(json: Json, prefill: Parameters<Joining["continued"]>[1]): ReturnType<Joining["continued"]> {
		const { transcript, request, translation } = this.#options;
		if (prefill === undefined || translation.continued === undefined) return undefined;
		const text = transcript.text(0, "content");
		const said = text.trimEnd();
		// A text that ends inside of a character can't be sent as it is.
		if (said === "" || /\p{Surrogate}/u.test(said)) return undefined;
		if (this.#isLastWhole || !isContinuable(transcript) || !isFree(request)) return undefined;
		const { maxOutputTokens: most } = request;
		const left = most === undefined ? undefined : most - transcript.deliveredTokens;
		if (left !== undefined && left <= 0) return undefined;
		const continued = translation.continued(json, said, left);
		return continued && { json: continued, trimmed: text.slice(said.length) };
	}

	begin({ kind, trimmed }: NewAnswer): EventConsumer {
		const splice = new EventSplice(this.#options.transcript, { kind, trimmed, isLastWhole: this.#isLastWhole });
		this.#splice = splice;
		this.#out = [];
		this.departed = undefined;
		return {
			isNeutral: true,
			add: ({ events }) => {
				if (this.departed === undefined) this.#apply(splice.take(events));
			},
		};
	}

	take(): Buffer {
		const written = this.#out.splice(0);
		return Buffer.concat(written.map(({ name, json }) => sseBytes(JSON.stringify(json), name)));
	}

	end(): void {
		if (this.#splice) this.#apply(this.#splice.end());
		if (this.departed === undefined) this.#out.push(...this.#options.writer.end());
	}

	#apply(step: SpliceResult): void {
		if ("departed" in step) {
			this.departed = step.departed;
			return;
		}
		const { transcript, writer } = this.#options;
		transcript.add({ events: step.send });
		this.#out.push(...writer.write(step.send));
		// From here on the writer alone knows what is whole, and keeps open what may be gone on with.
		if (step.send.some(({ type }) => type === "text" || type === "tool_call")) this.#isLastWhole = false;
	}
}

/** Text alone, perhaps after reasoning, of one choice that has not ended. */
function isContinuable({ choices }: Transcript): boolean {
	const sent = choices.get(0);
	if (sent === undefined || choices.size > 1 || sent.isOpaque || sent.finishReason !== undefined) return false;
	return (
		sent.runs.at(-1)?.kind === "content" && sent.runs.every(({ kind }) => kind === "content" || kind === "reasoning")
	);
}

/** Nothing is asked for that could not be given with a continuation as with a whole answer. */
function isFree({ n, responseFormat, toolChoice }: ChatRequest): boolean {
	const isText = responseFormat === undefined || responseFormat.type === "text";
	return n === 1 && isText && toolChoice?.type !== "required" && toolChoice?.type !== "tool";
}

/**
 * What was sent can be compared with another answer, and gone on with.
 *
 * @param isLastWhole the client knows that the last text, or the last call, is whole
 * @param isSigned reasoning is proved by a signature, which is valid for all of it or for none
 */
export function canBeJoined(sent: SentChoice | undefined, isLastWhole: boolean, isSigned: boolean): boolean {
	if (sent === undefined) return true;
	if (sent.isOpaque) return false;
	const last = sent.runs.at(-1);
	if (last?.kind === "reasoning") return isLastWhole || !isSigned;
	if (last?.kind !== "calls" || isLastWhole) return true;
	return [...last.calls.values()].every(
		({ type, arguments: text }) => type !== "custom" && parseObject(text) !== undefined,
	);
}
