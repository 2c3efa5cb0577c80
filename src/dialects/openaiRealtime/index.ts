/** OpenAI's realtime sessions: `wss /v1/realtime?model=`. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { path } from "./path.js";
import { session } from "./session.js";

export const openaiRealtime: Dialect = {
	name: "openai.realtime",
	vendor: "openai",
	operation: "realtime",
	contentMember: "session",
	// A call is answered with SDP.
	isLabelled: true,
	stream: undefined,
	errors: openaiErrors("session"),
	readWhole: undefined,
	translation: undefined,
	path,
	session,
};
