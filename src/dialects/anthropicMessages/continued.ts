/** A request of Anthropic's Messages for the rest of an answer: the assistant's text so far stands last in it. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";

export function continued(json: Json, text: string, maxOutputTokens: number | undefined): Json | undefined {
	const messages = listIn(json.messages);
	const last = messages.at(-1);
	const isPrefilled = isObject(last) && last.role === "assistant";
	const answer = isPrefilled ? extended(last, text) : { role: "assistant", content: text };
	if (answer === undefined) return undefined;
	return {
		...json,
		messages: [...(isPrefilled ? messages.slice(0, -1) : messages), answer],
		...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
	};
}

/** The client's own beginning of the answer, with what followed. */
function extended(message: Json, text: string): Json | undefined {
	const { content } = message;
	if (typeof content === "string") {
		// The first upstream may have said the client's beginning again, which then is not there twice.
		const mayBeRepeated = content.trim() !== "" && text.startsWith(content.trim());
		return mayBeRepeated ? undefined : { ...message, content: content + text };
	}
	const last = listIn(content).at(-1);
	if (!isObject(last) || last.type !== "text" || typeof last.text !== "string") return undefined;
	return { ...message, content: [...listIn(content).slice(0, -1), { ...last, text: last.text + text }] };
}
