/** The breakers of one upstream's models, of which there are never more than a bounded number. */
import type { BreakerSettings } from "../../settings/routes.js";
import { type Breaker, createBreaker } from "./breaker.js";

/** Clients may be free to name models as they like: beyond this, the least recently used one is forgotten. */
export const maxModels = 128;
/** A model that failed and was not used since is forgotten after this time. */
const forgetAfterMs = 10 * 60_000;

export interface ModelBreakers {
	/** Undefined if nothing has been counted for the model. */
	get(model: string): Breaker | undefined;
	record(model: string, generation: number, ok: number, failed: number): void;
	/** Those that are not closed. */
	troubled(): { readonly model: string; readonly breaker: Breaker }[];
	reconfigure(settings: BreakerSettings): void;
}

interface Entry {
	readonly breaker: Breaker;
	usedAt: number;
}

export function createModelBreakers(
	initial: BreakerSettings,
	now: () => number,
	nextGeneration: () => number,
): ModelBreakers {
	let settings = initial;
	/** The least recently used first. */
	const entries = new Map<string, Entry>();

	const evictOne = () => {
		let [victim] = entries.keys();
		for (const [model, { breaker }] of entries) {
			if (breaker.state !== "closed") continue;
			victim = model;
			break;
		}
		if (victim !== undefined) entries.delete(victim);
	};
	const entryOf = (model: string): Entry => {
		const known = entries.get(model);
		if (known === undefined && entries.size >= maxModels) evictOne();
		const entry = known ?? { breaker: createBreaker(settings, now, nextGeneration), usedAt: now() };
		entry.usedAt = now();
		entries.delete(model);
		entries.set(model, entry);
		return entry;
	};
	return {
		get: (model) => entries.get(model)?.breaker,
		record: (model, generation, ok, failed) => entryOf(model).breaker.record(generation, ok, failed),
		troubled() {
			const found = [];
			for (const [model, { breaker, usedAt }] of entries) {
				if (breaker.state === "closed") continue;
				if (breaker.state === "half_open" && now() - usedAt > forgetAfterMs) entries.delete(model);
				else found.push({ model, breaker });
			}
			return found;
		},
		reconfigure(changed) {
			settings = changed;
			for (const { breaker } of entries.values()) breaker.reconfigure(changed);
		},
	};
}
