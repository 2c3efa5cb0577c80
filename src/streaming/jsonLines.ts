/** JSON objects, one a line (NDJSON), as Ollama and some others stream them, made server-sent events. */

import { Gathered } from "../json/gathered.js";

const lf = 0x0a;
const space = 0x20;
const nothing: Buffer = Buffer.alloc(0);
/** A longer first line is one whole answer; a longer one after it can't be read. */
const maxFirstLineBytes = 256 * 1024;
const maxLineBytes = 8 * 1024 * 1024;
/** Counted as an event that is left out. */
const unreadable = Buffer.from("-");

export class JsonLines {
	/** A chunk stood in the first line, and something follows it: these are lines. Until then it may be one object. */
	hasLines = false;
	readonly #held = new Gathered();
	#hasFirstLine = false;
	#isWhole = false;

	/** @returns events of the lines that are whole; undefined while it is open whether these are lines */
	push(chunk: Buffer): Buffer {
		if (this.#isWhole) return nothing;
		this.#held.add(chunk);
		if (this.hasLines) {
			if (chunk.includes(lf)) return this.#takeLines();
			if (this.#held.bytes > maxLineBytes) this.#hold(unreadable);
			return nothing;
		}
		this.#recognise(chunk);
		return this.hasLines ? this.#takeLines() : nothing;
	}

	/** The last line, which may lack its end. */
	end(): Buffer {
		return eventsOf(this.#held.joined());
	}

	#hold(bytes: Buffer): void {
		this.#held.clear();
		this.#held.add(bytes);
	}

	#takeLines(): Buffer {
		const bytes = this.#held.take();
		const end = bytes.lastIndexOf(lf) + 1;
		this.#held.add(bytes.subarray(end));
		return eventsOf(bytes.subarray(0, end));
	}

	/** Each byte is looked at once, however small the chunks are. */
	#recognise(chunk: Buffer): void {
		let after = chunk;
		if (!this.#hasFirstLine) {
			const end = chunk.indexOf(lf);
			if (end === -1) this.#isWhole = this.#held.bytes > maxFirstLineBytes;
			else {
				const first = this.#held.joined().subarray(0, this.#held.bytes - chunk.length + end);
				this.#hasFirstLine = isChunk(first.toString());
				this.#isWhole = !this.#hasFirstLine;
			}
			after = chunk.subarray(end + 1);
		}
		this.hasLines = this.#hasFirstLine && after.some((byte) => byte > space);
		if (this.#isWhole) this.#held.clear();
	}
}

function isChunk(line: string): boolean {
	try {
		const { choices, done } = (JSON.parse(line.replace(/^\uFEFF/, "")) ?? {}) as { choices?: unknown; done?: unknown };
		return Array.isArray(choices) || done === false;
	} catch {
		return false;
	}
}

function eventsOf(lines: Buffer): Buffer {
	if (lines.length === 0) return nothing;
	const said = lines
		.toString()
		.replace(/^\uFEFF/, "")
		.split(/\r?\n/)
		.filter((line) => line.trim() !== "");
	return Buffer.from(said.map((line) => `data: ${line.trim()}\n\n`).join(""));
}
