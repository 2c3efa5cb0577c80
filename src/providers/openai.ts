/** OpenAI's own API. */
import { jinaRerank } from "../dialects/jinaRerank/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";

export const openai: Provider = {
	...openaiCompatible,
	name: "openai",
	priceList: "openai",
	refusesReasoning: true,
	keepsResponses: true,
	keepsFiles: true,
	servesWebSocket: true,
	takesCacheKey: true,
	takesInstructions: true,
	dialects: [...openaiCompatible.dialects.filter((dialect) => dialect !== jinaRerank), openaiResponses],
};
