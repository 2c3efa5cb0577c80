/** What every tally does (`tallies.ts`), and those that a restart keeps. */
import type { Span } from "./ledger.js";

export interface Tally {
	used(now: number): number;
	add(amount: number, now: number): void;
	/** @param at when it was added; what no longer counts is not given back */
	giveBack(amount: number, at: number): void;
	/** When all of it is free, if nothing is added. */
	resetAt(now: number): number;
	/** When this amount of what is used will be free; undefined if that can't be known. */
	freeAt(amount: number, now: number): number | undefined;
}

/** A tally that a restart keeps. */
export interface KeptTally extends Tally {
	readonly span: KeptSpan;
	/** What identifies the time that it is about, and how much is used in it. */
	saved(now: number): readonly [period: number, used: number];
}

export const keptSpans = ["day", "month", "session", "elapsed"] as const satisfies Span[];
export type KeptSpan = (typeof keptSpans)[number];

export function isKept(tally: Tally): tally is KeptTally {
	return "saved" in tally;
}
