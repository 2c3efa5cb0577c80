/** Ollama's own chat, `POST /api/chat`, for upstreams. */
import type { Dialect } from "../dialect.js";
import { upstreamStream } from "../jsonEvents.js";
import { openaiErrors } from "../openai/errors.js";
import { createLines } from "./lines.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { type OllamaOptions, writeRequest } from "./request.js";
import { createReader, readWhole } from "./response.js";

/** @param options that every request has */
export function ollamaChat(options: OllamaOptions): Dialect {
	return {
		name: dialectName,
		operation: "chat",
		contentMember: "message",
		stream: { ...upstreamStream(createReader), decoder: createLines },
		errors: openaiErrors("message"),
		readWhole,
		translation: undefined,
		outbound: {
			losses,
			writeRequest: (request, dropped) => writeRequest(request, dropped, options),
			takesPlainReasoning: true,
		},
	};
}
