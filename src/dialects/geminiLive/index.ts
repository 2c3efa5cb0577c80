/** Google's Live API: sessions over WebSockets, whose first frame, `setup`, names the model. */
import type { Dialect } from "../dialect.js";
import { geminiErrors } from "../gemini/errors.js";
import { nameInBody } from "../gemini/path.js";
import { session } from "./session.js";

export const geminiLive: Dialect = {
	name: "gemini.live",
	vendor: "google",
	operation: "realtime",
	contentMember: "setupComplete",
	stream: undefined,
	errors: geminiErrors("setupComplete"),
	readWhole: undefined,
	translation: undefined,
	path: {
		withFacts: (json) => json,
		withoutFacts: (json) => json,
		renamed: (path) => path,
		nameInBody,
		of: () => "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
	},
	session,
};
