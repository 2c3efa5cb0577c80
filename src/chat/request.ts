/** A client's request, whichever dialect it speaks. Pure data; nothing here knows a vendor. */

import type { Citation } from "./citations.js";
import type { LogProbabilityRequest } from "./logProbabilities.js";

type Json = Record<string, unknown>;

export interface ChatRequest {
	/** The dialect that it was read from. */
	readonly dialect: string;
	readonly model: string | undefined;
	/** In order; instructions of the system stand among them, as they came. */
	readonly messages: readonly Message[];
	readonly tools: readonly Tool[];
	readonly toolChoice: ToolChoice | undefined;
	readonly mayCallInParallel: boolean | undefined;
	readonly responseFormat: ResponseFormat | undefined;
	readonly maxOutputTokens: number | undefined;
	readonly sampling: Sampling;
	readonly stop: readonly string[];
	readonly reasoning: ReasoningRequest | undefined;
	/** Undefined where none are wanted. */
	readonly logprobs?: LogProbabilityRequest | undefined;
	/** How many choices; 1 where nothing is said. */
	readonly n: number;
	readonly isStream: boolean;
	/** Token counts are wanted at the end of a stream. */
	readonly wantsUsage: boolean;
	/** The client's own, for its records. */
	readonly metadata: Readonly<Record<string, string>> | undefined;
	/** Who the client's own user is, where it says so. */
	readonly user: string | undefined;
	/** Members that only the client's dialect knows, by their names, as they came. */
	readonly extensions: Readonly<Json>;
}

export interface Message {
	readonly role: "system" | "developer" | "user" | "assistant" | "tool";
	readonly parts: readonly Part[];
	readonly name?: string | undefined;
}

export type Part = Text | Image | Audio | File | ToolCall | ToolResult | Reasoning | Refusal | OpaquePart;

/** Whether the prompt up to and including this part should be cached, as the dialect writes it. */
export interface CacheHint {
	readonly cache?: Readonly<Json> | undefined;
}

export interface Text extends CacheHint {
	readonly type: "text";
	readonly text: string;
	/** Of an answer's text, which is one block to them. */
	readonly citations?: readonly Citation[] | undefined;
}

/** Either a URL, or base64 with its media type. */
export type Source =
	| { readonly url: string }
	| { readonly data: string; readonly mediaType: string }
	| { readonly fileId: string };

export interface Image extends CacheHint {
	readonly type: "image";
	readonly source: Source;
	readonly detail?: string | undefined;
}

export interface Audio extends CacheHint {
	readonly type: "audio";
	/** Base64. */
	readonly data: string;
	/** `wav`, `mp3`, … */
	readonly format: string;
}

export interface File extends CacheHint {
	readonly type: "file";
	readonly source: Source;
	readonly name?: string | undefined;
	/** The answer is to say what of it comes from here. */
	readonly isToBeCited?: boolean | undefined;
}

export interface ToolCall extends CacheHint {
	readonly type: "tool_call";
	readonly id: string;
	readonly callType: "function" | "custom";
	/** The group of tools that its own belongs to, where the dialect has such groups. */
	readonly namespace?: string | undefined;
	readonly name: string;
	/** JSON text, or a custom tool's input. */
	readonly arguments: string;
	/** A vendor's proof that goes with the call (Gemini's `thoughtSignature`). */
	readonly signature?: string | undefined;
}

export interface ToolResult extends CacheHint {
	readonly type: "tool_result";
	readonly id: string;
	readonly parts: readonly Part[];
	readonly isError?: boolean | undefined;
}

export interface Reasoning {
	readonly type: "reasoning";
	readonly text: string;
	/** Proves to the vendor that the reasoning is its own. */
	readonly signature?: string | undefined;
	/** Reasoning that only the vendor can read. */
	readonly encrypted?: string | undefined;
}

export interface Refusal {
	readonly type: "refusal";
	readonly text: string;
}

/** Only its own dialect can write it. */
export interface OpaquePart {
	readonly type: "opaque";
	readonly dialect: string;
	readonly value: unknown;
}

export interface Tool extends CacheHint {
	/** Names are unique within one namespace alone. */
	readonly namespace?: string | undefined;
	readonly name: string;
	readonly description: string | undefined;
	/** JSON Schema of the arguments. */
	readonly parameters: Readonly<Json> | undefined;
	readonly isStrict?: boolean | undefined;
	/** It takes plain text in place of arguments, in the form of a grammar if there is one. */
	readonly custom?: { readonly grammar?: Grammar | undefined } | undefined;
	/**
	 * A tool as its own dialect writes it. Where it is neither a function nor a custom tool, but one that the vendor runs, no
	 * other dialect can write it.
	 */
	readonly opaque?: { readonly dialect: string; readonly value: unknown } | undefined;
}

export interface Grammar {
	/** `lark`, `regex`. */
	readonly syntax: string;
	readonly definition: string;
}

export type ToolChoice =
	| { readonly type: "auto" | "none" | "required" }
	| { readonly type: "tool"; readonly name: string; readonly namespace?: string | undefined };

export type ResponseFormat =
	| { readonly type: "text" }
	| { readonly type: "json" }
	| {
			readonly type: "schema";
			readonly name: string;
			readonly schema: Readonly<Json>;
			readonly isStrict?: boolean | undefined;
			readonly description?: string | undefined;
	  };

export interface Sampling {
	readonly temperature?: number | undefined;
	readonly topP?: number | undefined;
	readonly topK?: number | undefined;
	readonly frequencyPenalty?: number | undefined;
	readonly presencePenalty?: number | undefined;
	readonly seed?: number | undefined;
}

export interface ReasoningRequest {
	/** `none`, `minimal`, `low`, `medium`, `high`, … */
	readonly effort?: string | undefined;
	readonly budgetTokens?: number | undefined;
	/** Thoughts, or their summary, are to be shown. */
	readonly isShown?: boolean | undefined;
}
