/** Streams of Ollama's chat and generate: their form, a whole answer as one, and the end of one that a limit has cut. */
import { parseObject } from "../../json/parseObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { CutEnding, StreamFormat } from "../dialect.js";
import { JsonEventReader } from "../jsonEvents.js";
import { countsOf } from "./answer.js";
import { createLines } from "./lines.js";
import { createReader } from "./reader.js";
import { SentLines } from "./sentStream.js";
import type { AnswerShape } from "./shape.js";

/** Its last event says that it is the last: nothing else follows. */
export function streamOf(shape: AnswerShape): StreamFormat {
	return {
		terminator: "",
		end: Buffer.alloc(0),
		asksForUsage: false,
		reader: () => new JsonEventReader(createReader(shape)),
		wholeAsStream(body) {
			const json = parseObject(body.toString().replace(/^\uFEFF/, ""));
			if (json === undefined || shape.read(json) === undefined) return undefined;
			return sseBytes(JSON.stringify(json.done === undefined ? { ...json, done: true } : json));
		},
		cut: (ending) => cut(shape, ending),
		decoder: createLines,
		sent: () => new SentLines(shape),
	};
}

function cut(shape: AnswerShape, { model, usage }: CutEnding): Buffer {
	const ended = { model, created_at: new Date().toISOString(), ...shape.write({ content: "" }) };
	return sseBytes(JSON.stringify({ ...ended, done: true, done_reason: "length", ...countsOf(usage) }));
}
