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
	/** The event's bytes up to its text, and from the quote behind it, a character for each. */
	before: string;
	after: string;
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
		const text = textBetween(template, bytes, start, end);
		if (text === undefined) {
			this.#misses += 1;
			return undefined;
		}
		this.#misses = 0;
		const { id, choice } = template;
		return { choice, text, splice: { start: start + id.start, end: start + id.end, bytes: this.#quotedId } };
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
			before: line.toString("latin1", 0, opening + 1),
			after: line.toString("latin1", closing),
			id: { start: splice.start - start, end: splice.end - start },
			choice,
		};
	}
}

/** The string's value, when bytes are what stands before it, it, and what stands behind it. */
function textBetween(
	{ before, after }: { before: string; after: string },
	bytes: Buffer,
	start: number,
	end: number,
): string | undefined {
	// Comparing strings costs less than comparing parts of buffers.
	const all = bytes.toString("latin1", start, end);
	const textEnd = all.length - after.length;
	if (textEnd < before.length || !all.startsWith(before) || !all.endsWith(after)) return undefined;
	let isPlain = true;
	for (let at = before.length; at < textEnd; at += 1) {
		const code = all.charCodeAt(at);
		if (code === quote || code < 0x20) return undefined;
		if (code >= 0x80) isPlain = false;
		if (code !== backslash) continue;
		isPlain = false;
		at += 1;
		// It would be the closing quote that is escaped.
		if (at === textEnd) return undefined;
	}
	// A part of a longer string would keep all of it in memory.
	if (isPlain) return bytes.toString("latin1", start + before.length, start + textEnd);
	return parsedString(bytes.toString("utf8", start + before.length, start + textEnd));
}

function parsedString(text: string): string | undefined {
	if (!text.includes("\\")) return text;
	try {
		return JSON.parse(`"${text}"`) as string;
	} catch {
		return undefined;
	}
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
