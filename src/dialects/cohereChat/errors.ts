/** Cohere's errors: `{"message", "error_type"?, "id"?}`, and an event that ends with `ERROR`. */
import type { ErrorFormat, Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf } from "../openai/errorDetail.js";
import { openaiErrors } from "../openai/errors.js";

export const cohereErrors: ErrorFormat = {
	...openaiErrors("content"),
	read(json, place) {
		// An answer's message is an object.
		if (place !== "status" && (typeof json.message !== "string" || json.message === "")) return undefined;
		return { ...detailOf(json), ...kindOf(json) };
	},
};

function kindOf({ error_type: type }: Json): { kind?: string } {
	return textIn(type) === "" ? {} : { kind: textIn(type) };
}
