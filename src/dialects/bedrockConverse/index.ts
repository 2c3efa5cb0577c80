/** Bedrock's Converse, `POST /model/{model}/converse` and `…/converse-stream`, for upstreams. */
import { usualName } from "../../chat/tools/fitting.js";
import type { Dialect } from "../dialect.js";
import { upstreamStream } from "../jsonEvents.js";
import { takesCacheMarks } from "./cachePoints.js";
import { bedrockErrors } from "./errors.js";
import { createFrames } from "./frames.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { writeRequest } from "./request.js";
import { readWhole } from "./response.js";
import { createReader } from "./stream.js";

export const bedrockConverse: Dialect = {
	name: dialectName,
	needsCacheMarks: true,
	operation: "chat",
	contentMember: "content",
	tierMember: "serviceTier",
	stream: { ...upstreamStream(createReader), decoder: createFrames },
	errors: bedrockErrors,
	readWhole,
	translation: undefined,
	outbound: { losses, writeRequest, takesCacheMarks, tools: { id: usualName } },
};
