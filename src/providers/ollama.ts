/** Ollama's own API, for what its OpenAI-compatible one can't say: the length of the context, and how long a model stays loaded. */
import { ollamaChat } from "../dialects/ollamaChat/index.js";
import type { OllamaOptions } from "../dialects/ollamaChat/request.js";
import { openaiCompletions } from "../dialects/openaiCompletions/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import { openaiCompatible } from "./openaiCompatible.js";
import { fromRoot, type Provider } from "./provider.js";

export function ollamaItself(options: OllamaOptions): Provider {
	const chat = ollamaChat(options);
	return {
		...openaiCompatible,
		name: "ollama",
		dialects: [chat, openaiCompletions, openaiEmbeddings],
		path: ({ dialect, path }) => (dialect?.name === chat.name ? `${fromRoot}/api/chat` : path),
	};
}
