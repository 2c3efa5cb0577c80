/** OpenAI's text completions, from before there was chat: `POST /v1/completions`. */
import type { Dialect } from "../dialect.js";
import { ChunkReader } from "../openai/chunkReader.js";
import { cutCompletion } from "../openai/cutCompletion.js";
import { openaiErrors } from "../openai/errors.js";
import { textTransform } from "../openai/textTransform.js";
import { readWhole } from "../openai/wholeAnswer.js";
import { wholeAsStream } from "../openai/wholeAsStream.js";

const terminator = "[DONE]";

export const openaiCompletions: Dialect = {
	name: "openai.completions",
	operation: "text_completion",
	contentMember: "choices",
	stream: {
		terminator,
		end: Buffer.from(`data: ${terminator}\n\n`),
		asksForUsage: true,
		canBeRescued: true,
		reader: (options) => new ChunkReader(terminator, options),
		wholeAsStream: (body) => wholeAsStream(body, terminator),
		cut: (ending) => cutCompletion(ending, { object: "text_completion", idPrefix: "cmpl", said: { text: "" } }),
	},
	errors: openaiErrors("choices"),
	readWhole,
	textTransform,
	// A prompt without roles has no form in other vendors' APIs.
	translation: undefined,
};
