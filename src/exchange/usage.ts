/** Usage of a request and of each of its attempts. */

import type { TokenCounts } from "../chat/tokenCounts.js";
import type { UnitCounts, UsedUnits } from "../chat/usedUnits.js";
import type { Nanodollars } from "./nanodollars.js";

export interface AttemptUsage {
	/** Undefined if the upstream did nothing billable: it was not reached, or refused. */
	readonly tokens: TokenCounts | undefined;
	/** What is billed by other units than tokens; undefined where the operation has none. */
	readonly units?: UnitCounts | undefined;
	/** What the price of those units depends on. */
	readonly unitVariant?: UsedUnits["variant"];
	/** Some or all of the tokens are not reported by the upstream. */
	readonly isEstimated: boolean;
	/** Undefined if no price is known. */
	readonly cost: Nanodollars | undefined;
	/** Whose price it is: `configuration`, `upstream` where that says itself what it charges, or an entry of a price list. */
	readonly costSource?: string | undefined;
	/** The tier that has served the answer, where the upstream says it. */
	readonly tier?: string | undefined;
	/** The upstream's own usage object. */
	readonly reported: Readonly<Record<string, unknown>> | undefined;
}

export interface ExchangeUsage {
	/** In the order of the exchange's attempts. */
	readonly attempts: readonly AttemptUsage[];
	/** The sum of all attempts, each counted once. */
	readonly tokens: TokenCounts | undefined;
	readonly units?: UnitCounts | undefined;
	readonly isEstimated: boolean;
	readonly cost: Nanodollars | undefined;
}
