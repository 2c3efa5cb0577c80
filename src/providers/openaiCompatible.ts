/** vLLM, llama.cpp, SGLang, TGI, Ollama and all others that follow OpenAI's API. */
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiCompletions } from "../dialects/openaiCompletions/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import type { Provider } from "./provider.js";

export const openaiCompatible: Provider = {
	name: "openai-compatible",
	dialects: [openaiChat, openaiCompletions, openaiEmbeddings],
	path: ({ path, isTranslated }) => (isTranslated ? "/chat/completions" : path),
	authorize: (key) => [["authorization", `Bearer ${key}`]],
};
