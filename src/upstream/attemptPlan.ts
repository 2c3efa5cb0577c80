/** Whom to ask for an answer: at first, when an attempt has failed, when the first is late, when a stream broke. */
import type { Form } from "../forms/form.js";
import type { Route, Target } from "../settings/routes.js";
import type { Attempt } from "./attempt.js";
import type { CallRequest } from "./callRequest.js";
import { type Fault, mayFallBack, mayRetry } from "./fault.js";
import { backoffMs } from "./routing/backoff.js";
import { choose } from "./routing/choose.js";
import type { RequestFacts } from "./routing/facts.js";
import { patienceMs, sticks } from "./routing/homing.js";
import type { Upstreams } from "./upstreams.js";

export interface Step {
	readonly target: Target;
	/** To wait before, in milliseconds. */
	readonly delayMs: number;
	/** To wait at most for a place, where the target has as many requests as it may have. */
	readonly placeMs: number;
}

/** Goes through one request's targets, within its route's limits. */
export class AttemptPlan {
	readonly #upstreams: Upstreams;
	readonly #route: Route;
	readonly #targets: readonly Target[];
	readonly #facts: RequestFacts;
	readonly #form: Form | undefined;
	/** All that were made. */
	readonly #attempts: readonly Attempt[];
	/** Place of the latest target that was asked for the first time. */
	#at = 0;
	#waitedMs = 0;
	#hasWaitedForPlace = false;
	/** In the order of the choice. */
	readonly #refused: Target[] = [];
	/** Those that are to be asked all the same. */
	readonly #lastResorts: Target[] = [];

	constructor(
		upstreams: Upstreams,
		{ route, facts, pinned, form }: Pick<CallRequest, "route" | "facts" | "pinned" | "form">,
		attempts: readonly Attempt[],
	) {
		this.#upstreams = upstreams;
		this.#route = route;
		this.#facts = facts;
		this.#form = form;
		const chosen = choose(route, facts, upstreams.view, Math.random);
		this.#targets = pinned === undefined ? chosen : among(chosen, pinned);
		this.#attempts = attempts;
	}

	/** In the order of the choice. */
	get targets(): readonly Target[] {
		return this.#targets;
	}

	get first(): Target | undefined {
		return this.#targets[0];
	}

	/** Begins with the first target. Where the conversation is at home there, it is waited for, as far as that is worth it. */
	begin(target: Target): Step {
		const { view } = this.#upstreams;
		const isHome = sticks(this.#route) && view.homeOf?.(this.#route, this.#facts)?.target === target.name;
		if (!isHome || !this.hasOthers) return { target, delayMs: 0, placeMs: 0 };
		const delayMs = view.restMs?.(target, this.#facts) ?? 0;
		this.#waitedMs += delayMs;
		const placeMs = this.#upstreams.isLimited(target) ? patienceMs(this.#route, this.#facts) - delayMs : 0;
		return { target, delayMs, placeMs: Math.max(0, placeMs) };
	}

	get hasOthers(): boolean {
		return this.#targets.length > 1;
	}

	/** Another target may still be asked. */
	get hasNext(): boolean {
		return this.#at + 1 < this.#targets.length && !this.isUsedUp;
	}

	/** As many requests to upstreams have been made as the route allows, or as there are bodies for. */
	get isUsedUp(): boolean {
		return this.#form?.isSpent === true || this.#attempts.length >= this.#route.retry.attempts;
	}

	/** The target may be asked once more, should what it has begun fail. */
	mayAskAgain(target: Target): boolean {
		return !this.isUsedUp && this.#timesAsked(target) < this.#route.retry.attemptsPerTarget;
	}

	/** A breaker would not let the request through. It may yet have to, where there is nobody else. */
	refuse(target: Target): void {
		if (!this.isLastResort(target) && !this.#refused.includes(target)) this.#refused.push(target);
	}

	/** Breakers are not to stand in the way: nobody else can be asked. */
	isLastResort(target: Target): boolean {
		return !this.hasOthers || this.#lastResorts.includes(target);
	}

	/**
	 * The same target once more, the next one, a place at one that is full, or one that its breaker kept from being
	 * asked; undefined if nobody is left.
	 */
	next(target: Target, fault: Fault): Step | undefined {
		if (fault.kind === "final" || this.isUsedUp) return undefined;
		const delayMs = this.#retryDelayMs(target, fault);
		if (delayMs !== undefined) {
			this.#waitedMs += delayMs;
			return { target, delayMs, placeMs: 0 };
		}
		const next = this.#nextTarget(target, fault);
		if (next !== undefined) return { target: next, delayMs: 0, placeMs: 0 };
		return this.#waitForPlace(fault) ?? this.#askRefused(fault);
	}

	/** A second target, while the first is under way; it counts as asked. */
	hedge(): Target | undefined {
		if (this.#form?.isWhole === false) return undefined;
		const next = this.#targets[this.#at + 1];
		if (next === undefined || this.#upstreams.view.isAvailable(next, this.#facts) !== "yes") return undefined;
		if (!this.#upstreams.mayHedge(this.#route)) return undefined;
		this.#at += 1;
		return next;
	}

	/** Who may go on with a target's stream: those after it, those before, and itself where it can continue one. */
	rescuers(target: Target): Target[] {
		const at = this.#targets.indexOf(target);
		const others = [...this.#targets.slice(at + 1), ...this.#targets.slice(0, at)];
		return target.capabilities.prefill === undefined ? others : [...others, target];
	}

	#retryDelayMs(target: Target, fault: Fault): number | undefined {
		const { retry } = this.#route;
		const asked = this.#timesAsked(target);
		if (!mayRetry(fault) || asked === 0 || asked >= retry.attemptsPerTarget) return undefined;
		// Never sooner than the upstream has asked for, and never at once.
		const delayMs = Math.max(fault.retryAfterMs ?? 0, backoffMs(retry, asked, Math.random));
		if (this.#waitedMs + delayMs > retry.maxWaitMs) return undefined;
		return this.#upstreams.mayRetry(target) ? delayMs : undefined;
	}

	#timesAsked(target: Target): number {
		return this.#attempts.reduce((count, attempt) => count + (attempt.target === target ? 1 : 0), 0);
	}

	#nextTarget(target: Target, fault: Fault): Target | undefined {
		const isTooLong = fault.kind === "context_length";
		if (!isTooLong && !mayFallBack(fault, this.#route.fallbackOn)) return undefined;
		for (let at = this.#at + 1; at < this.#targets.length; at += 1) {
			const next = this.#targets[at] as Target;
			if (isTooLong && !this.#hasMoreContext(next, target)) continue;
			this.#at = at;
			return next;
		}
		return undefined;
	}

	/** All that is left are targets with as many requests as they may have: one of those may end in time. */
	#waitForPlace(fault: Fault): Step | undefined {
		const placeMs = this.#route.retry.maxWaitMs - this.#waitedMs;
		const target = this.#targets.find((target) => this.#upstreams.isLimited(target) && this.#mayPass(target));
		if (this.#hasWaitedForPlace || fault.kind !== "busy" || target === undefined || placeMs <= 0) return undefined;
		this.#hasWaitedForPlace = true;
		this.#waitedMs += placeMs;
		return { target, delayMs: 0, placeMs };
	}

	#mayPass(target: Target): boolean {
		return this.isLastResort(target) || this.#upstreams.breakerOf(target, this.#facts) === "closed";
	}

	#askRefused(fault: Fault): Step | undefined {
		const [target] = this.#refused;
		if (target === undefined || !mayFallBack(fault, this.#route.fallbackOn)) return undefined;
		this.#refused.shift();
		this.#lastResorts.push(target);
		return { target, delayMs: 0, placeMs: 0 };
	}

	/** Unknown is not more: the same refusal would come once again. */
	#hasMoreContext(nextTarget: Target, target: Target): boolean {
		const [next, now] = [nextTarget, target].map((one) => this.#upstreams.catalogue.of(one, this.#facts.model).facts);
		return next?.contextWindow !== undefined && (now?.contextWindow ?? 0) < next.contextWindow;
	}
}

/** Those that are pinned, in the order of the choice; all of them if the choice has none. */
function among(chosen: readonly Target[], pinned: readonly Target[]): readonly Target[] {
	const targets = chosen.filter((target) => pinned.includes(target));
	return targets.length > 0 ? targets : pinned;
}
