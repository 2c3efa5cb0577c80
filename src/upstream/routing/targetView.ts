/** The current state of targets, as seen by a choice. */
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import type { Route, Target, TargetGroup } from "../../settings/routes.js";
import type { RequestFacts } from "./facts.js";

/** Where a conversation is at home. */
export interface HomeView {
	/** The target's name. */
	readonly target: string;
	/** How many turns it has answered in a row. */
	readonly turns: number;
}

export interface TargetView {
	/** Requests in flight at the target's upstream, as far as known, across all workers. */
	inFlight(target: Target): number;
	/** Peak-EWMA of the time to first output in ms; undefined if unknown. */
	latencyMs(target: Target): number | undefined;
	/** `later` if its breaker or its model's is open, its health is down or it asked for a pause. */
	isAvailable(target: Target, facts: RequestFacts): "yes" | "later";
	/** Where the request's conversation is at home. */
	homeOf?(route: Route, facts: RequestFacts): HomeView | undefined;
	/** How long the target has asked to be left alone, if nothing else keeps it from being asked; else undefined. */
	restMs?(target: Target, facts: RequestFacts): number | undefined;
	/**
	 * What is known of the target's model for requests that ask for this one, until `revision` is another. Without it, that is
	 * what the configuration says.
	 */
	factsOf?(target: Target, asked: string | undefined): ModelFacts;
	readonly revision?: number;
	/** Returns a counter that each call for a group increments, starting from any non-negative integer. */
	nextTurn(group: TargetGroup): number;
}
