/** OpenAI's error envelope, `{"error":{"message","type","param","code"}}`, and what others send in its place. */
import { isObject } from "../../json/isObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { ErrorFormat } from "../dialect.js";
import { detailOf, errorIn } from "./errorDetail.js";

/** @param contentMember what every whole answer of the dialect has */
export function openaiErrors(contentMember: string): ErrorFormat {
	return {
		body: (error) => ({ ...error.envelope() }),
		event: (error) => Buffer.from(error.event()),
		eventOf: (body) => (isObject(body.error) ? sseBytes(JSON.stringify(body)) : undefined),
		read: (json, place) =>
			place === "status" ? detailOf(json) : errorIn(json, place === "answer" ? contentMember : undefined),
	};
}
