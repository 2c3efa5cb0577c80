/** The primary's ledger: holds, and the requests that wait, over counters in memory or in Redis. */
import { correctionsOf, type Piece, sumOf } from "./corrections.js";
import type { Correction, Counters, Look, Outcome } from "./counters.js";
import { PrimaryCredit } from "./creditPrimary.js";
import type { Claim, ReserveRequest } from "./ledger.js";
import { comesBefore, type Holder, type LedgerAnswer, type Waiting, WaitQueue } from "./waitQueue.js";

export interface LedgerPolicy {
	/** Most requests that wait for one counter. */
	maxWaiting: number;
	/** While counters can't be reached, requests pass uncounted; else they are refused. */
	failsOpen: boolean;
}

/** What becomes of a request while counters can't be reached: it passes, or it is refused. */
export type AwayDecision = "uncounted" | "unavailable";

interface Hold {
	readonly holder: Holder;
	readonly claims: readonly Claim[];
	/** Empty if it could not be counted. */
	readonly pieces: Piece[];
}

const noClaim: Claim = { limit: { counter: "", metric: "requests", span: "now", max: 0 }, amount: 0 };
/** A guess of how long requests under way take. */
const othersEndMs = 5_000;

export class CountingLedger {
	policy: LedgerPolicy;
	readonly #counters: Counters;
	readonly #now: () => number;
	readonly #noteAway: (decision: AwayDecision) => void;
	/** What workers were given in advance; undefined if these counters allow no credit. */
	readonly credit: PrimaryCredit | undefined;
	readonly #holds = new Map<number, Hold>();
	/** By counter. */
	readonly #queues = new Map<string, WaitQueue>();
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
		this.credit = counters.isOwn ? new PrimaryCredit(counters, (counter) => this.#queues.has(counter), now) : undefined;
	}

	/** @returns withdraws the request: it then holds nothing, and `done` is not called any more */
	reserve(holder: Holder, request: ReserveRequest, done: (answer: LedgerAnswer) => void): () => void {
		this.#last += 1;
		const waiting: Waiting = { hold: this.#last, holder, request, done, queue: undefined, deadline: undefined };
		holder.waiting.add(waiting);
		const impossible = request.claims.findIndex(({ limit, amount }) => Math.max(1, amount) > limit.max);
		if (impossible >= 0) this.#refuse(waiting, { claim: impossible, isImpossible: true });
		else this.#ask(waiting);
		return () => this.#end(waiting);
	}

	extend(hold: number, amounts: readonly number[], done: (isGranted: boolean) => void): void {
		const found = this.#holds.get(hold);
		if (found === undefined) {
			done(false);
			return;
		}
		const claims = found.claims.map(
			({ limit }, index): Claim => ({ limit, amount: limit.span === "now" ? 0 : (amounts[index] ?? 0) }),
		);
		this.#counters.take(hold, claims, true, (outcome) => {
			if (outcome.kind !== "taken") {
				const again = () => this.extend(hold, amounts, done);
				if (outcome.kind === "short" && this.credit?.recall(shortOf(claims, outcome), again)) return;
				done(outcome.kind === "away" && this.policy.failsOpen);
				return;
			}
			found.pieces.push({ at: outcome.at, amounts: claims.map(({ amount }) => amount) });
			// It may have been settled in the meantime.
			if (this.#holds.get(hold) !== found) this.#giveBack(hold, found.claims, [found.pieces.pop() as Piece]);
			done(true);
		});
	}

	settle(hold: number, used: readonly number[]): void {
		const found = this.#holds.get(hold);
		if (found === undefined) return;
		this.#forget(hold, found);
		this.#correct(hold, found.claims, found.pieces, used);
	}

	/** Corrects what workers were given in advance. */
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

	/** The numbers of requests under way and of those that wait. */
	get size(): { holds: number; waiting: number } {
		let waiting = 0;
		for (const queue of this.#queues.values()) waiting += queue.waiting.length;
		return { holds: this.#holds.size, waiting };
	}

	/** A new request. */
	#ask(waiting: Waiting): void {
		const { claims, priority } = waiting.request;
		if (this.#queues.size > 0) {
			const busy = claims.findIndex(({ limit }) => this.#queues.get(limit.counter)?.isBefore(priority));
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

	/** Calls back credit of the limits it is short of. @returns whether there is any: once it is back, the request is tried again */
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

	/** @param look how its limits stand, if that is known already */
	#wait(waiting: Waiting, claim: number, look?: Look): void {
		const { claims, maxWaitMs } = waiting.request;
		if (maxWaitMs <= 0) {
			this.#refuse(waiting, { claim }, look);
			return;
		}
		waiting.deadline ??= setTimeout(() => this.#refuse(waiting, { claim }), Math.min(maxWaitMs, 0x7fffffff));
		const { counter } = (claims[claim] as Claim).limit;
		if (waiting.queue === undefined && !this.#makeRoom(counter, waiting, claim)) return;
		waiting.queue?.remove(waiting);
		const queue = this.#queueOf(counter);
		queue.add(waiting);
		if (queue.waiting[0] === waiting) this.#askAgain(queue, look?.retryAt);
	}

	/** If the queue is full, refuses the last of all, which may be this one. @returns whether this one may wait */
	#makeRoom(counter: string, waiting: Waiting, claim: number): boolean {
		const others = this.#queues.get(counter)?.waiting ?? [];
		if (others.length < this.policy.maxWaiting) return true;
		const last = others.at(-1);
		const isOther = last !== undefined && comesBefore(waiting, last);
		this.#refuse(isOther ? last : waiting, { claim, isQueueFull: true });
		return isOther;
	}

	/** Sets when the first is tried again. */
	#askAgain(queue: WaitQueue, retryAt: number | undefined): void {
		queue.retryAt = retryAt;
		clearTimeout(queue.timer);
		const { askAgainMs } = this.#counters;
		if (retryAt === undefined && askAgainMs === undefined) return;
		const ms = Math.max(1, (retryAt ?? Number.POSITIVE_INFINITY) - this.#now());
		queue.timer = setTimeout(() => this.#advance(queue), Math.min(ms, askAgainMs ?? 0x7fffffff));
	}

	/** Grants requests from the first on, until one can't be granted: those after it have to wait for it. */
	#advance(queue: WaitQueue): void {
		if (queue.isAsking) return;
		// Counters in memory answer at once, and recursion would put thousands of waiting requests on the stack.
		let isAgain = true;
		while (isAgain) {
			isAgain = false;
			const first = queue.waiting[0];
			if (first === undefined) {
				this.#closeIfEmpty(queue);
				return;
			}
			let isAtOnce = true;
			queue.isAsking = true;
			this.#counters.take(first.hold, first.request.claims, false, (outcome) => {
				const isStuck = this.#isStuck(queue, first, outcome);
				queue.isAsking = false;
				if (isStuck) return;
				if (isAtOnce) isAgain = true;
				else this.#advance(queue);
			});
			isAtOnce = false;
		}
	}

	/** Handles the outcome for the first of a queue. @returns whether the queue has to go on waiting */
	#isStuck(queue: WaitQueue, first: Waiting, outcome: Outcome): boolean {
		if (outcome.kind !== "short") {
			this.#settleWait(first, outcome);
			return false;
		}
		// It has left, or one of a higher priority has come before it.
		if (queue.waiting[0] !== first) return false;
		const claim = outcome.short ?? 0;
		if (first.request.claims[claim]?.limit.counter === queue.counter) {
			this.#askAgain(queue, outcome.retryAt);
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
		const { request, done, queue, holder } = waiting;
		if (!holder.waiting.has(waiting)) return;
		const retryAt = (queue ?? this.#queues.get(request.claims[claim]?.limit.counter ?? ""))?.retryAt;
		this.#end(waiting);
		const answer = (found: Look | undefined) =>
			done({
				isGranted: false,
				claim: (isImpossible ? undefined : found?.short) ?? claim,
				// If enough is left, others that wait for it come first.
				retryAt: isImpossible
					? undefined
					: found?.short === undefined
						? retryAt
						: (found.retryAt ?? this.#whenOthersEnd(request.claims[found.short])),
				standings:
					found?.standings ?? request.claims.map(({ limit }) => ({ remaining: limit.max, resetAt: this.#now() })),
				isImpossible,
				isQueueFull,
			});
		if (look) answer(look);
		else this.#counters.look(request.claims, answer);
	}

	/** A session's limit that is used up by what requests under way have reserved may have enough left when they end. */
	#whenOthersEnd({ limit }: Claim = noClaim): number | undefined {
		if (limit.span !== "session") return undefined;
		for (const { claims } of this.#holds.values())
			if (claims.some((claim) => claim.limit.counter === limit.counter)) return this.#now() + othersEndMs;
		return undefined;
	}

	/** It no longer waits, for whatever reason. */
	#end(waiting: Waiting): void {
		waiting.holder.waiting.delete(waiting);
		clearTimeout(waiting.deadline);
		const { queue } = waiting;
		if (queue === undefined) return;
		const wasFirst = queue.waiting[0] === waiting;
		queue.remove(waiting);
		if (wasFirst) this.#closeIfEmpty(queue);
		// The next one may need less.
		if (wasFirst && queue.waiting.length > 0 && !queue.isAsking) this.#askAgain(queue, this.#now());
	}

	#queueOf(counter: string): WaitQueue {
		const known = this.#queues.get(counter);
		if (known !== undefined) return known;
		const queue = new WaitQueue(counter);
		this.#queues.set(counter, queue);
		return queue;
	}

	#closeIfEmpty(queue: WaitQueue): void {
		if (queue.waiting.length > 0) return;
		clearTimeout(queue.timer);
		if (this.#queues.get(queue.counter) === queue) this.#queues.delete(queue.counter);
	}

	#forget(hold: number, { holder }: Hold): void {
		this.#holds.delete(hold);
		holder.holds.delete(hold);
	}

	#giveBack(hold: number, claims: readonly Claim[], pieces: readonly Piece[]): void {
		this.#correct(hold, claims, pieces, []);
	}

	/** Makes the counters agree with what was used. */
	#correct(hold: number, claims: readonly Claim[], pieces: readonly Piece[], used: readonly number[]): void {
		const corrections = correctionsOf(claims, pieces, used, this.#now());
		if (corrections.length === 0) return;
		this.#counters.correct(hold, corrections);
		this.#advanceFor(corrections);
	}

	/** Others may have waited for what was given back. */
	#advanceFor(corrections: readonly Correction[]): void {
		if (this.#queues.size === 0) return;
		for (const { limit, amount } of corrections) {
			const queue = amount < 0 && this.#queues.get(limit.counter);
			if (queue) this.#advance(queue);
		}
	}
}

interface Refusal {
	readonly claim: number;
	readonly isImpossible?: boolean;
	readonly isQueueFull?: boolean;
}

/** The claims that can't be granted as their limits stand. */
function shortOf(claims: readonly Claim[], { standings }: Look): Claim[] {
	return claims.filter(({ amount }, index) => (standings[index]?.remaining ?? 0) < Math.max(1, amount));
}
