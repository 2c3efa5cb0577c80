/** Anthropic's own API, and others that take the same requests at the same paths. */
import { anthropicMessages, anthropicTokenCounts } from "../dialects/anthropicMessages/index.js";
import type { Provider } from "./provider.js";

export const anthropic: Provider = {
	name: "anthropic",
	priceList: "anthropic",
	dialects: [anthropicMessages, anthropicTokenCounts],
	path: ({ path, isTranslated }) => (isTranslated ? "/messages" : path),
	keepsFiles: true,
	keepsBatches: true,
	modelShape: "anthropic",
	modelsPath: () => "/models?limit=1000",
	authorize: (key) => [["x-api-key", key]],
	// The API demands one. A client that speaks Messages names its own; this one takes what translated requests hold.
	headers: [["anthropic-version", "2023-06-01"]],
};
