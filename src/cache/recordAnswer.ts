/** Takes down an answer as it passes, before whatever changes it for its own client alone. */
import { Gathered } from "../json/gathered.js";
import { noBytes, type Piece } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";

/** A longer answer is not kept. */
export const maxEntryBytes = 4 * 1024 * 1024;

/** @param done told all of it once it has come to its end, and before the end is sent */
export function recordAnswer(answer: ResponseStream, done: (body: Buffer) => void): void {
	let taken: Gathered | undefined = new Gathered();
	const giveUp = () => {
		taken = undefined;
	};
	answer.transforms.push({
		push(piece: Piece): Piece {
			taken?.add(piece.bytes);
			if (taken !== undefined && taken.bytes > maxEntryBytes) giveUp();
			return piece;
		},
		end() {
			if (taken !== undefined) done(taken.joined());
			return noBytes;
		},
		maxBytes: maxEntryBytes,
		release: giveUp,
	});
}
