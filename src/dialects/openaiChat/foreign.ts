/** Requests of other dialects, as far as OpenAI's API can take them. */
import type { ChatRequest, Message, Part } from "../../chat/request.js";
import type { Dropped } from "./losses.js";

/** Without hints about caches, which OpenAI's API refuses, and with instructions as one text. */
export function asOpenAiTakesIt(request: ChatRequest, dropped: Dropped): ChatRequest {
	const { reasoning } = request;
	const effort = reasoning?.effort === "max" ? "xhigh" : reasoning?.effort;
	return {
		...request,
		messages: request.messages.map((message) => plainMessage(message, dropped)),
		tools: request.tools.map(({ cache, ...tool }) => {
			if (cache !== undefined) dropped.add("cache");
			return tool;
		}),
		reasoning: reasoning && { ...reasoning, effort },
	};
}

function plainMessage(message: Message, dropped: Dropped): Message {
	const parts = message.parts.map((part) => plainPart(part, dropped));
	const isText = parts.length > 1 && parts.every((part) => part.type === "text");
	if (!isText || message.role !== "system") return { ...message, parts };
	return { ...message, parts: [{ type: "text", text: parts.map(({ text }) => text).join("\n\n") }] };
}

function plainPart(part: Part, dropped: Dropped): Part {
	if ("cache" in part && part.cache !== undefined) dropped.add("cache");
	const { cache: _cache, ...plain } = part as Part & { cache?: unknown };
	if (part.type !== "tool_result") return plain as Part;
	if (part.isError) dropped.add("isError");
	return { ...part, cache: undefined, parts: part.parts.map((inner) => plainPart(inner, dropped)) };
}
