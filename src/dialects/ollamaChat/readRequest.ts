/** Requests of Ollama's chat, into the neutral model. */
import type { ChatRequest, Message, Part, Tool } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import { CallIds } from "../callIds.js";
import type { Json } from "../dialect.js";
import { readImage } from "../ollama/images.js";
import { readCommon } from "../ollama/request.js";
import { listIn, textIn } from "../openai/choice.js";
import { dialectName } from "./name.js";

const own = new Set(["messages", "tools"]);

export function readRequest(body: Json): ChatRequest {
	const ids = new CallIds();
	return {
		...readCommon(body, own),
		dialect: dialectName,
		messages: listIn(body.messages)
			.filter(isObject)
			.map((message) => readMessage(message, ids)),
		tools: listIn(body.tools).filter(isObject).map(readTool),
		toolChoice: undefined,
	};
}

function readTool({ function: described }: Json): Tool {
	const { name, description, parameters } = isObject(described) ? described : {};
	return {
		name: textIn(name),
		description: textIn(description) || undefined,
		parameters: isObject(parameters) ? parameters : undefined,
	};
}

function readMessage(message: Json, ids: CallIds): Message {
	const { role, content, thinking, images, tool_calls: calls } = message;
	const said: Part[] = textIn(content) === "" ? [] : [{ type: "text", text: textIn(content) }];
	const shown = listIn(images).map((image) => readImage(textIn(image)));
	if (role === "tool") {
		const id = ids.ofResult(textIn(message.tool_call_id), textIn(message.tool_name) || textIn(message.name));
		return { role, parts: [{ type: "tool_result", id, parts: [...said, ...shown] }] };
	}
	if (role !== "assistant") return { role: role === "system" ? role : "user", parts: [...shown, ...said] };
	const thought = textIn(thinking);
	return {
		role,
		parts: [
			...(thought === "" ? [] : [{ type: "reasoning", text: thought } as const]),
			...shown,
			...said,
			...listIn(calls)
				.filter(isObject)
				.map((call) => readCall(call, ids)),
		],
	};
}

/** Arguments are an object; some clients write them as its text. */
function readCall({ id, function: called }: Json, ids: CallIds): Part {
	const { name, arguments: given } = isObject(called) ? called : {};
	return {
		type: "tool_call",
		id: ids.ofCall(textIn(id), textIn(name)),
		callType: "function",
		name: textIn(name),
		arguments: typeof given === "string" ? given : JSON.stringify(given ?? {}),
	};
}
