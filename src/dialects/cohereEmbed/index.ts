/** Cohere's embeddings, `POST /v2/embed`, for upstreams. */
import { cohereErrors } from "../cohereChat/errors.js";
import type { Dialect } from "../dialect.js";
import { translation } from "./translation.js";

export const cohereEmbed: Dialect = {
	name: "cohere.embed",
	operation: "embeddings",
	contentMember: "embeddings",
	usageMember: "billed_units",
	stream: undefined,
	errors: cohereErrors,
	readWhole: undefined,
	translation: undefined,
	embeddings: translation,
};
