/**
 * Names of members that a request is decided by, here or by an upstream.
 *
 * Parsers differ in what they make of names: some take them in any case (Go's encoding/json, and others with an option),
 * some end them at a NUL, and of two members with one name some take the first. So such a name may come once, and only
 * exactly as it is.
 */
import type { JsonObject } from "./jsonTypes.js";

/** Names, each with those that are known in its value, or in the items of its value. */
export interface NameTree {
	[name: string]: NameTree;
}

export interface KnownName {
	readonly name: string;
	readonly bytes: Buffer;
	/** Of objects that are its value, or that its value lists. */
	readonly within: NameScope | undefined;
}

export interface NameFound {
	readonly known: KnownName;
	/** It is written just so, or with escapes of just these letters. */
	readonly isExact: boolean;
}

const backslash = 0x5c;
const caseBit = 0x20;
const escapedNul = "\\u0000";

/** Places in a table of names; a power of two. */
const places = 1024;

/** The names that are known in one object. */
export class NameScope {
	readonly #byPlace: (KnownName[] | undefined)[] = new Array(places).fill(undefined);
	readonly #byText = new Map<string, KnownName>();
	#longestBytes = 0;

	constructor(tree: NameTree) {
		for (const [name, within] of Object.entries(tree)) {
			const bytes = Buffer.from(name);
			const known = { name, bytes, within: Object.keys(within).length > 0 ? new NameScope(within) : undefined };
			const place = placeOf(bytes, 0, bytes.length);
			this.#byPlace[place] = [...(this.#byPlace[place] ?? []), known];
			this.#byText.set(folded(name), known);
			// Each of its letters may be written as six bytes.
			this.#longestBytes = Math.max(this.#longestBytes, name.length * 6 + 6);
		}
	}

	/** The known name that some parser may take these bytes for, which stand between the quotes of a name. */
	find(bytes: Buffer, start: number, end: number): NameFound | undefined {
		const place = end - start > this.#longestBytes ? -1 : placeOf(bytes, start, end);
		if (place === -1) return this.#findText(bytes, start, end);
		const there = this.#byPlace[place];
		if (there === undefined) return undefined;
		for (const known of there) {
			if (known.bytes.length !== end - start) continue;
			if (isSame(known.bytes, bytes, start)) return { known, isExact: true };
			if (folded(known.name) === folded(bytes.toString("latin1", start, end))) return { known, isExact: false };
		}
		return undefined;
	}

	#findText(bytes: Buffer, start: number, end: number): NameFound | undefined {
		// A longer one is known only where some parser ends it at a NUL.
		const near = Math.min(end, start + this.#longestBytes);
		const isLong = near < end;
		const nul = isLong ? bytes.subarray(start, near).indexOf(escapedNul) : -1;
		if (isLong && nul === -1) return undefined;
		const name = textOfName(bytes, start, isLong ? start + nul : end);
		const known = name === undefined ? undefined : this.#byText.get(folded(name));
		return known && { known, isExact: !isLong && known.name === name };
	}
}

/** What stands between the quotes of a name; undefined where that is no JSON. */
export function textOfName(bytes: Buffer, start: number, end: number): string | undefined {
	try {
		return JSON.parse(`"${bytes.toString("utf8", start, end)}"`) as string;
	} catch {
		return undefined;
	}
}

/** The same for names that are the same but for case; -1 for one with escapes, or with letters beyond ASCII. */
function placeOf(bytes: Buffer, start: number, end: number): number {
	let hash = 0;
	for (let at = start; at < end; at += 1) {
		const byte = bytes[at] as number;
		if (byte >= 0x80 || byte === backslash) return -1;
		hash = (Math.imul(hash, 31) + (byte | caseBit)) | 0;
	}
	return (hash ^ (hash >>> 10)) & (places - 1);
}

function isSame(known: Buffer, bytes: Buffer, start: number): boolean {
	for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[start + at]) return false;
	return true;
}

/**
 * Equal for names that are the same but for case (Unicode's simple case folding, with `ı` and `İ` as some languages'
 * libraries have it) up to a NUL, where C ends a text.
 */
function folded(name: string): string {
	const nul = name.indexOf("\0");
	let text = "";
	for (const character of nul === -1 ? name : name.slice(0, nul)) text += foldedCharacter(character);
	return text;
}

function foldedCharacter(character: string): string {
	const upper = character.toUpperCase();
	const lower = (upper.length === character.length ? upper : character).toLowerCase();
	return lower === "i\u0307" ? "i" : lower;
}

/** The names that a dereferenced schema has, in any of its alternatives, and those of another tree. */
export function namesOf(schema: JsonObject | undefined, others: NameTree = {}): NameTree {
	const tree = structuredClone(others);
	if (schema) addNames(tree, schema, 0);
	return tree;
}

/** Schemas may hold themselves. */
const maxLevels = 12;

function addNames(tree: NameTree, schema: JsonObject, level: number): void {
	if (level > maxLevels || typeof schema !== "object" || schema === null) return;
	const { properties, items, allOf, anyOf, oneOf } = schema as Record<string, unknown>;
	for (const [name, property] of Object.entries((properties ?? {}) as Record<string, JsonObject>)) {
		const within = Object.hasOwn(tree, name) ? (tree[name] as NameTree) : {};
		tree[name] = within;
		addNames(within, property, level + 1);
	}
	const alternatives = [allOf, anyOf, oneOf].flatMap((list) => (list ?? []) as JsonObject[]);
	for (const same of [...alternatives, schema.if, schema.then, schema.else, items])
		if (same !== undefined) addNames(tree, same as JsonObject, level + 1);
}
