/** Items as a conversation keeps them: as they came, but each with an id, and messages in their long form. */
import { isObject } from "../json/isObject.js";
import type { ConversationItem } from "../store/conversationTypes.js";
import { newId } from "../store/newId.js";

type Json = Record<string, unknown>;

/** As the vendor's ids begin, by the item's type. */
const prefixes: Readonly<Record<string, string>> = {
	message: "msg",
	reasoning: "rs",
	function_call: "fc",
	function_call_output: "fco",
	custom_tool_call: "ctc",
	custom_tool_call_output: "ctco",
	compaction: "cmp",
	mcp_call: "mcp",
	web_search_call: "ws",
	file_search_call: "fs",
	image_generation_call: "ig",
};

/** @param isNewId gives it another id than the one it has */
export function conversationItem(given: Json, isNewId = false): ConversationItem {
	const type = typeof given.type === "string" ? given.type : "message";
	const id = typeof given.id === "string" && !isNewId ? given.id : newId(`${prefixes[type] ?? "item"}_`, 24);
	const { id: _id, type: _type, ...rest } = given;
	return { id, item: JSON.stringify({ id, type, ...(type === "message" ? longForm(rest) : rest) }) };
}

/** A message may have a text for its content. */
function longForm({ content, status, ...message }: Json): Json {
	const type = message.role === "assistant" ? "output_text" : "input_text";
	const text = { type, text: content, ...(type === "output_text" ? { annotations: [] } : {}) };
	return { status: status ?? "completed", ...message, content: typeof content === "string" ? [text] : content };
}

/** Items of a request's body. */
export function newItemsIn(items: unknown): ConversationItem[] {
	return (Array.isArray(items) ? items : []).filter(isObject).map((item) => conversationItem(item));
}
