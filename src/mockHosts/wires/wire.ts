/** What a wire format is for a host that pretends: it reads questions, and writes answers and errors as its vendor does. */
import type { Bytes, Framing } from "./framing.js";

/** Each is one token. */
export type Piece =
	| { readonly kind: "content"; readonly text: string }
	| { readonly kind: "reasoning"; readonly text: string }
	| { readonly kind: "call"; readonly index: number; readonly id: string; readonly name: string }
	| { readonly kind: "arguments"; readonly index: number; readonly text: string };

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

/** What a request is for. Chats of all wire formats are one; `data` is what its wire format alone knows how to answer. */
export type Endpoint = "chat" | "completions" | "embeddings" | "images" | "data" | "tokens";

/** What the path and the query say of a request. */
export interface Asked {
	readonly endpoint: Endpoint;
	/** Where the path names it. */
	readonly model?: string;
	/** Where the path says it. */
	readonly isStreamed?: boolean;
	/** What else the path tells, in the words of the wire format. */
	readonly variant?: string;
}

export type Body = Readonly<Record<string, unknown>>;

/** A request as all wire formats have it. */
export interface Question {
	readonly endpoint: Endpoint;
	readonly variant: string;
	readonly model: string;
	readonly isStreamed: boolean;
	readonly withUsage: boolean;
	/** Each piece reports the usage so far, as in vLLM. */
	readonly withUsageSoFar: boolean;
	/** The most pieces of each choice. */
	readonly limit: number;
	/** Number of choices over all prompts. */
	readonly choices: number;
	readonly promptTokens: number;
	/** Names of the tools that may be called. */
	readonly tools: readonly string[];
	readonly isParallel: boolean;
	readonly wantsJson: boolean;
	/** Text of the last message if it is the assistant's and calls no tools. */
	readonly prefix: string | undefined;
	readonly continues: boolean;
	readonly addsGenerationPrompt: boolean;
	/** The newest text of the user's, or the prompt. */
	readonly lastText: string;
	/** Inputs of an embedding, or a place for each picture that is shown before it is finished. */
	readonly inputs: readonly unknown[];
	readonly inBase64: boolean;
	/** Pictures are wanted by their addresses. */
	readonly wantsUrl: boolean;
}

/** Over all choices. */
export interface Counts {
	readonly prompt: number;
	readonly completion: number;
	/** Of the completion. */
	readonly reasoning: number;
	/** Of the prompt; 0 where this is missing. */
	readonly cached?: number;
	/** Of the prompt too: what was written to the cache, and of that, what is kept for an hour. */
	readonly written?: number;
	readonly writtenForHour?: number;
}

export interface AnswerHead {
	/** Distinguishes answers. */
	readonly id: string;
	/** Milliseconds since 1970. */
	readonly createdAtMs: number;
	readonly model: string;
	readonly question: Question;
	/** What only the vendor understands of its reasoning. */
	readonly signature?: string;
	/** @returns undefined for an answer that has no counts */
	counts(completionTokens: number): Counts | undefined;
}

/** Writes one answer, either its stream or its body. */
export interface AnswerWriter {
	/** What a stream begins with, before there is any output. */
	opening(): Bytes[];
	/** One for each choice; empty where the format holds the piece back. @param completionTokens tokens that were sent before */
	piece(piece: Piece, completionTokens: number): Bytes[];
	/** A delta without any text. */
	empty(): Bytes[];
	/** What tells the reason, at the latest before `last`. */
	finish(reason: FinishReason, completionTokens: number): Bytes[];
	/** The event that tells the counts, where the format has one for them. */
	usage(completionTokens: number): Bytes;
	/** What ends a stream that is whole; empty where its end is enough. */
	last(): Bytes;
	/** An error in the middle of a stream. @param as the style, where the format has several */
	failure(error: WireError, as: string): Bytes;
	/** @returns a complete answer in one body. @param reason null leaves it unfinished */
	body(pieces: readonly Piece[], reason: FinishReason | null): object;
}

export type ErrorKind =
	| "invalid"
	| "unauthorized"
	| "forbidden"
	| "not-found"
	| "model-not-found"
	| "too-large"
	| "rate-limit"
	| "context-length"
	| "content-filter"
	| "unavailable"
	| "other";

export interface WireError {
	readonly kind: ErrorKind;
	readonly status: number;
	/** Where the vendor has no words of its own for the kind. */
	readonly message: string;
	/** As OpenAI names them. */
	readonly type?: string;
	readonly param?: string | null;
	readonly code?: string | number | null;
	/** The status was asked for, and stands. */
	readonly isChosen?: boolean;
	readonly retrySeconds?: number;
	/** Of a prompt that is too long. */
	readonly tokens?: { readonly prompt: number; readonly completion: number; readonly most: number };
	/** In whose words, where several servers share the format. */
	readonly as?: string;
}

export interface ErrorAnswer {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body: object;
}

export interface WireFormat {
	/** As messages and documentation have it. */
	readonly name: string;
	/** @throws Error that says what is wrong with a request */
	read(body: Body, asked: Asked): Question;
	/** @param json writes JSON */
	framing(question: Question, json: (value: unknown) => string): Framing;
	writer(head: AnswerHead, framing: Framing): AnswerWriter;
	/** @param question undefined for one that could not be read */
	error(error: WireError, question: Question | undefined): ErrorAnswer;
	/** @param vectors one for each input */
	embeddings?(question: Question, vectors: readonly Float32Array[]): object;
	/** The answer to a question for data. */
	data?(question: Question): object;
	/** The answer to a question for the number of tokens. */
	tokens?(question: Question): object;
}
