/** Scans a JSON body before it is parsed, for its depth, its parsing cost, and names that parsers treat differently. */
import { CheckedText } from "./checkedText.js";
import { endOfText, skipSpace } from "./jsonMember.js";
import { type KnownName, longTextBytes, type NameScope, textOfName } from "./memberNames.js";
import type { LongTexts } from "./outline.js";

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

/** A reason to refuse a body. */
export type Finding =
	| { readonly kind: "depth" }
	| { readonly kind: "amount" }
	/** `param` is the member's path, `messages[0].Content`. */
	| { readonly kind: "duplicate" | "misspelt"; readonly param: string; readonly known: string };

/**
 * The approximate cost of parsing, in units of 25 ns, for each element and member. A member is expensive if no object before had
 * the same names in the same order, since V8 then creates a hidden class.
 */
const points = { container: 5, item: 1, string: 8, name: 1, newShape: 40 };
/** Bytes of the body that count as one point; together they take at most half of the limit. */
const bytesOfPoint = 64;
/** Digits of a number, and letters of a name, that count as one point. */
const digitsOfPoint = 8;
const lettersOfPoint = 32;
/** Longer names are compared by their beginning and length. */
const hashedBytes = 1024;
/** Points of shorter bodies are not counted: they can't reach the limit. */
const countedBytes = 64 * 1024;

/** Bits of the filter that recognises shapes that occurred before; a power of two. */
const filterBits = 1 << 18;

/** Random, so that clients can't choose names with colliding hashes. */
const shapeMultiplier = (Math.floor(Math.random() * 0x40000000) << 1) | 1;

/** Scans a body once, from start to end, in several turns of the event loop if it is large. */
export class BodyScan {
	#bytes = nothing;
	#limits: BodyLimits = { maxDepth: 0, maxPoints: 0 };
	#isCounted = false;
	#at = 0;
	/** Offset of the current string; -1 between strings. */
	#stringStart = -1;
	#depth = 0;
	#points = 0;
	#maxPoints = 0;
	/** Names known in the next container to open, and the name whose value it is. */
	#next: NameScope | undefined;
	#nextName: KnownName | undefined;
	/** Takes the long texts that need not be parsed; undefined if all of them are. */
	#longTexts: LongTexts | undefined;
	readonly #text = new CheckedText();
	/** The current string is read by `#text`. */
	#isChecked = false;
	/** The depth of the value of which the contract says nothing; 0 outside of any. */
	#freeDepth = 0;
	/** By depth: the names known in an object, those that have occurred in it, and the names known in an array's items. */
	readonly #scopes: (NameScope | undefined)[] = [undefined];
	readonly #seenNames: KnownName[][] = [[]];
	readonly #itemScopes: (NameScope | undefined)[] = [undefined];
	/** By depth: the name of a member, or the index in an array. */
	readonly #names: (string | undefined)[] = [undefined];
	readonly #indexes: number[] = [-1];
	/** By depth: a hash of the names so far, if points are counted. */
	readonly #shapes: number[] = [1];
	#filter: Int32Array | undefined;

	/** Starts with a body. @param names the names known in its object */
	begin(bytes: Buffer, limits: BodyLimits, names: NameScope | undefined, longTexts?: LongTexts): this {
		this.#bytes = bytes;
		this.#limits = limits;
		this.#at = 0;
		this.#depth = 0;
		this.#stringStart = -1;
		this.#points = 0;
		this.#maxPoints = limits.maxPoints - Math.min(limits.maxPoints / 2, bytes.length / bytesOfPoint);
		this.#next = names;
		this.#nextName = undefined;
		this.#longTexts = longTexts;
		this.#isChecked = false;
		this.#freeDepth = 0;
		if (longTexts !== undefined) this.#text.use(bytes);
		this.#isCounted = bytes.length >= countedBytes;
		if (this.#isCounted) this.#filter = new Int32Array(filterBits / 32);
		return this;
	}

	/** Releases the body. */
	end(): void {
		this.#bytes = nothing;
		this.#filter = undefined;
	}

	get isDone(): boolean {
		return this.#at >= this.#bytes.length;
	}

	/** Continues for about `maxBytes`. @returns the first reason to refuse the body; arbitrary for text that isn't JSON */
	read(maxBytes: number): Finding | undefined {
		const bytes = this.#bytes;
		const { maxDepth } = this.#limits;
		const until = Math.min(bytes.length, this.#at + maxBytes);
		let at = this.#at;
		while (at < until) {
			// Continues within a string if the last turn ended in one.
			let stringStart = this.#stringStart;
			const byte = stringStart === -1 ? (bytes[at++] as number) : quote;
			if (byte === quote) {
				if (stringStart === -1) {
					stringStart = at;
					this.#isChecked = this.#longTexts !== undefined && this.#isFree();
					if (this.#isChecked) this.#text.begin();
				}
				at = this.#isChecked ? this.#text.read(at, until) : endOfText(bytes, at, until);
				// What is no JSON is left for the parser to find.
				if (this.#isChecked && !this.#text.isValid) {
					this.#isChecked = false;
					at = endOfText(bytes, -at, until);
				}
				this.#stringStart = at < 0 ? stringStart : -1;
				if (at < 0) break;
				const finding = this.#takeString(stringStart, at - 1);
				if (finding) return finding;
			} else if (byte === comma) this.#takeComma();
			else if (byte === openBrace || byte === openBracket) {
				this.#open(byte === openBracket, at);
				if (this.#depth > maxDepth) return { kind: "depth" };
			} else if (byte === closeBrace || byte === closeBracket) {
				// More brackets are closed than were opened, so this isn't JSON.
				if (this.#depth === 0) at = bytes.length;
				else this.#close(at);
			} else if (this.#isCounted && (isDigit(byte) || byte === minus)) at = this.#takeNumber(at);
			if (this.#points > this.#maxPoints) return { kind: "amount" };
		}
		this.#at = Math.abs(at);
		return undefined;
	}

	/** Whether the contract takes any text here. */
	#isFree(): boolean {
		return this.#freeDepth > 0 || this.#nextName?.isFree === true;
	}

	/** @param after the offset after the bracket */
	#open(isArray: boolean, after: number): void {
		if (this.#depth === 1) this.#longTexts?.openMember(after - 1);
		this.#depth += 1;
		const depth = this.#depth;
		const next = this.#next;
		if (this.#freeDepth === 0 && next === undefined && this.#nextName?.isFree === true) this.#freeDepth = depth;
		this.#points += points.container;
		this.#scopes[depth] = isArray ? undefined : next;
		this.#itemScopes[depth] = isArray ? next : undefined;
		this.#names[depth] = this.#nextName?.name;
		this.#indexes[depth] = isArray ? 0 : -1;
		this.#nextName = undefined;
		if (isArray) return;
		this.#next = undefined;
		if (next !== undefined) this.#seenNames[depth] = [];
		if (this.#isCounted) this.#shapes[depth] = 1;
	}

	/** @param after the offset after the bracket */
	#close(after: number): void {
		if (this.#depth === this.#freeDepth) this.#freeDepth = 0;
		this.#depth -= 1;
		if (this.#depth === 1) this.#longTexts?.closeMember(after);
		this.#next = this.#itemScopes[this.#depth];
		this.#nextName = undefined;
	}

	#takeComma(): void {
		this.#points += points.item;
		const index = this.#indexes[this.#depth] as number;
		if (index >= 0) this.#indexes[this.#depth] = index + 1;
	}

	/** @returns the offset after the number */
	#takeNumber(from: number): number {
		let at = from;
		while (isOfNumber(this.#bytes[at])) at += 1;
		this.#points += Math.floor((at - from) / digitsOfPoint);
		return at;
	}

	/** @param start after the opening quote @param end before the closing quote */
	#takeString(start: number, end: number): Finding | undefined {
		const scope = this.#scopes[this.#depth];
		if (scope === undefined && !this.#isCounted) return undefined;
		if (this.#bytes[skipSpace(this.#bytes, end + 1)] !== colon) {
			this.#points += points.string;
			if (this.#isChecked && end - start >= longTextBytes)
				this.#longTexts?.add({ start: start - 1, end: end + 1, size: this.#text.size }, this.#depth === 1);
			return undefined;
		}
		if (this.#depth === 1) this.#longTexts?.nameMember(start - 1, end + 1);
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
		this.#nextName = found?.known;
		if (found === undefined) {
			// Where it is given twice, its outer member is parsed as a whole: that must not be itself.
			if (this.#depth > 1 && scope.takesOthers) this.#nextName = anything;
			return undefined;
		}
		const { known, isExact } = found;
		const met = this.#seenNames[this.#depth] as KnownName[];
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

/** A member that neither the contract nor an upstream knows. */
const anything: KnownName = { name: "", bytes: nothing, within: undefined, isFree: true };

function isDigit(byte: number): boolean {
	return byte >= 0x30 && byte <= 0x39;
}

/** Digits, signs, point and exponent. */
function isOfNumber(byte: number | undefined): boolean {
	return (
		byte !== undefined && (isDigit(byte) || byte === minus || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65)
	);
}
