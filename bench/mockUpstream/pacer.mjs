/**
 * Calls many things at their own steady intervals from one timer (a wheel of 1 ms slots), so that
 * thousands of paced streams cost the mock upstream next to nothing.
 */

const SLOTS = 8192;
const TICK_MS = 1;

/**
 * @typedef {object} Paced
 * @property {number} intervalMs
 * @property {number} dueMs
 * @property {boolean} [stopped]
 * @property {() => void} beat
 */

export function createPacer() {
	/** @type {Paced[][]} */
	const wheel = Array.from({ length: SLOTS }, () => []);
	let turned = Math.floor(performance.now());
	/** @type {NodeJS.Timeout | undefined} */
	let timer;
	let members = 0;

	/** @param {Paced} paced */
	function place(paced) {
		const slot = Math.min(Math.max(Math.floor(paced.dueMs), turned), turned + SLOTS - 1);
		wheel[slot % SLOTS]?.push(paced);
	}

	function turn() {
		const now = Math.floor(performance.now());
		for (; turned < now; turned++) {
			const due = wheel[turned % SLOTS] ?? [];
			wheel[turned % SLOTS] = [];
			for (const paced of due) beat(paced, now);
		}
	}

	/**
	 * Catches up on every beat that is due, so that the offered load does not depend on timer lag.
	 * @param {Paced} paced
	 * @param {number} now
	 */
	function beat(paced, now) {
		while (!paced.stopped && paced.dueMs < now) {
			paced.dueMs += paced.intervalMs;
			paced.beat();
		}
		if (!paced.stopped) place(paced);
		else if (--members === 0) {
			clearInterval(timer);
			timer = undefined;
		}
	}

	/**
	 * @param {number} intervalMs
	 * @param {() => void} onBeat
	 * @returns {Paced} set its `stopped` to end it
	 */
	return function pace(intervalMs, onBeat) {
		const now = performance.now();
		if (!timer) {
			turned = Math.floor(now);
			timer = setInterval(turn, TICK_MS);
		}
		members++;
		const phase = Math.random() * Math.min(intervalMs, SLOTS / 2); // streams do not beat in step
		const paced = { intervalMs, dueMs: now + phase, beat: onBeat };
		place(paced);
		return paced;
	};
}
