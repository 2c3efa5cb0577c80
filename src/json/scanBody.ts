/** What is seen of a JSON body's bytes before they are parsed: how deep it is, how much, and names that parsers differ over. */
import { endOfText, skipSpace } from "./jsonMember.js";
import { type KnownName, type NameScope, textOfName } from "./memberNames.js";

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const nothing: Buffer = Buffer.alloc(0);

export interface BodyLimits {
	/** Levels of arrays and objects. */
	readonly maxDepth: number;
	/** See `points`. */
	readonly maxPoints: number;
}

/** What is wrong with a body. */
export type Finding =
	| { readonly kind: "depth" }
	| { readonly kind: "amount" }
	/** `param` is the member's place, `messages[0].Content`. */
	| { readonly kind: "duplicate" | "misspelt"; readonly param: string; readonly known: string };

/**
 * About how long parsing takes, in units of 25 ns: each element and member counts, and what it takes more. A member is dear
 * where no other object has had the same names in the same order so far, since V8 then makes a hidden class.
 */
const points = { container: 5, item: 1, string: 8, name: 1, newShape: 40 };
/** Bytes of the body that count as one point, though not as more than half of all. */
const bytesOfPoint = 64;
/** Digits of a number that count as one point, and letters of a name. */
const digitsOfPoint = 8;
const lettersOfPoint = 32;
/** Names that are longer are told apart by their beginning and their length. */
const hashedBytes = 1024;
/** No shorter body can have the points that anybody would limit. */
const countedBytes = 64 * 1024;

/** Bits of the filter that tells new shapes from those that were there before; a power of two. */
const filterBits = 1 << 18;

/** Nobody who writes names can know which of them it takes for the same. */
const shapeMultiplier = (Math.floor(Math.random() * 0x40000000) << 1) | 1;

/** Reads a body once, from its first byte to its last; in several turns of the event loop where it is large. */
export class BodyScan {
	#bytes = nothing;
	#limits: BodyLimits = { maxDepth: 0, maxPoints: 0 };
	#isCounted = false;
	#at = 0;
	/** Of the string that is under way; -1 between strings. */
	#stringStart = -1;
	#depth = 0;
	#points = 0;
	#maxPoints = 0;
	/** Names known in the container that opens next, and the name that it is the value of. */
	#next: NameScope | undefined;
	#nextName: string | undefined;
	/** By depth: what is known in an object, what was met there, and what is known in the objects that an array lists. */
	readonly #scopes: (NameScope | undefined)[] = [undefined];
	readonly #met: KnownName[][] = [[]];
	readonly #ofItems: (NameScope | undefined)[] = [undefined];
	/** By depth: the name of a member, or the index in an array. */
	readonly #names: (string | undefined)[] = [undefined];
	readonly #indexes: number[] = [-1];
	/** By depth: the names so far, of bodies that are counted. */
	readonly #shapes: number[] = [1];
	#filter: Int32Array | undefined;

	/** @param names known in the body's object */
	begin(bytes: Buffer, limits: BodyLimits, names: NameScope | undefined): this {
		this.#bytes = bytes;
		this.#limits = limits;
		this.#at = 0;
		this.#depth = 0;
		this.#stringStart = -1;
		this.#points = 0;
		this.#maxPoints = limits.maxPoints - Math.min(limits.maxPoints / 2, bytes.length / bytesOfPoint);
		this.#next = names;
		this.#nextName = undefined;
		this.#isCounted = bytes.length >= countedBytes;
		if (this.#isCounted) this.#filter = new Int32Array(filterBits / 32);
		return this;
	}

	/** Keeps nothing of the body. */
	end(): void {
		this.#bytes = nothing;
		this.#filter = undefined;
	}

	get isDone(): boolean {
		return this.#at >= this.#bytes.length;
	}

	/** Goes on for about so many bytes. Of text that is not JSON it may say anything. @returns the first thing that is wrong */
	read(maxBytes: number): Finding | undefined {
		const bytes = this.#bytes;
		const { maxDepth } = this.#limits;
		const until = Math.min(bytes.length, this.#at + maxBytes);
		let at = this.#at;
		while (at < until) {
			// Where the last turn has left it in a string, it goes on there.
			let stringStart = this.#stringStart;
			const byte = stringStart === -1 ? (bytes[at++] as number) : quote;
			if (byte === quote) {
				if (stringStart === -1) stringStart = at;
				at = endOfText(bytes, at, until);
				this.#stringStart = at < 0 ? stringStart : -1;
				if (at < 0) break;
				const finding = this.#takeString(stringStart, at - 1);
				if (finding) return finding;
			} else if (byte === comma) this.#takeComma();
			else if (byte === openBrace || byte === openBracket) {
				this.#open(byte === openBracket);
				if (this.#depth > maxDepth) return { kind: "depth" };
			} else if (byte === closeBrace || byte === closeBracket) {
				// More are closed than were opened: no JSON.
				if (this.#depth === 0) at = bytes.length;
				else this.#close();
			} else if (this.#isCounted && (isDigit(byte) || byte === minus)) at = this.#takeNumber(at);
			if (this.#points > this.#maxPoints) return { kind: "amount" };
		}
		this.#at = Math.abs(at);
		return undefined;
	}

	#open(isArray: boolean): void {
		this.#depth += 1;
		const depth = this.#depth;
		const next = this.#next;
		this.#points += points.container;
		this.#scopes[depth] = isArray ? undefined : next;
		this.#ofItems[depth] = isArray ? next : undefined;
		this.#names[depth] = this.#nextName;
		this.#indexes[depth] = isArray ? 0 : -1;
		this.#nextName = undefined;
		if (isArray) return;
		this.#next = undefined;
		if (next !== undefined) this.#met[depth] = [];
		if (this.#isCounted) this.#shapes[depth] = 1;
	}

	#close(): void {
		this.#depth -= 1;
		this.#next = this.#ofItems[this.#depth];
		this.#nextName = undefined;
	}

	#takeComma(): void {
		this.#points += points.item;
		const index = this.#indexes[this.#depth] as number;
		if (index >= 0) this.#indexes[this.#depth] = index + 1;
	}

	/** @returns the offset after it */
	#takeNumber(from: number): number {
		let at = from;
		while (isOfNumber(this.#bytes[at])) at += 1;
		this.#points += Math.floor((at - from) / digitsOfPoint);
		return at;
	}

	/** @param start after its quote @param end before its quote */
	#takeString(start: number, end: number): Finding | undefined {
		const scope = this.#scopes[this.#depth];
		if (scope === undefined && !this.#isCounted) return undefined;
		if (this.#bytes[skipSpace(this.#bytes, end + 1)] !== colon) {
			this.#points += points.string;
			return undefined;
		}
		if (this.#isCounted) this.#countName(start, end);
		return scope && this.#checkName(scope, start, end);
	}

	#countName(start: number, end: number): void {
		const hashed = Math.min(end, start + hashedBytes);
		let hash = (this.#shapes[this.#depth] as number) ^ (end - start);
		for (let at = start; at < hashed; at += 1) hash = Math.imul(hash ^ (this.#bytes[at] as number), shapeMultiplier);
		hash = Math.imul(hash ^ (hash >>> 15) ^ 0x100, shapeMultiplier);
		this.#shapes[this.#depth] = hash;
		const bit = hash >>> 14;
		const filter = this.#filter as Int32Array;
		const word = filter[bit >> 5] as number;
		const isNew = (word & (1 << (bit & 31))) === 0;
		if (isNew) filter[bit >> 5] = word | (1 << (bit & 31));
		this.#points += (isNew ? points.newShape : points.name) + Math.floor((end - start) / lettersOfPoint);
	}

	#checkName(scope: NameScope, start: number, end: number): Finding | undefined {
		const found = scope.find(this.#bytes, start, end);
		this.#next = found?.known.within;
		this.#nextName = found?.known.name;
		if (found === undefined) return undefined;
		const { known, isExact } = found;
		const met = this.#met[this.#depth] as KnownName[];
		if (isExact && !met.includes(known)) {
			met.push(known);
			return undefined;
		}
		const param = this.#placeOf(textOfName(this.#bytes, start, end) ?? "");
		return { kind: isExact ? "duplicate" : "misspelt", param, known: known.name };
	}

	#placeOf(name: string): string {
		let place = "";
		for (let depth = 1; depth <= this.#depth; depth += 1) {
			const outer = this.#names[depth];
			if (outer !== undefined) place += place === "" ? outer : `.${outer}`;
			const index = this.#indexes[depth] ?? -1;
			if (index >= 0) place += `[${index}]`;
		}
		return place === "" ? name : `${place}.${name}`;
	}
}

function isDigit(byte: number): boolean {
	return byte >= 0x30 && byte <= 0x39;
}

/** Digits, sign, point and exponent. */
function isOfNumber(byte: number | undefined): boolean {
	return (
		byte !== undefined && (isDigit(byte) || byte === minus || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65)
	);
}
