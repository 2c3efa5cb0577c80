/**
 * Limits that hold: how much may be used in a span of time, and how many requests may be under way. What a request will
 * use is reserved before it is sent, and settled when it is known.
 */

/** `cost` is in millionths of a US dollar, `time` in seconds; nobody takes time, it passes. */
export type Metric = "requests" | "tokens" | "cost" | "concurrency" | "time";

/**
 * Any 60 seconds, a day or a month of the calendar in UTC; `now` for `concurrency`, which knows no time; `window` for one that
 * opens with its first request (`counter.ts`); `session` for all of an agent's session, and `elapsed` for the time since its
 * first request. These two begin anew when a session was not heard of for `sessionIdleMs`.
 */
export type Span = "minute" | "day" | "month" | "now" | "window" | "session" | "elapsed";

export const sessionIdleMs = 7 * 86_400_000;

/** Whether what is used stays used, however long somebody waits. */
export function isLasting(span: Span): boolean {
	return span === "session" || span === "elapsed";
}

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
	/** The length of a `window`. */
	readonly windowMs?: number;
}

/** What a request takes from one limit. */
export interface Claim {
	readonly limit: Limit;
	/** A whole number. 0 is granted as long as anything is left. */
	readonly amount: number;
}

export interface ReserveRequest {
	/** All of them are granted, or none is. */
	readonly claims: readonly Claim[];
	/** The higher one is granted first; among equals, the one that came first. */
	readonly priority: number;
	/** Longest wait for what is used up now; 0 is refused at once. */
	readonly maxWaitMs: number;
	/** `extend` may be called for it. */
	readonly mayExtend?: boolean;
}

/** How one limit stands after the decision. */
export interface Standing {
	readonly remaining: number;
	/** Milliseconds since the epoch at which all of it is free again, if nothing more is used. */
	readonly resetAt: number;
}

export type Decision =
	| {
			readonly isGranted: true;
			/** Identifies the reservation, for `extend` and `settle`. */
			readonly hold: number;
			/** By claim; undefined if counters can't be reached, and the request passes uncounted. */
			readonly standings: readonly Standing[] | undefined;
	  }
	| {
			readonly isGranted: false;
			/** Index of the claim that can't be granted for longest. */
			readonly claim: number;
			/** Milliseconds since the epoch; undefined if it can't be known, as when requests under way have to end first. */
			readonly retryAt: number | undefined;
			readonly standings: readonly Standing[];
			/** It could never be granted: it asks for more than the limit's whole. */
			readonly isImpossible: boolean;
			/** It would have had to wait for too many others. */
			readonly isQueueFull: boolean;
	  };

/** One in the primary serves all workers; over Redis, all machines. */
export interface Ledger {
	/**
	 * @param signal ends the wait: the request then holds nothing, and the signal's reason is thrown
	 * @throws GatewayError 503 when counters can't be reached and limits are to hold all the same, or the primary is gone
	 */
	reserve(request: ReserveRequest, signal?: AbortSignal): Promise<Decision>;
	/** In the middle of an answer: reserves more of all claims, or of none. Amounts of 0, and of `concurrency`, are ignored. */
	extend(hold: number, amounts: readonly number[]): Promise<boolean>;
	/**
	 * Reports what was really used of each claim, less or more than was reserved. Unused amounts are given back where they
	 * were taken, if they still count there; additional amounts count from now on, even above the limit. Concurrency is
	 * always given back, and a missing amount is 0. Only the first call counts.
	 */
	settle(hold: number, used: readonly number[]): void;
}
