/** What a scripted upstream says, in words that are no wire format's. Each format writes them in its own (`formats/`). */

/** A call of a tool that the agent has offered. A string is the input of a freeform tool. */
export interface ToolCall {
	readonly id: string;
	readonly tool: string;
	readonly input: Readonly<Record<string, unknown>> | string;
}

/** Thoughts, with what a vendor signs them with. */
export interface Thinking {
	readonly text: string;
	readonly signature: string;
}

/** One answer of the model. Its text comes in these pieces. */
export interface Turn {
	readonly thinking?: Thinking;
	readonly text?: readonly string[];
	readonly calls?: readonly ToolCall[];
}

/** What the upstream does with a request. */
export type Action =
	| { readonly kind: "answer"; readonly turn: Turn; readonly afterMs?: number }
	/** An error in the format's own shape. */
	| { readonly kind: "refuse"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
	/** The connection is cut after the first piece of text, or, of a request that isn't streamed, before anything is said. */
	| { readonly kind: "cut"; readonly turn: Turn }
	/** Nothing is ever said. */
	| { readonly kind: "silence" };

/** A tool as the request offers it. */
export interface OfferedTool {
	readonly name: string;
	/** It takes text, not JSON. */
	readonly isFreeform: boolean;
	/** Properties of its JSON Schema. */
	readonly properties: readonly string[];
}

/** What a scripted upstream reads of a request. */
export interface Asked {
	readonly model: string;
	readonly isStream: boolean;
	readonly tools: readonly OfferedTool[];
	/** The results of tools in the conversation so far, as text. */
	readonly results: readonly string[];
	/** Thoughts that came back, and signatures; a format has one or both. */
	readonly thoughts: readonly string[];
	readonly signatures: readonly string[];
}

/** @param count how many requests with tools came before; those without are for titles and the like */
export type Script = (asked: Asked, count: number) => Action;

/** The input of a call as JSON: freeform text goes into the only property of a tool that stands for a freeform one. */
export function jsonInput({ tool, input }: ToolCall, { tools }: Asked): Readonly<Record<string, unknown>> {
	if (typeof input !== "string") return input;
	const [property = "input"] = tools.find(({ name }) => name === tool)?.properties ?? [];
	return { [property]: input };
}

/** Cuts text into pieces that a stream would have. */
export function pieces(text: string, size = 24): string[] {
	return text.match(new RegExp(`.{1,${size}}`, "gsu")) ?? [];
}

export type Json = Readonly<Record<string, unknown>>;

/** The objects of a list in JSON, whatever it is. */
export function objects(value: unknown): Json[] {
	return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}

export function object(value: unknown): Json {
	return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** The text of content that is a string or a list of parts. */
export function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	return objects(content)
		.map(({ text }) => (typeof text === "string" ? text : ""))
		.join("");
}

export function string(value: unknown): string {
	return typeof value === "string" ? value : "";
}
