/** Bytes for an upstream, a piece in each turn of the event loop. */
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Between two pieces the upstream's answer is read: one that refuses a body before it has all of it closes the connection, and
 * whoever goes on writing then loses what it has said.
 */
export function inTurns(pieces: AsyncIterable<Buffer>): Readable {
	async function* one() {
		for await (const piece of pieces) {
			yield piece;
			await nextTurn();
		}
	}
	return Readable.from(one(), { objectMode: false, highWaterMark: 1 });
}
