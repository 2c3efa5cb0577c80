/** Transforms change an answer on its way to the client; observers see it. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { Piece } from "./piece.js";

/** A transform's output; bytes have no known meaning. */
export type Passed = Piece | Buffer | undefined;

/**
 * Changes an answer as it passes: whole events of a stream, or the whole of any other body at once.
 *
 * A promise holds up what follows, in order and with backpressure; its failure, as anything that is thrown, becomes the
 * answer's.
 */
export interface Transform {
	/** @returns the same piece, another one, bytes in its place, or undefined for nothing */
	push(piece: Piece): Passed | Promise<Passed>;
	/** The rest of the output, once the upstream has ended well. */
	end(): Buffer | Promise<Buffer>;
	/** A longer body that is no stream passes without it, after a call of `release`. Without a `release` it is refused. */
	readonly maxBytes?: number;
	release?(): void;
}

/** Sees what the client is sent, and how it ended. */
export interface Observer {
	chunk?(piece: Piece): void;
	/** Before `chunk`, of what says only that the stream is alive. Transforms don't see that. */
	heartbeat?(piece: Piece): void;
	end?(failure: GatewayError | undefined): void;
}

/**
 * Maps one choice's text. Called with each piece in turn, of which the last, which may be empty, comes with `isLast`;
 * what it holds back of one piece it returns with a later one.
 */
export type TextMapper = (text: string, isLast: boolean) => string;

/** Makes the transform that puts each choice's text through a mapper of its own. */
export type TextTransform = (isStream: boolean, makeMapper: () => TextMapper) => Transform;
