/** Streams of OpenAI's responses. The last event tells how the response ended; nothing follows it. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { maxPictureEventBytes } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { Json, StreamFormat, WireEvent } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { SentResponse } from "./sentStream.js";
import { ResponseReader } from "./streamReader.js";
import { eventBytes } from "./wireBytes.js";

export const stream: StreamFormat = {
	terminator: "",
	end: noBytes,
	isNamed: true,
	// The last one says all that was said before.
	maxEventBytes: maxPictureEventBytes,
	asksForUsage: false,
	reader: (options) => new ResponseReader(options),
	wholeAsStream,
	cut: (ending) => new SentResponse().cut(ending),
	cutter: () => new SentResponse(),
	sent: () => new SentResponse(),
};

/** @returns undefined if it is no response that has ended */
function wholeAsStream(body: Buffer): Buffer | undefined {
	const whole = parseObject(body.toString().replace(/^\uFEFF/, ""));
	const { status } = whole ?? {};
	if (whole === undefined || !Array.isArray(whole.output)) return undefined;
	if (status !== "completed" && status !== "incomplete") return undefined;
	const begun = { ...whole, status: "in_progress", output: [], usage: null };
	const events: Json[] = [
		{ type: "response.created", response: begun },
		{ type: "response.in_progress", response: begun },
		...whole.output.filter(isObject).flatMap(eventsOfItem),
		{ type: `response.${status}`, response: whole },
	];
	return Buffer.concat(events.map((event, number) => eventBytes({ ...event, sequence_number: number })));
}

function eventsOfItem(item: Json, index: number): Json[] {
	const place = { item_id: item.id, output_index: index };
	const added = (open: Json) => ({ type: "response.output_item.added", output_index: index, item: open });
	const done = { type: "response.output_item.done", output_index: index, item };
	if (item.type === "message") {
		const open = { ...item, status: "in_progress", content: [] };
		return [added(open), ...listIn(item.content).flatMap((part, at) => eventsOfPart(part, at, place)), done];
	}
	if (item.type === "function_call") {
		const { arguments: text, name } = item;
		return [
			added({ ...item, status: "in_progress", arguments: "" }),
			{ type: "response.function_call_arguments.delta", ...place, delta: text },
			{ type: "response.function_call_arguments.done", ...place, name, arguments: text },
			done,
		];
	}
	return [added(item), done];
}

function eventsOfPart(part: unknown, at: number, place: Json): Json[] {
	if (!isObject(part)) return [];
	const where = { ...place, content_index: at };
	const [name, member] = part.type === "refusal" ? ["refusal", "refusal"] : ["output_text", "text"];
	if (part.type !== name || typeof part[member as string] !== "string")
		return [
			{ type: "response.content_part.added", ...where, part },
			{ type: "response.content_part.done", ...where, part },
		];
	const text = part[member as string];
	const logprobs = name === "output_text" ? { logprobs: [] } : {};
	return [
		{ type: "response.content_part.added", ...where, part: { ...part, [member as string]: "" } },
		{ type: `response.${name}.delta`, ...where, delta: text, ...logprobs },
		{ type: `response.${name}.done`, ...where, [member as string]: text, ...logprobs },
		{ type: "response.content_part.done", ...where, part },
	];
}

export function wireEvent(json: Json): WireEvent {
	return { name: json.type as string, json };
}
