/**
 * Limits that hold: how much may be used in a span of time, and how many requests may be under way. What a request will
 * use is reserved before it is sent, and settled when it is known.
 */

/** `cost` is in millionths of a US dollar. */
export type Metric = "requests" | "tokens" | "cost" | "concurrency";

/** Any 60 seconds, a day or a month of the calendar in UTC; `now` for `concurrency`, which knows no time. */
export type Span = "minute" | "day" | "month" | "now";

export interface Limit {
	/**
	 * What is counted together, the same in all workers and on all machines: `key:key_7Yh…:tokens:minute`. It stands for one
	 * metric and one span, and comes up only once among the claims of a request.
	 */
	readonly counter: string;
	readonly metric: Metric;
	readonly span: Span;
	/** A whole number. */
	readonly max: number;
}

/** What a request takes of one limit. */
export interface Claim {
	readonly limit: Limit;
	/** A whole number. 0 is granted as long as anything is left. */
	readonly amount: number;
}

export interface ReserveRequest {
	/** All of them are granted, or none is. */
	readonly claims: readonly Claim[];
	/** Of those that wait, the higher one comes first; of equals, the one that came first. */
	readonly priority: number;
	/** Longest wait for what is used up now; 0 is refused at once. */
	readonly maxWaitMs: number;
	/** `extend` may be called for it. */
	readonly mayExtend?: boolean;
}

/** How one limit stands, behind the decision. */
export interface Standing {
	readonly remaining: number;
	/** Milliseconds since the epoch at which all of it is free again, if nothing more is used. */
	readonly resetAt: number;
}

export type Decision =
	| {
			readonly isGranted: true;
			/** Names what is held, for `extend` and `settle`. */
			readonly hold: number;
			/** By claim. Nothing where counters can't be reached, and requests pass all the same. */
			readonly standings: readonly Standing[] | undefined;
	  }
	| {
			readonly isGranted: false;
			/** Index of the claim that can't be granted for longest. */
			readonly claim: number;
			/** Milliseconds since the epoch; nothing where nobody knows, as when requests under way have to end first. */
			readonly retryAt: number | undefined;
			readonly standings: readonly Standing[];
			/** It could never be granted: it asks for more than the limit's whole. */
			readonly isImpossible: boolean;
			/** It would have had to wait behind too many others. */
			readonly isQueueFull: boolean;
	  };

/** One in the primary serves all workers; over Redis, all machines. */
export interface Ledger {
	/**
	 * @param signal ends the wait: nothing is then held, and its reason is thrown
	 * @throws GatewayError 503 when counters can't be reached and limits are to hold all the same, or the primary is gone
	 */
	reserve(request: ReserveRequest, signal?: AbortSignal): Promise<Decision>;
	/** In the middle of an answer: so much more of each claim, or of none. A claim of 0, or of `concurrency`, is not asked for. */
	extend(hold: number, amounts: readonly number[]): Promise<boolean>;
	/**
	 * What was really used of each claim, less or more than was reserved. What is less is given back where it was taken, if
	 * it still counts there; what is more counts from now on, even above the limit. A request that is over is no longer
	 * under way, whatever is said for `concurrency`, and an amount that isn't said is 0. Done once; later calls do nothing.
	 */
	settle(hold: number, used: readonly number[]): void;
}
