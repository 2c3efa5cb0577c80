/** Ollama's errors: `{"error": "…"}`, as a body and as the last line of a stream. */
import { sseBytes } from "../../streaming/eventFraming.js";
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";

/** @param contentMember what every whole answer of the dialect has */
export function ollamaErrors(contentMember: string): ErrorFormat {
	const { read } = openaiErrors(contentMember);
	return {
		body: ({ message }) => ({ error: message }),
		event: ({ message }) => sseBytes(JSON.stringify({ error: message })),
		eventOf: (body) => (isOwn(body) ? sseBytes(JSON.stringify(body)) : undefined),
		read(json, place) {
			// An answer's text may be empty, and so may the list of its models.
			if (place !== "status" && json.error === undefined && json[contentMember] !== undefined) return undefined;
			const detail = read(json, place);
			return detail && asOwn(detail, json);
		},
	};
}

function asOwn(detail: ErrorDetail, json: Json): ErrorDetail {
	return { ...detail, isWellFormed: isOwn(json) };
}

function isOwn({ error }: Json): boolean {
	return typeof error === "string" && error !== "";
}
