/** Chunks that say nothing but text, and so needn't be parsed when the next one is like them. */
import type { TextOnly } from "../repeatedText.js";

/** Where chat completions and text completions have their text. */
const contentName = Buffer.from('"content"');
const textName = Buffer.from('"text"');

/** The one choice of a chunk that, repeated, would only have its text twice; undefined if the chunk says more than text. */
export function textOnly({ choices, usage, error }: Record<string, unknown>): TextOnly | undefined {
	if (!Array.isArray(choices) || choices.length !== 1 || (usage ?? error ?? null) !== null) return undefined;
	const choice = choices[0] as Record<string, unknown> | null;
	if (!choice || (choice.logprobs ?? null) !== null || (choice.finish_reason ?? "") !== "") return undefined;
	const { index = 0, delta, text } = choice;
	if (typeof index !== "number") return undefined;
	if (typeof text === "string") return { choice: index, isPlain: true, name: textName };
	if (typeof delta !== "object" || delta === null) return undefined;
	const { content, role: _role, ...rest } = delta as Record<string, unknown>;
	const saysMore = Object.values(rest).some((value) => value !== null && value !== "");
	return typeof content === "string" && !saysMore ? { choice: index, isPlain: false, name: contentName } : undefined;
}
