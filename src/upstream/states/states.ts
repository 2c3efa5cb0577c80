/** What is known of each AI host: by whom it is used, whether it is well, and who may send it a request. */

/** `closed` lets requests through, `open` none, `half_open` a single one that probes the host. */
export type BreakerState = "closed" | "open" | "half_open";
export type Health = "up" | "down" | "unknown";
/** `ignored` says nothing about the host: the client left, or the request was wrong. */
export type Outcome = "ok" | "failed" | "ignored";

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

/** One request to an AI host. */
export interface Permit {
	/** To be called when it is over, whatever came of it; calls after the first do nothing. */
	leave(outcome: Outcome): void;
}

export interface UpstreamStates {
	/** @throws Error when there is no upstream of that name */
	of(upstream: string): UpstreamState;
	/**
	 * Asks to send a request. The permit comes at once where nothing limits the upstream.
	 *
	 * @param waitMs how long to wait, first come first served, where its `maxConcurrency` is reached
	 * @param signal gives up waiting
	 * @returns nothing when the breaker is open, its probe is under way, or nobody left in time
	 */
	enter(upstream: string, waitMs?: number, signal?: AbortSignal): Permit | Promise<Permit | undefined>;
}

/** Milliseconds since the epoch that never go back, whatever is done to the machine's clock. */
export function steadyNow(): number {
	return performance.timeOrigin + performance.now();
}
