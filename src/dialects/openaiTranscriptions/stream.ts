/** Streams of transcripts: OpenAI's events, which a `transcript.text.done` ends, and vLLM's chunks, which are like those of a chat. */
import type { ChatEvent } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { EventBytes, Json, ReadEvent, StreamFormat, StreamReader } from "../dialect.js";
import { errorIn } from "../openai/errorDetail.js";
import { readUsage } from "../usageCounts.js";

const terminator = "[DONE]";

export const stream: StreamFormat = {
	terminator,
	end: noBytes,
	asksForUsage: false,
	reader: () => new TranscriptReader(),
	wholeAsStream,
	cut: () => eventBytes({ type: "transcript.text.done", text: "" }),
};

class TranscriptReader implements StreamReader {
	match(): undefined {
		return undefined;
	}

	read({ data }: EventBytes): ReadEvent | undefined {
		if (data === terminator) return { events: [{ type: "end" }], json: undefined };
		const json = parseObject(data);
		return json && { events: eventsOf(json), json };
	}
}

function eventsOf(json: Json): ChatEvent[] {
	const error = errorIn(json);
	if (error !== undefined) return [{ type: "error", ...error }];
	switch (json.type) {
		case "transcript.text.delta":
			return [textOf(json.delta)];
		case "transcript.text.segment":
			return [{ type: "opaque", choice: 0, length: String(json.text ?? "").length }];
		case "transcript.text.done":
			return [...usageIn(json), { type: "finish", choice: 0, reason: "stop", vendorReason: "stop" }];
		default:
			return chunkEvents(json);
	}
}

/** A chunk of vLLM's. */
function chunkEvents(json: Json): ChatEvent[] {
	const { model, choices } = json;
	const [choice] = Array.isArray(choices) ? choices : [];
	const { delta, finish_reason: reason } = isObject(choice) ? choice : ({} as Json);
	return [
		...(typeof model === "string" ? [{ type: "start", model } as const] : []),
		...(isObject(delta) && typeof delta.content === "string" ? [textOf(delta.content)] : []),
		...usageIn(json),
		...(typeof reason === "string"
			? [{ type: "finish", choice: 0, reason: "stop", vendorReason: reason } as const]
			: []),
	];
}

function textOf(text: unknown): ChatEvent {
	return { type: "text", choice: 0, text: String(text ?? ""), isPlain: true };
}

function usageIn({ usage: raw }: Json): ChatEvent[] {
	return isObject(raw) ? [{ type: "usage", tokens: readUsage(raw).tokens, raw, isAlone: false }] : [];
}

/** @returns undefined if it is no transcript */
function wholeAsStream(body: Buffer): Buffer | undefined {
	const { text, usage } = parseObject(body.toString()) ?? {};
	if (typeof text !== "string") return undefined;
	const done = { type: "transcript.text.done", text, ...(usage === undefined ? {} : { usage }) };
	return Buffer.concat([eventBytes({ type: "transcript.text.delta", delta: text }), eventBytes(done)]);
}

function eventBytes(json: Json): Buffer {
	return sseBytes(JSON.stringify(json));
}
