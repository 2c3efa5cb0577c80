/** The current state of targets, as seen by a choice. */
import type { Target, TargetGroup } from "../../settings/routes.js";
import type { RequestFacts } from "./facts.js";

export interface TargetView {
	/** Requests in flight at the target's upstream, as far as known, across all workers. */
	inFlight(target: Target): number;
	/** Peak-EWMA of the time to first output in ms; undefined if unknown. */
	latencyMs(target: Target): number | undefined;
	/** `later` if its breaker or its model's is open, its health is down or it asked for a pause. */
	isAvailable(target: Target, facts: RequestFacts): "yes" | "later";
	/** Returns a counter that each call for a group increments, starting from any non-negative integer. */
	nextTurn(group: TargetGroup): number;
}
