/** What a ledger counts in: the primary's memory, or Redis, where several machines count together. */
import type { Take, Taken } from "./counter.js";
import type { Claim, Limit, Standing } from "./ledger.js";

/** How the limits of some claims stand, and which of them can't be granted now. */
export interface Look {
	readonly standings: readonly Standing[];
	/** Index of the claim that can't be granted for longest; nothing where all can be. */
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

/** What is given back of a limit, or counted besides, however much there is. */
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
	 * All claims or none. A claim of 0 asks whether there is anything left; of an extension, it asks nothing.
	 *
	 * @param hold names the request, for what is under way
	 */
	take(hold: number, claims: readonly Claim[], isExtension: boolean, done: (outcome: Outcome) => void): void;
	look(claims: readonly Claim[], done: (look: Look | undefined) => void): void;
	correct(hold: number, corrections: readonly Correction[]): void;
	/** One request in a fixed window; nothing where it can't be counted. */
	count(take: Take, done: (taken: Taken | undefined) => void): void;
	/** Answers at once, and nobody else counts there: workers may be given some in advance. */
	readonly isOwn: boolean;
	/** How often a request that waits asks again, since others may give back what it waits for. */
	readonly askAgainMs: number | undefined;
}
