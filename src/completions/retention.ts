/** Periodically removes records that are too old or too many. */

export interface RetentionPolicy {
	maxAgeMs?: number | undefined;
	maxCount?: number | undefined;
}

/** Pause between rounds. */
const defaultPauseMs = 60_000;

export interface Retention {
	/** Starts no further round. Resolves when the current one has ended. */
	stop(): Promise<void>;
}

/**
 * Starts a round at once, and another a minute after each. The store removes in small batches and lets others write in between.
 *
 * @param complain gets the error of a failed round; the next one tries again
 */
export function startRetention(
	records: { retain(policy: RetentionPolicy): Promise<number> },
	policy: RetentionPolicy,
	complain: (error: unknown) => void,
	pauseMs = defaultPauseMs,
): Retention {
	let timer: NodeJS.Timeout | undefined;
	let isStopped = false;
	const round = async (): Promise<void> => {
		await records.retain(policy).catch(complain);
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
