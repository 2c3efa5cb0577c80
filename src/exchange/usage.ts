/** What a request and each of its attempts have used. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Nanodollars } from "./nanodollars.js";

export interface AttemptUsage {
	/** Nothing where the host has done nothing that anybody would bill: it was not reached, or has refused. */
	readonly tokens: TokenCounts | undefined;
	/** They are not the host's word, or not all of them. */
	readonly isEstimated: boolean;
	/** Nothing where no price is known. */
	readonly cost: Nanodollars | undefined;
	/** The host's own usage object. */
	readonly reported: Readonly<Record<string, unknown>> | undefined;
}

export interface ExchangeUsage {
	/** In the order of the exchange's attempts. */
	readonly attempts: readonly AttemptUsage[];
	/** Of all attempts together, each counted once. */
	readonly tokens: TokenCounts | undefined;
	readonly isEstimated: boolean;
	readonly cost: Nanodollars | undefined;
}
