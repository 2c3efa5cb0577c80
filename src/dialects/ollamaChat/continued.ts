/** A request of Ollama's chat for the rest of an answer: the model's text so far stands last in it. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";

export function continued(json: Json, text: string, maxOutputTokens: number | undefined): Json | undefined {
	const messages = listIn(json.messages);
	const last = messages.at(-1);
	// It may be a whole answer, or the beginning of one.
	if (isObject(last) && last.role === "assistant") return undefined;
	const asked = { ...json, messages: [...messages, { role: "assistant", content: text }] };
	if (maxOutputTokens === undefined) return asked;
	const options = isObject(json.options) ? json.options : {};
	return { ...asked, options: { ...options, num_predict: maxOutputTokens } };
}
