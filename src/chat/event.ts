/** The events of an answer, whichever dialect it comes in. */
import type { Citation } from "./citations.js";
import type { TokenProbability } from "./logProbabilities.js";
import type { Audio, Image } from "./request.js";
import type { TokenCounts } from "./tokenCounts.js";

/** Why a choice ended. What a dialect has beside these keeps its own word in `Finish.vendorReason`. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "other";

/** Facts about the whole answer, from any event that states them; later ones may repeat or change them. */
export interface Start {
	readonly type: "start";
	readonly id?: string | undefined;
	/** Seconds since 1970. */
	readonly created?: number | undefined;
	/** As the upstream names it. */
	readonly model?: string | undefined;
	/** The build that answered, where the vendor tells it. */
	readonly fingerprint?: string | undefined;
	/** The tier of service, as the vendor writes it; the last one named is the one that has served. */
	readonly tier?: unknown;
}

/** A choice begins, as the role of the message says. */
export interface Role {
	readonly type: "role";
	readonly choice: number;
	readonly role: string;
}

export interface TextDelta {
	readonly type: "text";
	readonly choice: number;
	readonly text: string;
	/** A text completion's, which is no message. */
	readonly isPlain: boolean;
	/** It came in a list of parts, which another answer's text can't continue. */
	readonly isInParts?: boolean;
}

/** A block of text begins: places of the citations that follow count from here. Without any, all text is one block. */
export interface TextBlock {
	readonly type: "block";
	readonly choice: number;
}

/** Where the text of the block comes from. It may come before the text. */
export interface CitationEvent {
	readonly type: "citation";
	readonly choice: number;
	readonly citation: Citation;
}

export interface ReasoningDelta {
	readonly type: "reasoning";
	readonly choice: number;
	readonly text: string;
	/** Proves to the vendor, when it comes back in a later request, that the reasoning is its own. Ends the reasoning. */
	readonly signature?: string | undefined;
	/** What only the vendor can read of the reasoning. Ends it, too. */
	readonly encrypted?: string | undefined;
	/** The names under which the dialect had it, where it has several. */
	readonly members?: readonly string[] | undefined;
	/** As of a `TextDelta`. */
	readonly isInParts?: boolean;
}

export interface RefusalDelta {
	readonly type: "refusal";
	readonly choice: number;
	readonly text: string;
}

/** A tool call, or the next part of one. Empty strings where a part does not repeat what was said before. */
export interface ToolCallDelta {
	readonly type: "tool_call";
	readonly choice: number;
	/** Tells the calls of a choice apart; `functionCallPlace` for a `function_call` of the time before tools. */
	readonly place: number;
	readonly id: string;
	/** `function`, `custom`, or empty. */
	readonly callType: string;
	readonly namespace?: string | undefined;
	readonly name: string;
	/** A part of the arguments' JSON text, or of a custom tool's input. */
	readonly arguments: string;
	/** A vendor's proof that goes with the call, and has to come back with it. */
	readonly signature?: string | undefined;
}

export interface Finish {
	readonly type: "finish";
	readonly choice: number;
	readonly reason: FinishReason;
	/** The dialect's own word. */
	readonly vendorReason: string;
}

export interface UsageReport {
	readonly type: "usage";
	/** Undefined if the upstream has counted nothing (yet). */
	readonly tokens: TokenCounts | undefined;
	/** As the upstream has written it. */
	readonly raw: Readonly<Record<string, unknown>>;
	/** The event says nothing else. */
	readonly isAlone: boolean;
}

/** Output that has no neutral form, such as audio: counted, and left to its own dialect. */
export interface Opaque {
	readonly type: "opaque";
	readonly choice: number;
	/** Characters. */
	readonly length: number;
}

/** A picture, or a piece of a recording, that is a part of the answer. Stands beside an `Opaque` in streams. */
export interface MediaOutput {
	readonly type: "media";
	readonly choice: number;
	readonly part: Image | Audio;
}

/** Log probabilities of the text that follows, or of text that has come. */
export interface LogProbabilities {
	readonly type: "logprobs";
	readonly choice: number;
	readonly tokens: readonly TokenProbability[];
}

/** The upstream works on the prompt. */
export interface Progress {
	readonly type: "progress";
}

/** The events that follow replace all output after these places, in Unicode code points. */
export interface Seam {
	readonly type: "seam";
	readonly offset: number | undefined;
	readonly reasoningOffset: number | undefined;
}

/** The upstream says that it can't go on. */
export interface UpstreamError {
	readonly type: "error";
	/** The HTTP status it would have had, where it names one. */
	readonly status: number | undefined;
	readonly message: string | undefined;
	/** It has the dialect's own form, which its clients read. */
	readonly isWellFormed: boolean;
	/** The vendor's words for the kind of error. */
	readonly kind?: string | undefined;
	readonly code?: string | undefined;
	readonly param?: string | undefined;
}

/** The protocol's last event. */
export interface End {
	readonly type: "end";
}

export type ChatEvent =
	| Start
	| Role
	| TextDelta
	| TextBlock
	| CitationEvent
	| ReasoningDelta
	| RefusalDelta
	| ToolCallDelta
	| Finish
	| UsageReport
	| Opaque
	| MediaOutput
	| LogProbabilities
	| Progress
	| Seam
	| UpstreamError
	| End;

/** The place of a `function_call`, which has no index, among a choice's calls. */
export const functionCallPlace = -1;

/** Part of an answer's content, as opposed to its head, its end and facts about it. */
export function isContent(
	event: ChatEvent,
): event is TextDelta | ReasoningDelta | RefusalDelta | ToolCallDelta | Opaque {
	const { type } = event;
	return type === "text" || type === "reasoning" || type === "refusal" || type === "tool_call" || type === "opaque";
}

/**
 * A client would take it for (part of) an answer, rather than for a preamble: content, a finish reason, or token counts
 * that count output or come by themselves.
 */
export function isOutput(event: ChatEvent): boolean {
	switch (event.type) {
		case "finish":
		case "error":
			return true;
		case "usage":
			return event.isAlone || (event.tokens?.output ?? 0) > 0;
		default:
			return isContent(event);
	}
}

/** A reason in one word: the vendor's own, if it is none that all have. */
export function reasonWord({ reason, vendorReason }: Pick<Finish, "reason" | "vendorReason">): string {
	return reason === "other" ? vendorReason : reason;
}

/** Characters of content. */
export function lengthOf(event: ChatEvent): number {
	switch (event.type) {
		case "text":
		case "reasoning":
		case "refusal":
			return event.text.length;
		case "tool_call":
			return event.name.length + event.arguments.length;
		case "opaque":
			return event.length;
		default:
			return 0;
	}
}
