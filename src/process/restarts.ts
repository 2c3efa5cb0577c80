/** When a worker is started in place of one that died: after a pause, which grows while workers die young. */

/** Workers that die within this time of their start are a crash loop, which is reported once there are this many in a row. */
const youngMs = 10_000;
const crashLoopDeaths = 5;
const firstPauseMs = 100;
const maxPauseMs = 5_000;

export interface Restarts {
	/** A pause is not over yet: no worker is started. */
	readonly isPaused: boolean;
	/**
	 * A worker has died, or could not be forked.
	 *
	 * @param livedMs since its start
	 * @param what a sentence about it, for the operator
	 */
	noteDeath(livedMs: number, what: string): void;
}

/**
 * It never gives up: a gateway that has served can do so again, and what ends its workers may come from a client.
 *
 * @param resume called after each pause
 */
export function createRestarts(complain: (line: string) => void, resume: () => void): Restarts {
	let youngDeaths = 0;
	let pauses = 0;
	return {
		get isPaused() {
			return pauses > 0;
		},
		noteDeath(livedMs, what) {
			youngDeaths = livedMs < youngMs ? youngDeaths + 1 : 0;
			const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.max(0, youngDeaths - 1));
			complain(`${what}; a new one starts in ${pauseMs} ms`);
			if (youngDeaths === crashLoopDeaths)
				complain(`${crashLoopDeaths} workers in a row ended soon after their start; others are tried until one stays`);
			pauses += 1;
			setTimeout(() => {
				pauses -= 1;
				resume();
			}, pauseMs);
		},
	};
}
