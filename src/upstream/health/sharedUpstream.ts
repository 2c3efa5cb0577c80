/** One upstream as all workers share it: its breakers, its limit, and the requests that wait for it. */
import type { BreakerSettings, UpstreamSettings } from "../../settings/routes.js";
import { type Breaker, createBreaker } from "./breaker.js";
import { createModelBreakers, type ModelBreakers } from "./modelBreakers.js";
import { type Entrance, type Health, judgementOfModel, judgementOfUpstream, type Outcome } from "./states.js";

/** A request that was let through. */
export interface Admission {
	readonly model: string | undefined;
	/** It probes the upstream, or the model. */
	readonly isProbe: boolean;
	readonly isModelProbe: boolean;
	readonly generation: number;
}

interface Waiter {
	readonly timer: NodeJS.Timeout;
	readonly entrance: Entrance;
	decide(admission: Admission | undefined): void;
}

export interface SharedUpstream {
	readonly settings: UpstreamSettings;
	/** The upstream's own. */
	readonly breaker: Breaker | undefined;
	readonly models: ModelBreakers | undefined;
	/** Rises with each opening and closing. */
	readonly generation: number;
	health: Health;
	readonly waiting: number;
	/**
	 * @param decide called once, now or later, unless the request is withdrawn; with undefined if it may not pass
	 * @returns withdraws the request if it still waits
	 */
	enter(waitMs: number, entrance: Entrance, decide: (admission: Admission | undefined) => void): () => void;
	/** Its place is free. */
	leave(): void;
	judge(admission: Admission, outcome: Outcome): void;
	/** @param model undefined for the upstream itself */
	record(model: string | undefined, generation: number, ok: number, failed: number): void;
	/** Other settings of the same upstream. */
	reconfigure(settings: UpstreamSettings): void;
}

/** @param changed a breaker has opened or closed */
export function createSharedUpstream(
	initial: UpstreamSettings,
	now: () => number,
	changed: () => void,
): SharedUpstream {
	let settings = initial;
	let generation = 0;
	let used = 0;
	const queue = new Set<Waiter>();
	const nextGeneration = () => ++generation;
	const breakersOf = (given: BreakerSettings | undefined) =>
		given && {
			own: createBreaker(given, now, nextGeneration),
			models: createModelBreakers(given, now, nextGeneration),
		};
	let breakers = breakersOf(settings.breaker);

	const ofModel = (model: string | undefined) => (model === undefined ? undefined : breakers?.models.get(model));
	const admit = ({ model, isLastResort = false }: Entrance): Admission => {
		used += 1;
		const probes = (breaker: Breaker | undefined) => !isLastResort && (breaker?.enter() ?? false);
		return { model, isProbe: probes(breakers?.own), isModelProbe: probes(ofModel(model)), generation };
	};
	const mayEnter = ({ model, isLastResort = false }: Entrance) =>
		isLastResort || ((breakers?.own.admits() ?? true) && (ofModel(model)?.admits() ?? true));
	const isShut = ({ model, isLastResort = false }: Entrance) =>
		!isLastResort && (breakers?.own.state === "open" || ofModel(model)?.state === "open");
	const isAnyOpen = () => breakers?.own.state === "open" || (breakers?.models.troubled().length ?? 0) > 0;
	const hasRoom = () => used < (settings.maxConcurrency ?? Number.POSITIVE_INFINITY);
	const serve = (waiter: Waiter) => {
		queue.delete(waiter);
		clearTimeout(waiter.timer);
		waiter.decide(mayEnter(waiter.entrance) ? admit(waiter.entrance) : undefined);
	};
	/** Serves requests that need not wait: there is room, or an open breaker won't let them through. */
	const settle = () => {
		for (const waiter of queue) {
			if (!hasRoom() && !isAnyOpen()) return;
			if (hasRoom() || isShut(waiter.entrance)) serve(waiter);
		}
	};
	const noticing = (change: () => void) => {
		const before = generation;
		change();
		if (generation !== before) changed();
		settle();
	};
	const count = (model: string | undefined, since: number, ok: number, failed: number) => {
		if (model === undefined) breakers?.own.record(since, ok, failed);
		else breakers?.models.record(model, since, ok, failed);
	};
	const note = (model: string | undefined, since: number, judgement: "ok" | "failed" | "ignored") => {
		if (judgement !== "ignored") count(model, since, Number(judgement === "ok"), Number(judgement === "failed"));
	};
	return {
		health: "unknown",
		get settings() {
			return settings;
		},
		get breaker() {
			return breakers?.own;
		},
		get models() {
			return breakers?.models;
		},
		get generation() {
			return generation;
		},
		get waiting() {
			return queue.size;
		},
		enter(waitMs, entrance, decide) {
			if (!mayEnter(entrance) || hasRoom() || waitMs <= 0) {
				decide(mayEnter(entrance) && hasRoom() ? admit(entrance) : undefined);
				return () => {};
			}
			const giveUp = () => {
				queue.delete(waiter);
				decide(undefined);
			};
			const waiter: Waiter = { entrance, decide, timer: setTimeout(giveUp, waitMs) };
			queue.add(waiter);
			return () => {
				queue.delete(waiter);
				clearTimeout(waiter.timer);
			};
		},
		leave() {
			used -= 1;
			settle();
		},
		judge({ model, isProbe, isModelProbe, generation: since }, outcome) {
			noticing(() => {
				const judgement = judgementOfUpstream(outcome, model);
				if (isProbe) breakers?.own.endProbe(judgement);
				else note(undefined, since, judgement);
				if (model === undefined) return;
				if (isModelProbe) ofModel(model)?.endProbe(judgementOfModel(outcome));
				else note(model, since, judgementOfModel(outcome));
			});
		},
		record: (model, since, ok, failed) => noticing(() => count(model, since, ok, failed)),
		reconfigure(other) {
			noticing(() => {
				settings = other;
				if (other.breaker === undefined || breakers === undefined) {
					breakers = breakersOf(other.breaker);
					nextGeneration();
				} else {
					breakers.own.reconfigure(other.breaker);
					breakers.models.reconfigure(other.breaker);
				}
			});
		},
	};
}
