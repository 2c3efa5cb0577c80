/** Facts in an answer that is no stream, found in its bytes on demand, without parsing all of it. */

import { textLength, textLengthOf } from "../dialects/openai/textLength.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { findValueEnd, skipSpace } from "../json/jsonMember.js";

/** Only the last two pieces of a longer body are kept, where upstreams put their token counts. */
const maxKeptBytes = 256 * 1024;

/** The names of the members that hold token counts and the model. */
export interface FactNames {
	readonly usageMember?: string | undefined;
	readonly modelMember?: string | undefined;
}

const usualUsage = Buffer.from('"usage"');
const usualModel = Buffer.from('"model"');
const nothing: Buffer = Buffer.alloc(0);

/** A longer one is no count of tokens, and no name. */
const maxValueBytes = 16 * 1024;

/** Members that are looked at, as one upstream may fill its answer with them. */
const mostTries = 8;

/** Where dialects have what an answer says. */
interface Whole {
	readonly choices?: unknown;
	readonly output?: unknown;
	readonly content?: unknown;
	readonly candidates?: unknown;
}

export class AnswerBody {
	#pieces: Buffer[] = [];
	#bytes = 0;
	#isCut = false;
	/** The facts found, cached until more bytes come: metrics, usage and prices all ask. */
	#usage: { readonly found: Record<string, unknown> | undefined } | undefined;
	#model: { readonly found: string | undefined } | undefined;

	readonly #usageName: Buffer;
	readonly #modelName: Buffer;

	constructor({ usageMember, modelMember }: FactNames = {}) {
		this.#usageName = usageMember === undefined ? usualUsage : Buffer.from(JSON.stringify(usageMember));
		this.#modelName = modelMember === undefined ? usualModel : Buffer.from(JSON.stringify(modelMember));
	}

	add(piece: Buffer): void {
		this.#usage = undefined;
		this.#model = undefined;
		this.#pieces.push(piece);
		this.#bytes += piece.length;
		if (this.#bytes <= maxKeptBytes || this.#pieces.length <= 2) return;
		this.#pieces = this.#pieces.slice(-2);
		this.#isCut = true;
	}

	/** Its last member `usage` that has counts. Within a text the quotes of such a name would be escaped. */
	usage(): Record<string, unknown> | undefined {
		this.#usage ??= { found: this.#findUsage() };
		return this.#usage.found;
	}

	/** The first member `model` that is a text. */
	model(): string | undefined {
		this.#model ??= { found: this.#findModel() };
		return this.#model.found;
	}

	#findUsage(): Record<string, unknown> | undefined {
		const found = usageIn(this.#pieces.at(-1) ?? nothing, this.#usageName);
		if (this.#pieces.length <= 1 || (found !== undefined && tokensOf(found) !== undefined)) return found;
		return usageIn(this.#joined(), this.#usageName);
	}

	#findModel(): string | undefined {
		const bytes = this.#joined();
		const modelName = this.#modelName;
		for (let at = bytes.indexOf(modelName); at >= 0; at = bytes.indexOf(modelName, at + 1)) {
			const value = valueBehind(bytes, at + modelName.length);
			if (typeof value === "string") return value;
		}
		return undefined;
	}

	/** Length of what its choices, or its content, say; undefined if it is not all here, or no JSON. */
	textBytes(): number | undefined {
		try {
			const whole = JSON.parse(this.#joined().toString()) as Whole | null;
			const { choices, output, content, candidates } = whole ?? {};
			const blocks = output ?? content ?? candidates;
			return textLength(choices) + (Array.isArray(blocks) ? textLengthOf(blocks) : 0);
		} catch {
			return undefined;
		}
	}

	/** Bytes that have come. */
	get bytes(): number {
		return this.#bytes;
	}

	/** It is too long to be kept as a whole. */
	get isCut(): boolean {
		return this.#isCut;
	}

	#joined(): Buffer {
		if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
		return this.#pieces[0] ?? nothing;
	}
}

/** The last one, where none has counts. */
function usageIn(bytes: Buffer, usageName: Buffer): Record<string, unknown> | undefined {
	let last: Record<string, unknown> | undefined;
	let at = bytes.lastIndexOf(usageName);
	for (let tries = 0; at >= 0 && tries < mostTries; at = at === 0 ? -1 : bytes.lastIndexOf(usageName, at - 1)) {
		const value = valueBehind(bytes, at + usageName.length);
		if (typeof value !== "object" || value === null) continue;
		tries += 1;
		const usage = value as Record<string, unknown>;
		if (tokensOf(usage) !== undefined) return usage;
		last ??= usage;
	}
	return last;
}

/** The value, a text or an object, of the member whose name ends at `at`; undefined if that is no name, or its value not whole. */
function valueBehind(bytes: Buffer, at: number): unknown {
	const colon = skipSpace(bytes, at);
	const start = skipSpace(bytes, colon + 1);
	if (bytes[colon] !== 0x3a || (bytes[start] !== 0x7b && bytes[start] !== 0x22)) return undefined;
	const plain = bytes[start] === 0x22 ? plainText(bytes, start + 1) : undefined;
	if (plain !== undefined) return plain;
	const text = bytes.subarray(start, start + maxValueBytes);
	try {
		return JSON.parse(text.toString("utf8", 0, findValueEnd(text, 0)));
	} catch {
		return undefined;
	}
}

/** A text without escapes; undefined if it has some, or no end. */
function plainText(bytes: Buffer, start: number): string | undefined {
	const most = Math.min(bytes.length, start + maxValueBytes);
	for (let at = start; at < most && bytes[at] !== 0x5c; at += 1)
		if (bytes[at] === 0x22) return bytes.toString("utf8", start, at);
	return undefined;
}
