/** Chunks that differ from the one before in their text alone, as nearly all of a stream do, needn't be parsed. */
import type { Span } from "../contract/jsonMember.js";
import type { Splice } from "./spliceId.js";

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const contentName = Buffer.from('"content"');

/** Some hosts put something new into each chunk; after so many that did not fit, it is no longer tried. */
const mostMisses = 8;

interface Template {
	/** The event's bytes up to its text, and from the quote behind it. */
	before: Buffer;
	after: Buffer;
	/** Where the id stands, from the event's first byte. */
	id: Span;
	choice: number;
}

export interface RepeatedChunk {
	choice: number;
	text: string;
	splice: Splice;
}

/** Of one stream. */
export class RepeatedChunks {
	readonly #quotedId: Buffer;
	#template: Template | undefined;
	#misses = 0;

	constructor(quotedId: Buffer) {
		this.#quotedId = quotedId;
	}

	/** What a chunk says, when all but its text is what the last one that was learnt has. */
	match(bytes: Buffer, { start, end }: Span): RepeatedChunk | undefined {
		const template = this.#template;
		if (template === undefined) return undefined;
		const { before, after, id, choice } = template;
		const textStart = start + before.length;
		const textEnd = end - after.length;
		if (textStart > textEnd || !isAt(bytes, start, before) || !isAt(bytes, textEnd, after)) return this.#missed();
		for (let at = textStart; at < textEnd; at += 1) {
			const byte = bytes[at] as number;
			if (byte === quote || byte === backslash || byte < 0x20) return undefined;
		}
		this.#misses = 0;
		return {
			choice,
			text: bytes.toString("utf8", textStart, textEnd),
			splice: { start: start + id.start, end: start + id.end, bytes: this.#quotedId },
		};
	}

	/** Takes a chunk as the pattern for the next ones, where it says nothing but text. */
	learn(bytes: Buffer, { start, end }: Span, event: Record<string, unknown>, splice: Splice): void {
		this.#template = undefined;
		if (this.#misses >= mostMisses) return;
		const choice = textChoice(event);
		if (choice === undefined) return;
		const line = bytes.subarray(start, end);
		const name = line.indexOf(contentName);
		// With one such name, and none that is written with escapes, there is no doubt whose value it is.
		if (name === -1 || line.includes(backslash) || line.indexOf(contentName, name + 1) !== -1) return;
		let opening = name + contentName.length;
		while (line[opening] === colon || line[opening] === 0x20) opening += 1;
		if (line[opening] !== quote) return;
		const closing = line.indexOf(quote, opening + 1);
		if (splice.start === splice.end || splice.end > start + opening) return;
		this.#template = {
			// Copies, since the rest of the piece they came in would stay in memory with them.
			before: Buffer.from(line.subarray(0, opening + 1)),
			after: Buffer.from(line.subarray(closing)),
			id: { start: splice.start - start, end: splice.end - start },
			choice,
		};
	}

	#missed(): undefined {
		this.#misses += 1;
		return undefined;
	}
}

function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
	return bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0;
}

/** The index of the one choice of a chunk that, said twice, would only have its text there twice. */
function textChoice({ choices }: Record<string, unknown>): number | undefined {
	const [choice, ...others] = choices as ({ index?: unknown; delta?: unknown; logprobs?: unknown } | null)[];
	if (!choice || others.length > 0 || (choice.logprobs ?? null) !== null) return undefined;
	const { index = 0, delta } = choice;
	if (typeof index !== "number" || typeof delta !== "object" || delta === null) return undefined;
	const { content, role, ...rest } = delta as Record<string, unknown>;
	const saysMore = Object.values(rest).some((value) => value !== null && value !== "");
	return typeof content === "string" && !saysMore ? index : undefined;
}
