/** OpenAI's embeddings: `POST /v1/embeddings`. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { translation } from "./translation.js";

export const openaiEmbeddings: Dialect = {
	name: "openai.embeddings",
	operation: "embeddings",
	contentMember: "data",
	stream: undefined,
	errors: openaiErrors("data"),
	readWhole: undefined,
	translation: undefined,
	embeddings: translation,
};
