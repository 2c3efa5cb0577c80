/** Streams of Gemini's generateContent: their form, a whole answer as one, and the end of one that a limit has cut. */
import { parseObject } from "../../json/parseObject.js";
import { maxPictureEventBytes, sseBytes } from "../../streaming/eventFraming.js";
import type { CutEnding, StreamFormat } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { ContentReader } from "./reader.js";
import { blockReasonOf, writeReason } from "./response.js";
import { SentContent } from "./sentStream.js";

/** Its last event is the one that gives reasons: nothing else follows. */
export const stream: StreamFormat = {
	terminator: "",
	end: Buffer.alloc(0),
	maxEventBytes: maxPictureEventBytes,
	asksForUsage: false,
	reader: (options) => new ContentReader(options),
	wholeAsStream(body) {
		const json = parseObject(body.toString().replace(/^\uFEFF/, ""));
		if (json === undefined) return undefined;
		const isWhole = listIn(json.candidates).length > 0 || blockReasonOf(json) !== "";
		return isWhole ? sseBytes(JSON.stringify(json)) : undefined;
	},
	cut,
	sent: () => new SentContent(),
};

function cut({ id, requestId, model, choices, usage }: CutEnding): Buffer {
	const candidates = Array.from({ length: choices }, (_none, index) => ({
		content: { parts: [{ text: "" }], role: "model" },
		finishReason: writeReason("length"),
		index,
	}));
	const { input, output } = usage ?? { input: 0, output: 0 };
	const counts = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
	const event = {
		candidates,
		...(usage === undefined ? {} : { usageMetadata: counts }),
		modelVersion: model,
		responseId: id ?? requestId,
	};
	return sseBytes(JSON.stringify(event));
}
