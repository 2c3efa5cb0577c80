/** Bytes that come in pieces and are wanted together. */

/** A shorter piece is copied to those before it: kept by itself, it takes a hundred bytes of memory and more. */
const smallBytes = 512;
/** So many are kept as they are, since nearly all that comes in pieces comes in few. */
const fewPieces = 16;
const blockBytes = 16 * 1024;

/** Bytes in one piece, which is its own where there is no other. */
export function joined(pieces: readonly Buffer[]): Buffer {
	return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

export class Gathered {
	#pieces: Buffer[] = [];
	#bytes = 0;
	/** What small pieces are copied to, where the next one goes, and where the last piece begins if it is a part of this one. */
	#block: Buffer | undefined;
	#used = 0;
	#start: number | undefined;

	get bytes(): number {
		return this.#bytes;
	}

	/** All of them, in order. */
	get pieces(): readonly Buffer[] {
		return this.#pieces;
	}

	add(piece: Buffer): void {
		this.#bytes += piece.length;
		if (piece.length < smallBytes && this.#pieces.length >= fewPieces) this.#copy(piece);
		else {
			this.#pieces.push(piece);
			this.#start = undefined;
		}
	}

	/** All bytes in one piece. */
	joined(): Buffer {
		return joined(this.#pieces);
	}

	/** As `joined`, and keeps them so. */
	merged(): Buffer {
		if (this.#pieces.length > 1) {
			this.#pieces = [this.joined()];
			this.#start = undefined;
		}
		return this.joined();
	}

	/** @returns all bytes, which are kept no longer */
	take(): Buffer {
		const bytes = this.joined();
		this.clear();
		return bytes;
	}

	clear(): void {
		this.#pieces = [];
		this.#bytes = 0;
		this.#block = undefined;
		this.#start = undefined;
	}

	#copy(piece: Buffer): void {
		if (this.#block === undefined || this.#block.length - this.#used < piece.length) {
			this.#block = Buffer.allocUnsafeSlow(blockBytes);
			this.#used = 0;
			this.#start = undefined;
		}
		const isNew = this.#start === undefined;
		this.#start ??= this.#used;
		this.#used += piece.copy(this.#block, this.#used);
		const grown = this.#block.subarray(this.#start, this.#used);
		if (isNew) this.#pieces.push(grown);
		else this.#pieces[this.#pieces.length - 1] = grown;
	}
}
