/** Facts in an answer that is no stream, found in its bytes on demand, without parsing all of it. */

import { reasonWord } from "../chat/event.js";
import type { ChatResponse } from "../chat/response.js";
import { textLength, textLengthOf } from "../dialects/openai/textLength.js";
import { hasCounts } from "../dialects/usageCounts.js";
import { Gathered } from "../json/gathered.js";
import { findValueEnd, skipSpace } from "../json/jsonMember.js";

/** Of a body longer than two of these, only the end is kept, where upstreams put their token counts. */
const maxPartBytes = 128 * 1024;
/** In a shorter last piece they may be cut. */
const minEndBytes = 4 * 1024;

/** The names of the members that hold token counts, the model and the tier that has served. */
export interface FactNames {
	readonly usageMember?: string | undefined;
	readonly modelMember?: string | undefined;
	readonly tierMember?: string | undefined;
	/** Seconds of audio, which stand beside all else. */
	readonly durationMember?: string | undefined;
	/** Counts that stand beside all else. */
	readonly countMembers?: readonly string[] | undefined;
}

const usualUsage = Buffer.from('"usage"');
const usualModel = Buffer.from('"model"');
const usualId = Buffer.from('"id"');
const usualTier = Buffer.from('"service_tier"');
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
	readonly message?: unknown;
	readonly response?: unknown;
}

export class AnswerBody {
	#earlier: Gathered | undefined;
	#latest = new Gathered();
	#bytes = 0;
	#isCut = false;
	/** The facts found, cached until more bytes come: metrics, usage and prices all ask. */
	#usage: { readonly found: Record<string, unknown> | undefined } | undefined;
	#model: { readonly found: string | undefined } | undefined;

	readonly #usageName: Buffer;
	readonly #modelName: Buffer;
	readonly #tierName: Buffer;

	readonly #durationName: string | undefined;
	readonly #countNames: readonly Buffer[] | undefined;

	constructor({ usageMember, modelMember, tierMember, countMembers, durationMember }: FactNames = {}) {
		this.#durationName = durationMember;
		this.#countNames = countMembers?.map((name) => Buffer.from(JSON.stringify(name)));
		this.#usageName = usageMember === undefined ? usualUsage : Buffer.from(JSON.stringify(usageMember));
		this.#modelName = modelMember === undefined ? usualModel : Buffer.from(JSON.stringify(modelMember));
		this.#tierName = tierMember === undefined ? usualTier : Buffer.from(JSON.stringify(tierMember));
	}

	add(piece: Buffer): void {
		this.#usage = undefined;
		this.#model = undefined;
		this.#bytes += piece.length;
		if (this.#latest.bytes > maxPartBytes) {
			this.#isCut ||= this.#earlier !== undefined;
			this.#earlier = this.#latest;
			this.#latest = new Gathered();
		}
		this.#latest.add(piece);
	}

	/** Its last member `usage` that has counts. Within a text the quotes of such a name would be escaped. */
	usage(): Record<string, unknown> | undefined {
		this.#usage ??= { found: this.#findUsage() ?? this.#findDuration() };
		return this.#usage.found;
	}

	/** The first member `model` that is a text. */
	model(): string | undefined {
		this.#model ??= { found: this.#firstText(this.#modelName) };
		return this.#model.found;
	}

	/** The first member `id` that is a text. */
	id(): string | undefined {
		return this.#firstText(usualId);
	}

	/** The last member of that name, a text or an object, whatever it means. */
	tier(): unknown {
		const bytes = this.#end;
		const at = bytes.lastIndexOf(this.#tierName);
		return at < 0 ? undefined : valueBehind(bytes, at + this.#tierName.length);
	}

	#findUsage(): Record<string, unknown> | undefined {
		if (this.#countNames !== undefined) return countsIn(this.#joined(), this.#countNames);
		const end = this.#end;
		const found = usageIn(end, this.#usageName);
		if (end.length === this.#keptBytes || (found !== undefined && hasCounts(found))) return found;
		return usageIn(this.#joined(), this.#usageName);
	}

	#findDuration(): Record<string, unknown> | undefined {
		const name = this.#durationName;
		if (name === undefined) return undefined;
		const pattern = new RegExp(`"${name}"\\s*:\\s*(\\d{1,9}(?:\\.\\d{1,9})?)(?=[\\s,}])`);
		const seconds = pattern.exec(this.#joined().toString("latin1"))?.[1];
		return seconds === undefined ? undefined : { [name]: Number(seconds) };
	}

	#firstText(name: Buffer): string | undefined {
		const bytes = this.#joined();
		for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
			const value = valueBehind(bytes, at + name.length);
			if (typeof value === "string") return value;
		}
		return undefined;
	}

	/** Length of what its choices, or its content, say; undefined if it is not all here, or no JSON. */
	textBytes(): number | undefined {
		try {
			const whole = JSON.parse(this.#joined().toString()) as Whole | null;
			const { choices, output, content, candidates, message, response } = whole ?? {};
			const blocks = output ?? content ?? candidates;
			const said = Array.isArray(blocks) ? textLengthOf(blocks) : textLengthOf(message ?? response);
			return textLength(choices) + said;
		} catch {
			return undefined;
		}
	}

	/** Why each choice has ended; none if the body is not all here, or none of the dialect's. */
	finishReasons(readWhole: (body: Record<string, unknown>) => ChatResponse): string[] {
		try {
			const { choices } = readWhole(JSON.parse(this.#joined().toString()) as Record<string, unknown>);
			return choices.flatMap(({ finish }) => (finish === undefined ? [] : [reasonWord(finish)]));
		} catch {
			return [];
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

	get #keptBytes(): number {
		return (this.#earlier?.bytes ?? 0) + this.#latest.bytes;
	}

	/** The last piece, where it has room for what stands at the end. */
	get #end(): Buffer {
		const last = this.#latest.pieces.at(-1) ?? nothing;
		return last.length >= minEndBytes ? last : this.#joined();
	}

	#joined(): Buffer {
		if (this.#earlier !== undefined) {
			const all = Buffer.concat([...this.#earlier.pieces, ...this.#latest.pieces]);
			this.#earlier = undefined;
			this.#latest.clear();
			this.#latest.add(all);
		}
		return this.#latest.merged();
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
		if (hasCounts(usage)) return usage;
		last ??= usage;
	}
	return last;
}

/** The last number of each name; undefined if there is none at all. */
function countsIn(bytes: Buffer, names: readonly Buffer[]): Record<string, unknown> | undefined {
	const counts: Record<string, unknown> = {};
	for (const name of names) {
		const at = bytes.lastIndexOf(name);
		const [, digits] =
			at < 0
				? []
				: (/^\s*:\s*(\d{1,15})(?=[\s,}])/.exec(bytes.toString("latin1", at + name.length, at + name.length + 64)) ??
					[]);
		if (digits !== undefined) counts[JSON.parse(name.toString())] = Number(digits);
	}
	return Object.keys(counts).length === 0 ? undefined : counts;
}

/** The value, a text or an object, of the member whose name ends at `at`; undefined if that is no name, or its value not whole. */
function valueBehind(bytes: Buffer, at: number): unknown {
	const colon = skipSpace(bytes, at);
	const start = skipSpace(bytes, colon + 1);
	if (bytes[colon] !== 0x3a || (bytes[start] !== 0x7b && bytes[start] !== 0x22)) return undefined;
	const plain = bytes[start] === 0x22 ? plainText(bytes, start + 1) : undefined;
	if (plain !== undefined) return plain;
	const most = Math.min(bytes.length, start + maxValueBytes);
	try {
		return JSON.parse(bytes.toString("utf8", start, findValueEnd(bytes, start, most)));
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
