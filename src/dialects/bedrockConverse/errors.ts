/** Bedrock's errors: `{"message"}` or `{"Message"}`, and exceptions in a stream. */
import { isObject } from "../../json/isObject.js";
import type { ErrorDetail, ErrorFormat, Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf } from "../openai/errorDetail.js";
import { openaiErrors } from "../openai/errors.js";

/** The status that an exception would have had before the stream. */
const statuses: ReadonlyMap<string, number> = new Map([
	["throttlingException", 429],
	["serviceUnavailableException", 503],
	["internalServerException", 500],
	["modelTimeoutException", 504],
	["modelStreamErrorException", 502],
	["validationException", 400],
	["accessDeniedException", 403],
	["resourceNotFoundException", 404],
]);

export const bedrockErrors: ErrorFormat = {
	...openaiErrors("content"),
	read(json, place) {
		if (isObject(json.exception)) return ofException(json.exception);
		if (place === "event") return undefined;
		const message = messageIn(json) ?? detailOf(json).message;
		if (place === "answer" && message === undefined) return undefined;
		return { status: undefined, message, isWellFormed: false };
	},
};

function ofException({ type, value }: Json): ErrorDetail {
	return {
		status: statuses.get(textIn(type)),
		message: (isObject(value) ? messageIn(value) : undefined) ?? textIn(type),
		isWellFormed: false,
		kind: textIn(type) || undefined,
	};
}

function messageIn({ message, Message: other }: Json): string | undefined {
	return textIn(message) || textIn(other) || undefined;
}
