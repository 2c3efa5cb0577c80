/** Joins the events of a second answer to what was sent of a first one, so that a client reads one whole answer. */
import type { ChatEvent, ToolCallDelta, UsageReport } from "./event.js";
import { type Departure, type Follower, isDeparture, Repetition } from "./repetition.js";
import { Resumption } from "./resumption.js";
import type { Run, TextKind, Transcript } from "./transcript.js";

/** Events that are new to the client, none while the new answer only repeats; or why it can't be joined, which is final. */
export type SpliceResult = { readonly send: readonly ChatEvent[] } | { readonly departed: string };

export interface EventSpliceOptions {
	/** The new target was asked the client's question again, or to go on from the text so far. */
	readonly kind: "restart" | "continuation";
	/** White space at the end of the text so far that the target was not sent. */
	readonly trimmed?: string | undefined;
	/** The client knows that the last text, or the last call, is whole. */
	readonly isLastWhole: boolean;
}

type Spoken = Extract<ChatEvent, { type: "text" | "reasoning" | "refusal" }>;

/** Of one choice, which is all that most dialects have. To be given each event of the new answer. */
export class EventSplice {
	readonly #follower: Follower;
	readonly #resumption: Resumption | undefined;
	readonly #deliveredTokens: number;
	readonly #isOpaque: boolean;
	readonly #lastWhole: Run["kind"] | undefined;
	readonly #knownCalls: ReadonlySet<number>;
	#departed: string | undefined;
	#hasSaidMore = false;

	constructor(transcript: Transcript, { kind, trimmed = "", isLastWhole }: EventSpliceOptions) {
		const sent = transcript.choices.get(0);
		this.#isOpaque = sent?.isOpaque === true;
		this.#deliveredTokens = transcript.deliveredTokens;
		this.#lastWhole = isLastWhole ? sent?.runs.at(-1)?.kind : undefined;
		this.#knownCalls = new Set(transcript.calls(0).keys());
		if (kind === "continuation") this.#resumption = new Resumption(transcript.text(0, "content"), trimmed, "content");
		this.#follower = this.#resumption ?? new Repetition(sent);
	}

	take(events: readonly ChatEvent[]): SpliceResult {
		const send: ChatEvent[] = [];
		for (const event of events) {
			this.#departed ??= this.#take(event, send);
			if (this.#departed !== undefined) return { departed: this.#departed };
		}
		return { send };
	}

	/** The new answer has ended. */
	end(): SpliceResult {
		if (!this.#follower.isComplete) this.#departed ??= "it ends before it has repeated what was sent";
		return this.#departed === undefined ? { send: [] } : { departed: this.#departed };
	}

	/** @returns why it can't be joined; undefined if it can so far */
	#take(event: ChatEvent, send: ChatEvent[]): string | undefined {
		// Of several choices the client reads the first.
		if ("choice" in event && event.choice !== 0) return undefined;
		switch (event.type) {
			case "text":
			case "reasoning":
			case "refusal":
				return this.#takeText(event, send);
			case "tool_call":
				return this.#takeCall(event, send);
			case "opaque":
				return "it says what can't be compared";
			case "finish":
				return this.#takeRest(this.#follower.finish(), send) ?? void send.push(event);
			case "usage":
				send.push(this.#once(event));
				return undefined;
			default:
				return undefined;
		}
	}

	#takeText(event: Spoken, send: ChatEvent[]): string | undefined {
		if (this.#isOpaque) return "nothing can be compared with what was sent";
		const kind: TextKind = event.type === "text" ? "content" : event.type;
		const isFollowing = !this.#follower.isComplete;
		const rest = this.#follower.takeText(kind, event.text);
		if (isDeparture(rest)) return rest.departed;
		if (rest !== "") return this.#say({ ...event, text: rest }, kind, send);
		// A signature proves what its own upstream has said, and not what another one has.
		const isSigned = event.type === "reasoning" && (event.signature ?? event.encrypted) !== undefined;
		const isProven = !this.#hasSaidMore && this.#lastWhole === "reasoning";
		if (isSigned && !isFollowing && !isProven) send.push(event);
		return undefined;
	}

	#say(event: Spoken, kind: TextKind, send: ChatEvent[]): string | undefined {
		if (!this.#hasSaidMore && kind === this.#lastWhole) return "it goes on with a text that had ended";
		this.#hasSaidMore = true;
		send.push(event);
		return undefined;
	}

	/** Text that was held back until it was certain what the answer is. */
	#takeRest(rest: string | Departure, send: ChatEvent[]): string | undefined {
		if (isDeparture(rest)) return rest.departed;
		if (rest === "") return undefined;
		return this.#say({ type: "text", choice: 0, text: rest, isPlain: false }, "content", send);
	}

	#takeCall(event: ToolCallDelta, send: ChatEvent[]): string | undefined {
		if (this.#isOpaque) return "nothing can be compared with what was sent";
		const departed = this.#takeRest(this.#follower.flush(), send);
		if (departed !== undefined) return departed;
		const surplus = this.#follower.takeCall(event);
		if (isDeparture(surplus)) return surplus.departed;
		const { name, arguments: text, isIdSent } = surplus;
		const isKnown = isIdSent || this.#knownCalls.has(event.place);
		if (isKnown && name === "" && text.trim() === "") return undefined;
		this.#hasSaidMore = true;
		send.push({ ...event, name, arguments: text, id: isIdSent ? "" : event.id });
		return undefined;
	}

	/**
	 * Each part is counted once. A target that goes on from the text so far was sent that as a part of its prompt; one that
	 * was sent it and began anew all the same has counted it twice.
	 */
	#once(report: UsageReport): UsageReport {
		const { tokens } = report;
		if (this.#resumption === undefined || tokens === undefined) return report;
		const moved = Math.max(0, Math.min(this.#deliveredTokens, tokens.input));
		const output = this.#resumption.hasBegunAnew ? tokens.output : tokens.output + moved;
		return { ...report, tokens: { ...tokens, input: tokens.input - moved, output } };
	}
}
