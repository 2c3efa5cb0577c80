/** Events that differ from the one before in their text alone, as nearly all of a stream do, needn't be parsed. */

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const space = 0x20;
/** Where chat completions and text completions have their text. */
const contentName = Buffer.from('"content"');
const textName = Buffer.from('"text"');

const nothing: Buffer = Buffer.alloc(0);

/** Some hosts put something new into each event; after so many that did not fit, it is no longer tried. */
const mostMisses = 8;

/** What an event says when it says nothing but text. */
export interface RepeatedText {
	/** Where the event stands, and what it has in front of its text; all that have the same object there begin alike. */
	bytes: Buffer;
	before: Buffer;
	/** Offset behind the event. */
	end: number;
	choice: number;
	textStart: number;
	textEnd: number;
}

/** The pattern of one stream's events. */
export class RepeatedTexts {
	/** An event's bytes up to its text, and from the quote behind it to its empty line. */
	#before: Buffer | undefined;
	#after: Buffer = nothing;
	#choice = 0;
	#misses = 0;
	/** One object for all events of the stream, since each is read at once. */
	readonly #found: RepeatedText = { bytes: nothing, before: nothing, end: 0, choice: 0, textStart: 0, textEnd: 0 };

	/** The event that begins at this offset, when all but its text is what the one that was learnt has. */
	match(bytes: Buffer, start: number): RepeatedText | undefined {
		const before = this.#before;
		if (before === undefined) return undefined;
		const textStart = start + before.length;
		if (textStart >= bytes.length || !isAt(bytes, start, before)) return this.#missed();
		let textEnd = textStart;
		for (; textEnd < bytes.length; textEnd += 1) {
			const byte = bytes[textEnd] as number;
			if (byte === quote) break;
			// Escapes, and what JSON does not allow in a string, are for a parser to judge.
			if (byte === backslash || byte < space) return undefined;
		}
		const end = textEnd + this.#after.length;
		if (end > bytes.length || !isAt(bytes, textEnd, this.#after)) return this.#missed();
		this.#misses = 0;
		const found = this.#found;
		found.bytes = bytes;
		found.before = before;
		found.end = end;
		found.choice = this.#choice;
		found.textStart = textStart;
		found.textEnd = textEnd;
		return found;
	}

	/** Takes an event, from `start` to behind its empty line, as the pattern for the next, where it says nothing but text. */
	learn(bytes: Buffer, start: number, end: number, chunk: Record<string, unknown>): void {
		this.#before = undefined;
		if (this.#misses >= mostMisses) return;
		const saying = textChoice(chunk);
		if (saying === undefined) return;
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
		this.#choice = saying.index;
	}

	#missed(): undefined {
		this.#misses += 1;
		if (this.#misses >= mostMisses) this.#before = undefined;
		return undefined;
	}
}

function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
	return bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0;
}

/** The one choice of a chunk that, said twice, would only have its text there twice; and the name of the text. */
function textChoice({ choices, usage, error }: Record<string, unknown>): { index: number; name: Buffer } | undefined {
	if (!Array.isArray(choices) || choices.length !== 1 || (usage ?? error ?? null) !== null) return undefined;
	const choice = choices[0] as Record<string, unknown> | null;
	if (!choice || (choice.logprobs ?? null) !== null || (choice.finish_reason ?? "") !== "") return undefined;
	const { index = 0, delta, text } = choice;
	if (typeof index !== "number") return undefined;
	if (typeof text === "string") return { index, name: textName };
	if (typeof delta !== "object" || delta === null) return undefined;
	const { content, role: _role, ...rest } = delta as Record<string, unknown>;
	const saysMore = Object.values(rest).some((value) => value !== null && value !== "");
	return typeof content === "string" && !saysMore ? { index, name: contentName } : undefined;
}
