/** Takes down an answer as it passes, before whatever changes it for its own client alone. */
import { noBytes, type Piece } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";

/** A longer answer is not kept. */
export const maxEntryBytes = 4 * 1024 * 1024;

/** @param done told all of it once it has come to its end, and before the end is sent */
export function recordAnswer(answer: ResponseStream, done: (body: Buffer) => void): void {
	let parts: Buffer[] | undefined = [];
	let size = 0;
	const giveUp = () => {
		parts = undefined;
	};
	answer.transforms.push({
		push(piece: Piece): Piece {
			size += piece.bytes.length;
			if (size > maxEntryBytes) giveUp();
			parts?.push(piece.bytes);
			return piece;
		},
		end() {
			if (parts !== undefined) done(Buffer.concat(parts));
			return noBytes;
		},
		maxBytes: maxEntryBytes,
		release: giveUp,
	});
}
