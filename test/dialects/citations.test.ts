/** Where a text comes from, told by each upstream in its own words, and to each client in its own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placedIn } from "../../src/chat/citations.js";
import { offsetOf } from "../../src/chat/codePoints.js";
import type { ChatResponse } from "../../src/chat/response.js";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import { bedrockConverse } from "../../src/dialects/bedrockConverse/index.js";
import { cohereChat } from "../../src/dialects/cohereChat/index.js";
import type { Dialect, Json } from "../../src/dialects/dialect.js";
import { geminiContent } from "../../src/dialects/gemini/index.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { builtFrom, objectsIn, requestFor, streamFor, streamOf, wholeFor } from "../kit/translatedAnswer.js";

const clients = [openaiChat, openaiResponses, anthropicMessages, geminiContent];

/** One character is two of UTF-16, and four bytes. */
const [before, cited, after] = ["Zoë 😀 says: ", "Röme is old", ". So be it."];
const said = before + cited + after;
const points = { start: Array.from(before).length, end: Array.from(before + cited).length };
const bytes = { startIndex: Buffer.byteLength(before), endIndex: Buffer.byteLength(before + cited) };
const url = "https://example.org/rome";
const title = "On Rome";
const citedText = "It was founded in 753 BC.";

interface Host {
	readonly dialect: Dialect;
	readonly whole: Json;
	readonly stream: readonly (Json | string)[];
}

const chat = (delta: Json, more: Json = {}, finish: string | null = null): Json => ({
	choices: [{ index: 0, delta, finish_reason: finish }],
	...more,
});
const urlCitation = { type: "url_citation", url, title, start_index: points.start, end_index: points.end };
const nested = {
	type: "url_citation",
	url_citation: { url, title, content: citedText, start_index: points.start, end_index: points.end },
};
const blocks: Json[] = [
	{ type: "text", text: before },
	{
		type: "text",
		text: cited,
		citations: [{ type: "web_search_result_location", url, title, cited_text: citedText, encrypted_index: "x" }],
	},
	{ type: "text", text: after },
];
const message = (content: Json[]): Json => ({
	id: "m1",
	type: "message",
	role: "assistant",
	content,
	stop_reason: "end_turn",
	usage: { input_tokens: 1, output_tokens: 2 },
});
const item = {
	id: "i1",
	type: "message",
	role: "assistant",
	status: "completed",
	content: [{ type: "output_text", text: said, annotations: [urlCitation] }],
};
const place = { item_id: "i1", output_index: 0, content_index: 0 };
const response = (more: Json): Json => ({ id: "r1", object: "response", created_at: 1, model: "m", ...more });
const cohereCitation = {
	...points,
	text: cited,
	sources: [{ type: "document", id: "d1", document: { id: "d1", url, title, snippet: citedText } }],
	type: "TEXT_CONTENT",
};
const grounding = {
	groundingChunks: [{ web: { uri: "https://example.org/other" } }, { web: { uri: url, title } }],
	groundingSupports: [{ segment: { ...bytes, text: cited }, groundingChunkIndices: [1] }],
};
const converseCitation = { title, source: url, sourceContent: [{ text: citedText }], location: { web: { url } } };

const hosts: Record<string, Host> = {
	"chat completions": {
		dialect: openaiChat,
		whole: {
			choices: [
				{ index: 0, message: { role: "assistant", content: said, annotations: [nested] }, finish_reason: "stop" },
			],
		},
		stream: [
			chat({ role: "assistant", content: before }),
			chat({ content: cited }),
			chat({ content: after }),
			chat({ annotations: [nested] }),
			chat({}, {}, "stop"),
			"[DONE]",
		],
	},
	responses: {
		dialect: openaiResponses,
		whole: response({ status: "completed", output: [item] }),
		stream: [
			{ type: "response.created", sequence_number: 0, response: response({ status: "in_progress", output: [] }) },
			{ type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } },
			{ type: "response.content_part.added", ...place, part: { type: "output_text", text: "" } },
			...[before, cited].map((delta) => ({ type: "response.output_text.delta", ...place, delta })),
			{ type: "response.output_text.annotation.added", ...place, annotation_index: 0, annotation: urlCitation },
			{ type: "response.output_text.delta", ...place, delta: after },
			{ type: "response.content_part.done", ...place, part: item.content[0] },
			{ type: "response.output_item.done", output_index: 0, item },
			{ type: "response.completed", response: response({ status: "completed", output: [item] }) },
		],
	},
	messages: {
		dialect: anthropicMessages,
		whole: message(blocks),
		stream: [
			{ type: "message_start", message: { ...message([]), stop_reason: null } },
			...blocks.flatMap(({ text, citations }, index) => [
				{ type: "content_block_start", index, content_block: { type: "text", text: "" } },
				...((citations as Json[] | undefined) ?? []).map((citation) => ({
					type: "content_block_delta",
					index,
					delta: { type: "citations_delta", citation },
				})),
				{ type: "content_block_delta", index, delta: { type: "text_delta", text } },
				{ type: "content_block_stop", index },
			]),
			{ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
			{ type: "message_stop" },
		],
	},
	Gemini: {
		dialect: geminiContent,
		whole: {
			candidates: [
				{ content: { role: "model", parts: [{ text: said }] }, finishReason: "STOP", groundingMetadata: grounding },
			],
		},
		stream: [
			{ candidates: [{ content: { role: "model", parts: [{ text: "Thinking", thought: true }] } }] },
			...[before, cited, after].map((text) => ({ candidates: [{ content: { role: "model", parts: [{ text }] } }] })),
			{
				candidates: [
					{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP", groundingMetadata: grounding },
				],
			},
		],
	},
	Cohere: {
		dialect: cohereChat,
		whole: {
			id: "c1",
			finish_reason: "COMPLETE",
			message: {
				role: "assistant",
				content: [
					{ type: "thinking", thinking: "Hm" },
					{ type: "text", text: said },
				],
				citations: [
					{ ...cohereCitation, content_index: 1 },
					{ ...cohereCitation, type: "THINKING_CONTENT", content_index: 0 },
				],
			},
		},
		stream: [
			{ type: "message-start", id: "c1" },
			{ type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
			...[before, cited, after].map((text) => ({ type: "content-delta", delta: { message: { content: { text } } } })),
			{ type: "citation-start", index: 0, delta: { message: { citations: cohereCitation } } },
			{ type: "citation-end", index: 0 },
			{ type: "content-end", index: 0 },
			{ type: "message-end", delta: { finish_reason: "COMPLETE" } },
		],
	},
	Bedrock: {
		dialect: bedrockConverse,
		whole: {
			output: {
				message: {
					role: "assistant",
					content: [
						{ text: before },
						{ citationsContent: { content: [{ text: cited }], citations: [converseCitation] } },
						{ text: after },
					],
				},
			},
			stopReason: "end_turn",
		},
		stream: [
			{ messageStart: { role: "assistant" } },
			{ contentBlockDelta: { contentBlockIndex: 0, delta: { text: before } } },
			{ contentBlockDelta: { contentBlockIndex: 1, delta: { text: cited } } },
			{ contentBlockDelta: { contentBlockIndex: 1, delta: { citation: converseCitation } } },
			{ contentBlockDelta: { contentBlockIndex: 2, delta: { text: after } } },
			{ messageStop: { stopReason: "end_turn" } },
			{ metadata: { usage: { inputTokens: 1, outputTokens: 2 } } },
		],
	},
};

interface Told {
	readonly url: string | undefined;
	readonly title: string | undefined;
	readonly text: string;
}

/** What of a text is said to come from where. */
function toldIn({ choices }: ChatResponse): Told[] {
	return (choices[0]?.parts ?? []).flatMap((part) => {
		if (part.type !== "text") return [];
		return placedIn(part.text, part.citations ?? []).map(({ url: source, title: name, span }) => {
			const text = part.text.slice(offsetOf(part.text, span.start), offsetOf(part.text, span.end));
			return { url: source, title: name, text };
		});
	});
}

const pairs = Object.entries(hosts).flatMap(([name, host]) =>
	clients.filter((client) => client !== host.dialect).map((client) => [name, client.name, { host, client }] as const),
);

describe.each(pairs)("a citation of %s, told to a client of %s", (_host, _client, { host, client }) => {
	const readWhole = client.readWhole as NonNullable<Dialect["readWhole"]>;

	test("keeps its source and its place in a whole answer", () => {
		expect(toldIn(readWhole(wholeFor(client, host.dialect, host.whole)))).toEqual([{ url, title, text: cited }]);
	});

	test("keeps them in a stream, wherever that is cut", () => {
		const given = streamOf(host.stream);
		fc.assert(
			fc.property(fc.integer({ min: 1, max: given.length }), (size) => {
				const built = builtFrom(client, streamFor(client, host.dialect, given, size));
				const texts = (built.choices[0]?.parts ?? []).map((part) => (part.type === "text" ? part.text : ""));
				expect(texts.join("")).toBe(said);
				const told = toldIn(built);
				// Blocks of Messages that were sent can't be cut any more.
				const isCoarse = client === anthropicMessages && host.dialect !== bedrockConverse;
				expect(told).toEqual([{ url, title, text: isCoarse ? said : cited }]);
			}),
			{ numRuns: 12, examples: [[1], [given.length]] },
		);
	});
});

describe("Sources that are listed beside an answer", () => {
	const sources = ["https://example.org/a", "https://example.org/b"];
	const results = [{ url: sources[0], title: "A", snippet: "Snip" }];
	const text = "It is [1] so, and [1][2].";

	test("are cited where their number stands", () => {
		const whole = {
			choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
			citations: sources,
			search_results: results,
		};
		const translated = openaiResponses.readWhole?.(wholeFor(openaiResponses, openaiChat, whole)) as ChatResponse;
		expect(toldIn(translated)).toEqual([
			{ url: sources[0], title: "A", text: "[1]" },
			{ url: sources[0], title: "A", text: "[1]" },
			{ url: sources[1], title: sources[1], text: "[2]" },
		]);
	});

	test("are told once, though each chunk has them, and to the end where the text does not number them", () => {
		const more = { citations: sources.slice(0, 1), search_results: results };
		const given = streamOf([chat({ content: "It is " }, more), chat({ content: "so." }, more), chat({}, more, "stop")]);
		const sent = objectsIn(streamFor(openaiResponses, openaiChat, given));
		const annotation = { type: "url_citation", url: sources[0], title: "A", start_index: 9, end_index: 9 };
		expect(sent.filter(({ type }) => type === "response.output_text.annotation.added")).toMatchObject([{ annotation }]);
		const deltas = objectsIn(streamFor(anthropicMessages, openaiChat, given)).filter(
			({ delta }) => (delta as Json | undefined)?.type === "citations_delta",
		);
		expect(deltas).toMatchObject([{ delta: { citation: { url: sources[0], cited_text: "Snip" } } }]);
	});
});

describe("Documents", () => {
	const location = { documentPage: { documentIndex: 2, start: 1, end: 3 } };
	const whole = {
		output: {
			message: {
				content: [
					{
						citationsContent: {
							content: [{ text: "So it says." }],
							citations: [{ title: "Report", sourceContent: [{ text: "So." }], location }],
						},
					},
				],
			},
		},
		stopReason: "end_turn",
	};

	test("are cited by the page for clients of Messages, by their name in responses, and not at all in chats", () => {
		expect(wholeFor(anthropicMessages, bedrockConverse, whole)).toMatchObject({
			content: [
				{
					text: "So it says.",
					citations: [
						{
							type: "page_location",
							document_index: 2,
							document_title: "Report",
							start_page_number: 1,
							end_page_number: 3,
							cited_text: "So.",
						},
					],
				},
			],
		});
		const { output } = wholeFor(openaiResponses, bedrockConverse, whole) as { output: Json[] };
		expect(output).toMatchObject([
			{ content: [{ annotations: [{ type: "file_citation", file_id: "Report", filename: "Report", index: 11 }] }] },
		]);
		expect(JSON.stringify(wholeFor(openaiChat, bedrockConverse, whole))).not.toContain("annotations");
	});

	const source = { type: "base64", media_type: "application/pdf", data: "AAAA" };
	const document = { type: "document", source, citations: { enabled: true } };
	const messages = [{ role: "user", content: [document] }];

	test.each([
		[bedrockConverse, []],
		[openaiChat, ["citations"]],
		[openaiResponses, ["citations"]],
		[geminiContent, ["citations"]],
		[cohereChat, ["citations"]],
	])("that are to be cited are so at $name, or the wish is named", (upstream, lost) => {
		const { sent, dropped } = requestFor(anthropicMessages, upstream, { messages });
		expect(dropped.filter((name) => name === "citations")).toEqual(lost);
		expect(JSON.stringify(sent).includes('"enabled":true')).toBe(lost.length === 0);
	});
});

test("Anthropic is not shown citations of searches that weren't its own", () => {
	const { content } = wholeFor(anthropicMessages, openaiChat, hosts["chat completions"]?.whole ?? {});
	const own = { type: "web_search_result_location", url, encrypted_index: "Anthropic's", cited_text: "" };
	const answer = [...(content as Json[]), { type: "text", text: "And.", citations: [own] }];
	const body = { messages: [{ role: "assistant", content: answer }] };
	const kept = anthropicMessages.withoutSeals?.(body) as { messages: { content: Json[] }[] };
	expect(kept.messages[0]?.content.map(({ text, citations }) => [text, citations])).toEqual([
		[before, undefined],
		[cited, undefined],
		[after, undefined],
		["And.", [own]],
	]);
});

test("White space that no citation covers is no block of its own", () => {
	const text = "A. B.";
	const annotations = [
		{ type: "url_citation", url_citation: { url: "https://a.org", title: "a", start_index: 0, end_index: 2 } },
		{ type: "url_citation", url_citation: { url: "https://b.org", title: "b", start_index: 3, end_index: 99 } },
	];
	const whole = { choices: [{ message: { content: text, annotations }, finish_reason: "stop" }] };
	const { content } = wholeFor(anthropicMessages, openaiChat, whole) as { content: Json[] };
	expect(content.map((block) => block.text)).toEqual(["A.", " B."]);
});
