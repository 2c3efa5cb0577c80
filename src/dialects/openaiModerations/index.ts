/** OpenAI's moderations: `POST /v1/moderations`. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { translation } from "./translation.js";

export const openaiModerations: Dialect = {
	name: "openai.moderations",
	operation: "moderation",
	contentMember: "results",
	stream: undefined,
	errors: openaiErrors("results"),
	readWhole: undefined,
	translation: undefined,
	moderations: translation,
};
