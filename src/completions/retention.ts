/** Removes stored completions that are too old or too many, from time to time. */
import type { CompletionStore } from "../store/store.js";

export interface RetentionPolicy {
	maxAgeMs?: number | undefined;
	maxCount?: number | undefined;
}

/** How much longer than it should, or how far above its number, a record may stay. */
const everyMs = 60_000;

export interface Retention {
	/** Starts no other round. Resolves when the one under way has ended. */
	stop(): Promise<void>;
}

/**
 * Removes at once, and again a minute after it has done so. The store removes in small batches, and lets others write in
 * between.
 *
 * @param complain is told what keeps the store from it; the next round tries again
 */
export function startRetention(
	completions: Pick<CompletionStore, "retain">,
	policy: RetentionPolicy,
	complain: (error: unknown) => void,
	pauseMs = everyMs,
): Retention {
	let timer: NodeJS.Timeout | undefined;
	let isStopped = false;
	const round = async (): Promise<void> => {
		await completions.retain(policy).catch(complain);
		if (isStopped) return;
		timer = setTimeout(() => {
			running = round();
		}, pauseMs);
		timer.unref();
	};
	let running = round();
	return {
		stop() {
			isStopped = true;
			clearTimeout(timer);
			return running;
		},
	};
}
