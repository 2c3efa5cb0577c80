/** Finds the end of a JSON string, and checks meanwhile what JSON.parse would check in it, four bytes at a time. */

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
/** By the letter after a backslash: bytes of the escape; 0 if JSON has none such (RFC 8259 §7). */
const escapeLengths = new Uint8Array(256);
for (const letter of '"\\/bfnrt') escapeLengths[letter.charCodeAt(0)] = 2;
escapeLengths["u".charCodeAt(0)] = 6;

const nothing = Buffer.alloc(0);
const highBits = 0x80808080 | 0;

/** Reads one string at a time, in several calls if it is long. */
export class CheckedText {
	/** Whether JSON.parse would take all that has been read of the string. */
	isValid = true;
	/** Bytes of the string's value in UTF-8, as far as it has been read. */
	size = 0;
	#bytes: Buffer = nothing;
	#words = new Int32Array(0);
	/** Bytes from the first word to the first byte of the body. */
	#lead = 0;

	/** Takes the bytes in which strings are to be read, which are valid UTF-8. */
	use(bytes: Buffer): void {
		this.#bytes = bytes;
		this.#lead = bytes.byteOffset % 4;
		const words = Math.floor((this.#lead + bytes.length) / 4);
		this.#words = new Int32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset - this.#lead, words);
	}

	/** A new string begins. */
	begin(): void {
		this.isValid = true;
		this.size = 0;
	}

	/**
	 * Continues within a string.
	 *
	 * @param from an offset in the string that is not within an escape
	 * @param until approximate offset at which to pause
	 * @returns the offset after the closing quote; negated, the offset at which it has paused or come upon what is not valid
	 */
	read(from: number, until: number): number {
		const bytes = this.#bytes;
		const lead = this.#lead;
		const end = Math.min(until, bytes.length);
		let at = from;
		/** Bytes that escapes take beyond those of their characters. */
		let extra = 0;
		while (at < end) {
			if (((at + lead) & 3) === 0) {
				at = (plainUntil(this.#words, (at + lead) >> 2, (end + lead) >> 2) << 2) - lead;
				if (at >= end) break;
			}
			const byte = bytes[at] as number;
			if (byte > backslash || (byte >= space && byte !== quote && byte !== backslash)) {
				at += 1;
			} else if (byte === backslash) {
				const length = escapeLengths[bytes[at + 1] ?? 0] as number;
				const size = length === 2 ? 1 : length === 6 ? unicodeSize(bytes, at + 2) : 0;
				if (size === 0) return this.#stop(at);
				at += length;
				extra += length - size;
			} else if (byte === quote) {
				this.size += at - from - extra;
				return at + 1;
			} else return this.#stop(at);
		}
		this.size += at - from - extra;
		return at >= bytes.length ? this.#stop(at) : -at;
	}

	#stop(at: number): number {
		this.isValid = false;
		return -at;
	}
}

/** @returns the first word in which there may be a quote, a backslash or a control character */
function plainUntil(words: Int32Array, from: number, end: number): number {
	let at = from;
	while (at < end && !mayHoldSpecial(words[at] as number)) at += 1;
	return at;
}

/** A byte minus 0x20, or 0x01, has its high bit where it was less than that, or where one before it was. */
function mayHoldSpecial(word: number): boolean {
	const quotes = word ^ 0x22222222;
	const backslashes = word ^ 0x5c5c5c5c;
	const controls = ((word - 0x20202020) | 0) & ~word;
	const others = (((quotes - 0x01010101) | 0) & ~quotes) | (((backslashes - 0x01010101) | 0) & ~backslashes);
	return ((controls | others) & highBits) !== 0;
}

/** @returns the bytes in UTF-8 of a character of four hexadecimal digits, two for half of a pair; 0 for what are no such digits */
function unicodeSize(bytes: Buffer, from: number): number {
	const digits = bytes.toString("latin1", from, from + 4);
	if (!/^[0-9A-Fa-f]{4}$/.test(digits)) return 0;
	const code = Number.parseInt(digits, 16);
	if (code < 0x80) return 1;
	return code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
}
