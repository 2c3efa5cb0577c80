/** Whom to ask for an answer: at first, when an attempt has failed, when the first is late, when a stream broke. */
import type { Route, Target } from "../contract/routes.js";
import type { Attempt } from "./attempt.js";
import { type Fault, mayFallBack, mayRetry } from "./fault.js";
import { backoffMs } from "./routing/backoff.js";
import type { Upstreams } from "./upstreams.js";

export interface Step {
	readonly target: Target;
	/** To wait before, in milliseconds. */
	readonly delayMs: number;
	/** To wait at most for a place, where the target has as many requests as it may have. */
	readonly placeMs: number;
}

/** Goes through one request's targets, within its route's limits. */
export class Agenda {
	readonly #upstreams: Upstreams;
	readonly #route: Route;
	readonly #targets: readonly Target[];
	/** All that were made. */
	readonly #attempts: readonly Attempt[];
	/** Place of the latest target that was asked for the first time. */
	#at = 0;
	#waitedMs = 0;
	#hasWaitedForPlace = false;

	constructor(upstreams: Upstreams, route: Route, targets: readonly Target[], attempts: readonly Attempt[]) {
		this.#upstreams = upstreams;
		this.#route = route;
		this.#targets = targets;
		this.#attempts = attempts;
	}

	get first(): Target | undefined {
		return this.#targets[0];
	}

	get hasOthers(): boolean {
		return this.#targets.length > 1;
	}

	/** Another target may still be asked. */
	get hasNext(): boolean {
		return this.#at + 1 < this.#targets.length && !this.isUsedUp;
	}

	/** As many requests to AI hosts have been made as the route allows. */
	get isUsedUp(): boolean {
		return this.#attempts.length >= this.#route.retry.attempts;
	}

	/** The same target once more, the next one, or a place at one that is full; nothing when nobody is left. */
	next(target: Target, fault: Fault): Step | undefined {
		if (fault.kind === "final" || this.isUsedUp) return undefined;
		const delayMs = this.#retryDelayMs(target, fault);
		if (delayMs !== undefined) {
			this.#waitedMs += delayMs;
			return { target, delayMs, placeMs: 0 };
		}
		const next = this.#nextTarget(target, fault);
		return next ? { target: next, delayMs: 0, placeMs: 0 } : this.#waitForPlace(fault);
	}

	/** A second target, while the first is under way; it counts as asked. */
	hedge(): Target | undefined {
		const next = this.#targets[this.#at + 1];
		if (next === undefined || this.#upstreams.view.isAvailable(next) !== "yes") return undefined;
		if (!this.#upstreams.mayHedge(this.#route)) return undefined;
		this.#at += 1;
		return next;
	}

	/** Who may go on with a target's stream: those behind it, those before, and itself where it can continue one. */
	rescuers(target: Target): Target[] {
		const at = this.#targets.indexOf(target);
		const others = [...this.#targets.slice(at + 1), ...this.#targets.slice(0, at)];
		return target.capabilities.prefill === undefined ? others : [...others, target];
	}

	#retryDelayMs(target: Target, fault: Fault): number | undefined {
		const { retry } = this.#route;
		const asked = this.#attempts.reduce((count, attempt) => count + (attempt.target === target ? 1 : 0), 0);
		if (!mayRetry(fault) || asked === 0 || asked >= retry.attemptsPerTarget) return undefined;
		// Never sooner than the host has asked for, and never at once.
		const delayMs = Math.max(fault.retryAfterMs ?? 0, backoffMs(retry, asked, Math.random));
		if (this.#waitedMs + delayMs > retry.maxWaitMs) return undefined;
		return this.#upstreams.mayRetry(target) ? delayMs : undefined;
	}

	#nextTarget(target: Target, fault: Fault): Target | undefined {
		const isTooLong = fault.kind === "context_length";
		if (!isTooLong && !mayFallBack(fault, this.#route.fallbackOn)) return undefined;
		for (let at = this.#at + 1; at < this.#targets.length; at += 1) {
			const next = this.#targets[at] as Target;
			if (isTooLong && !hasMoreContext(next, target)) continue;
			this.#at = at;
			return next;
		}
		return undefined;
	}

	/** All that is left are targets with as many requests as they may have: one of those may end in time. */
	#waitForPlace(fault: Fault): Step | undefined {
		const placeMs = this.#route.retry.maxWaitMs - this.#waitedMs;
		const target = this.#targets.find(({ upstream }) => this.#upstreams.isLimited(upstream));
		if (this.#hasWaitedForPlace || fault.kind !== "busy" || target === undefined || placeMs <= 0) return undefined;
		this.#hasWaitedForPlace = true;
		this.#waitedMs += placeMs;
		return { target, delayMs: 0, placeMs };
	}
}

/** Unknown is not more: the same refusal would come once again. */
function hasMoreContext(
	{ capabilities: { context: next } }: Target,
	{ capabilities: { context: now } }: Target,
): boolean {
	return next !== undefined && (now === undefined || next > now);
}
