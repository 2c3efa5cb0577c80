/** Lines that wait to be written, as bytes: as strings they would be copied and collected by V8's garbage collector. */

const firstBytes = 64 * 1024;
/** A larger buffer is released once it is empty. */
const largeBytes = 2 * 1024 * 1024;
/** The most bytes of UTF-8 for one UTF-16 code unit. */
const maxBytesPerUnit = 3;
const lf = 0x0a;

export class LineBuffer {
	readonly #maxBytes: number;
	#buffer = Buffer.allocUnsafeSlow(firstBytes);
	#used = 0;

	/** @param maxBytes beyond it, the oldest lines are dropped */
	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	/** Length in bytes. */
	get length(): number {
		return this.#used;
	}

	/** The waiting bytes: a view of the buffer, valid until the next change. */
	get bytes(): Buffer {
		return this.#buffer.subarray(0, this.#used);
	}

	/** @param line with its line end @returns how many older lines were dropped for it */
	add(line: string): number {
		const lost = this.#makeRoom(line.length * maxBytesPerUnit);
		this.#used += this.#buffer.write(line, this.#used);
		return lost;
	}

	/** Removes the lines that end within the first `bytes`, which have been written. */
	drop(bytes: number): void {
		const whole = bytes === this.#used ? bytes : this.#buffer.subarray(0, bytes).lastIndexOf(lf) + 1;
		this.#buffer.copyWithin(0, whole, this.#used);
		this.#used -= whole;
		if (this.#used === 0 && this.#buffer.length > largeBytes) this.#buffer = Buffer.allocUnsafeSlow(firstBytes);
	}

	#makeRoom(bytes: number): number {
		if (this.#used + bytes <= this.#buffer.length) return 0;
		if (this.#used > 0 && this.#used + bytes > this.#maxBytes) return this.#dropOldest() + this.#makeRoom(bytes);
		const larger = Buffer.allocUnsafeSlow(
			Math.max(this.#used + bytes, Math.min(this.#maxBytes, 2 * this.#buffer.length)),
		);
		this.#buffer.copy(larger, 0, 0, this.#used);
		this.#buffer = larger;
		return 0;
	}

	/** Drops the oldest quarter: moving the rest costs the same however many lines are dropped. @returns how many */
	#dropOldest(): number {
		const least = Math.floor(this.#used / 4);
		const end = this.#buffer.indexOf(lf, least) + 1;
		let lines = 0;
		for (let at = this.#buffer.indexOf(lf); at >= 0 && at < end; at = this.#buffer.indexOf(lf, at + 1)) lines += 1;
		this.drop(end);
		return lines;
	}
}
