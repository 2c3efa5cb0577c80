/** Turns of the event loop for what takes milliseconds: one at a time, with all else going in between. */

/** Bodies this large take milliseconds to parse, to check or to write. */
export const largeBytes = 256 * 1024;

let latestTurn = Promise.resolve();

/** Resolves in a turn of the event loop in which it does so for nobody else. */
export function ownTurn(): Promise<void> {
	latestTurn = latestTurn.then(() => new Promise((resolve) => setImmediate(resolve)));
	return latestTurn;
}
