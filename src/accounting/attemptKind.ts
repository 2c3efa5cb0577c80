/** An attempt's reason and outcome, each in one word. */
import type { Attempt } from "../upstream/attempt.js";

export type AttemptKind = "first" | "retry" | "failover" | "hedge" | "rescue";

/** @returns why `attempts[at]` was made */
export function kindOf(attempts: readonly Attempt[], at: number): AttemptKind {
	const { isRescue, isHedge, target } = attempts[at] as Attempt;
	if (isRescue) return "rescue";
	if (at === 0) return "first";
	if (isHedge) return "hedge";
	// The call before it has its answer: this is another one's.
	if (attempts[at - 1]?.isChosen) return "first";
	return attempts[at - 1]?.target === target ? "retry" : "failover";
}

/** The kind of fault where there is one. */
export function outcomeOf({ fault, isCancelled }: Attempt): string {
	return fault?.kind ?? (isCancelled ? "cancelled" : "ok");
}
