/** Ollama's generate, `POST /api/generate`: one prompt, and its answer. Upstreams that don't speak it are asked to chat. */
import type { Dialect } from "../dialect.js";
import { answerWriter } from "../ollama/answer.js";
import { ollamaErrors } from "../ollama/errors.js";
import { lineFraming } from "../ollama/framing.js";
import { countMembers, limitNames } from "../ollama/members.js";
import { wholeReader } from "../ollama/reader.js";
import { generateShape } from "../ollama/shape.js";
import { streamOf } from "../ollama/stream.js";
import { textTransformOf } from "../ollama/textTransform.js";
import { LineWriter } from "../ollama/writer.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { readRequest, writeRequest } from "./request.js";

const stream = streamOf(generateShape);
const lines = lineFraming(stream);

export const ollamaGenerate: Dialect = {
	name: dialectName,
	isAtRoot: true,
	readsAnyType: true,
	operation: "text_completion",
	contentMember: generateShape.member,
	countMembers,
	limitNames,
	stream,
	framing: () => lines,
	errors: ollamaErrors(generateShape.member),
	readWhole: wholeReader(generateShape),
	textTransform: textTransformOf(generateShape),
	translation: {
		losses,
		readRequest,
		writeRequest,
		writeResponse: answerWriter(generateShape),
		writer: (context) => new LineWriter(generateShape, context),
	},
};
