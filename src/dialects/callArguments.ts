/** A call's arguments, for APIs that have them as an object. */
import type { ToolCall } from "../chat/request.js";
import { parseObject } from "../json/parseObject.js";
import type { Json } from "./dialect.js";

/** Arguments that are no JSON object stand in one, since nothing else is taken. */
export function argumentsOf({ arguments: text }: Pick<ToolCall, "arguments">): Json {
	if (text.trim() === "") return {};
	const object = parseObject(text);
	if (object !== undefined) return object;
	try {
		return { input: JSON.parse(text) };
	} catch {
		return { input: text };
	}
}
