/** What Ollama's generate has no words for: what its chat has none for, and tools. */
import type { DialectLosses } from "../losses.js";
import { losses as ofChat } from "../ollamaChat/losses.js";

export const losses = {
	request: { ...ofChat.request, tools: "tools" },
	answer: ofChat.answer,
} as const satisfies DialectLosses;
