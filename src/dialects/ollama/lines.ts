/** Ollama's streams have one JSON object a line (NDJSON): each becomes an event. */
import type { StreamDecoder } from "../dialect.js";

const lf = 0x0a;

export function createLines(contentType: string): StreamDecoder | undefined {
	if (!/ndjson|jsonl/i.test(contentType)) return undefined;
	let held: Buffer[] = [];
	return {
		push(chunk) {
			held.push(chunk);
			const end = chunk.lastIndexOf(lf);
			if (end === -1) return Buffer.alloc(0);
			const bytes = Buffer.concat(held);
			const whole = bytes.length - (chunk.length - end - 1);
			held = [bytes.subarray(whole)];
			return asEvents(bytes.subarray(0, whole));
		},
		end: () => asEvents(Buffer.concat(held)),
	};
}

function asEvents(lines: Buffer): Buffer {
	const texts = lines.toString().split(/\r?\n/);
	return Buffer.from(texts.map((line) => (line.trim() === "" ? "" : `data: ${line.trim()}\n\n`)).join(""));
}
