/** Bedrock's errors: `{"message"}` with its kind in a header, and exceptions in a stream. */
import { isObject } from "../../json/isObject.js";
import type { ErrorFormat } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { detailOf } from "../openai/errorDetail.js";
import { openaiErrors } from "../openai/errors.js";
import { detailOfException, exceptionIn, messageIn } from "./exceptions.js";

export const bedrockErrors: ErrorFormat = {
	...openaiErrors("content"),
	read(json, place) {
		if (isObject(json.exception)) {
			const { type, value } = json.exception;
			return detailOfException(textIn(type), (isObject(value) ? messageIn(value) : undefined) ?? textIn(type));
		}
		if (place === "event") return undefined;
		const { code, kind, ...detail } = detailOf(json);
		const message = messageIn(json) ?? detail.message;
		if (place === "answer" && message === undefined) return undefined;
		return { status: undefined, message, isWellFormed: false, code, kind };
	},
	meant(answer) {
		const detail = exceptionIn(answer);
		if (detail?.status === undefined) return answer;
		const { status, message, code, kind: type } = detail;
		return { ...answer, status, body: Buffer.from(JSON.stringify({ message, code, type })) };
	},
};
