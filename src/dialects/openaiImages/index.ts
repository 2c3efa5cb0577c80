/** OpenAI's pictures: made of words, of others and words, and of others alone. */
import type { Dialect, ImageTranslation } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { streamOf } from "./stream.js";
import { ofPictures, translation, unitsOf } from "./translation.js";

function dialectOf(name: string, stream: Dialect["stream"], images: ImageTranslation): Dialect {
	return {
		name,
		operation: "image_generation",
		contentMember: "data",
		stream,
		streamsText: false,
		errors: openaiErrors("data"),
		readWhole: undefined,
		translation: undefined,
		images,
		unitsOf,
	};
}

/** `POST /v1/images/generations`. */
export const openaiImages = dialectOf("openai.images", streamOf("image_generation"), translation);
/** `POST /v1/images/edits`. */
export const openaiImageEdits = dialectOf("openai.image_edits", streamOf("image_edit"), ofPictures);
/** `POST /v1/images/variations`. */
export const openaiImageVariations = dialectOf("openai.image_variations", undefined, ofPictures);
