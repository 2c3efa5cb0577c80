/** Where Ollama's answers have what the model says: a chat's in its message, a generation's beside all else. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";

/** What one line, or a whole answer, says. */
export interface Said {
	readonly content: string;
	readonly thinking?: string | undefined;
	readonly tool_calls?: readonly unknown[] | undefined;
	/** Base64. */
	readonly images?: readonly unknown[] | undefined;
}

export interface AnswerShape {
	/** The member that every answer has. */
	readonly member: "message" | "response";
	/** @returns undefined for what is no answer */
	read(json: Json): Said | undefined;
	write(said: Said): Json;
}

export const chatShape: AnswerShape = {
	member: "message",
	read: ({ message }) => (isObject(message) ? saidIn(message, message.content) : undefined),
	write: ({ content, ...others }) => ({ message: { role: "assistant", content, ...named(others) } }),
};

export const generateShape: AnswerShape = {
	member: "response",
	read: (json) => (json.response === undefined ? undefined : saidIn(json, json.response)),
	write: ({ content, ...others }) => ({ response: content, ...named(others) }),
};

function saidIn({ thinking, tool_calls: calls, images }: Json, content: unknown): Said {
	return {
		content: textIn(content),
		thinking: textIn(thinking),
		...(Array.isArray(calls) ? { tool_calls: calls } : {}),
		...(Array.isArray(images) ? { images } : {}),
	};
}

function named({ thinking, tool_calls: calls, images }: Omit<Said, "content">): Json {
	return {
		...(thinking ? { thinking } : {}),
		...(images !== undefined && images.length > 0 ? { images } : {}),
		...(calls !== undefined && calls.length > 0 ? { tool_calls: calls } : {}),
	};
}
