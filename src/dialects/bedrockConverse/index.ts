/** Bedrock's Converse, `POST /model/{model}/converse` and `…/converse-stream`, for upstreams. */
import { usualName } from "../../chat/tools/fitting.js";
import type { Dialect } from "../dialect.js";
import { upstreamStream } from "../jsonEvents.js";
import { bedrockErrors } from "./errors.js";
import { createFrames } from "./frames.js";
import { dialectName } from "./name.js";
import { writeRequest } from "./request.js";
import { readWhole } from "./response.js";
import { createReader } from "./stream.js";

export const bedrockConverse: Dialect = {
	name: dialectName,
	operation: "chat",
	contentMember: "content",
	stream: { ...upstreamStream(createReader), decoder: createFrames },
	errors: bedrockErrors,
	readWhole,
	translation: undefined,
	outbound: { writeRequest, tools: { id: usualName } },
};
