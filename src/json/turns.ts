/** Schedules work that takes milliseconds: one piece per turn of the event loop, so that everything else runs in between. */

/** Bodies from this size on take milliseconds to parse, to validate or to write. */
export const largeBytes = 256 * 1024;

let latestTurn = Promise.resolve();

/** Resolves in a turn of the event loop that no other caller gets. */
export function ownTurn(): Promise<void> {
	latestTurn = latestTurn.then(() => new Promise((resolve) => setImmediate(resolve)));
	return latestTurn;
}
