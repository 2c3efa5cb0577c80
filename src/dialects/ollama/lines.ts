/** Ollama's streams have one JSON object a line (NDJSON): each becomes an event. */
import { Gathered } from "../../json/gathered.js";
import { maxPictureEventBytes } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { StreamDecoder } from "../dialect.js";

const lf = 0x0a;

export function createLines(contentType: string): StreamDecoder | undefined {
	if (!/ndjson|jsonl/i.test(contentType)) return undefined;
	const held = new Gathered();
	return {
		push(chunk) {
			held.add(chunk);
			const end = chunk.lastIndexOf(lf);
			if (end === -1) {
				if (held.bytes > maxPictureEventBytes) throw new Error("a line of the stream is too long");
				return noBytes;
			}
			const bytes = held.take();
			const whole = bytes.length - (chunk.length - end - 1);
			held.add(bytes.subarray(whole));
			return asEvents(bytes.subarray(0, whole));
		},
		end: () => asEvents(held.joined()),
	};
}

function asEvents(lines: Buffer): Buffer {
	const texts = lines.toString().split(/\r?\n/);
	return Buffer.from(texts.map((line) => (line.trim() === "" ? "" : `data: ${line.trim()}\n\n`)).join(""));
}
