/** OpenAI's error envelope, `{"error":{"message","type","param","code"}}`, and what others send in its place. */
import type { ErrorFormat } from "../dialect.js";
import { detailOf, errorIn } from "./errorDetail.js";

/** @param contentMember what every whole answer of the dialect has */
export function openaiErrors(contentMember: string): ErrorFormat {
	return {
		body: (error) => ({ ...error.envelope() }),
		event: (error) => Buffer.from(error.event()),
		read: (json, place) =>
			place === "status" ? detailOf(json) : errorIn(json, place === "answer" ? contentMember : undefined),
	};
}
