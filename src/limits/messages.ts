/** What the primary and its workers say to each other about limits: for each request, so that it is short. */
import type { Taken } from "./counter.js";
import type { Decision, Limit, Span } from "./ledger.js";

export type LimitQuestion =
	/** A request to be counted (`Take`). */
	| readonly [kind: "take", key: string, max: number, windowMs: number]
	/** Claims as pairs: the number of a limit, and so much of it. `hold` may be extended. */
	| readonly [kind: "reserve" | "hold", priority: number, maxWaitMs: number, ...claims: number[]]
	| readonly [kind: "extend", hold: number, ...amounts: number[]]
	/** Has no answer. */
	| readonly [kind: "settle", hold: number, ...used: number[]]
	/** A question to reserve is not wanted any more; that one is answered with `withdrawn`, if it is not already. */
	| readonly [kind: "withdraw", question: number]
	| Correcting
	/** All that was called back is back. Has no answer. */
	| readonly [kind: "returned", recall: number];

/** Of what was given as credit: a `Correction`. Has no answer. */
export type Correcting = readonly [kind: "correct", counter: string, span: Span, at: number, amount: number];

/** So much of a limit, which the worker may use by itself; and how the limit stands without that. */
export type Credit = readonly [
	counter: string,
	span: Span,
	max: number,
	amount: number,
	/** When it was given, in milliseconds since the epoch. */
	at: number,
	remaining: number,
	resetAt: number,
];

/** What is granted is the hold, and behind it by claim how its limit stands, in pairs of `remaining` and `resetAt`. */
export type Granted = readonly [hold: number, ...standings: number[]];
export type Refused = Extract<Decision, { isGranted: false }>;

/** To `take`, to `reserve` and to `extend`. */
export type LimitAnswer = Taken | Granted | Refused | boolean | "unavailable" | "withdrawn";

/** Worker → primary: what was asked in one turn of the event loop. */
export interface LimitsAsked {
	readonly type: "limits";
	/** Number of the first question; those behind it follow on. */
	readonly first: number;
	readonly questions: readonly LimitQuestion[];
	/** Limits that these questions are the first to mean, by the number that stands for them from now on. */
	readonly limits?: readonly (readonly [number: number, limit: Limit])[] | undefined;
	/** Behind these questions no smaller number is meant any more. */
	readonly least?: number | undefined;
}

/** All credit of these is wanted back. */
export type Recalling = readonly [number: number, counters: readonly string[]];

/** Primary → worker. */
export interface LimitsAnswered {
	readonly type: "limitsAnswered";
	readonly answers: readonly (readonly [number: number, answer: LimitAnswer])[];
	readonly credits?: readonly Credit[] | undefined;
	/** Of what was given until now, these of `credits` included. */
	readonly recalls?: readonly Recalling[] | undefined;
}
