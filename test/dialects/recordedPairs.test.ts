/** Recorded exchanges of each dialect, translated for clients of each other one: the same text, thoughts, calls, end and counts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FinishReason } from "../../src/chat/event.js";
import { eventsOf, ResponseBuilder } from "../../src/chat/response.js";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import type { Dialect, StreamFormat, Translation } from "../../src/dialects/dialect.js";
import { commonLosses } from "../../src/dialects/losses.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { createLocalSeals } from "../../src/dialects/seals.js";
import { GatewayError } from "../../src/errors/gatewayError.js";
import { parseObject } from "../../src/json/parseObject.js";
import { openaiCompatible } from "../../src/providers/openaiCompatible.js";
import { EventStream } from "../../src/upstream/eventStream.js";
import { Translator } from "../../src/upstream/lane.js";
import { bodyOf, type Recording, recordingsOf, requestOf } from "../kit/recordings.js";

const dialects = [openaiChat, openaiResponses, anthropicMessages];
const messages = join(import.meta.dirname, "recorded/anthropic");

/** Of all vendors. */
const chats = readdirSync(join(import.meta.dirname, "recordings"))
	.filter((name) => name.endsWith(".jsonl"))
	.flatMap((name) => recordingsOf(name.replace(/\.jsonl$/, "")) as (Recording & { readonly api?: string })[])
	.filter(({ api }) => api === "chat.completions");

/** The recordings of each dialect. */
const recorded: [Dialect, Recording[]][] = [
	[openaiChat, chats],
	[openaiResponses, recordingsOf("responses")],
	[anthropicMessages, readdirSync(messages).map((name) => JSON.parse(readFileSync(join(messages, name), "utf8")))],
];

const cases = recorded.flatMap(([upstream, recordings]) =>
	recordings
		.filter(({ response }) => response.status === 200)
		.flatMap((recording) =>
			dialects
				.filter((client) => client !== upstream)
				.map((client) => [recording.id, client.name, { recording, upstream, client }] as const),
		),
);

/** What a client of this dialect would have asked. */
const asked: Record<string, Record<string, unknown>> = {
	"openai.chat": { model: "m", messages: [{ role: "user", content: "?" }], stream_options: { include_usage: true } },
	"openai.responses": { model: "m", input: "?" },
	"anthropic.messages": { model: "m", max_tokens: 9, messages: [{ role: "user", content: "?" }] },
};

function translatorFor(client: Dialect, upstream: Dialect, json: Record<string, unknown>): Translator {
	return new Translator(
		client,
		upstream,
		{ dialect: client, json, requestId: "r", seals: createLocalSeals() },
		openaiCompatible,
	);
}

interface Said {
	readonly text: string;
	readonly reasoning: string;
	readonly calls: unknown[];
	readonly finish: string | undefined;
	readonly counts: unknown;
}

/** Dialects differ in how many parts a text has. */
function saidIn(builder: ResponseBuilder): Said {
	const { choices, usage } = builder.response;
	const parts = choices[0]?.parts ?? [];
	const calls = parts.filter((part) => part.type === "tool_call");
	const { input, cached, output } = usage?.tokens ?? {};
	return {
		text: parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join(""),
		reasoning: parts.map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
		calls: calls.map(({ name, arguments: text }) => [name, parseObject(text) ?? (text || {})]),
		finish: finishOf(choices[0]?.finish?.reason, calls.length > 0),
		counts: [input, cached, output],
	};
}

/** A pause or a refusal has no word in each dialect, and calls are the end of an answer in some. */
function finishOf(reason: FinishReason | undefined, hasCalls: boolean): FinishReason | undefined {
	const word = reason === "other" || reason === "content_filter" ? "stop" : reason;
	return word === "stop" && hasCalls ? "tool_calls" : word;
}

function read(dialect: Dialect, body: Buffer, isStream: boolean): Said {
	const builder = new ResponseBuilder();
	if (!isStream) {
		const json = parseObject(body.toString()) as Record<string, unknown>;
		const response = dialect.readWhole?.(json);
		for (const event of response === undefined ? [] : eventsOf(response)) builder.add(event);
		return saidIn(builder);
	}
	const format = dialect.stream as StreamFormat;
	const stream = new EventStream({
		format,
		choices: 1,
		consumer: {
			add: ({ events }) => {
				for (const event of events) builder.add(event);
			},
			addText: (choice, text, isPlain) => builder.add({ type: "text", choice, text, isPlain }),
		},
	});
	stream.push(body);
	stream.end();
	expect(stream.isWhole).toBe(true);
	return saidIn(builder);
}

describe.each(cases)("%s to a client of %s", (_id, _client, { recording, upstream, client }) => {
	test("says the same", () => {
		const translator = translatorFor(client, upstream, { ...asked[client.name], stream: recording.stream });
		const given = Buffer.from(bodyOf(recording));
		const expected = read(upstream, given, recording.stream);
		const usual = { ...expected, finish: expected.finish ?? "stop" };
		if (!recording.stream) {
			expect(read(client, translator.answer(given).bytes, false)).toEqual(usual);
			expect(read(client, translator.answerAsStream(given), true)).toEqual(usual);
			return;
		}
		const writer = translator.writer();
		const stream = new EventStream({ format: upstream.stream, choices: 1, writer });
		const out: Buffer[] = [];
		for (let at = 0; at < given.length; at += 997) {
			const piece = stream.push(given.subarray(at, at + 997));
			if (piece !== undefined) out.push(piece.bytes);
		}
		for (const piece of [stream.end(), stream.closing]) if (piece !== undefined) out.push(piece.bytes);
		expect(read(client, Buffer.concat(out), true)).toEqual(usual);
	});
});

const requests = recorded.flatMap(([client, recordings]) =>
	recordings.flatMap((recording) => {
		const body = requestOf(recording);
		return body === undefined ? [] : [[recording.id, { client, body }] as const];
	}),
);

test.each(requests)("what %s asks is asked in each other dialect, or told to be lost", (_id, { client, body }) => {
	for (const upstream of dialects.filter((dialect) => dialect !== client)) {
		let translator: Translator;
		try {
			translator = translatorFor(client, upstream, body);
		} catch (thrown) {
			// Such as what needs a memory of its own.
			expect(thrown).toBeInstanceOf(GatewayError);
			expect(thrown).toMatchObject({ status: 400 });
			continue;
		}
		const written = translator.body("claude-sonnet-4-5");
		const { messages: sent } = (upstream.translation as Translation).readRequest(JSON.parse(JSON.stringify(written)));
		const ofTools = (all: typeof sent) =>
			all.flatMap(({ parts }) => parts.flatMap(({ type }) => (/^tool_/.test(type) ? type : []))).sort();
		expect(ofTools(sent)).toEqual(ofTools(translator.request.messages));
		const declared = new Set([
			...Object.keys({ ...commonLosses, ...upstream.translation?.losses?.request }),
			...Object.keys(translator.request.extensions),
			...translator.request.messages.flatMap(({ parts }) => parts.flatMap(typeOf)),
		]);
		const undeclared = [...translator.dropped].filter((name) => !declared.has(name) && !name.startsWith("tools."));
		expect(undeclared).toEqual([]);
	}
});

function typeOf(part: Translator["request"]["messages"][number]["parts"][number]): string[] {
	if (part.type === "tool_result") return part.parts.flatMap(typeOf);
	return part.type === "opaque" ? [String((part.value as { type?: unknown } | null)?.type)] : [part.type];
}
