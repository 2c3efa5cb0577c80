/** TOML as a list of its statements, each with its place: enough to read a configuration, and to change single members of it. */
import { FormatError } from "./textFormat.js";

export interface TomlPair {
	readonly kind: "pair";
	/** With the table's; items of arrays of tables have numbers. */
	readonly path: readonly string[];
	/** The names as they are written before the `=`. */
	readonly label: string;
	readonly start: number;
	readonly valueStart: number;
	readonly end: number;
	readonly value: unknown;
}

export interface TomlTable {
	readonly kind: "table";
	readonly path: readonly string[];
	readonly isItem: boolean;
	readonly start: number;
	readonly end: number;
}

export type TomlStatement = TomlPair | TomlTable;

const maxDepth = 100;
const named = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;

/** @throws FormatError */
export function tomlStatements(text: string): TomlStatement[] {
	return new StatementReader(text).all();
}

class StatementReader {
	readonly #text: string;
	#at = 0;
	#table: readonly string[] = [];
	readonly #items = new Map<string, number>();

	constructor(text: string) {
		this.#text = text;
	}

	all(): TomlStatement[] {
		const found: TomlStatement[] = [];
		for (;;) {
			this.#skip(/(?:[\s\ufeff]+|#[^\n]*)*/y);
			if (this.#at >= this.#text.length) return found;
			found.push(this.#text[this.#at] === "[" ? this.#header() : this.#pair());
			this.#skip(/[ \t]*(?:#[^\n]*)?/y);
			if (this.#at < this.#text.length && !/[\r\n]/.test(this.#text[this.#at] as string))
				throw this.#wrong("has more in a line than one member");
		}
	}

	#header(): TomlTable {
		const start = this.#at;
		const isItem = this.#text.startsWith("[[", start);
		this.#at += isItem ? 2 : 1;
		const path = this.#resolved(this.#names());
		if (!this.#text.startsWith(isItem ? "]]" : "]", this.#at)) throw this.#wrong("lacks the end of a table's name");
		this.#at += isItem ? 2 : 1;
		if (isItem) {
			const key = JSON.stringify(path);
			const place = (this.#items.get(key) ?? -1) + 1;
			this.#items.set(key, place);
			this.#table = [...path, String(place)];
		} else this.#table = path;
		return { kind: "table", path: this.#table, isItem, start, end: this.#at };
	}

	/** A table below an item of an array of tables is one of the last item. */
	#resolved(names: readonly string[]): string[] {
		const path: string[] = [];
		names.forEach((name, index) => {
			path.push(name);
			const place = this.#items.get(JSON.stringify(path));
			if (place !== undefined && index < names.length - 1) path.push(String(place));
		});
		return path;
	}

	#pair(): TomlPair {
		const start = this.#at;
		const names = this.#names();
		const label = this.#text.slice(start, this.#at).trimEnd();
		if (this.#text[this.#at] !== "=") throw this.#wrong("lacks an =");
		this.#at++;
		this.#skip(/[ \t]*/y);
		const valueStart = this.#at;
		const value = this.#value(0);
		return { kind: "pair", path: [...this.#table, ...names], label, start, valueStart, end: this.#at, value };
	}

	#names(): string[] {
		const names: string[] = [];
		for (;;) {
			this.#skip(/[ \t]*/y);
			names.push(nameOf(this.#token(named, "lacks a name")));
			this.#skip(/[ \t]*/y);
			if (this.#text[this.#at] !== ".") return names;
			this.#at++;
		}
	}

	#value(depth: number): unknown {
		if (depth > maxDepth) throw this.#wrong("is nested too deeply");
		const rest = this.#text.slice(this.#at, this.#at + 3);
		if (rest === '"""' || rest === "'''") return this.#longText(rest);
		if (rest[0] === '"' || rest[0] === "'") return nameOf(this.#token(named, "lacks the end of a text"));
		if (rest[0] === "[") return this.#array(depth);
		if (rest[0] === "{") return this.#inlineTable(depth);
		return plainOf(this.#token(/[\w.:+-]+(?: \d\d:\d\d[\w.:+-]*)?/y, "lacks a value"));
	}

	#longText(quotes: string): string {
		const start = this.#at + 3;
		const close = quotes === '"""' ? /(?:[^"\\]|\\[\s\S]|"(?!""))*("{3,5})/y : /(?:[^']|'(?!''))*('{3,5})/y;
		close.lastIndex = start;
		if (!close.test(this.#text)) throw this.#wrong("lacks the end of a text");
		this.#at = close.lastIndex;
		return this.#text.slice(start, this.#at - 3);
	}

	#array(depth: number): unknown[] {
		this.#at++;
		const items: unknown[] = [];
		for (;;) {
			this.#skip(/(?:\s+|#[^\n]*)*/y);
			if (this.#text[this.#at] === "]") break;
			items.push(this.#value(depth + 1));
			this.#skip(/(?:\s+|#[^\n]*)*/y);
			if (this.#text[this.#at] === ",") this.#at++;
			else if (this.#text[this.#at] !== "]") throw this.#wrong("lacks the end of a list");
		}
		this.#at++;
		return items;
	}

	#inlineTable(depth: number): object {
		this.#at++;
		const table: Record<string, unknown> = {};
		for (;;) {
			this.#skip(/(?:\s+|#[^\n]*)*/y);
			if (this.#text[this.#at] === "}") break;
			const names = this.#names();
			if (this.#text[this.#at++] !== "=") throw this.#wrong("lacks an =");
			this.#skip(/[ \t]*/y);
			put(table, names, this.#value(depth + 1));
			this.#skip(/(?:\s+|#[^\n]*)*/y);
			if (this.#text[this.#at] === ",") this.#at++;
			else if (this.#text[this.#at] !== "}") throw this.#wrong("lacks the end of a table");
		}
		this.#at++;
		return table;
	}

	#token(pattern: RegExp, message: string): string {
		pattern.lastIndex = this.#at;
		const [token] = pattern.exec(this.#text) ?? [];
		if (token === undefined) throw this.#wrong(message);
		this.#at += token.length;
		return token;
	}

	#skip(pattern: RegExp): void {
		pattern.lastIndex = this.#at;
		pattern.test(this.#text);
		this.#at = pattern.lastIndex;
	}

	#wrong(message: string): FormatError {
		return new FormatError(message, this.#at);
	}
}

/** A name or a text without its quotes. */
function nameOf(written: string): string {
	if (written.startsWith("'")) return written.slice(1, -1);
	if (!written.startsWith('"')) return written;
	const asJson = written.replaceAll("\t", "\\t").replace(/\\(?:U([0-9a-fA-F]{8})|.)/g, inJson);
	try {
		return JSON.parse(asJson) as string;
	} catch {
		return written.slice(1, -1);
	}
}

/** TOML's escapes are JSON's, and these. */
function inJson(written: string, digits: string | undefined): string {
	if (written === "\\e") return "\\u001b";
	const code = digits === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(digits, 16);
	return code <= 0x10ffff ? JSON.stringify(String.fromCodePoint(code)).slice(1, -1) : written;
}

/** Numbers and dates that JavaScript writes differently stay texts of their own kind. */
function plainOf(written: string): unknown {
	if (written === "true" || written === "false") return written === "true";
	return /^[+-]?\d{1,15}$/.test(written) ? Number(written) : { written };
}

/** Sets a member; a name that is an array's place counts as one of an object. */
export function put(into: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
	if (rest.length === 0) {
		define(into, name, value);
		return;
	}
	if (!Object.hasOwn(into, name) || typeof into[name] !== "object" || into[name] === null) define(into, name, {});
	put(into[name] as Record<string, unknown>, rest, value);
}

function define(into: object, name: string, value: unknown): void {
	Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true });
}
