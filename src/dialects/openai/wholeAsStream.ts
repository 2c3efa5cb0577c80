/** One whole completion as the stream that its client has asked for. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { Json } from "../dialect.js";

/** @returns the events, token counts as one of their own; undefined if it is no completion with all its finish reasons */
export function wholeAsStream(body: Buffer, terminator: string): Buffer | undefined {
	const whole = parseObject(body.toString().replace(/^\uFEFF/, ""));
	if (whole === undefined || !Array.isArray(whole.choices) || whole.choices.length === 0) return undefined;
	const { usage, choices, object, ...rest } = whole;
	if (!choices.every(isWholeChoice)) return undefined;
	const base = { ...rest, object: object === "chat.completion" ? "chat.completion.chunk" : object };
	const chunks: Json[] = [];
	for (const [place, choice] of choices.entries())
		for (const part of partsOf(choice, place)) chunks.push({ ...base, choices: [part] });
	if (isObject(usage)) chunks.push({ ...base, choices: [], usage });
	return Buffer.from([...chunks.map((chunk) => JSON.stringify(chunk)), terminator].map(eventOf).join(""));
}

function eventOf(data: string): string {
	return `data: ${data}\n\n`;
}

function isWholeChoice(choice: unknown): choice is Json {
	if (!isObject(choice)) return false;
	const { finish_reason: reason, message, text } = choice;
	return typeof reason === "string" && reason !== "" && (isObject(message) || typeof text === "string");
}

/** Its output, and its finish reason. */
function partsOf(choice: Json, place: number): Json[] {
	const { index = place, message, text, finish_reason: reason, ...others } = choice;
	if (!isObject(message))
		return [
			{ index, text, ...others, finish_reason: null },
			{ index, text: "", logprobs: null, finish_reason: reason },
		];
	const { tool_calls: calls, ...delta } = message;
	const indexed = Array.isArray(calls) ? { tool_calls: calls.map(withIndex) } : {};
	return [
		{ index, delta: { ...delta, ...indexed }, ...others, finish_reason: null },
		{ index, delta: {}, logprobs: null, finish_reason: reason },
	];
}

function withIndex(call: unknown, place: number): unknown {
	return isObject(call) ? { index: place, ...call } : call;
}
