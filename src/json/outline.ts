/**
 * A large body without its long texts. What a request asks for is seen in its outline; the texts themselves are most of the
 * bytes, and are parsed only if somebody asks for them.
 */
import { isAscii } from "node:buffer";
import type { Span } from "./jsonMember.js";
import { textOfName } from "./memberNames.js";

type Json = Record<string, unknown>;

/** A string with its quotes, and the bytes of its value in UTF-8. */
export interface LongText extends Span {
	readonly size: number;
}

/** A top-level member that has long texts in it. */
interface Member extends Span {
	readonly name: Span;
}

/** What a scan finds of a body's long texts, in their order. */
export class LongTexts {
	readonly texts: LongText[] = [];
	readonly members: Member[] = [];
	/** Of all of them, in the body. */
	bytes = 0;
	#name: Span = { start: 0, end: 0 };
	#valueStart = 0;
	#textsBefore = 0;

	/** The name of a top-level member, with its quotes. */
	nameMember(start: number, end: number): void {
		this.#name = { start, end };
	}

	/** Its value, an object or an array, begins. */
	openMember(start: number): void {
		this.#valueStart = start;
		this.#textsBefore = this.texts.length;
	}

	closeMember(end: number): void {
		if (this.texts.length > this.#textsBefore) this.members.push({ name: this.#name, start: this.#valueStart, end });
	}

	/** @param isMember whether it is the value of a top-level member */
	add(text: LongText, isMember: boolean): void {
		this.texts.push(text);
		this.bytes += text.end - text.start;
		if (isMember) this.members.push({ name: this.#name, start: text.start, end: text.end });
	}
}

/** Begins what stands for a long text; the bytes of its value follow. */
const mark = "\uf8ff";
const stand = /^\uf8ff(\d{1,12})$/;

/** JSON text in UTF-8, valid if the body is. */
export function outlineBytes(bytes: Buffer, { texts }: LongTexts): Buffer {
	const pieces: Buffer[] = [];
	let at = 0;
	for (const { start, end, size } of texts) {
		pieces.push(bytes.subarray(at, start), Buffer.from(`"${mark}${size}"`));
		at = end;
	}
	pieces.push(bytes.subarray(at));
	return Buffer.concat(pieces);
}

/** @returns the bytes in UTF-8 of the text for which this one stands in an outline; undefined if it stands for itself */
export function sizeOfText(text: string): number | undefined {
	if (!text.startsWith(mark)) return undefined;
	const size = stand.exec(text)?.[1];
	return size === undefined ? undefined : Number(size);
}

/** What parses the members of an object that nobody has read yet, by name. */
const unread = Symbol("unread");

interface Lazy extends Json {
	[unread]?: Map<string, () => unknown>;
}

/**
 * The whole object: members with long texts are parsed when they are read.
 *
 * @param outline what `outlineBytes` say
 */
export function lazyObject(bytes: Buffer, outline: Json, { members }: LongTexts): Json {
	const spans = new Map<string, Span>();
	for (const { name, start, end } of members)
		spans.set(textOfName(bytes, name.start + 1, name.end - 1) as string, { start, end });
	const json = newLazy();
	for (const name of Object.keys(outline)) {
		const span = spans.get(name);
		if (span === undefined) define(json, name, outline[name]);
		else defineLazily(json, name, () => JSON.parse(textOf(bytes.subarray(span.start, span.end))));
	}
	return json;
}

/**
 * The object with some members more, others, or fewer: a copy in which nothing is parsed that was not.
 *
 * @param members undefined removes one
 * @param late one that is read when somebody asks for it
 */
export function withMembersOf(
	json: Json,
	members: Readonly<Json>,
	late?: { readonly name: string; read(): unknown },
): Json {
	const isLazy = unread in json || late !== undefined;
	const copy: Lazy = isLazy ? newLazy() : {};
	for (const name of Object.keys(json)) {
		if (Object.hasOwn(members, name)) {
			if (members[name] !== undefined) define(copy, name, members[name]);
		} else if (isLazy && Object.getOwnPropertyDescriptor(json, name)?.get !== undefined)
			defineLazily(copy, name, () => json[name]);
		else define(copy, name, json[name]);
	}
	for (const name of Object.keys(members))
		if (members[name] !== undefined && !Object.hasOwn(copy, name)) define(copy, name, members[name]);
	if (late !== undefined) defineLazily(copy, late.name, late.read);
	return copy;
}

/** As JSON.parse does it, whatever the name. */
function define(json: Json, name: string, value: unknown): void {
	// Much faster, where the object has neither an accessor of this name nor anything above it.
	if (!(name in json)) json[name] = value;
	else Object.defineProperty(json, name, { value, enumerable: true, configurable: true, writable: true });
}

function newLazy(): Lazy {
	// It is not enumerable: copies of the object hold what was read.
	return Object.defineProperty({}, unread, { value: new Map() });
}

function defineLazily(json: Lazy, name: string, read: () => unknown): void {
	json[unread]?.set(name, read);
	Object.defineProperty(json, name, accessorOf(name));
}

/** By name. An object's shape holds its accessors, and lives longer: with some of its own it would keep the body in memory. */
const accessors = new Map<string, PropertyDescriptor>();
/** Clients may think of any names. */
const mostAccessors = 256;

function accessorOf(name: string): PropertyDescriptor {
	const known = accessors.get(name);
	if (known !== undefined) return known;
	const accessor: PropertyDescriptor & ThisType<Lazy> = {
		enumerable: true,
		configurable: true,
		get() {
			const value = this[unread]?.get(name)?.();
			take(this, name, value);
			return value;
		},
		set(value: unknown) {
			take(this, name, value);
		},
	};
	if (accessors.size < mostAccessors) accessors.set(name, accessor);
	return accessor;
}

function take(json: Lazy, name: string, value: unknown): void {
	json[unread]?.delete(name);
	define(json, name, value);
}

/** ASCII, as most bodies are, is decoded in a fraction of the time. */
export function textOf(bytes: Buffer): string {
	return isAscii(bytes) ? bytes.toString("latin1") : bytes.toString();
}
