/** Why a request to an AI host was made, and what it came to, each in a word. */
import type { Attempt } from "../upstream/attempt.js";

export type AttemptKind = "first" | "retry" | "failover" | "hedge" | "rescue";

export function kindOf(attempts: readonly Attempt[], at: number): AttemptKind {
	const { isRescue, isHedge, target } = attempts[at] as Attempt;
	if (isRescue) return "rescue";
	if (at === 0) return "first";
	if (isHedge) return "hedge";
	return attempts[at - 1]?.target === target ? "retry" : "failover";
}

/** The kind of fault where there is one. */
export function outcomeOf({ fault, isCancelled }: Attempt): string {
	return fault?.kind ?? (isCancelled ? "cancelled" : "ok");
}
