/** What a choice may ask about targets: the present state of the world, which others keep. */
import type { Target, TargetGroup } from "../../settings/routes.js";
import type { RequestFacts } from "./facts.js";

export interface TargetView {
	/** Requests under way at the target's upstream, as far as known over all workers. */
	inFlight(target: Target): number;
	/** Peak-EWMA of the time to first output in ms; `undefined` when nothing is known. */
	latencyMs(target: Target): number | undefined;
	/** `later` when its breaker or that of its model is open, its health is down or it asked for time. */
	isAvailable(target: Target, facts: RequestFacts): "yes" | "later";
	/** Counts up by one with each call for a group, from any integer that is not negative. */
	nextTurn(group: TargetGroup): number;
}
