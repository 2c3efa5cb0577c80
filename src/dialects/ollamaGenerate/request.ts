/** Requests of Ollama's generate: a prompt is what a user says, and `system` stands before it. */
import type { ChatRequest, Message } from "../../chat/request.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { readImage } from "../ollama/images.js";
import { readCommon } from "../ollama/request.js";
import { writeRequest as writeChat } from "../ollamaChat/writeRequest.js";
import { listIn, textIn } from "../openai/choice.js";
import { dialectName } from "./name.js";

const own = new Set(["prompt", "system", "images"]);

export function readRequest(body: Json): ChatRequest {
	return {
		...readCommon(body, own),
		dialect: dialectName,
		messages: readMessages(body),
		tools: [],
		toolChoice: undefined,
	};
}

function readMessages({ prompt, system, images }: Json): Message[] {
	const instructions = textIn(system);
	const shown = listIn(images).map((image) => readImage(textIn(image)));
	return [
		...(instructions === "" ? [] : [{ role: "system", parts: [{ type: "text", text: instructions }] } as const]),
		{ role: "user", parts: [...shown, { type: "text", text: textIn(prompt) }] },
	];
}

/** @throws GatewayError 400 for a conversation, which is no prompt */
export function writeRequest(request: ChatRequest, dropped: Set<string>): Json {
	const { messages, tools, ...common } = writeChat(request, dropped);
	if (tools !== undefined) dropped.add("tools");
	const said = listIn(messages).filter(isObject);
	const instructions = said.filter(({ role }) => role === "system").map(({ content }) => textIn(content));
	const [asked, ...others] = said.filter(({ role }) => role !== "system");
	if (asked?.role !== "user" || others.length > 0) {
		const message = "This upstream is asked one prompt at a time: the request has a conversation.";
		throw new GatewayError(400, message, { code: "unsupported_by_upstream", param: "messages" });
	}
	const { content, images } = asked;
	return {
		...common,
		prompt: content,
		...(instructions.length > 0 ? { system: instructions.join("\n\n") } : {}),
		...(images === undefined ? {} : { images }),
	};
}
