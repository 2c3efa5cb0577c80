/** Pictures and recordings that a model has made, and files that it is shown, between dialects. */
import { describe, expect, test } from "vitest";
import type { ChatResponse } from "../../src/chat/response.js";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import { bedrockConverse } from "../../src/dialects/bedrockConverse/index.js";
import { cohereChat } from "../../src/dialects/cohereChat/index.js";
import type { Dialect, Json } from "../../src/dialects/dialect.js";
import { geminiContent } from "../../src/dialects/gemini/index.js";
import { ollamaChat } from "../../src/dialects/ollamaChat/index.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { builtFrom, objectsIn, requestFor, streamFor, streamOf, wholeFor } from "../kit/translatedAnswer.js";

const clients = [openaiChat, openaiResponses, geminiContent];
const picture = { type: "image", source: { data: "AAAA", mediaType: "image/png" } };
const images = [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }];
const item = { id: "ig1", type: "image_generation_call", status: "completed", result: "AAAA", output_format: "png" };
const parts = [{ text: "Here:" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }];
const text = { type: "output_text", text: "Here:", annotations: [] };
const message = { id: "m1", type: "message", role: "assistant", content: [text] };

const hosts: Record<string, { dialect: Dialect; whole: Json; stream: (Json | string)[] }> = {
	"chat completions": {
		dialect: openaiChat,
		whole: { choices: [{ message: { content: "Here:", images }, finish_reason: "stop" }] },
		stream: [
			{ choices: [{ index: 0, delta: { content: "Here:" }, finish_reason: null }] },
			{ choices: [{ index: 0, delta: { images }, finish_reason: "stop" }] },
			"[DONE]",
		],
	},
	responses: {
		dialect: openaiResponses,
		whole: { status: "completed", output: [message, item] },
		stream: [
			{ type: "response.created", response: { id: "r1" } },
			{ type: "response.output_item.done", output_index: 0, item: message },
			{ type: "response.output_item.added", output_index: 1, item: { ...item, result: null } },
			{ type: "response.output_item.done", output_index: 1, item },
			{ type: "response.completed", response: { id: "r1", status: "completed", output: [message, item] } },
		],
	},
	Gemini: {
		dialect: geminiContent,
		whole: { candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }] },
		stream: [
			{ candidates: [{ content: { role: "model", parts: parts.slice(0, 1) } }] },
			{ candidates: [{ content: { role: "model", parts: parts.slice(1) }, finishReason: "STOP" }] },
		],
	},
};

const pairs = Object.entries(hosts).flatMap(([name, host]) =>
	clients.filter((client) => client !== host.dialect).map((client) => [name, client.name, { host, client }] as const),
);

describe.each(pairs)("a picture of %s reaches a client of %s", (_host, _client, { host, client }) => {
	const expected = [{ type: "text", text: "Here:" }, picture];

	test("in a whole answer", () => {
		const read = client.readWhole?.(wholeFor(client, host.dialect, host.whole)) as ChatResponse;
		expect(read.choices[0]?.parts).toMatchObject(expected);
	});

	test.each([1, 100_000])("in a stream of pieces of %i bytes", (size) => {
		const built = builtFrom(client, streamFor(client, host.dialect, streamOf(host.stream), size));
		expect(built.choices[0]?.parts).toMatchObject(expected);
	});
});

test("the text beside a picture stays a text for clients of chat completions", () => {
	const { choices } = wholeFor(openaiChat, geminiContent, hosts.Gemini?.whole ?? {});
	expect(choices).toMatchObject([{ message: { content: "Here:", images } }]);
});

test("clients of Messages get the text", () => {
	const { content } = wholeFor(anthropicMessages, geminiContent, hosts.Gemini?.whole ?? {});
	expect(content).toEqual([{ type: "text", text: "Here:" }]);
	const events = objectsIn(streamFor(anthropicMessages, geminiContent, streamOf(hosts.Gemini?.stream ?? [])));
	expect(events.filter(({ type }) => type === "content_block_start")).toHaveLength(1);
});

describe("a recording", () => {
	const spoken = { inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: "AAAA" } };
	const candidate = { content: { role: "model", parts: [spoken] }, finishReason: "STOP" };

	test("of Gemini is the audio of a chat completion", () => {
		const { choices } = wholeFor(openaiChat, geminiContent, { candidates: [candidate] });
		expect(choices).toMatchObject([{ message: { content: null, audio: { data: "AAAA", transcript: "" } } }]);
		const chunks = objectsIn(streamFor(openaiChat, geminiContent, streamOf([{ candidates: [candidate] }])));
		const deltas = chunks.flatMap(({ choices: all }) => (all as { delta: Json }[]).map(({ delta }) => delta));
		expect(deltas.filter(({ audio }) => audio)).toMatchObject([{ audio: { data: "AAAA" } }]);
	});

	test("of a chat completion is a part of Gemini's", () => {
		const audio = { id: "a", data: "AAAA", transcript: "Hi" };
		const whole = { choices: [{ message: { content: null, audio }, finish_reason: "stop" }] };
		const { candidates } = wholeFor(geminiContent, openaiChat, whole);
		expect(candidates).toMatchObject([{ content: { parts: [spoken] } }]);
	});

	test.each([
		[{ modalities: ["text", "audio"], audio: { voice: "Kore", format: "pcm16" } }, ["AUDIO"], "Kore", []],
		[
			{ modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } },
			["AUDIO"],
			undefined,
			["audio.voice"],
		],
		[{ modalities: ["image", "text"] }, ["IMAGE", "TEXT"], undefined, []],
		[{ modalities: ["text"] }, undefined, undefined, []],
	])("or a picture is asked of Gemini by %j", (members, modalities, voice, lost) => {
		const { sent, dropped } = requestFor(openaiChat, geminiContent, members);
		const { responseModalities, speechConfig } = (sent.generationConfig ?? {}) as Json;
		expect([responseModalities, dropped]).toEqual([modalities, lost]);
		expect(speechConfig).toEqual(voice && { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } });
	});
});

describe("a file that is shown", () => {
	const pdf = { data: Buffer.from("pdf").toString("base64"), type: "application/pdf" };
	const plain = { data: Buffer.from("Hi").toString("base64"), type: "text/plain" };
	const shown = ({ data, type }: typeof pdf) => ({
		messages: [
			{
				role: "user",
				content: [{ type: "file", file: { filename: "a.b", file_data: `data:${type};base64,${data}` } }],
			},
		],
	});
	const asText = "a.b:\n\nHi";
	const cases: [Dialect, pdf: string, plain: string][] = [
		[openaiResponses, `"file_data":"data:application/pdf;base64,${pdf.data}"`, `data:text/plain;base64,${plain.data}`],
		[
			anthropicMessages,
			`"type":"document","source":{"type":"base64"`,
			`"type":"text","media_type":"text/plain","data":"Hi"`,
		],
		[geminiContent, `"mimeType":"application/pdf"`, `"mimeType":"text/plain"`],
		[bedrockConverse, `"format":"pdf"`, `"format":"txt"`],
		[cohereChat, "", JSON.stringify(asText)],
		[ollamaChat, "", JSON.stringify(asText)],
	];

	test.each(cases)("to $name is a file there, or its text, or named", (upstream, asPdf, asPlain) => {
		const ofPdf = requestFor(openaiChat, upstream, shown(pdf));
		expect(ofPdf.dropped).toEqual(asPdf === "" ? ["file"] : []);
		expect(JSON.stringify(ofPdf.sent)).toContain(asPdf);
		const ofPlain = requestFor(openaiChat, upstream, shown(plain));
		expect(ofPlain.dropped).toEqual([]);
		expect(JSON.stringify(ofPlain.sent)).toContain(asPlain);
	});
});
