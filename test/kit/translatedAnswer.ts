/** An upstream's answer as a client of another dialect gets it, without any server between them. */

import { type ChatResponse, ResponseBuilder } from "../../src/chat/response.js";
import type { Dialect, Json, StreamFormat } from "../../src/dialects/dialect.js";
import { createLocalSeals } from "../../src/dialects/seals.js";
import { parseObject } from "../../src/json/parseObject.js";
import { openaiCompatible } from "../../src/providers/openaiCompatible.js";
import { sseBytes } from "../../src/streaming/eventFraming.js";
import type { Piece } from "../../src/streaming/piece.js";
import { EventStream } from "../../src/upstream/eventStream.js";
import { Translator } from "../../src/upstream/lane.js";

/** The least that a client of each dialect asks. */
const asked: Readonly<Record<string, Json>> = {
	"openai.chat": { model: "m", messages: [{ role: "user", content: "?" }] },
	"openai.responses": { model: "m", input: "?" },
	"anthropic.messages": { model: "m", max_tokens: 9, messages: [{ role: "user", content: "?" }] },
	"gemini.generate_content": { model: "m", contents: [{ role: "user", parts: [{ text: "?" }] }] },
};

export function translatorFor(client: Dialect, upstream: Dialect, members: Json = {}): Translator {
	const json = { ...asked[client.name], ...members };
	return new Translator(
		client,
		upstream,
		{ dialect: client, json, requestId: "r", seals: createLocalSeals() },
		openaiCompatible,
	);
}

/** What an upstream is asked, and what it can't be told. */
export function requestFor(client: Dialect, upstream: Dialect, members: Json): { sent: Json; dropped: string[] } {
	const translator = translatorFor(client, upstream, members);
	const sent = JSON.parse(JSON.stringify(translator.body("m"))) as Json;
	return { sent, dropped: [...translator.dropped] };
}

/** @param events JSON of a stream's events, in order; texts stand as they are */
export function streamOf(events: readonly (Json | string)[]): Buffer {
	const named = events.map((event) =>
		typeof event === "string" ? sseBytes(event) : sseBytes(JSON.stringify(event), event.type as string | undefined),
	);
	return Buffer.concat(named);
}

export function wholeFor(client: Dialect, upstream: Dialect, body: Json): Json {
	const translated = translatorFor(client, upstream).answer(Buffer.from(JSON.stringify(body))).bytes;
	return parseObject(translated.toString()) as Json;
}

/** @param size of the pieces that the stream comes in */
export function streamFor(client: Dialect, upstream: Dialect, given: Buffer, size = given.length): Buffer {
	const writer = translatorFor(client, upstream, { stream: true }).writer();
	const stream = new EventStream({ format: upstream.stream, choices: 1, writer });
	const out: (Piece | undefined)[] = [];
	for (let at = 0; at < given.length; at += size) out.push(stream.push(given.subarray(at, at + size)));
	out.push(stream.end(), stream.closing);
	return Buffer.concat(out.map((piece) => piece?.bytes ?? Buffer.alloc(0)));
}

/** A stream as its client puts it together. */
export function builtFrom(client: Dialect, bytes: Buffer): ChatResponse {
	const builder = new ResponseBuilder();
	const reader = (client.stream as StreamFormat).reader({ needsJson: true, isTranslated: true });
	for (const { data, start, end } of eventsIn(bytes))
		for (const event of reader.read({ bytes, start, end, data })?.events ?? []) builder.add(event);
	return builder.response;
}

/** The JSON objects of a stream. */
export function objectsIn(bytes: Buffer): Json[] {
	return eventsIn(bytes).flatMap(({ data }): Json[] => {
		const json = parseObject(data);
		return json === undefined ? [] : [json];
	});
}

function eventsIn(bytes: Buffer): { data: string; start: number; end: number }[] {
	const found: { data: string; start: number; end: number }[] = [];
	for (let start = 0; start < bytes.length; ) {
		const end = bytes.indexOf("\n\n", start) + 2;
		const data = /^data: (.*)$/m.exec(bytes.toString("utf8", start, end))?.[1];
		if (data !== undefined) found.push({ data, start, end });
		start = end;
	}
	return found;
}
