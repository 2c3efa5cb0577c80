/** Cohere: chat, embeddings and rerankings in its own wire formats. */
import { cohereChat } from "../dialects/cohereChat/index.js";
import { cohereEmbed } from "../dialects/cohereEmbed/index.js";
import { cohereRerank } from "../dialects/cohereRerank/index.js";
import type { Dialect } from "../dialects/dialect.js";
import { fromRoot, type Provider } from "./provider.js";

/** Where Cohere follows OpenAI, for a dialect that the configuration names. */
const compatible = `${fromRoot}/compatibility/v1`;

const paths: ReadonlyMap<Dialect | undefined, string> = new Map([
	[cohereChat, "/chat"],
	[cohereEmbed, "/embed"],
	[cohereRerank, "/rerank"],
]);

export const cohere: Provider = {
	name: "cohere",
	priceList: "cohere",
	dialects: [cohereChat, cohereEmbed, cohereRerank],
	path: ({ dialect, path }) => paths.get(dialect) ?? compatible + path,
	modelsPath: () => `${fromRoot}/v1/models`,
	authorize: (key) => [["authorization", `Bearer ${key}`]],
};
