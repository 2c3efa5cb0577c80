/** A request of OpenAI's responses for the rest of an answer: the assistant's text so far stands last in its input. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";

export function continued(json: Json, text: string, maxOutputTokens: number | undefined): Json | undefined {
	const { input } = json;
	const given = typeof input === "string" ? [{ role: "user", content: input }] : listIn(input);
	const last = given.at(-1);
	// It may be a whole answer, or the beginning of one.
	if (isObject(last) && last.role === "assistant") return undefined;
	const answer = { type: "message", role: "assistant", content: [{ type: "output_text", text, annotations: [] }] };
	return {
		...json,
		input: [...given, answer],
		...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
	};
}
