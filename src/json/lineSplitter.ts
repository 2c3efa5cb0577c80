/** Splits bytes that come in pieces into lines. */
export class LineSplitter {
	#rest: Buffer[] = [];
	#restBytes = 0;

	/** Bytes after the last line feed. */
	get restBytes(): number {
		return this.#restBytes;
	}

	/** @returns the lines that this piece ends, without their line feeds */
	push(piece: Buffer): Buffer[] {
		const lines: Buffer[] = [];
		let start = 0;
		for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, start)) {
			lines.push(Buffer.concat([...this.#rest, piece.subarray(start, end)]));
			this.#rest = [];
			this.#restBytes = 0;
			start = end + 1;
		}
		this.#rest.push(piece.subarray(start));
		this.#restBytes += piece.length - start;
		return lines;
	}

	/** The last line, if no line feed follows it. */
	rest(): Buffer {
		return Buffer.concat(this.#rest);
	}
}
