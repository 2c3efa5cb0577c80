/** JSON as editors' settings have it, with comments and trailing commas, as a tree that knows where everything stands. */
import { FormatError } from "./textFormat.js";

interface Place {
	readonly start: number;
	/** Behind the last character. */
	readonly end: number;
}

export interface JsonMember {
	readonly name: string | number;
	/** Where its name begins; for an item of a list, its value. */
	readonly start: number;
	readonly value: JsonNode;
}

export interface JsonContainer extends Place {
	readonly kind: "object" | "array";
	readonly members: JsonMember[];
	/** Of the comma after the last member; undefined if there is none. */
	readonly lastComma: number | undefined;
}

export interface JsonScalar extends Place {
	readonly kind: "scalar";
	readonly value: unknown;
}

export type JsonNode = JsonContainer | JsonScalar;

const maxDepth = 200;

/** @throws FormatError */
export function parseTree(text: string): JsonNode {
	const reader = new TreeReader(text);
	return reader.whole();
}

export function plainValue(node: JsonNode): unknown {
	if (node.kind === "scalar") return node.value;
	if (node.kind === "array") return node.members.map(({ value }) => plainValue(value));
	return Object.fromEntries(node.members.map(({ name, value }) => [name, plainValue(value)]));
}

/** Behind white space and comments. */
export function skipTrivia(text: string, from: number): number {
	const trivia = /(?:[\s\ufeff]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
	trivia.lastIndex = from;
	trivia.test(text);
	return trivia.lastIndex;
}

class TreeReader {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	whole(): JsonNode {
		const node = this.#value(0);
		this.#skip();
		if (this.#at < this.#text.length) throw this.#wrong("has something after its end");
		return node;
	}

	#value(depth: number): JsonNode {
		if (depth > maxDepth) throw this.#wrong("is nested too deeply");
		this.#skip();
		const first = this.#text[this.#at];
		if (first === "{") return this.#container("object", "}", depth);
		if (first === "[") return this.#container("array", "]", depth);
		return this.#scalar();
	}

	#container(kind: "object" | "array", closing: string, depth: number): JsonContainer {
		const start = this.#at++;
		const members: JsonMember[] = [];
		let lastComma: number | undefined;
		for (;;) {
			this.#skip();
			if (this.#text[this.#at] === closing) return { kind, start, end: ++this.#at, members, lastComma };
			if (members.length > 0 && lastComma === undefined) throw this.#wrong("lacks a comma");
			const begin = this.#at;
			const name = kind === "object" ? this.#name() : members.length;
			members.push({ name, start: begin, value: this.#value(depth + 1) });
			this.#skip();
			lastComma = this.#text[this.#at] === "," ? this.#at++ : undefined;
		}
	}

	#name(): string {
		const { value } = this.#scalar();
		if (typeof value !== "string") throw this.#wrong("lacks a name in quotes");
		this.#skip();
		if (this.#text[this.#at] !== ":") throw this.#wrong("lacks a colon");
		this.#at++;
		return value;
	}

	#scalar(): JsonScalar {
		const start = this.#at;
		const token = /"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/y;
		token.lastIndex = start;
		const [written] = token.exec(this.#text) ?? [];
		if (written === undefined) throw this.#wrong(start >= this.#text.length ? "ends too early" : "is no JSON");
		try {
			const value: unknown = JSON.parse(written);
			this.#at += written.length;
			return { kind: "scalar", start, end: this.#at, value };
		} catch {
			throw this.#wrong("is no JSON");
		}
	}

	#skip(): void {
		this.#at = skipTrivia(this.#text, this.#at);
	}

	#wrong(message: string): FormatError {
		return new FormatError(message, this.#at);
	}
}
