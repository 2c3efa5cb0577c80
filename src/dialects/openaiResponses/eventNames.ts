/** Names of events in streams of OpenAI's responses, and the parts that they open and close. */
import type { Json } from "../dialect.js";
import type { TextKind } from "./begun.js";
import { textPart } from "./response.js";

export const nameOf: Readonly<Record<TextKind, string>> = {
	text: "response.output_text",
	refusal: "response.refusal",
	reasoning: "response.reasoning_summary_text",
};

export const partNameOf: Readonly<Record<TextKind, string>> = {
	text: "response.content_part",
	refusal: "response.content_part",
	reasoning: "response.reasoning_summary_part",
};

export function partOf(kind: TextKind, text: string): Json {
	if (kind === "text") return textPart(text);
	return kind === "refusal" ? { type: "refusal", refusal: text } : { type: "summary_text", text };
}

export function callNameOf(type: unknown): string {
	return type === "custom_tool_call" ? "response.custom_tool_call_input" : "response.function_call_arguments";
}
