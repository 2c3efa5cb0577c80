/** What the primary and its workers say to each other about limits. */
import type { Take, Taken } from "./counter.js";
import type { Decision, ReserveRequest } from "./ledger.js";

export type LimitQuestion =
	| { readonly kind: "take"; readonly take: Take }
	| { readonly kind: "reserve"; readonly request: ReserveRequest }
	| { readonly kind: "extend"; readonly hold: number; readonly amounts: readonly number[] }
	/** Has no answer. */
	| { readonly kind: "settle"; readonly hold: number; readonly used: readonly number[] }
	/** A question to reserve is not wanted any more; that one is answered with `withdrawn`, if it is not already. */
	| { readonly kind: "withdraw"; readonly number: number };

/** To `take`, to `reserve` and to `extend`. */
export type LimitAnswer = Taken | Decision | boolean | "unavailable" | "withdrawn";

/** Worker → primary: what was asked in one turn of the event loop. */
export interface LimitsAsked {
	readonly type: "limits";
	/** Number of the first question; those behind it follow on. */
	readonly first: number;
	readonly questions: readonly LimitQuestion[];
}

/** Primary → worker. */
export interface LimitsAnswered {
	readonly type: "limitsAnswered";
	readonly answers: readonly (readonly [number: number, answer: LimitAnswer])[];
}
