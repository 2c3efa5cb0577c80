/** Cohere's errors: `{"message", "error_type"?, "id"?}`, and an event that ends with `ERROR`. */
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf } from "../openai/errorDetail.js";
import { openaiErrors } from "../openai/errors.js";

export const cohereErrors: ErrorFormat = {
	...openaiErrors("content"),
	// A word that is on a list of denied ones, in the request or in the answer.
	kinds: { statuses: { 498: "content_filter" } },
	read(json, place) {
		const failure = place === "status" ? undefined : failureOf(json);
		if (failure !== undefined) return failure;
		// An answer's message is an object.
		if (place !== "status" && (typeof json.message !== "string" || json.message === "")) return undefined;
		return { ...detailOf(json), ...kindOf(json) };
	},
};

/** Reasons that are failures. */
export const failureWords = ['"ERROR"', '"TIMEOUT"'];

/** An answer, whole or streamed, may end with the reason that it has failed. */
export function failureOf({ finish_reason: reason, error }: Json): ErrorDetail | undefined {
	if (reason !== "ERROR" && reason !== "TIMEOUT") return undefined;
	return { status: reason === "TIMEOUT" ? 504 : undefined, message: textIn(error) || undefined, isWellFormed: false };
}

function kindOf({ error_type: type }: Json): { kind?: string } {
	return textIn(type) === "" ? {} : { kind: textIn(type) };
}
