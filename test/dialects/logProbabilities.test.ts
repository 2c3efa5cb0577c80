/** Log probabilities: asked for in each dialect's words, and told in each client's. */
import { describe, expect, test } from "vitest";
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
const texts = ["Rö", "me"];
const logprobs = [-0.5, -0.25];
const other = { token: "x", logprob: -2 };

/** As OpenAI and Ollama have them. */
const plain = texts.map((token, at) => ({ token, logprob: logprobs[at], top_logprobs: [other] }));
const googles = (from: number, to: number): Json => ({
	chosenCandidates: texts.map((token, at) => ({ token, logProbability: logprobs[at] })).slice(from, to),
	topCandidates: texts.map(() => ({ candidates: [{ token: "x", logProbability: -2 }] })).slice(from, to),
});
const coheres = texts.map((text, at) => ({ text, token_ids: [at], logprobs: [logprobs[at]] }));
const place = { item_id: "i1", output_index: 0, content_index: 0 };
const item = (content: Json[]): Json => ({ id: "i1", type: "message", role: "assistant", content });
const content = (text: string): Json => ({ role: "model", parts: [{ text }] });

const hosts: Record<string, { dialect: Dialect; hasTop: boolean; whole: Json; stream: (Json | string)[] }> = {
	"chat completions": {
		dialect: openaiChat,
		hasTop: true,
		whole: {
			choices: [{ message: { content: texts.join("") }, logprobs: { content: plain }, finish_reason: "stop" }],
		},
		stream: [
			...texts.map((text, at) => ({
				choices: [{ index: 0, delta: { content: text }, logprobs: { content: [plain[at]] }, finish_reason: null }],
			})),
			{ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] },
			"[DONE]",
		],
	},
	responses: {
		dialect: openaiResponses,
		hasTop: true,
		whole: { status: "completed", output: [item([{ type: "output_text", text: texts.join(""), logprobs: plain }])] },
		stream: [
			{ type: "response.created", response: { id: "r1" } },
			{ type: "response.output_item.added", output_index: 0, item: item([]) },
			{ type: "response.content_part.added", ...place, part: { type: "output_text", text: "" } },
			...texts.map((delta, at) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [plain[at]] })),
			{ type: "response.output_item.done", output_index: 0, item: item([]) },
			{ type: "response.completed", response: { id: "r1", status: "completed", output: [] } },
		],
	},
	Gemini: {
		dialect: geminiContent,
		hasTop: true,
		whole: {
			candidates: [{ content: content(texts.join("")), finishReason: "STOP", logprobsResult: googles(0, 2) }],
		},
		stream: texts.map((text, at) => ({
			candidates: [
				{
					content: content(text),
					logprobsResult: googles(at, at + 1),
					...(at === 1 ? { finishReason: "STOP" } : {}),
				},
			],
		})),
	},
	Cohere: {
		dialect: cohereChat,
		hasTop: false,
		whole: {
			finish_reason: "COMPLETE",
			message: { content: [{ type: "text", text: texts.join("") }] },
			logprobs: coheres,
		},
		stream: [
			{ type: "message-start", id: "c1" },
			...texts.map((text, at) => ({
				type: "content-delta",
				delta: { message: { content: { text } } },
				logprobs: coheres[at],
			})),
			{ type: "message-end", delta: { finish_reason: "COMPLETE" } },
		],
	},
	Ollama: {
		dialect: ollamaChat,
		hasTop: true,
		whole: { model: "m", message: { role: "assistant", content: texts.join("") }, logprobs: plain, done: true },
		stream: [
			...texts.map((text, at) => ({ message: { role: "assistant", content: text }, logprobs: [plain[at]] })),
			{ message: { role: "assistant", content: "" }, done: true, done_reason: "stop" },
		],
	},
};

const pairs = Object.entries(hosts).flatMap(([name, host]) =>
	clients.filter((client) => client !== host.dialect).map((client) => [name, client.name, { host, client }] as const),
);

describe.each(pairs)("log probabilities of %s, told to a client of %s", (_host, _client, { host, client }) => {
	const expected = texts.map((token, at) => ({
		token,
		logprob: logprobs[at],
		top: host.hasTop ? [expect.objectContaining(other)] : [],
	}));

	test("are those of the tokens in a whole answer", () => {
		const read = client.readWhole?.(wholeFor(client, host.dialect, host.whole));
		expect(read?.choices[0]).toMatchObject({ parts: [{ text: texts.join("") }], logprobs: expected });
	});

	test.each([1, 7, 100_000])("are those of the tokens in a stream of pieces of %i bytes", (size) => {
		const built = builtFrom(client, streamFor(client, host.dialect, streamOf(host.stream), size));
		expect(built.choices[0]).toMatchObject({ parts: [{ text: texts.join("") }], logprobs: expected });
	});
});

test("each piece of a text has its own in OpenAI's streams", () => {
	const given = streamOf(hosts.Ollama?.stream ?? []);
	const ollama = hosts.Ollama?.dialect as Dialect;
	const chunks = objectsIn(streamFor(openaiChat, ollama, given)).flatMap(({ choices }) => choices as Json[]);
	const spoken = chunks.filter(({ delta }) => (delta as Json).content);
	expect(spoken).toMatchObject(
		texts.map((token) => ({ delta: { content: token }, logprobs: { content: [{ token }] } })),
	);
	const events = objectsIn(streamFor(openaiResponses, ollama, given));
	const deltas = events.filter(({ type }) => type === "response.output_text.delta");
	expect(deltas).toMatchObject(
		texts.map((token) => ({ delta: token, logprobs: [{ token, bytes: [...Buffer.from(token)] }] })),
	);
	expect(events.find(({ type }) => type === "response.output_text.done")).toMatchObject({
		logprobs: texts.map((token) => ({ token })),
	});
});

test("Google's clients get their mean", () => {
	const { candidates } = wholeFor(geminiContent, openaiChat, hosts["chat completions"]?.whole ?? {});
	expect(candidates).toMatchObject([{ avgLogprobs: -0.375 }]);
});

describe("are asked for", () => {
	const asking: [Dialect, Json][] = [
		[openaiChat, { logprobs: true, top_logprobs: 3 }],
		[openaiResponses, { include: ["message.output_text.logprobs"], top_logprobs: 3 }],
		[geminiContent, { generationConfig: { responseLogprobs: true, logprobs: 3 } }],
	];
	const asked: [Dialect, Json, string[]][] = [
		...asking.map(([dialect, members]): [Dialect, Json, string[]] => [dialect, members, []]),
		[cohereChat, { logprobs: true }, ["topLogprobs"]],
		[hosts.Ollama?.dialect as Dialect, { logprobs: true, top_logprobs: 3 }, []],
		[anthropicMessages, {}, ["logprobs"]],
		[bedrockConverse, {}, ["logprobs"]],
	];
	const cases = asking.flatMap(([client, members]) =>
		asked
			.filter(([upstream]) => upstream !== client)
			.map((one) => [client.name, one[0].name, { client, members, asked: one }] as const),
	);

	test.each(cases)(
		"by a client of %s, of %s",
		(_client, _upstream, { client, members, asked: [upstream, own, lost] }) => {
			const { sent, dropped } = requestFor(client, upstream, members);
			expect(sent).toMatchObject(own);
			expect(dropped).toEqual(lost);
		},
	);
});
