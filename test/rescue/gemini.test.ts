/** Streams for clients of Gemini that break in the middle: Google's own SDK reads one whole answer. */
import { GoogleGenAI } from "@google/genai";
import { describe, expect, test } from "vitest";
import type { HostAnswer, Received } from "../kit/aiHost.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { cutOff, eventsIn, hearIn, hostOf, type Spoken, streamed, wires } from "../kit/spoken.js";

const gemini = "gemini.generate_content";
const dialects = [gemini, ...wires] as const;
type Dialect = (typeof dialects)[number];

const texts = ["One, two", " and thr", "ee: that is", " all there is."];
const whole = texts.join("");
/** The same in other pieces. */
const others = ["One", ", two and three", ": that is all there", " is", "."];
const call = { name: "look", arguments: ['{"at"', ':"sky"}'] };

/** Each event of Google's stream. */
function googleEvents({
	reasoning,
	texts: said = [],
	call: made,
	by = "a",
	usage = { input: 9, output: 5 },
}: Spoken): string[] {
	const named = { modelVersion: `model-${by}`, responseId: `resp-${by}` };
	const parts = [
		...(reasoning === undefined ? [] : [{ text: reasoning, thought: true }]),
		...said.map((text) => ({ text })),
		...(made === undefined
			? []
			: [
					{
						functionCall: { id: `call_${by}`, name: made.name, args: JSON.parse(made.arguments.join("")) },
						thoughtSignature: `c2lnbmVk${by}`,
					},
				]),
	];
	const { input, output } = usage;
	const event = (content: object, more: object = {}) =>
		`data: ${JSON.stringify({ candidates: [{ content, index: 0, ...more }], ...named, ...("finishReason" in more ? { usageMetadata: { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output } } : {}) })}\n\n`;
	return [
		...parts.map((part) => event({ parts: [part], role: "model" })),
		event({ parts: [{ text: "" }], role: "model" }, { finishReason: "STOP" }),
	];
}

const eventsOf = (dialect: Dialect, spoken: Spoken) =>
	dialect === gemini ? googleEvents(spoken) : eventsIn(dialect, spoken);

/** Events after which all has been said. */
const lastOf = (dialect: Dialect) =>
	({ [gemini]: 1, "openai.chat": 3, "anthropic.messages": 2, "openai.responses": 1 })[dialect];

async function inFrontOf(
	[first, second]: readonly [Dialect, Dialect],
	{ answer, sent, capabilities = {} }: { answer: HostAnswer; sent: () => string | Buffer; capabilities?: object },
) {
	const breaking = await hostOf((...asked) => cutOff(sent())(...asked));
	const other = await hostOf(answer);
	const gateway = await gatewayWith({
		upstreams: [
			upstream("first", `${breaking.url}/v1`, { dialects: [first] }),
			upstream("second", `${other.url}/v1`, { dialects: [second] }),
		],
		routes: [
			route([target("first/m"), target("second/m", { capabilities })], {
				retry: { ...route([]).retry, attemptsPerTarget: 1 },
			}),
		],
	});
	return { gateway, other };
}

/** All of a streamed answer, by Google's SDK. @throws its error */
async function hear({ url }: { url: string }, config: object = {}) {
	const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url } });
	const stream = await client.models.generateContentStream({ model: "test-model", contents: "Say your text.", config });
	const heard = {
		text: "",
		thoughts: "",
		calls: [] as object[],
		finish: [] as unknown[],
		usage: {},
		ids: new Set<unknown>(),
	};
	for await (const { candidates = [], usageMetadata: usage, responseId } of stream) {
		heard.ids.add(responseId);
		if (usage) heard.usage = { input: usage.promptTokenCount, output: usage.candidatesTokenCount };
		for (const { content, finishReason } of candidates) {
			if (finishReason) heard.finish.push(finishReason);
			for (const { text = "", thought, functionCall } of content?.parts ?? []) {
				if (functionCall) heard.calls.push({ name: functionCall.name, args: functionCall.args });
				else heard[thought ? "thoughts" : "text"] += text;
			}
		}
	}
	return heard;
}

function post({ url }: { url: string }, query: string, more: object = {}) {
	return fetch(`${url}/v1beta/models/test-model:streamGenerateContent${query}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Say your text." }] }], ...more }),
	});
}

const pairs = dialects.flatMap((first) => dialects.map((second) => [first, second] as const));

test.each(pairs)("a text of %s, cut after any event, is whole by %s", async (first, second) => {
	const events = eventsOf(first, { texts, by: "a" });
	let after = 0;
	const { gateway } = await inFrontOf([first, second], {
		sent: () => events.slice(0, after).join(""),
		answer: streamed(eventsOf(second, { texts: others, by: "b", usage: { input: 9, output: 7 } })),
	});
	for (; after <= events.length - lastOf(first); after += 1) {
		const { ids, ...heard } = await hear(gateway);
		expect(heard, `after ${after} events`).toEqual({
			text: whole,
			thoughts: "",
			calls: [],
			finish: ["STOP"],
			usage: { input: 9, output: 7 },
		});
		expect(ids.size, `after ${after} events`).toBe(1);
	}
});

test.each(dialects)("a stream that is cut at any byte, and comes from %s, is whole", async (first) => {
	const said: Spoken = { texts: ["Ünï", "cödé 😀", " and ", "more 😀😁."], by: "a" };
	const bytes = Buffer.from(eventsOf(first, said).join(""));
	let at = 0;
	const { gateway } = await inFrontOf([first, gemini], {
		sent: () => bytes.subarray(0, at),
		answer: streamed(googleEvents({ ...said, by: "b" })),
	});
	for (at = 1; at < bytes.length; at += 149)
		expect((await hear(gateway)).text, `at byte ${at}`).toBe(said.texts?.join(""));
});

test.each(wires)("a client of %s has a stream of Google's gone on with by Google", async (wire) => {
	const events = googleEvents({ texts, by: "a" });
	const { gateway } = await inFrontOf([gemini, gemini], {
		sent: () => events.slice(0, 2).join(""),
		answer: streamed(googleEvents({ texts: others, by: "b" })),
	});
	expect(await hearIn(gateway, wire)).toMatchObject({ text: whole, deltas: whole });
});

test("the array that a client without `alt=sse` reads is whole as well", async () => {
	const events = googleEvents({ texts, by: "a" });
	const { gateway } = await inFrontOf([gemini, "openai.chat"], {
		sent: () => events.slice(0, 2).join(""),
		answer: streamed(eventsIn("openai.chat", { texts: others, by: "b" })),
	});
	const answers = (await (await post(gateway, "")).json()) as {
		candidates: { content: { parts: { text: string }[] } }[];
	}[];
	expect(answers.map(({ candidates }) => candidates[0]?.content.parts[0]?.text ?? "").join("")).toBe(whole);
});

describe("a target that can go on from the text", () => {
	test.each(dialects)("of %s is sent it", async (second) => {
		const received: Received[] = [];
		const events = googleEvents({ texts, by: "a" });
		const { gateway } = await inFrontOf([gemini, second], {
			sent: () => events.slice(0, 2).join(""),
			answer: (request, response, message) => {
				received.push(request);
				return streamed(
					eventsOf(second, { texts: ["ee: that is all there is."], by: "b", usage: { input: 12, output: 2 } }),
				)(request, response, message);
			},
			capabilities: { prefill: "assistant" },
		});
		const { text, usage } = await hear(gateway, { maxOutputTokens: 100 });
		expect([text, usage]).toEqual([whole, { input: 10, output: 4 }]);
		const asked = JSON.parse(received[0]?.body.toString() ?? "");
		const last = (asked.contents ?? asked.messages ?? asked.input).at(-1);
		expect(last.role).toBe(second === gemini ? "model" : "assistant");
		expect(JSON.stringify(last)).toContain("One, two and thr");
		expect(asked.generationConfig?.maxOutputTokens ?? asked.max_tokens ?? asked.max_output_tokens).toBe(98);
		if (second === gemini) expect(asked).not.toHaveProperty("model");
	});

	test("is asked anew where the client has begun the answer itself", async () => {
		const received: Received[] = [];
		const { gateway } = await inFrontOf([gemini, gemini], {
			sent: () => googleEvents({ texts, by: "a" }).slice(0, 2).join(""),
			answer: (request, response, message) => {
				received.push(request);
				return streamed(googleEvents({ texts: others, by: "b" }))(request, response, message);
			},
			capabilities: { prefill: "assistant" },
		});
		const contents = [
			{ role: "user", parts: [{ text: "Say your text." }] },
			{ role: "model", parts: [{ text: "Well:" }] },
		];
		const text = await (await post(gateway, "?alt=sse", { contents })).text();
		expect(text).toContain('"finishReason":"STOP"');
		expect(JSON.parse(received[0]?.body.toString() ?? "")).toEqual({ contents });
	});

	test("names of the limit in snake_case are taken as well", async () => {
		const received: Received[] = [];
		const { gateway } = await inFrontOf([gemini, gemini], {
			sent: () => googleEvents({ texts, by: "a" }).slice(0, 2).join(""),
			answer: (request, response, message) => {
				received.push(request);
				return streamed(googleEvents({ texts: ["ee: that is all there is."], by: "b" }))(request, response, message);
			},
			capabilities: { prefill: "assistant" },
		});
		await (await post(gateway, "?alt=sse", { generation_config: { max_output_tokens: 50, top_k: 3 } })).text();
		const { generationConfig, generation_config: snake } = JSON.parse(received[0]?.body.toString() ?? "");
		expect([generationConfig, snake]).toEqual([{ maxOutputTokens: 48, top_k: 3 }, undefined]);
	});
});

test("calls that were whole stay, with their first ids, and the answer ends as the second one does", async () => {
	const events = googleEvents({ texts, call, by: "a" });
	const { gateway } = await inFrontOf([gemini, gemini], {
		sent: () => events.slice(0, -1).join(""),
		answer: streamed(googleEvents({ texts: others, call, by: "b" })),
	});
	expect(await hear(gateway)).toMatchObject({
		text: whole,
		calls: [{ name: "look", args: { at: "sky" } }],
		finish: ["STOP"],
	});
	const text = await (await post(gateway, "?alt=sse")).text();
	expect(text).toContain("call_a");
	expect(text).not.toContain("call_b");
});

test("thoughts that another upstream repeats are not said twice", async () => {
	const events = googleEvents({ reasoning: "Hm. So.", texts, by: "a" });
	const { gateway } = await inFrontOf([gemini, gemini], {
		sent: () => events.slice(0, 3).join(""),
		answer: streamed(googleEvents({ reasoning: "Hm. So.", texts: others, by: "b" })),
	});
	expect(await hear(gateway)).toMatchObject({ thoughts: "Hm. So.", text: whole });
});

const google = (part: object, more: object = {}) =>
	`data: ${JSON.stringify({ candidates: [{ content: { parts: [part], role: "model" }, index: 0, ...more }], responseId: "r" })}\n\n`;

test.each([
	["half a call", google({ functionCall: { name: "look", willContinue: true } })],
	["what only Google understands", google({ executableCode: { language: "PYTHON", code: "1" } })],
	["sources of a text", google({ text: "One" }, { groundingMetadata: { webSearchQueries: ["a"] } })],
	["another candidate", google({ text: "One" }, { index: 1 })],
])("%s ends with the error, and nobody else is asked", async (_what, sent) => {
	const { gateway, other } = await inFrontOf([gemini, gemini], {
		sent: () => google({ text: "One" }) + sent,
		answer: streamed(googleEvents({ texts, by: "b" })),
	});
	const text = await (await post(gateway, "?alt=sse")).text();
	expect(text).toMatch(/data: \{"error":\{"code":5\d\d,.*\n\n$/);
	expect(text).not.toContain("finishReason");
	expect(other.received).toEqual([]);
});

test("a second answer that departs is never read", async () => {
	const { gateway } = await inFrontOf([gemini, gemini], {
		sent: () => googleEvents({ texts, by: "a" }).slice(0, 2).join(""),
		answer: streamed(googleEvents({ texts: ["One, two and four."], by: "b" })),
	});
	const text = await (await post(gateway, "?alt=sse")).text();
	expect(text).toMatch(/data: \{"error":.*\n\n$/);
	expect(text).not.toContain("four");
});

test("several candidates are not gone on with, whoever gives them", async () => {
	const events = eventsIn("openai.chat", { texts, by: "a" });
	const { gateway, other } = await inFrontOf(["openai.chat", "openai.chat"], {
		sent: () => events.slice(0, 3).join(""),
		answer: streamed(eventsIn("openai.chat", { texts: others, by: "b" })),
	});
	const text = await (await post(gateway, "?alt=sse", { generationConfig: { candidateCount: 2 } })).text();
	expect(text).toMatch(/data: \{"error":.*\n\n$/);
	expect(other.received).toEqual([]);
});
