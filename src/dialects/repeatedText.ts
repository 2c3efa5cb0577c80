/** Events that differ from the one before in their text alone, as nearly all of a stream do, needn't be parsed. */

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const space = 0x20;
const nothing: Buffer = Buffer.alloc(0);

/** Some upstreams put something new into each event; after this many that did not fit, it is no longer tried. */
const mostMisses = 8;

/** An event that has nothing but text. */
export interface RepeatedText {
	/** Where the event stands, and what it has before its text; all that have the same object there begin alike. */
	bytes: Buffer;
	before: Buffer;
	/** Offset after the event. */
	end: number;
	choice: number;
	/** A text completion's, which is no message. */
	isPlain: boolean;
	textStart: number;
	textEnd: number;
}

/** The form of an event with text alone. */
export interface TextOnly {
	readonly choice: number;
	readonly isPlain: boolean;
	/** The name of the member that holds the text, in quotes. */
	readonly name: Buffer;
}

/** The pattern of one stream's events. */
export class RepeatedTexts {
	/** An event's bytes up to its text, and from the quote after it to its empty line. */
	#before: Buffer | undefined;
	#after: Buffer = nothing;
	#choice = 0;
	#isPlain = false;
	#misses = 0;
	readonly #found = newFound();

	/** The event that begins at this offset, when all but its text is what the one that was learnt has. */
	match(bytes: Buffer, start: number): RepeatedText | undefined {
		const before = this.#before;
		if (before === undefined) return undefined;
		const textStart = start + before.length;
		if (!isAt(bytes, start, before)) return this.#missed();
		const textEnd = endOfPlain(bytes, textStart);
		if (textEnd === -1) return undefined;
		const end = textEnd + this.#after.length;
		if (!isAt(bytes, textEnd, this.#after)) return this.#missed();
		this.#misses = 0;
		const found = this.#found;
		found.bytes = bytes;
		found.before = before;
		found.end = end;
		found.choice = this.#choice;
		found.isPlain = this.#isPlain;
		found.textStart = textStart;
		found.textEnd = textEnd;
		return found;
	}

	/**
	 * Takes an event, from `start` to after its empty line, as the pattern for the next.
	 *
	 * @param saying undefined where it says more than text
	 */
	learn(bytes: Buffer, start: number, end: number, saying: TextOnly | undefined): void {
		this.#before = undefined;
		if (saying === undefined || this.#misses >= mostMisses) return;
		const event = bytes.subarray(start, end);
		const name = event.indexOf(saying.name);
		// With one such name, and none that is written with escapes, there is no doubt whose value it is.
		if (name === -1 || event.includes(backslash) || event.indexOf(saying.name, name + 1) !== -1) return;
		let opening = name + saying.name.length;
		while (event[opening] === colon || event[opening] === space) opening += 1;
		if (event[opening] !== quote) return;
		const closing = event.indexOf(quote, opening + 1);
		// Copies, since the rest of the piece they came in would stay in memory with them.
		this.#before = Buffer.from(event.subarray(0, opening + 1));
		this.#after = Buffer.from(event.subarray(closing));
		this.#choice = saying.choice;
		this.#isPlain = saying.isPlain;
	}

	#missed(): undefined {
		this.#misses += 1;
		if (this.#misses >= mostMisses) this.#before = undefined;
		return undefined;
	}
}

/** One object for all events of a stream, since each is read at once. */
export function newFound(): RepeatedText {
	return { bytes: nothing, before: nothing, end: 0, choice: 0, isPlain: false, textStart: 0, textEnd: 0 };
}

/**
 * Where a JSON string without escapes ends; -1 if it has any, or does not end. Those, and what JSON does not allow in a string,
 * are for a parser to judge.
 */
export function endOfPlain(bytes: Buffer, start: number): number {
	for (let at = start; at < bytes.length; at += 1) {
		const byte = bytes[at] as number;
		if (byte === quote) return at;
		if (byte === backslash || byte < space) return -1;
	}
	return -1;
}

export function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
	const end = at + expected.length;
	return end <= bytes.length && bytes.compare(expected, 0, expected.length, at, end) === 0;
}
