/** JSON objects, one a line (NDJSON), as Ollama and some others stream them, made server-sent events. */

const lf = 0x0a;
const nothing: Buffer = Buffer.alloc(0);
/** A longer first line is one whole answer; a longer one after it can't be read. */
const maxFirstLineBytes = 256 * 1024;
const maxLineBytes = 8 * 1024 * 1024;
/** Counted as an event that is left out. */
const unreadable = Buffer.from("-");

export class JsonLines {
	/** A chunk stood in the first line, and something follows it: these are lines. Until then it may be one object. */
	hasLines = false;
	#held: Buffer[] = [];
	#heldBytes = 0;
	#isWhole = false;

	/** @returns events of the lines that are whole; undefined while it is open whether these are lines */
	push(chunk: Buffer): Buffer {
		if (this.#isWhole) return nothing;
		this.#held.push(chunk);
		this.#heldBytes += chunk.length;
		if (!this.hasLines && !this.#recognise()) return nothing;
		if (this.#heldBytes > maxLineBytes && !chunk.includes(lf)) this.#hold(unreadable);
		if (this.#held.length > 1 && !chunk.includes(lf)) return nothing;
		const bytes = Buffer.concat(this.#held);
		const end = bytes.lastIndexOf(lf) + 1;
		this.#hold(bytes.subarray(end));
		return eventsOf(bytes.subarray(0, end));
	}

	/** The last line, which may lack its end. */
	end(): Buffer {
		return eventsOf(Buffer.concat(this.#held));
	}

	#hold(bytes: Buffer): void {
		this.#held = [bytes];
		this.#heldBytes = bytes.length;
	}

	#recognise(): boolean {
		const bytes = Buffer.concat(this.#held);
		this.#held = [bytes];
		const end = bytes.indexOf(lf);
		if (end === -1) this.#isWhole = this.#heldBytes > maxFirstLineBytes;
		else if (!isChunk(bytes.toString("utf8", 0, end))) this.#isWhole = true;
		else this.hasLines = bytes.toString("utf8", end).trim() !== "";
		if (this.#isWhole) this.#held = [];
		return this.hasLines;
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
