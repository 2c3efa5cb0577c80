/** Answers of Ollama's chat, whole and in pieces of the same form, into the neutral model. */
import { randomUUID } from "node:crypto";
import type { ChatEvent, FinishReason } from "../../chat/event.js";
import { type ChatResponse, ResponseBuilder } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import type { ObjectReader } from "../jsonEvents.js";
import { listIn, textIn } from "../openai/choice.js";
import { openaiErrors } from "../openai/errors.js";
import { tokensOf } from "../usageCounts.js";

const choice = 0;
const errors = openaiErrors("message");

export function readWhole(body: Json): ChatResponse {
	const builder = new ResponseBuilder();
	for (const event of createReader()({ done: true, ...body })) builder.add(event);
	return builder.response;
}

export function createReader(): ObjectReader {
	let calls = 0;
	let hasBegun = false;
	return (json) => {
		const error = isObject(json.message) ? undefined : errors.read(json, "event");
		if (error !== undefined) return [{ ...error, type: "error" }];
		const events: ChatEvent[] = [];
		if (!hasBegun) {
			const created = Math.floor(Date.parse(textIn(json.created_at)) / 1000);
			events.push({
				type: "start",
				model: textIn(json.model) || undefined,
				created: Number.isFinite(created) ? created : undefined,
			});
			events.push({ type: "role", choice, role: "assistant" });
		}
		hasBegun = true;
		const { content, thinking, tool_calls: called } = isObject(json.message) ? json.message : {};
		if (textIn(thinking) !== "") events.push({ type: "reasoning", choice, text: textIn(thinking) });
		if (textIn(content) !== "") events.push({ type: "text", choice, text: textIn(content), isPlain: false });
		for (const call of listIn(called).filter(isObject)) {
			events.push(callOf(call, calls));
			calls += 1;
		}
		return json.done === true ? [...events, ...endOf(json, calls > 0)] : events;
	};
}

/** Calls come whole; older versions give them no ids. */
function callOf({ id, function: called }: Json, place: number): ChatEvent {
	const { name, arguments: input } = isObject(called) ? called : {};
	return {
		type: "tool_call",
		choice,
		place,
		id: textIn(id) || `call_${randomUUID().replaceAll("-", "")}`,
		callType: "function",
		name: textIn(name),
		arguments: typeof input === "string" ? input : JSON.stringify(input ?? {}),
	};
}

function endOf(
	{ done_reason: reason, prompt_eval_count: input, eval_count: output }: Json,
	hasCalls: boolean,
): ChatEvent[] {
	const vendorReason = textIn(reason) || "stop";
	const raw: Json = { input_tokens: input ?? 0, output_tokens: output ?? 0 };
	return [
		{ type: "finish", choice, reason: reasonOf(vendorReason, hasCalls), vendorReason },
		{ type: "usage", tokens: tokensOf(raw), raw, isAlone: true },
		{ type: "end" },
	];
}

function reasonOf(word: string, hasCalls: boolean): FinishReason {
	if (word === "length") return "length";
	if (hasCalls) return "tool_calls";
	return word === "stop" ? "stop" : "other";
}
