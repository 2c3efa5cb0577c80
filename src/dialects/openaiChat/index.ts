/** OpenAI's chat completions: `POST /v1/chat/completions`, of OpenAI and of all that follow it. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { textTransform } from "../openai/textTransform.js";
import { readWhole } from "../openai/wholeAnswer.js";
import { losses } from "./losses.js";
import { moderations } from "./moderations.js";
import { dialectName } from "./name.js";
import { readRequest, writeRequest } from "./request.js";
import { writeResponse } from "./response.js";
import { ChunkWriter, stream } from "./stream.js";

/** OpenAI refuses longer ids of calls. */
const callId = { refused: /(?!)/g, maxLength: 40 };

export const openaiChat: Dialect = {
	name: dialectName,
	vendor: "openai",
	operation: "chat",
	contentMember: "choices",
	stream,
	errors: openaiErrors("choices"),
	readWhole,
	textTransform,
	moderations,
	translation: {
		losses,
		readRequest,
		writeRequest,
		writeResponse,
		writer: (context) => new ChunkWriter(context),
		tools: { id: callId },
		takesPlainReasoning: true,
		isTemplated: true,
	},
};
