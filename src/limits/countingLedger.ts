/** The primary's ledger: holds, and the requests that wait, over counters in memory or in Redis. */
import { correctionsOf, type Piece, sumOf } from "./corrections.js";
import type { Correction, Counters, Look, Outcome } from "./counters.js";
import { PrimaryCredit } from "./creditPrimary.js";
import type { Claim, ReserveRequest } from "./ledger.js";
import { comesBefore, type Holder, type LedgerAnswer, type Waiting, WaitQueue } from "./waitQueue.js";

export interface LedgerPolicy {
	/** Most requests that wait for one counter. */
	maxWaiting: number;
	/** Where counters can't be reached, requests pass uncounted; else they are refused. */
	failsOpen: boolean;
}

/** What becomes of a request while counters can't be reached: it passes, or it is refused. */
export type AwayDecision = "uncounted" | "unavailable";

interface Hold {
	readonly holder: Holder;
	readonly claims: readonly Claim[];
	/** Nothing where it could not be counted. */
	readonly pieces: Piece[];
}

export class CountingLedger {
	policy: LedgerPolicy;
	readonly #counters: Counters;
	readonly #now: () => number;
	readonly #noteAway: (decision: AwayDecision) => void;
	/** What workers were given in advance; nothing where nobody is given any. */
	readonly credit: PrimaryCredit | undefined;
	readonly #holds = new Map<number, Hold>();
	/** By counter. */
	readonly #lines = new Map<string, WaitQueue>();
	#last = 0;

	constructor(
		counters: Counters,
		policy: LedgerPolicy,
		now: () => number = Date.now,
		noteAway: (decision: AwayDecision) => void = () => {},
	) {
		this.#counters = counters;
		this.policy = policy;
		this.#now = now;
		this.#noteAway = noteAway;
		this.credit = counters.isOwn ? new PrimaryCredit(counters, (counter) => this.#lines.has(counter), now) : undefined;
	}

	/** @returns what withdraws the request: nothing is then held, and `done` is not called any more */
	reserve(holder: Holder, request: ReserveRequest, done: (answer: LedgerAnswer) => void): () => void {
		this.#last += 1;
		const waiting: Waiting = { hold: this.#last, holder, request, done, line: undefined, deadline: undefined };
		holder.waiting.add(waiting);
		const impossible = request.claims.findIndex(({ limit, amount }) => Math.max(1, amount) > limit.max);
		if (impossible >= 0) this.#refuse(waiting, { claim: impossible, isImpossible: true });
		else this.#ask(waiting);
		return () => this.#end(waiting);
	}

	extend(hold: number, amounts: readonly number[], done: (isGranted: boolean) => void): void {
		const held = this.#holds.get(hold);
		if (held === undefined) {
			done(false);
			return;
		}
		const claims = held.claims.map(
			({ limit }, index): Claim => ({ limit, amount: limit.span === "now" ? 0 : (amounts[index] ?? 0) }),
		);
		this.#counters.take(hold, claims, true, (outcome) => {
			if (outcome.kind !== "taken") {
				const again = () => this.extend(hold, amounts, done);
				if (outcome.kind === "short" && this.credit?.recall(shortOf(claims, outcome), again)) return;
				done(outcome.kind === "away" && this.policy.failsOpen);
				return;
			}
			held.pieces.push({ at: outcome.at, amounts: claims.map(({ amount }) => amount) });
			// It may have been settled while it was asked for.
			if (this.#holds.get(hold) !== held) this.#giveBack(hold, held.claims, [held.pieces.pop() as Piece]);
			done(true);
		});
	}

	settle(hold: number, used: readonly number[]): void {
		const held = this.#holds.get(hold);
		if (held === undefined) return;
		this.#forget(hold, held);
		this.#correct(hold, held.claims, held.pieces, used);
	}

	/** Of what workers were given in advance. */
	correct(corrections: readonly Correction[]): void {
		if (corrections.length === 0) return;
		this.#counters.correct(0, corrections);
		this.#advanceFor(corrections);
	}

	/** A holder is no more: its requests are no longer under way, and all else stays as it was reserved. */
	leave(holder: Holder): void {
		for (const waiting of holder.waiting) this.#end(waiting);
		for (const hold of holder.holds) {
			const { pieces = [], claims = [] } = this.#holds.get(hold) ?? {};
			this.settle(
				hold,
				claims.map((_claim, index) => sumOf(pieces, index)),
			);
		}
	}

	/** Requests that are under way, and those that wait. */
	get size(): { holds: number; waiting: number } {
		let waiting = 0;
		for (const line of this.#lines.values()) waiting += line.waiting.length;
		return { holds: this.#holds.size, waiting };
	}

	/** A new request. */
	#ask(waiting: Waiting): void {
		const { claims, priority } = waiting.request;
		if (this.#lines.size > 0) {
			const busy = claims.findIndex(({ limit }) => this.#lines.get(limit.counter)?.isBefore(priority));
			if (busy >= 0) {
				this.#wait(waiting, busy);
				return;
			}
		}
		this.#counters.take(waiting.hold, claims, false, (outcome) => {
			if (outcome.kind !== "short") this.#settleWait(waiting, outcome);
			else if (waiting.holder.waiting.has(waiting) && !this.#recall(waiting, outcome))
				this.#wait(waiting, outcome.short ?? 0, outcome);
		});
	}

	/** @returns whether it is asked for again, when all is back that others were given of what it is short of */
	#recall(waiting: Waiting, look: Look): boolean {
		const again = () => {
			// It may have left meanwhile.
			if (waiting.holder.waiting.has(waiting)) this.#ask(waiting);
		};
		return this.credit?.recall(shortOf(waiting.request.claims, look), again) ?? false;
	}

	/** Granted, or neither granted nor refused by any limit. */
	#settleWait(waiting: Waiting, outcome: Exclude<Outcome, { kind: "short" }>): void {
		const { hold, holder, request } = waiting;
		const pieces =
			outcome.kind === "taken" ? [{ at: outcome.at, amounts: request.claims.map(({ amount }) => amount) }] : [];
		if (!holder.waiting.has(waiting)) {
			this.#giveBack(hold, request.claims, pieces);
			return;
		}
		this.#end(waiting);
		if (outcome.kind === "away") this.#noteAway(this.policy.failsOpen ? "uncounted" : "unavailable");
		if (outcome.kind === "away" && !this.policy.failsOpen) {
			waiting.done("unavailable");
			return;
		}
		this.#holds.set(hold, { holder, claims: request.claims, pieces });
		holder.holds.add(hold);
		waiting.done({ isGranted: true, hold, standings: outcome.kind === "taken" ? outcome.standings : undefined });
	}

	/** @param look how its limits stand, where it has just been asked for */
	#wait(waiting: Waiting, claim: number, look?: Look): void {
		const { claims, maxWaitMs } = waiting.request;
		if (maxWaitMs <= 0) {
			this.#refuse(waiting, { claim }, look);
			return;
		}
		waiting.deadline ??= setTimeout(() => this.#refuse(waiting, { claim }), Math.min(maxWaitMs, 0x7fffffff));
		const { counter } = (claims[claim] as Claim).limit;
		if (waiting.line === undefined && !this.#makeRoom(counter, waiting, claim)) return;
		waiting.line?.remove(waiting);
		const line = this.#lineOf(counter);
		line.add(waiting);
		if (line.waiting[0] === waiting) this.#askAgain(line, look?.retryAt);
	}

	/** Where as many wait as may, the last of them all is refused. @returns whether that is another one */
	#makeRoom(counter: string, waiting: Waiting, claim: number): boolean {
		const others = this.#lines.get(counter)?.waiting ?? [];
		if (others.length < this.policy.maxWaiting) return true;
		const last = others.at(-1);
		const isOther = last !== undefined && comesBefore(waiting, last);
		this.#refuse(isOther ? last : waiting, { claim, isQueueFull: true });
		return isOther;
	}

	/** When the first may be granted. */
	#askAgain(line: WaitQueue, retryAt: number | undefined): void {
		line.retryAt = retryAt;
		clearTimeout(line.timer);
		const { askAgainMs } = this.#counters;
		if (retryAt === undefined && askAgainMs === undefined) return;
		const ms = Math.max(1, (retryAt ?? Number.POSITIVE_INFINITY) - this.#now());
		line.timer = setTimeout(() => this.#advance(line), Math.min(ms, askAgainMs ?? 0x7fffffff));
	}

	/** Grants what can be granted, from the first on, until one can't be: those behind it have to wait for it. */
	#advance(line: WaitQueue): void {
		if (line.isAsking) return;
		// Counters in memory answer at once, and of thousands that wait each would stand on the stack.
		let isAgain = true;
		while (isAgain) {
			isAgain = false;
			const first = line.waiting[0];
			if (first === undefined) {
				this.#closeIfEmpty(line);
				return;
			}
			let isAtOnce = true;
			line.isAsking = true;
			this.#counters.take(first.hold, first.request.claims, false, (outcome) => {
				const isStuck = this.#isStuck(line, first, outcome);
				line.isAsking = false;
				if (isStuck) return;
				if (isAtOnce) isAgain = true;
				else this.#advance(line);
			});
			isAtOnce = false;
		}
	}

	/** What came of the first of a line. @returns whether the line has to wait on */
	#isStuck(line: WaitQueue, first: Waiting, outcome: Outcome): boolean {
		if (outcome.kind !== "short") {
			this.#settleWait(first, outcome);
			return false;
		}
		// It has left, or one of a higher priority has come before it.
		if (line.waiting[0] !== first) return false;
		const claim = outcome.short ?? 0;
		if (first.request.claims[claim]?.limit.counter === line.counter) {
			this.#askAgain(line, outcome.retryAt);
			return true;
		}
		this.#wait(first, claim, outcome);
		return false;
	}

	/** @param look how its limits stand, if that is known already */
	#refuse(
		waiting: Waiting,
		{ claim, isImpossible = false, isQueueFull = false }: Refusal,
		look: Look | undefined = undefined,
	): void {
		const { request, done, line, holder } = waiting;
		if (!holder.waiting.has(waiting)) return;
		const retryAt = (line ?? this.#lines.get(request.claims[claim]?.limit.counter ?? ""))?.retryAt;
		this.#end(waiting);
		const answer = (found: Look | undefined) =>
			done({
				isGranted: false,
				claim: (isImpossible ? undefined : found?.short) ?? claim,
				// Where there is enough, others that wait for it come first.
				retryAt: isImpossible ? undefined : found?.short === undefined ? retryAt : found.retryAt,
				standings:
					found?.standings ?? request.claims.map(({ limit }) => ({ remaining: limit.max, resetAt: this.#now() })),
				isImpossible,
				isQueueFull,
			});
		if (look) answer(look);
		else this.#counters.look(request.claims, answer);
	}

	/** It waits no longer, whatever for. */
	#end(waiting: Waiting): void {
		waiting.holder.waiting.delete(waiting);
		clearTimeout(waiting.deadline);
		const { line } = waiting;
		if (line === undefined) return;
		const wasFirst = line.waiting[0] === waiting;
		line.remove(waiting);
		if (wasFirst) this.#closeIfEmpty(line);
		// The next may be content with less.
		if (wasFirst && line.waiting.length > 0 && !line.isAsking) this.#askAgain(line, this.#now());
	}

	#lineOf(counter: string): WaitQueue {
		const known = this.#lines.get(counter);
		if (known !== undefined) return known;
		const line = new WaitQueue(counter);
		this.#lines.set(counter, line);
		return line;
	}

	#closeIfEmpty(line: WaitQueue): void {
		if (line.waiting.length > 0) return;
		clearTimeout(line.timer);
		if (this.#lines.get(line.counter) === line) this.#lines.delete(line.counter);
	}

	#forget(hold: number, { holder }: Hold): void {
		this.#holds.delete(hold);
		holder.holds.delete(hold);
	}

	#giveBack(hold: number, claims: readonly Claim[], pieces: readonly Piece[]): void {
		this.#correct(hold, claims, pieces, []);
	}

	/** Makes what is counted what was used. What is under way is over. */
	#correct(hold: number, claims: readonly Claim[], pieces: readonly Piece[], used: readonly number[]): void {
		const corrections = correctionsOf(claims, pieces, used, this.#now());
		if (corrections.length === 0) return;
		this.#counters.correct(hold, corrections);
		this.#advanceFor(corrections);
	}

	/** What was given back others may have waited for. */
	#advanceFor(corrections: readonly Correction[]): void {
		if (this.#lines.size === 0) return;
		for (const { limit, amount } of corrections) {
			const line = amount < 0 && this.#lines.get(limit.counter);
			if (line) this.#advance(line);
		}
	}
}

interface Refusal {
	readonly claim: number;
	readonly isImpossible?: boolean;
	readonly isQueueFull?: boolean;
}

/** Those that can't be granted as their limits stand. */
function shortOf(claims: readonly Claim[], { standings }: Look): Claim[] {
	return claims.filter(({ amount }, index) => (standings[index]?.remaining ?? 0) < Math.max(1, amount));
}
