/** Cohere: chat in its own wire format, embeddings in OpenAI's. */
import { cohereChat } from "../dialects/cohereChat/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import { fromRoot, type Provider } from "./provider.js";

/** Where Cohere follows OpenAI. */
const compatible = `${fromRoot}/compatibility/v1`;

export const cohere: Provider = {
	name: "cohere",
	dialects: [cohereChat, openaiEmbeddings],
	path: ({ dialect, path }) => (dialect === cohereChat ? "/chat" : compatible + path),
	modelsPath: () => `${fromRoot}/v1/models`,
	authorize: (key) => [["authorization", `Bearer ${key}`]],
};
