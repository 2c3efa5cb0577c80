/** Calls of tools in OpenAI's messages: `{id, type, function: {name, arguments}}`, or with `custom: {name, input}`. */
import type { ToolCall } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { textIn } from "./choice.js";
import { signatureIn } from "./signature.js";

/** Some upstreams write the text of one kind where the other has it. */
export function readToolCall(call: Json): ToolCall {
	const { id, function: called, custom } = call;
	const isCustom = isObject(custom);
	const { name, arguments: text, input } = isCustom ? custom : isObject(called) ? called : {};
	return {
		type: "tool_call",
		id: textIn(id),
		callType: isCustom ? "custom" : "function",
		name: textIn(name),
		arguments: isCustom ? textIn(input) || textIn(text) : textIn(text) || textIn(input),
		...signatureIn(call),
	};
}
