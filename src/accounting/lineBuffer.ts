/** Lines that wait to be written, as bytes: text that waits would be among what V8 copies around and collects. */

const firstBytes = 64 * 1024;
/** What has grown beyond this is given back once it is empty. */
const largeBytes = 2 * 1024 * 1024;
/** Of UTF-8, for each of a text's UTF-16 code units. */
const mostBytesEach = 3;
const lf = 0x0a;

export class LineBuffer {
	readonly #mostBytes: number;
	#buffer = Buffer.allocUnsafeSlow(firstBytes);
	#used = 0;

	/** @param mostBytes where it would be more, the oldest lines give way */
	constructor(mostBytes: number) {
		this.#mostBytes = mostBytes;
	}

	/** In bytes. */
	get length(): number {
		return this.#used;
	}

	/** What waits. It is the buffer itself, and changes with it. */
	get bytes(): Buffer {
		return this.#buffer.subarray(0, this.#used);
	}

	/** @param line with its end @returns how many others were lost */
	add(line: string): number {
		const lost = this.#makeRoom(line.length * mostBytesEach);
		this.#used += this.#buffer.write(line, this.#used);
		return lost;
	}

	/** The first so many bytes are written; of a line that is not all among them, nothing is. */
	drop(bytes: number): void {
		const whole = bytes === this.#used ? bytes : this.#buffer.subarray(0, bytes).lastIndexOf(lf) + 1;
		this.#buffer.copyWithin(0, whole, this.#used);
		this.#used -= whole;
		if (this.#used === 0 && this.#buffer.length > largeBytes) this.#buffer = Buffer.allocUnsafeSlow(firstBytes);
	}

	#makeRoom(bytes: number): number {
		if (this.#used + bytes <= this.#buffer.length) return 0;
		if (this.#used > 0 && this.#used + bytes > this.#mostBytes) return this.#loseOldest() + this.#makeRoom(bytes);
		const larger = Buffer.allocUnsafeSlow(
			Math.max(this.#used + bytes, Math.min(this.#mostBytes, 2 * this.#buffer.length)),
		);
		this.#buffer.copy(larger, 0, 0, this.#used);
		this.#buffer = larger;
		return 0;
	}

	/** A quarter at once: to move all others costs the same for one. */
	#loseOldest(): number {
		const least = Math.floor(this.#used / 4);
		const end = this.#buffer.indexOf(lf, least) + 1;
		let lines = 0;
		for (let at = this.#buffer.indexOf(lf); at >= 0 && at < end; at = this.#buffer.indexOf(lf, at + 1)) lines += 1;
		this.drop(end);
		return lines;
	}
}
