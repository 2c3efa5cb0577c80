/** OpenAI's responses: `POST /v1/responses`, without the memory that OpenAI keeps of them. */
import type { Dialect } from "../dialect.js";
import { continued } from "./continued.js";
import { errors } from "./errors.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { readRequest, refuseMemory } from "./request.js";
import { readWhole, writeResponse } from "./response.js";
import { stream } from "./stream.js";
import { ResponseWriter } from "./streamWriter.js";
import { textTransform } from "./textTransform.js";
import { withoutSeals } from "./withoutSeals.js";
import { writeRequest } from "./writeRequest.js";

/** Longer ids of calls are refused. */
const callId = { refused: /(?!)/g, maxLength: 64 };

export const openaiResponses: Dialect = {
	name: dialectName,
	keepsAnswers: true,
	vendor: "openai",
	operation: "chat",
	contentMember: "output",
	limitNames: ["max_output_tokens"],
	stream,
	errors,
	readWhole,
	textTransform,
	signsReasoning: true,
	withoutSeals,
	sealRefusal: "The encrypted content of a reasoning item could not be verified.",
	translation: {
		continued,
		losses,
		refuseForOthers: refuseMemory,
		readRequest,
		writeRequest,
		writeResponse,
		writer: (context) => new ResponseWriter(context),
		tools: { hasCustom: true, id: callId },
	},
};
