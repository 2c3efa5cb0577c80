/** The limits' topic: messages for nearly every request, and so short ones. */
import type { NoQuestions, Topic } from "../process/channel/topic.js";
import type { Taken } from "./counter.js";
import type { Decision, Limit, Span } from "./ledger.js";

/** Questions and answers have forms of their own, in batches, since there are so many of them. */
export interface LimitsTopic extends Topic<"limits"> {
	readonly snapshot: undefined;
	readonly toWorker: LimitAnswers;
	readonly toPrimary: LimitQuestions;
	readonly questions: NoQuestions;
}

export type LimitQuestion =
	/** A request to be counted (`Take`). */
	| readonly [kind: "take", key: string, max: number, windowMs: number]
	/** Claims as pairs: the number of a limit, and the amount. `hold` may be extended. */
	| readonly [kind: "reserve" | "hold", priority: number, maxWaitMs: number, ...claims: number[]]
	| readonly [kind: "extend", hold: number, ...amounts: number[]]
	/** Has no answer. */
	| readonly [kind: "settle", hold: number, ...used: number[]]
	/** The client of a question to reserve has left: that one is answered with `withdrawn`, unless it has an answer already. */
	| readonly [kind: "withdraw", question: number]
	| CorrectCredit
	/** All credit that was called back is back. Has no answer. */
	| readonly [kind: "returned", recall: number];

/** A `Correction` of what was given as credit. Has no answer. */
export type CorrectCredit = readonly [kind: "correct", counter: string, span: Span, at: number, amount: number];

/** An amount of a limit that the worker may use by itself, and how the limit stands without that amount. */
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

/** The hold, then for each claim how its limit stands, as pairs of `remaining` and `resetAt`. */
export type Granted = readonly [hold: number, ...standings: number[]];
export type Refused = Extract<Decision, { isGranted: false }>;

/** The answer to `take`, `reserve` and `extend`. */
export type LimitAnswer = Taken | Granted | Refused | boolean | "unavailable" | "withdrawn";

/** Worker → primary: the questions of one turn of the event loop. */
export interface LimitQuestions {
	readonly topic: "limits";
	/** Number of the first question; the others follow on. */
	readonly first: number;
	readonly questions: readonly LimitQuestion[];
	/** Limits that these questions are the first to use, with the numbers that stand for them from now on. */
	readonly limits?: readonly (readonly [number: number, limit: Limit])[] | undefined;
	/** After these questions no smaller number is used any more. */
	readonly least?: number | undefined;
}

/** All credit of these counters has to come back. */
export type Recall = readonly [number: number, counters: readonly string[]];

/** Primary → worker. */
export interface LimitAnswers {
	readonly topic: "limits";
	readonly answers: readonly (readonly [number: number, answer: LimitAnswer])[];
	readonly credits?: readonly Credit[] | undefined;
	/** These cover everything given until now, `credits` of this message included. */
	readonly recalls?: readonly Recall[] | undefined;
}
