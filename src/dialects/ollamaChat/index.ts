/** Ollama's own chat, `POST /api/chat`. */
import type { Dialect } from "../dialect.js";
import { answerWriter } from "../ollama/answer.js";
import { ollamaErrors } from "../ollama/errors.js";
import { lineFraming } from "../ollama/framing.js";
import { countMembers, limitNames } from "../ollama/members.js";
import { wholeReader } from "../ollama/reader.js";
import { chatShape } from "../ollama/shape.js";
import { streamOf } from "../ollama/stream.js";
import { textTransformOf } from "../ollama/textTransform.js";
import { LineWriter } from "../ollama/writer.js";
import { continued } from "./continued.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { readRequest } from "./readRequest.js";
import { writeRequest } from "./writeRequest.js";

const stream = streamOf(chatShape);
const lines = lineFraming(stream);

export const ollamaChat: Dialect = {
	name: dialectName,
	isAtRoot: true,
	readsAnyType: true,
	operation: "chat",
	contentMember: chatShape.member,
	countMembers,
	limitNames,
	stream,
	framing: () => lines,
	errors: ollamaErrors(chatShape.member),
	readWhole: wholeReader(chatShape),
	textTransform: textTransformOf(chatShape),
	translation: {
		losses,
		takesPlainReasoning: true,
		readRequest,
		writeRequest,
		continued,
		writeResponse: answerWriter(chatShape),
		writer: (context) => new LineWriter(chatShape, context),
	},
};
