/** Anthropic's Messages: `POST /v1/messages`, and the count of a request's tokens beside it. */
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Dialect } from "../dialect.js";
import { continued } from "./continued.js";
import { anthropicErrors } from "./errors.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { readRequest, refuseThread, usualLimit, writeRequest } from "./request.js";
import { callId, readWhole, writeResponse } from "./response.js";
import { stream } from "./stream.js";
import { textTransform } from "./textTransform.js";
import { withoutSeals } from "./withoutSeals.js";
import { MessageWriter } from "./writer.js";

export const anthropicMessages: Dialect = {
	name: dialectName,
	needsCacheMarks: true,
	vendor: "anthropic",
	operation: "chat",
	contentMember: "content",
	stream,
	errors: anthropicErrors("content"),
	ping: sseBytes(JSON.stringify({ type: "ping" }), "ping"),
	readWhole,
	textTransform,
	signsReasoning: true,
	withoutSeals,
	sealRefusal: "messages: Invalid `signature` in `thinking` block",
	translation: {
		continued,
		losses,
		refuseForOthers: refuseThread,
		readRequest,
		writeRequest,
		usualLimit,
		writeResponse,
		writer: (context) => new MessageWriter(context),
		tools: { id: callId },
	},
};

/** `POST /v1/messages/count_tokens`: takes a request of Messages, and says how many tokens its prompt has. */
export const anthropicTokenCounts: Dialect = {
	name: "anthropic.count_tokens",
	operation: "count_tokens",
	contentMember: "input_tokens",
	usesTokens: false,
	stream: undefined,
	errors: anthropicErrors("input_tokens"),
	readWhole: undefined,
	translation: undefined,
};
