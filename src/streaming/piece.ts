/** Bytes of an answer on their way to the client, and what is known of them. */
import type { ChatEvent } from "../chat/event.js";

/**
 * A part of a body; of a stream, whole events. What is known travels with the bytes: whoever changes them makes a new
 * piece, and says what that one holds, or leaves it open.
 */
export interface Piece {
	readonly bytes: Buffer;
	/** About how many these are, where they are not written before somebody wants them. */
	readonly size?: number | undefined;
	/** The event in the bytes; undefined if nobody has read them, or they are several events. */
	readonly events: readonly ChatEvent[] | undefined;
}

/** Bytes that nobody has read. */
export function unread(bytes: Buffer): Piece {
	return { bytes, events: undefined };
}

/** About the number of its bytes; exact where they are written. */
export function sizeOf(piece: Piece): number {
	return piece.size ?? piece.bytes.length;
}

export const noBytes: Buffer = Buffer.alloc(0);
