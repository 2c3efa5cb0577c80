/** Pieces of an answer, put together. */
import type { Body, Piece } from "./wire.js";

/** @returns the text of all pieces of a kind */
export function textOfPieces(pieces: readonly Piece[], kind: "content" | "reasoning"): string {
	return pieces.map((piece) => (piece.kind === kind ? piece.text : "")).join("");
}

export interface WholeCall {
	readonly id: string;
	readonly name: string;
	/** JSON, unless it was cut. */
	readonly arguments: string;
}

export function callsIn(pieces: readonly Piece[]): WholeCall[] {
	return pieces.flatMap((piece) => {
		if (piece.kind !== "call") return [];
		const texts = pieces.map((other) => (other.kind === "arguments" && other.index === piece.index ? other.text : ""));
		return [{ id: piece.id, name: piece.name, arguments: texts.join("") }];
	});
}

/** @returns undefined for arguments that are not whole */
export function parsedArguments(text: string): Body | undefined {
	try {
		return JSON.parse(text) as Body;
	} catch {
		return undefined;
	}
}

/** Holds the pieces of calls until they are whole, for formats that have no parts of them. */
export interface CallHolder {
	/** @returns the call before, if this piece begins another one */
	add(piece: Piece): WholeCall[];
	/** @returns the last call, if it is whole */
	rest(): WholeCall[];
}

export function createCallHolder(): CallHolder {
	let held: Piece[] = [];
	const release = () => {
		const whole = callsIn(held).filter((call) => parsedArguments(call.arguments) !== undefined);
		held = [];
		return whole;
	};
	return {
		add(piece) {
			const before = piece.kind === "arguments" ? [] : release();
			if (piece.kind === "call" || piece.kind === "arguments") held.push(piece);
			return before;
		},
		rest: release,
	};
}
