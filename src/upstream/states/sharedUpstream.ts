/** One AI host as all workers share it: its breaker, its limit, and the requests that wait for it. */
import type { UpstreamSettings } from "../../contract/routes.js";
import { type Breaker, createBreaker } from "./breaker.js";
import type { Health, Outcome } from "./states.js";

/** A request that was let through. */
export interface Held {
	readonly isProbe: boolean;
	readonly generation: number;
}

interface Waiter {
	readonly timer: NodeJS.Timeout;
	decide(held: Held | undefined): void;
}

export interface SharedUpstream {
	readonly settings: UpstreamSettings;
	readonly breaker: Breaker | undefined;
	health: Health;
	readonly waiting: number;
	/**
	 * @param decide told once, now or later, unless the request is withdrawn; with nothing when it may not pass
	 * @returns withdraws the request where it still waits
	 */
	enter(waitMs: number, decide: (held: Held | undefined) => void): () => void;
	leave(held: Held, outcome: Outcome): void;
	record(generation: number, ok: number, failed: number): void;
	/** Other settings of the same host. */
	reconfigure(settings: UpstreamSettings): void;
}

/** @param changed the breaker has opened or closed */
export function createSharedUpstream(
	initial: UpstreamSettings,
	now: () => number,
	changed: () => void,
): SharedUpstream {
	let settings = initial;
	let breaker = settings.breaker && createBreaker(settings.breaker, now);
	let used = 0;
	const queue = new Set<Waiter>();

	const admit = (): Held => {
		used += 1;
		return { isProbe: breaker?.enter() ?? false, generation: breaker?.generation ?? 0 };
	};
	const mayEnter = () => breaker?.admits() ?? true;
	const hasRoom = () => used < (settings.maxConcurrency ?? Number.POSITIVE_INFINITY);
	const serve = (waiter: Waiter) => {
		queue.delete(waiter);
		clearTimeout(waiter.timer);
		waiter.decide(mayEnter() ? admit() : undefined);
	};
	/** Nobody waits where there is room, or where an open breaker lets nobody through. */
	const settle = () => {
		for (const waiter of queue) {
			if (breaker?.state !== "open" && !hasRoom()) return;
			serve(waiter);
		}
	};
	const judge = (change: () => void) => {
		const before = breaker?.generation;
		change();
		if (breaker?.generation !== before) changed();
		settle();
	};
	return {
		health: "unknown",
		get settings() {
			return settings;
		},
		get breaker() {
			return breaker;
		},
		get waiting() {
			return queue.size;
		},
		enter(waitMs, decide) {
			if (!mayEnter() || hasRoom() || waitMs <= 0) {
				decide(mayEnter() && hasRoom() ? admit() : undefined);
				return () => {};
			}
			const giveUp = () => {
				queue.delete(waiter);
				decide(undefined);
			};
			const waiter: Waiter = { decide, timer: setTimeout(giveUp, waitMs) };
			queue.add(waiter);
			return () => {
				queue.delete(waiter);
				clearTimeout(waiter.timer);
			};
		},
		leave({ isProbe, generation }, outcome) {
			judge(() => {
				used -= 1;
				if (isProbe) breaker?.endProbe(outcome);
				else if (outcome !== "ignored")
					breaker?.record(generation, Number(outcome === "ok"), Number(outcome === "failed"));
			});
		},
		record: (generation, ok, failed) => judge(() => breaker?.record(generation, ok, failed)),
		reconfigure(other) {
			judge(() => {
				settings = other;
				if (!other.breaker) breaker = undefined;
				else if (breaker) breaker.reconfigure(other.breaker);
				else breaker = createBreaker(other.breaker, now);
			});
		},
	};
}
