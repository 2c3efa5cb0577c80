/** What a ledger counts in: the primary's memory, or Redis, where several machines count together. */
import type { Take, Taken } from "./counter.js";
import type { Claim, Limit, Standing } from "./ledger.js";

/** How the limits of some claims stand, and which of them can't be granted now. */
export interface Look {
	readonly standings: readonly Standing[];
	/** Index of the claim that can't be granted for longest; undefined if all can be. */
	readonly short: number | undefined;
	/** When that one can be granted at the earliest. */
	readonly retryAt: number | undefined;
}

export type Outcome =
	/** `at` is the time by the counters' own clock, which `correct` wants to know. */
	| { readonly kind: "taken"; readonly at: number; readonly standings: readonly Standing[] }
	| ({ readonly kind: "short" } & Look)
	/** Redis can't be reached. */
	| { readonly kind: "away" };

/** An amount of a limit that is given back, or counted in addition, whatever is left of the limit. */
export interface Correction {
	readonly limit: Pick<Limit, "counter" | "span">;
	/** Above 0, it counts from now on; below, it is given back. */
	readonly amount: number;
	/** When what is given back was taken. */
	readonly at: number;
}

/** Each answers through `done`, at once or later, and never fails. */
export interface Counters {
	/**
	 * Takes all claims or none. A claim of 0 needs something to be left of its limit, except in an extension.
	 *
	 * @param hold identifies the request, for concurrency
	 */
	take(hold: number, claims: readonly Claim[], isExtension: boolean, done: (outcome: Outcome) => void): void;
	look(claims: readonly Claim[], done: (look: Look | undefined) => void): void;
	correct(hold: number, corrections: readonly Correction[]): void;
	/** Counts one request in a fixed window; undefined if it can't be counted. */
	count(take: Take, done: (taken: Taken | undefined) => void): void;
	/** They answer at once, and nobody else counts there: workers may be given credit. */
	readonly isOwn: boolean;
	/** How often a waiting request is tried again, since other machines may give back what it waits for. */
	readonly askAgainMs: number | undefined;
}
