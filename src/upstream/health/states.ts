/** The state of each upstream as a gateway sees it: requests under way, breakers, health; and permits to send requests. */

/** `closed` lets requests through, `open` none that can go elsewhere, `half_open` a single one of these, as a probe. */
export type BreakerState = "closed" | "open" | "half_open";
export type Health = "up" | "down" | "unknown";
/**
 * A request's evidence about its upstream and model: the model answered well (`ok`) or badly (`failed`; the upstream itself
 * if the request names no model); the upstream could not be reached (`unreachable`), or answered in a way that means
 * nothing about the model (`answered`); or nothing at all (`ignored`), as when the client left.
 */
export type Outcome = "ok" | "failed" | "unreachable" | "answered" | "ignored";

/** Its members always have the present values. */
export interface UpstreamState {
	readonly breaker: BreakerState;
	/** The result of the active health check; `unknown` if there is none, or before the first. */
	readonly health: Health;
	/** Milliseconds since the epoch at which an open breaker lets a probe through. */
	readonly probeAt: number | undefined;
	/** Requests under way in all workers: exact for this worker, a moment old for the others. */
	readonly inFlight: number;
}

/** One request to an upstream. */
export interface Permit {
	/**
	 * To be called when the request is over, whatever its outcome; calls after the first do nothing.
	 *
	 * @param outcome `undecided` if `judge` will be called
	 */
	leave(outcome: Outcome | "undecided"): void;
	/** To be called once after `leave("undecided")`. */
	judge?(outcome: Outcome): void;
}

/** Other facts about a request for a permit. */
export interface Entrance {
	/** As it is sent to the upstream. */
	readonly model?: string | undefined;
	/** No other target is left: breakers let it through. */
	readonly isLastResort?: boolean;
}

export interface UpstreamStates {
	/**
	 * @param model the breaker is the upstream's or this model's, whichever lets less through
	 * @throws Error when there is no upstream of that name
	 */
	of(upstream: string, model?: string): UpstreamState;
	/**
	 * Asks to send a request. The permit comes at once if nothing limits the upstream.
	 *
	 * @param waitMs how long to wait, first come first served, if its `maxConcurrency` is reached
	 * @param signal gives up waiting
	 * @returns undefined if a breaker is open, its probe is under way, or no request ended in time
	 */
	enter(
		upstream: string,
		waitMs?: number,
		signal?: AbortSignal,
		entrance?: Entrance,
	): Permit | Promise<Permit | undefined>;
}

const maxModelCharacters = 256;

/** Clients choose how long a model's name is. */
export function breakerModel(model: string): string {
	return model.length > maxModelCharacters ? model.slice(0, maxModelCharacters) : model;
}

/** Judges the upstream itself by an outcome. */
export function judgementOfUpstream(outcome: Outcome, model: string | undefined): "ok" | "failed" | "ignored" {
	if (outcome === "ignored") return "ignored";
	return outcome === "unreachable" || (outcome === "failed" && model === undefined) ? "failed" : "ok";
}

/** Judges the model by an outcome. */
export function judgementOfModel(outcome: Outcome): "ok" | "failed" | "ignored" {
	return outcome === "ok" || outcome === "failed" ? outcome : "ignored";
}

/** Milliseconds since the epoch that never go back, whatever is done to the machine's clock. */
export function steadyNow(): number {
	return performance.timeOrigin + performance.now();
}
