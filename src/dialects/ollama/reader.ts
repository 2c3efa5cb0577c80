/** Answers of Ollama's chat and generate, whole and in lines of the same form, into the neutral model. */
import { randomUUID } from "node:crypto";
import type { ChatEvent, FinishReason } from "../../chat/event.js";
import { type ChatResponse, ResponseBuilder } from "../../chat/response.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import type { ObjectReader } from "../jsonEvents.js";
import { textIn } from "../openai/choice.js";
import { readTokens } from "../openai/logProbabilities.js";
import { tokensOf } from "../usageCounts.js";
import { ollamaErrors } from "./errors.js";
import { readImage } from "./images.js";
import type { AnswerShape, Said } from "./shape.js";

const choice = 0;

export function wholeReader(shape: AnswerShape): (body: Json) => ChatResponse {
	return (body) => {
		const builder = new ResponseBuilder();
		if (shape.read(body)) for (const event of createReader(shape)({ done: true, ...body })) builder.add(event);
		return builder.response;
	};
}

export function createReader(shape: AnswerShape): ObjectReader {
	const errors = ollamaErrors(shape.member);
	let calls = 0;
	let hasBegun = false;
	return (json) => {
		const error = errors.read(json, "event");
		if (error !== undefined) return [{ ...error, type: "error" }];
		const events: ChatEvent[] = hasBegun ? [] : beginningOf(json);
		hasBegun = true;
		const said = shape.read(json);
		if (said !== undefined) calls += addSaid(said, json, calls, events);
		return json.done === true ? [...events, ...endOf(json, calls > 0)] : events;
	};
}

function beginningOf(json: Json): ChatEvent[] {
	const created = Math.floor(Date.parse(textIn(json.created_at)) / 1000);
	return [
		{
			type: "start",
			model: textIn(json.model) || undefined,
			created: Number.isFinite(created) ? created : undefined,
		},
		{ type: "role", choice, role: "assistant" },
	];
}

/** @returns how many calls it has made */
function addSaid(
	{ content, thinking, tool_calls: called, images }: Said,
	json: Json,
	calls: number,
	events: ChatEvent[],
) {
	if (thinking) events.push({ type: "reasoning", choice, text: thinking });
	const tokens = json.logprobs === undefined ? [] : readTokens(json.logprobs);
	if (tokens.length > 0) events.push({ type: "logprobs", choice, tokens });
	if (content !== "") events.push({ type: "text", choice, text: content, isPlain: false });
	for (const image of images ?? [])
		if (typeof image === "string") events.push({ type: "media", choice, part: readImage(image) });
	const made = (called ?? []).filter(isObject);
	for (const [at, call] of made.entries()) events.push(callOf(call, calls + at));
	return made.length;
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

/** Counts and times stand beside all else. */
const countName = /_(count|duration)$/;

function endOf(last: Json, hasCalls: boolean): ChatEvent[] {
	const vendorReason = textIn(last.done_reason) || "stop";
	const raw: Json = Object.fromEntries(Object.entries(last).filter(([name]) => countName.test(name)));
	return [
		{ type: "finish", choice, reason: reasonOf(vendorReason, hasCalls), vendorReason },
		{ type: "usage", tokens: tokensOf(raw), raw, isAlone: true },
		{ type: "end" },
	];
}

function reasonOf(word: string, hasCalls: boolean): FinishReason {
	if (word === "length" || word === "content_filter") return word;
	if (hasCalls) return "tool_calls";
	return word === "stop" ? "stop" : "other";
}

/** Ollama has no word for a refusal; another one than its own says at least that the answer was not ended by the model. */
export function writeReason(reason: FinishReason): string {
	return reason === "length" || reason === "content_filter" ? reason : "stop";
}
