/**
 * Deltas of text in a stream of OpenAI's responses, which needn't be parsed. Two of them differ in their number, in their text,
 * and in what OpenAI fills them up with (`obfuscation`).
 */
import type { EventBytes, Json } from "../dialect.js";
import { endOfPlain, isAt, newFound, type RepeatedText } from "../repeatedText.js";

const numberName = Buffer.from('"sequence_number":');
const deltaName = Buffer.from('"delta":');
const paddingName = Buffer.from('"obfuscation":');
const quote = 0x22;
const backslash = 0x5c;

/** After so many events that did not fit, it is no longer tried. */
const mostMisses = 8;

export class NumberedTexts {
	/** The event before its number, from there to its text, to its padding if there is any, and to its end. */
	#parts: { head: Buffer; toText: Buffer; toPadding: Buffer | undefined; tail: Buffer } | undefined;
	#misses = 0;
	readonly #found = newFound();

	match(bytes: Buffer, start: number): RepeatedText | undefined {
		const parts = this.#parts;
		if (parts === undefined) return undefined;
		const { head, toText, toPadding, tail } = parts;
		if (!isAt(bytes, start, head)) return this.#missed();
		let at = start + head.length;
		while (isDigit(bytes[at])) at += 1;
		if (!isAt(bytes, at, toText)) return this.#missed();
		const textStart = at + toText.length;
		const textEnd = endOfPlain(bytes, textStart);
		if (textEnd === -1) return undefined;
		at = textEnd;
		if (toPadding !== undefined) {
			if (!isAt(bytes, at, toPadding)) return this.#missed();
			at = endOfPlain(bytes, at + toPadding.length);
			if (at === -1) return undefined;
		}
		if (!isAt(bytes, at, tail)) return this.#missed();
		this.#misses = 0;
		const found = this.#found;
		found.bytes = bytes;
		// As far as all of them are alike.
		found.before = head;
		found.end = at + tail.length;
		found.textStart = textStart;
		found.textEnd = textEnd;
		return found;
	}

	/** Takes an event as the pattern for the next, if it is a text's and in a form that leaves no doubt. */
	learn({ bytes, start, end }: EventBytes, { type }: Json): void {
		this.#parts = undefined;
		if (type !== "response.output_text.delta" || this.#misses >= mostMisses) return;
		const event = Buffer.from(bytes.subarray(start, end));
		const number = after(event, numberName);
		const text = after(event, deltaName);
		if (number === -1 || event[text] !== quote || event.includes(backslash) || number > text) return;
		let afterNumber = number;
		while (isDigit(event[afterNumber])) afterNumber += 1;
		const textEnd = event.indexOf(quote, text + 1);
		const padding = after(event, paddingName);
		const hasPadding = padding > textEnd && event[padding] === quote;
		if (event.includes(paddingName) && !hasPadding) return;
		const tailStart = hasPadding ? event.indexOf(quote, padding + 1) : textEnd;
		// Log probabilities are another thing to say.
		if (!saysNothingMore(event.toString("latin1", textEnd))) return;
		this.#parts = {
			head: event.subarray(0, number),
			toText: event.subarray(afterNumber, text + 1),
			toPadding: hasPadding ? event.subarray(textEnd, padding + 1) : undefined,
			tail: event.subarray(tailStart),
		};
	}

	#missed(): undefined {
		this.#misses += 1;
		if (this.#misses >= mostMisses) this.#parts = undefined;
		return undefined;
	}
}

function saysNothingMore(rest: string): boolean {
	return !rest.includes('"logprobs"') || /"logprobs":(\[\]|null)/.test(rest);
}

/** Where the value of a member begins; -1 if there is none, or more than one of the name. */
function after(event: Buffer, name: Buffer): number {
	const at = event.indexOf(name);
	return at === -1 || event.indexOf(name, at + 1) !== -1 ? -1 : at + name.length;
}

function isDigit(byte: number | undefined): boolean {
	return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
