/** OpenAI's pictures: `POST /v1/images/generations`. */
import type { Dialect } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { streamOf } from "./stream.js";
import { translation, unitsOf } from "./translation.js";

export const openaiImages: Dialect = {
	name: "openai.images",
	operation: "image_generation",
	contentMember: "data",
	stream: streamOf("image_generation"),
	streamsText: false,
	errors: openaiErrors("data"),
	readWhole: undefined,
	translation: undefined,
	images: translation,
	unitsOf,
};
