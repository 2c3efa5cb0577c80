/** Limits of one process without workers: it counts for itself alone. */
import type { Counter } from "./counter.js";
import type { Counters } from "./counters.js";
import { CountingLedger } from "./countingLedger.js";
import type { Decision, Ledger, ReserveRequest } from "./ledger.js";
import { MemoryCounters } from "./memoryCounters.js";
import { limitsUnavailable } from "./unavailable.js";
import type { Holder } from "./waitQueue.js";

/** A ledger in memory. @param now the time, in milliseconds since the epoch */
export class MemoryLedger implements Ledger {
	readonly #ledger: CountingLedger;
	readonly #holder: Holder = { holds: new Set(), waiting: new Set() };

	constructor(now: () => number = Date.now, maxWaiting = 1_000, counters: Counters = new MemoryCounters(now)) {
		this.#ledger = new CountingLedger(counters, { maxWaiting, failsOpen: true }, now);
	}

	reserve(request: ReserveRequest, signal?: AbortSignal): Promise<Decision> {
		return new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason);
			let isAnswered = false;
			const leave = () => {
				withdraw();
				reject(signal?.reason);
			};
			const withdraw = this.#ledger.reserve(this.#holder, request, (answer) => {
				isAnswered = true;
				signal?.removeEventListener("abort", leave);
				if (answer === "unavailable") reject(limitsUnavailable());
				else resolve(answer);
			});
			if (!isAnswered) signal?.addEventListener("abort", leave, { once: true });
		});
	}

	extend(hold: number, amounts: readonly number[]): Promise<boolean> {
		return new Promise((resolve) => this.#ledger.extend(hold, amounts, resolve));
	}

	settle(hold: number, used: readonly number[]): void {
		this.#ledger.settle(hold, used);
	}

	/** Requests that hold something, and that wait. */
	get size(): { holds: number; waiting: number } {
		return this.#ledger.size;
	}
}

export function createLocalLimits(now: () => number = Date.now): { counter: Counter; ledger: MemoryLedger } {
	const counters = new MemoryCounters(now);
	const counter: Counter = { take: (take) => Promise.resolve(counters.countNow(take)) };
	return { counter, ledger: new MemoryLedger(now, undefined, counters) };
}
