/** Reasoning that a server leaves in the text, between tags, as clients of each dialect get it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ThoughtSplitter } from "../../src/dialects/openai/thoughtSplitter.js";
import type { ThoughtTags } from "../../src/dialects/openai/thoughtTags.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { chunks, completion, type Json, translatedOver } from "../kit/translated.js";
import { builtFrom, streamOf } from "../kit/translatedAnswer.js";

const usual: ThoughtTags = { tags: ["think", "reasoning"], isOpened: false };
const opened: ThoughtTags = { ...usual, isOpened: true };

/** What is said, and how it is split. */
const texts: [what: string, tags: ThoughtTags, said: string, reasoning: string, content: string][] = [
	["tags", usual, "<think>I see.</think>Yes.", "I see.", "Yes."],
	["white space around the tags", usual, "\n <think>\nI see.\n\nOr so.\n</think>\n\nYes.", "I see.\n\nOr so.", "Yes."],
	["another tag", usual, "<reasoning>a</think>b</reasoning>c", "a</think>b", "c"],
	["no tags", usual, "  Yes, 1 < 2.", "", "  Yes, 1 < 2."],
	["what begins like a tag", usual, "<thinking>a</thinking>", "", "<thinking>a</thinking>"],
	["tags within the text", usual, "Write <think>a</think>.", "", "Write <think>a</think>."],
	["a second pair", usual, "<think>a</think>b<think>c</think>", "a", "b<think>c</think>"],
	["nothing between the tags", usual, "<think>\n\n</think>\n\nYes.", "", "Yes."],
	["what looks like the end of it", usual, "<think>a < b </thin </think>c", "a < b </thin", "c"],
	["a tag that is not closed", usual, "<think>I see", "I see", ""],
	["white space alone", usual, " \n", "", " \n"],
	["half a tag alone", usual, "<thi", "", "<thi"],
	["a tag that the prompt has opened", opened, "I see.\n</think>\nYes.", "I see.", "Yes."],
	["a tag that is opened twice", opened, "<think>I see.</think>Yes.", "I see.", "Yes."],
];

interface Split {
	readonly reasoning: string;
	readonly content: string;
}

function wholeSplit(tags: ThoughtTags, content: string, reason: string): Split {
	const splitter = new ThoughtSplitter(tags, 1);
	const body = { choices: [{ message: { role: "assistant", content }, finish_reason: reason }] };
	const given = Buffer.from(JSON.stringify(body));
	const out = [splitter.push(given.subarray(0, 9)), splitter.push(given.subarray(9)), splitter.end()];
	const { choices } = JSON.parse(Buffer.concat(out).toString()) as { choices: { message: Json }[] };
	const { reasoning_content: reasoning = "", content: said } = choices[0]?.message ?? {};
	return { reasoning: String(reasoning), content: String(said ?? "") };
}

/** @param pieces of the text @param size of the stream's pieces in bytes */
function streamedSplit(tags: ThoughtTags, pieces: readonly string[], size: number, ending: Json[]): Split {
	const splitter = new ThoughtSplitter(tags, 1);
	const chunk = (delta: Json) => ({ id: "c", choices: [{ index: 0, delta, finish_reason: null }] });
	const events = [chunk({ role: "assistant", content: "" }), ...pieces.map((content) => chunk({ content })), ...ending];
	const given = streamOf([...events, "[DONE]"]);
	const out: Buffer[] = [];
	for (let at = 0; at < given.length; at += size) out.push(splitter.push(given.subarray(at, at + size)));
	const { choices } = builtFrom(openaiChat, Buffer.concat([...out, splitter.end()]));
	const parts = choices[0]?.parts ?? [];
	const said = (type: string) => parts.map((part) => (part.type === type && "text" in part ? part.text : "")).join("");
	return { reasoning: said("reasoning"), content: said("text") };
}

const finish: Json = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

describe.each(texts)("%s", (_what, tags, said, reasoning, content) => {
	test("in a whole answer", () => {
		expect(wholeSplit(tags, said, "stop")).toEqual({ reasoning, content });
	});

	test("in a stream, wherever that is cut", () => {
		const cuts = fc.array(fc.integer({ min: 0, max: said.length }), { maxLength: 8 });
		fc.assert(
			fc.property(cuts, fc.integer({ min: 1, max: 400 }), fc.boolean(), (places, size, isFinished) => {
				const at = [0, ...places.sort((one, other) => one - other), said.length];
				const pieces = at.slice(1).map((end, place) => said.slice(at[place], end));
				const ending = isFinished ? [finish] : [];
				expect(streamedSplit(tags, pieces, size, ending)).toEqual({ reasoning, content });
			}),
			{ numRuns: 60 },
		);
		expect(streamedSplit(tags, Array.from(said), 1, [finish])).toEqual({ reasoning, content });
	});
});

test("an answer that ends without a closing tag is text, but for one that was cut", () => {
	expect(wholeSplit(opened, "Yes.", "stop")).toEqual({ reasoning: "", content: "Yes." });
	expect(wholeSplit(opened, "I see", "length")).toEqual({ reasoning: "I see", content: "" });
});

test("a server that tells reasoning apart is left alone", () => {
	const splitter = new ThoughtSplitter(opened, 1);
	const chunk = (delta: Json) => ({ choices: [{ index: 0, delta, finish_reason: null }] });
	const given = streamOf([chunk({ reasoning_content: "I see" }), chunk({ content: "Yes" }), "[DONE]"]);
	expect(splitter.push(given).toString()).toBe(given.toString());
});

test("bytes after the reasoning of all choices pass as they come", () => {
	const splitter = new ThoughtSplitter(usual, 2);
	const chunk = (index: number, content: string) => ({ choices: [{ index, delta: { content }, finish_reason: null }] });
	splitter.push(streamOf([chunk(0, "<think>a</think>b"), chunk(1, "c")]));
	const odd = Buffer.from('data:  {"choices":[{"delta":{"content":"<think>"}}]}\r\n\r\n');
	expect(splitter.push(odd)).toBe(odd);
});

describe("Over a gateway", () => {
	const settings = { reasoning: { tags: ["think"], isOpened: false } };
	const question = { model: "test-model", messages: [{ role: "user", content: "?" }] };
	const tools = [{ type: "function", function: { name: "find", parameters: { type: "object", properties: {} } } }];
	const call = { id: "c1", type: "function", function: { name: "find", arguments: '{"tag":"<think>x</think>"}' } };
	const deltas = [
		{ role: "assistant", content: "" },
		..."<think>I see.</think>\n\nYes.".split(/(?<=[>.kh])/).map((content) => ({ content })),
		{ tool_calls: [{ index: 0, ...call }] },
	];
	const message = { content: "<think>I see.</think>\n\nYes.", tool_calls: [call] };

	test("clients of chat completions have reasoning_content, and calls stay as they are", async () => {
		const whole = await translatedOver(completion(message), { settings });
		expect(await whole.ask("/v1/chat/completions", question)).toMatchObject({
			choices: [{ message: { content: "Yes.", reasoning_content: "I see.", tool_calls: [call] } }],
		});
		const streamed = await translatedOver(chunks(deltas, "tool_calls", 11), { settings });
		const events = await streamed.stream("/v1/chat/completions", question);
		const { choices } = builtFrom(openaiChat, streamOf(events));
		expect(choices[0]?.parts).toMatchObject([
			{ type: "reasoning", text: "I see." },
			{ type: "text", text: "Yes." },
			{ type: "tool_call", arguments: call.function.arguments },
		]);
	});

	const clients: [string, Json, (events: Json[]) => string[]][] = [
		[
			"/v1/messages",
			{ ...question, max_tokens: 9, tools: [{ name: "find", input_schema: { type: "object" } }] },
			(events) => events.flatMap(({ delta }) => ((delta as Json | undefined)?.thinking as string) ?? []),
		],
		[
			"/v1/responses",
			{ model: "test-model", input: "?" },
			(events) =>
				events.flatMap(({ type, delta }) => (type === "response.reasoning_summary_text.delta" ? String(delta) : [])),
		],
	];

	test.each(clients)("clients of %s have their own form of it", async (path, body, thoughtsIn) => {
		const { stream } = await translatedOver(chunks(deltas, "tool_calls", 11), { settings });
		const events = await stream(path, body);
		expect(thoughtsIn(events).join("")).toBe("I see.");
		expect(JSON.stringify(events)).toContain("Yes.");
	});

	test("an upstream without the setting is left as it is", async () => {
		const { ask } = await translatedOver(completion({ content: "<think>a</think>b" }));
		expect(await ask("/v1/chat/completions", { ...question, tools })).toMatchObject({
			choices: [{ message: { content: "<think>a</think>b" } }],
		});
	});
});
