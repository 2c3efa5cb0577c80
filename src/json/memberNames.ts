/**
 * Names of members that affect how a request is treated, here or by an upstream.
 *
 * Parsers treat names differently: some ignore case (Go's encoding/json, and others with an option), some end names at a NUL, and
 * if a name occurs twice some take the first member. So such a name may occur only once, and only spelled exactly.
 */
import type { JsonObject } from "./jsonTypes.js";

/** Names, each with the known names in its value, or in the items of its value. */
export interface NameTree {
	[name: string]: NameTree;
	/** A schema limits the member's texts by what they say, and not only by their type. */
	[limitsText]?: boolean;
	/** A schema says something of members that it does not name. */
	[limitsOthers]?: boolean;
}

const limitsText = Symbol("limitsText");
const limitsOthers = Symbol("limitsOthers");

export interface KnownName {
	readonly name: string;
	readonly bytes: Buffer;
	/** Known names in the member's value, or in the items of its value. */
	readonly within: NameScope | undefined;
	/** Whether the contract takes any long text for its value, and within it unless there are names known. */
	readonly isFree: boolean;
}

export interface NameFound {
	readonly known: KnownName;
	/** Whether it is spelled exactly, possibly with escapes. */
	readonly isExact: boolean;
}

const backslash = 0x5c;
const caseBit = 0x20;
const escapedNul = "\\u0000";

/** Buckets of the hash table of names; a power of two. */
const buckets = 1024;

/** The known names of one object. */
export class NameScope {
	readonly #byBucket: (KnownName[] | undefined)[] = new Array(buckets).fill(undefined);
	readonly #byText = new Map<string, KnownName>();
	#longestBytes = 0;
	/** Whether the contract takes anything for members that are not known. */
	readonly takesOthers: boolean;

	/** @param isLimited whether an outer schema says something of all texts in it */
	constructor(tree: NameTree, isLimited = false) {
		const isAllLimited = isLimited || tree[limitsOthers] === true;
		this.takesOthers = !isAllLimited;
		for (const [name, inner] of Object.entries(tree)) {
			const bytes = Buffer.from(name);
			const within = Object.keys(inner).length > 0 ? new NameScope(inner, isAllLimited) : undefined;
			const isFree = !isAllLimited && inner[limitsText] !== true && inner[limitsOthers] !== true;
			const known = { name, bytes, within, isFree };
			const place = bucketOf(bytes, 0, bytes.length);
			this.#byBucket[place] = [...(this.#byBucket[place] ?? []), known];
			this.#byText.set(foldCase(name), known);
			// Each letter may be escaped as six bytes.
			this.#longestBytes = Math.max(this.#longestBytes, name.length * 6 + 6);
		}
	}

	/** @returns the known name that some parser may read in these bytes, which are a name without its quotes */
	find(bytes: Buffer, start: number, end: number): NameFound | undefined {
		const place = end - start > this.#longestBytes ? -1 : bucketOf(bytes, start, end);
		if (place === -1) return this.#findText(bytes, start, end);
		const there = this.#byBucket[place];
		if (there === undefined) return undefined;
		for (const known of there) {
			if (known.bytes.length !== end - start) continue;
			if (isSame(known.bytes, bytes, start)) return { known, isExact: true };
			if (foldCase(known.name) === foldCase(bytes.toString("latin1", start, end))) return { known, isExact: false };
		}
		return undefined;
	}

	#findText(bytes: Buffer, start: number, end: number): NameFound | undefined {
		// A longer name can only match if a parser ends it at a NUL.
		const near = Math.min(end, start + this.#longestBytes);
		const isLong = near < end;
		const nul = isLong ? bytes.subarray(start, near).indexOf(escapedNul) : -1;
		if (isLong && nul === -1) return undefined;
		const name = textOfName(bytes, start, isLong ? start + nul : end);
		const known = name === undefined ? undefined : this.#byText.get(foldCase(name));
		return known && { known, isExact: !isLong && known.name === name };
	}
}

/** Unescapes a name. @param start after its quote @param end before its quote @returns undefined if it isn't valid JSON */
export function textOfName(bytes: Buffer, start: number, end: number): string | undefined {
	try {
		return JSON.parse(`"${bytes.toString("utf8", start, end)}"`) as string;
	} catch {
		return undefined;
	}
}

/** @returns a bucket, the same for names that differ in case only; -1 for names with escapes or letters beyond ASCII */
function bucketOf(bytes: Buffer, start: number, end: number): number {
	let hash = 0;
	for (let at = start; at < end; at += 1) {
		const byte = bytes[at] as number;
		if (byte >= 0x80 || byte === backslash) return -1;
		hash = (Math.imul(hash, 31) + (byte | caseBit)) | 0;
	}
	return (hash ^ (hash >>> 10)) & (buckets - 1);
}

function isSame(known: Buffer, bytes: Buffer, start: number): boolean {
	for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[start + at]) return false;
	return true;
}

/**
 * Folds case: equal for names that differ in case only (Unicode's simple case folding, with `ı` and `İ` as in the libraries of
 * some languages), up to a NUL, where C ends a string.
 */
export function foldCase(name: string): string {
	const nul = name.indexOf("\0");
	let text = "";
	for (const character of nul === -1 ? name : name.slice(0, nul)) text += foldCharacter(character);
	return text;
}

function foldCharacter(character: string): string {
	const upper = character.toUpperCase();
	const lower = (upper.length === character.length ? upper : character).toLowerCase();
	return lower === "i\u0307" ? "i" : lower;
}

/** @returns the names in a dereferenced schema, including all of its alternatives, merged with those of another tree */
export function namesOf(schema: JsonObject | undefined, others: NameTree = {}): NameTree {
	const tree = structuredClone(others);
	if (schema) addNames(tree, schema, 0);
	return tree;
}

/** Schemas may be recursive. */
const maxLevels = 12;

/** Texts of so many bytes are longer than any that a schema names. */
export const longTextBytes = 1024;

/** Keywords that say more of a text than its type. */
const textKeywords = ["maxLength", "pattern", "format", "contentEncoding", "contentMediaType", "contentSchema"];
/** Keywords that have schemas for members or items that are not known by name here. */
const otherKeywords = [
	"additionalProperties",
	"unevaluatedProperties",
	"patternProperties",
	"propertyNames",
	"dependencies",
	"prefixItems",
	"additionalItems",
	"unevaluatedItems",
	"contains",
	"$ref",
	"$dynamicRef",
];

function noteLimits(tree: NameTree, schema: Record<string, unknown>): void {
	const named: unknown[] = [schema.const, ...(Array.isArray(schema.enum) ? schema.enum : [])];
	const isLong = named.some((value) => typeof value === "string" && value.length * 3 >= longTextBytes);
	if (isLong || textKeywords.some((keyword) => schema[keyword] !== undefined)) tree[limitsText] = true;
	// `true` and `false` say nothing of a text.
	const saysMore = otherKeywords.some(
		(keyword) => schema[keyword] !== undefined && typeof schema[keyword] !== "boolean",
	);
	if (saysMore || named.some((value) => typeof value === "object")) tree[limitsOthers] = true;
}

function addNames(tree: NameTree, schema: JsonObject, level: number): void {
	if (level > maxLevels) tree[limitsOthers] = true;
	if (level > maxLevels || typeof schema !== "object" || schema === null) return;
	noteLimits(tree, schema);
	const { properties, items, allOf, anyOf, oneOf } = schema as Record<string, unknown>;
	for (const [name, property] of Object.entries((properties ?? {}) as Record<string, JsonObject>)) {
		const within = Object.hasOwn(tree, name) ? (tree[name] as NameTree) : {};
		tree[name] = within;
		addNames(within, property, level + 1);
	}
	const alternatives = [allOf, anyOf, oneOf].flatMap((list) => (list ?? []) as JsonObject[]);
	alternatives.push(...Object.values((schema.dependentSchemas ?? {}) as Record<string, JsonObject>));
	for (const same of [...alternatives, schema.if, schema.then, schema.else, schema.not, items])
		if (same !== undefined) addNames(tree, same as JsonObject, level + 1);
}
