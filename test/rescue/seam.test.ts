import fc from "fast-check";
import { expect, test } from "vitest";
import { type Answer, chunk, chunksOf, cuts, type Json, join, seen, similarText, transcriptOf } from "./streams.js";

const allowed = { mode: "allow-seam" } as const;
const similarAnswer = fc.record({
	reasoning: similarText,
	content: similarText,
	calls: fc.constant([] as Answer["calls"]),
});

test("where the new answer departs, a seam says which part of the text stays, and what follows is the new answer's", () => {
	fc.assert(
		fc.property(
			similarAnswer,
			similarAnswer,
			similarAnswer,
			cuts,
			cuts,
			fc.nat(),
			(answer, other, third, first, second, at) => {
				const chunks = chunksOf("first", answer, { lengths: first });
				const sent = chunks.slice(0, at % chunks.length);
				const transcript = transcriptOf(sent);
				const broken = join(transcript, chunksOf("second", other, { lengths: second }).slice(0, -1), allowed);
				expect(broken.departed === undefined || broken.departed.includes("ends before")).toBe(true);
				const last = join(transcript, chunksOf("third", third), allowed);
				expect(last.departed).toBeUndefined();
				const client = seen([...sent, ...broken.send, ...last.send]);
				expect(client).toMatchObject({ content: third.content, finish: ["stop"], roles: 1 });
				// Reasoning that comes only after the text has begun may be left out.
				if (client.reasoning !== "") expect(client.reasoning).toBe(third.reasoning);
			},
		),
		{ numRuns: 2_000 },
	);
});

test("a seam's offset counts Unicode code points, and never stands inside of a character", () => {
	const sent = [chunk("first", { delta: { role: "assistant", content: "a😀b😀c" } })];
	const second = [chunk("second", { delta: { content: "a😀b" } }), chunk("second", { delta: { content: "😁d" } })];
	const { send } = join(transcriptOf(sent), second, allowed);
	const head = { ...second[1], id: "chatcmpl-first", created: 5 };
	expect(send).toEqual([
		{ ...head, choices: [{ index: 0, delta: { content: "" }, finish_reason: null }], llmgw: { seam: { offset: 3 } } },
		{ ...head, choices: [{ index: 0, delta: { content: "😁d" }, finish_reason: null }] },
	]);
});

test("a shorter answer replaces the rest by nothing", () => {
	const sent = [chunk("first", { delta: { content: "Hello World" } })];
	const { send } = join(
		transcriptOf(sent),
		chunksOf("second", { reasoning: "", content: "Hello", calls: [] }),
		allowed,
	);
	expect(send[0]?.llmgw).toEqual({ seam: { offset: 5 } });
	expect(seen([...sent, ...send])).toMatchObject({ content: "Hello", finish: ["stop"] });
});

test("where the reasoning departs, the seam says so, and replaces all of the text", () => {
	const sent = chunksOf("first", { reasoning: "Let me see.", content: "It is 4.", calls: [] }).slice(0, -1);
	const other = { reasoning: "Let me think.", content: "It is 5.", calls: [] };
	const { send } = join(transcriptOf(sent), chunksOf("second", other), allowed);
	expect(send[0]?.llmgw).toEqual({ seam: { offset: 0, reasoning_offset: 7 } });
	expect(seen([...sent, ...send])).toMatchObject(other);
});

test("a text completion's seam is a chunk of its kind", () => {
	const say = (text: string) => ({
		id: "c",
		object: "text_completion",
		choices: [{ index: 0, text, finish_reason: null }],
	});
	const { send } = join(transcriptOf([say("abc")]), [say("abd")], allowed);
	expect(send).toEqual([
		{
			...say(""),
			choices: [{ index: 0, text: "", logprobs: null, finish_reason: null }],
			llmgw: { seam: { offset: 2 } },
		},
		say("d"),
	]);
});

test.each<[string, Json[], Json[]]>([
	["JSON", [chunk("a", { delta: { content: '{"a' } })], [chunk("b", { delta: { content: '{"b' } })]],
	[
		"text with log probabilities",
		[chunk("a", { delta: { content: "a" }, logprobs: { content: [{ token: "a" }] } })],
		[chunk("b", { delta: { content: "b" } })],
	],
	[
		"one of two choices",
		[chunk("a", { delta: { content: "a" } }), chunk("a", { index: 1, delta: { content: "a" } })],
		[chunk("b", { delta: { content: "b" } })],
	],
	[
		"text in place of which a tool is called",
		[chunk("a", { delta: { content: "a" } })],
		chunksOf("b", { reasoning: "", content: "", calls: [{ name: "x", arguments: "{}" }] }),
	],
])("there is no seam in %s", (name, sent, second) => {
	const { send, departed } = join(transcriptOf(sent), second, { ...allowed, isStructured: name === "JSON" });
	expect({ send, departed }).toEqual({ send: [], departed: expect.any(String) });
});
