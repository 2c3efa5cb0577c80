/** What is known of each upstream: by whom it is used, whether it and its models are well, and who may send it a request. */

/** `closed` lets requests through, `open` none that can go elsewhere, `half_open` a single one of these, as a probe. */
export type BreakerState = "closed" | "open" | "half_open";
export type Health = "up" | "down" | "unknown";
/**
 * What a request says about its upstream and model: the model answered well (`ok`) or badly (`failed`; of the upstream
 * itself where the request names no model); the upstream could not be spoken with (`unreachable`), or answered in a way
 * that says nothing about the model (`answered`); or nothing at all (`ignored`), as when the client left.
 */
export type Outcome = "ok" | "failed" | "unreachable" | "answered" | "ignored";

/** Always of the present moment, also when it is kept. */
export interface UpstreamState {
	readonly breaker: BreakerState;
	/** Of the active health check; `unknown` where there is none, or before the first. */
	readonly health: Health;
	/** Milliseconds since the epoch at which an open breaker lets a probe through. */
	readonly probeAt: number | undefined;
	/** Requests under way, all workers: this worker's exactly, the others' of a moment ago. */
	readonly inFlight: number;
}

/** One request to an upstream. */
export interface Permit {
	/**
	 * To be called when it is over, whatever came of it; calls after the first do nothing.
	 *
	 * @param outcome `undecided` when `judge` is going to tell
	 */
	leave(outcome: Outcome | "undecided"): void;
	/** To be called once after `leave("undecided")`. */
	judge?(outcome: Outcome): void;
}

/** What else is known of a request that asks for a permit. */
export interface Entrance {
	/** As it is sent to the upstream. */
	readonly model?: string | undefined;
	/** There is nobody else to ask: breakers are to let it through. */
	readonly isLastResort?: boolean;
}

export interface UpstreamStates {
	/**
	 * @param model the breaker is that of the upstream or of this model, whichever lets less through
	 * @throws Error when there is no upstream of that name
	 */
	of(upstream: string, model?: string): UpstreamState;
	/**
	 * Asks to send a request. The permit comes at once where nothing limits the upstream.
	 *
	 * @param waitMs how long to wait, first come first served, where its `maxConcurrency` is reached
	 * @param signal gives up waiting
	 * @returns nothing when a breaker is open, its probe is under way, or nobody left in time
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

/** What an outcome says about the upstream itself. */
export function judgementOfUpstream(outcome: Outcome, model: string | undefined): "ok" | "failed" | "ignored" {
	if (outcome === "ignored") return "ignored";
	return outcome === "unreachable" || (outcome === "failed" && model === undefined) ? "failed" : "ok";
}

/** What it says about the model. */
export function judgementOfModel(outcome: Outcome): "ok" | "failed" | "ignored" {
	return outcome === "ok" || outcome === "failed" ? outcome : "ignored";
}

/** Milliseconds since the epoch that never go back, whatever is done to the machine's clock. */
export function steadyNow(): number {
	return performance.timeOrigin + performance.now();
}
