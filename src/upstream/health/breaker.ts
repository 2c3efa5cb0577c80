/** A circuit breaker: opens when too many requests fail, and closes when those that are let through go well again. */
import type { BreakerSettings } from "../../settings/routes.js";
import type { BreakerState } from "./states.js";

/** Outcomes this close together, as a share of the window, are kept as one count, which bounds memory. */
const sliceShare = 1 / 64;
/** Each probe that fails doubles the cooldown, up to this many times its setting. */
const maxCooldownFactor = 8;

/** `ignored` judges nothing. */
export type Judgement = "ok" | "failed" | "ignored";

export interface Breaker {
	readonly state: BreakerState;
	/** Milliseconds, by the breaker's clock, at which an open one becomes half open. */
	readonly probeAt: number | undefined;
	/** Rises with each opening and closing: the outcome of a request from an earlier one means nothing now. */
	readonly generation: number;
	/** Outcomes within the window. */
	readonly counts: { readonly ok: number; readonly failed: number };
	/** Whether a request may pass. */
	admits(): boolean;
	/** Lets one pass that it admits. @returns whether that is the probe, which must be ended by `endProbe` */
	enter(): boolean;
	/**
	 * Counts ended requests, other than probes, that began in that generation or later. While it is open these are
	 * requests that had nowhere else to go: it closes when, of those since it opened, few enough fail.
	 */
	record(generation: number, ok: number, failed: number): void;
	/** @param judgement `ignored` lets another request probe */
	endProbe(judgement: Judgement): void;
	/** Continues in its present state with other settings. */
	reconfigure(settings: BreakerSettings): void;
}

interface Slice {
	readonly at: number;
	ok: number;
	failed: number;
}

/**
 * @param now milliseconds
 * @param nextGeneration counts up; breakers that share it have generations in one sequence
 */
export function createBreaker(
	initial: BreakerSettings,
	now: () => number,
	nextGeneration: () => number = counter(),
): Breaker {
	let settings = initial;
	let slices: Slice[] = [];
	let probeAt: number | undefined;
	let isProbing = false;
	let cooldownFactor = 1;
	let generation = 0;

	const state = (): BreakerState => {
		if (probeAt === undefined) return "closed";
		return isProbing || now() >= probeAt ? "half_open" : "open";
	};
	const counts = () => {
		const since = now() - settings.windowMs;
		slices = slices.filter(({ at }) => at > since);
		return slices.reduce((sum, { ok, failed }) => ({ ok: sum.ok + ok, failed: sum.failed + failed }), {
			ok: 0,
			failed: 0,
		});
	};
	const open = () => {
		generation = nextGeneration();
		slices = [];
		probeAt = now() + settings.cooldownMs * cooldownFactor;
	};
	const close = () => {
		generation = nextGeneration();
		slices = [];
		probeAt = undefined;
		cooldownFactor = 1;
	};
	const sliceOfNow = (): Slice => {
		const last = slices.at(-1);
		if (last && now() - last.at < settings.windowMs * sliceShare) return last;
		const slice = { at: now(), ok: 0, failed: 0 };
		slices.push(slice);
		return slice;
	};
	const count = (ok: number, failed: number) => {
		const slice = sliceOfNow();
		slice.ok += ok;
		slice.failed += failed;
		return counts();
	};
	const closeIfWell = ({ ok, failed }: Breaker["counts"]) => {
		if (failed === 0 || failed / (ok + failed) < settings.share) close();
	};
	return {
		get state() {
			return state();
		},
		get probeAt() {
			return probeAt;
		},
		get generation() {
			return generation;
		},
		get counts() {
			return counts();
		},
		admits: () => state() === "closed" || (state() === "half_open" && !isProbing),
		enter() {
			isProbing = state() === "half_open";
			return isProbing;
		},
		record(since, ok, failed) {
			if (since < generation) return;
			const all = count(ok, failed);
			if (probeAt !== undefined) {
				if (ok > 0) closeIfWell(all);
			} else if (failed > 0 && all.failed >= settings.failures && all.failed / (all.ok + all.failed) >= settings.share)
				open();
		},
		endProbe(judgement) {
			if (!isProbing) return;
			isProbing = false;
			if (judgement === "ok") closeIfWell(count(1, 0));
			if (judgement !== "failed") return;
			cooldownFactor = Math.min(maxCooldownFactor, cooldownFactor * 2);
			open();
		},
		reconfigure(changed) {
			settings = changed;
		},
	};
}

function counter(): () => number {
	let last = 0;
	return () => ++last;
}
