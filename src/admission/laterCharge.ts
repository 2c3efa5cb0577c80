/** Charges limits with what nobody could reserve, such as what a batch has used that an upstream runs. */
import type { Ledger } from "../limits/ledger.js";
import { amountsOf, claimsOf } from "./claims.js";
import type { AppliedLimit } from "./limitTable.js";

/** @param used tokens, and money in millionths of a dollar */
export async function chargeLater(
	ledger: Ledger,
	limits: readonly AppliedLimit[],
	used: { readonly tokens: number; readonly cost: number },
): Promise<void> {
	const counted = limits.filter(({ limit: { metric } }) => metric === "tokens" || metric === "cost");
	if (counted.length === 0) return;
	const { claims } = claimsOf(counted, { input: 0, output: 0, cost: () => 0 });
	const decision = await ledger.reserve({ claims, priority: 0, maxWaitMs: 0 });
	// Where all is used up, there is nothing left that could be refused.
	if (!decision.isGranted) return;
	ledger.settle(decision.hold, amountsOf(claims, { ...used, requests: 0, concurrency: 0, time: 0 }));
}
