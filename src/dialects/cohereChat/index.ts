/** Cohere's chat, `POST /v2/chat`, for upstreams. */
import type { Dialect } from "../dialect.js";
import { upstreamStream } from "../jsonEvents.js";
import { cohereErrors, failureWords } from "./errors.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { writeRequest } from "./request.js";
import { readWhole } from "./response.js";
import { createReader } from "./stream.js";

export const cohereChat: Dialect = {
	name: dialectName,
	operation: "chat",
	contentMember: "content",
	failureWords,
	stream: upstreamStream(createReader),
	errors: cohereErrors,
	readWhole,
	translation: undefined,
	outbound: { losses, writeRequest, takesPlainReasoning: true },
};
