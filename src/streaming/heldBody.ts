/** A body that is held until it is known how it goes on. */
import { Gathered } from "../json/gathered.js";
import { noBytes, type Piece, sizeOf, unread } from "./piece.js";

export class HeldBody {
	/** A piece alone stays what it is, with what is known of it; it may not be written yet. */
	#only: Piece | undefined;
	#several: Gathered | undefined;
	size = 0;

	add(piece: Piece): void {
		this.size += sizeOf(piece);
		if (this.#only === undefined && this.#several === undefined) {
			this.#only = piece;
			return;
		}
		this.#several ??= new Gathered();
		if (this.#only !== undefined) this.#several.add(this.#only.bytes);
		this.#only = undefined;
		this.#several.add(piece.bytes);
	}

	/** All of it, which is held no longer. */
	take(): Piece {
		const taken = this.#only ?? unread(this.#several?.take() ?? noBytes);
		this.#only = undefined;
		this.#several = undefined;
		return taken;
	}
}
