/** What vendors ask for their tiers of service, of the usual price, since price lists know only that one. */
import type { TierFactors } from "./price.js";

/** OpenAI asks 1.7 to 2 times the price for priority, Google 1.75 to 2 times: by model. The largest that is common counts. */
const openai: TierFactors = { flex: 0.5, batch: 0.5, priority: 2 };

/** By the name of the price list. A tier that is not here costs the usual price: Groq asks nothing more or less for any. */
export const tiersOfList: Readonly<Record<string, TierFactors>> = {
	openai,
	azure: openai,
	anthropic: { batch: 0.5 },
	google: { flex: 0.5, batch: 0.5, priority: 1.8 },
	aws: { flex: 0.5, batch: 0.5, priority: 1.75 },
};
