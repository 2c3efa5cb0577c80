import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOutput } from "../../src/chat/event.js";
import { ChunkReader } from "../../src/dialects/openai/chunkReader.js";
import { Splice } from "../../src/dialects/openai/splice/splice.js";
import { chunk, type Json, said, transcriptOf } from "./streams.js";

const say = (delta: Json, more: Json = {}) => chunk("host", { delta, ...more });
const call = (more: Json) => say({ tool_calls: [{ index: 0, ...more }] });

function isOutputChunk(json: Json): boolean {
	const data = JSON.stringify(json);
	const bytes = Buffer.from(`data: ${data}\n\n`);
	const read = new ChunkReader("[DONE]").read({ bytes, start: 0, end: bytes.length, data });
	return read?.events.some(isOutput) ?? false;
}

describe("what was sent", () => {
	test("is kept by kind, with calls put together, and the first answer's head", () => {
		const transcript = transcriptOf([
			say({ role: "assistant", content: "", reasoning_content: null }),
			say({ reasoning_content: "Hm" }),
			say({ content: "Hello" }),
			call({ id: "call_1", type: "function", function: { name: "f", arguments: "" } }),
			call({ id: "", function: { name: "", arguments: '{"a"' } }),
			{
				...call({ function: { arguments: ":1}" } }),
				id: "other",
				created: 9,
				model: "second",
				system_fingerprint: "fp",
			},
		]);
		expect(transcript.text(0, "reasoning")).toBe("Hm");
		expect(transcript.text(0, "content")).toBe("Hello");
		expect([...transcript.calls(0)]).toEqual([
			[0, { id: "call_1", type: "function", name: "f", arguments: '{"a":1}' }],
		]);
		expect(transcript.choices.get(0)).toMatchObject({ role: "assistant", finishReason: undefined, isOpaque: false });
		const { id, created, model, systemFingerprint, pieces } = transcript;
		const head = { id: "chatcmpl-host", created: 4, model: "second", systemFingerprint: "fp" };
		expect({ id, created, model, systemFingerprint, pieces }).toEqual({ ...head, pieces: 5 });
	});

	test("is the same by the fast path, of a chat completion and of a text completion", () => {
		const transcript = transcriptOf([say({ content: "a" })]);
		transcript.addText(0, "b", false);
		transcript.addText(1, "c", false);
		expect([transcript.text(0, "content"), transcript.text(1, "content"), transcript.pieces]).toEqual(["ab", "c", 3]);
		const text = transcriptOf([{ object: "text_completion", choices: [{ index: 0, text: "a" }] }]);
		text.addText(0, "b", true);
		expect(text.text(0, "text")).toBe("ab");
	});

	test("is empty until there is output, and finished when each choice is", () => {
		const transcript = transcriptOf([say({ role: "assistant", content: "" })]);
		expect(transcript.isEmpty).toBe(true);
		transcript.add(said(say({ content: "a" })));
		expect([transcript.isEmpty, transcript.isFinished(1)]).toEqual([false, false]);
		transcript.add(said(say({}, { finish_reason: "stop" })));
		expect([transcript.isFinished(1), transcript.isFinished(2)]).toEqual([true, false]);
		expect(transcriptOf([say({}, { finish_reason: "stop" })]).isEmpty).toBe(false);
	});

	test("has as many tokens as the host has told, and one for each piece since", () => {
		const transcript = transcriptOf([{ ...say({ content: "a b c" }), usage: { completion_tokens: 3 } }]);
		expect(transcript.deliveredTokens).toBe(3);
		transcript.addText(0, " d", false);
		transcript.add(said({ ...say({ content: " e" }), usage: null }));
		expect(transcript.deliveredTokens).toBe(5);
		expect(
			transcriptOf([say({ content: "a" }), say({ reasoning: "b" }), say({ role: "assistant" })]).deliveredTokens,
		).toBe(2);
	});

	test("is cut where a seam replaces it", () => {
		const transcript = transcriptOf([say({ reasoning: "Hm 😀 so" }), say({ content: "a😀b" })]);
		transcript.add(said({ ...say({ content: "" }), llmgw: { seam: { offset: 0, reasoning_offset: 4 } } }));
		transcript.add(said(say({ reasoning: "!" })));
		expect([transcript.text(0, "reasoning"), transcript.text(0, "content")]).toEqual(["Hm 😀!", ""]);
		const inTurn = transcriptOf([say({ content: "ab" }), say({ reasoning: "Hm" }), say({ content: "cd" })]);
		inTurn.add(said({ ...say({ content: "" }), llmgw: { seam: { offset: 3 } } }));
		expect([inTurn.text(0, "content"), inTurn.text(0, "reasoning")]).toEqual(["abc", "Hm"]);
	});

	test("may be of any shape", () => {
		const odd = fc.letrec((tie) => ({
			value: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.array(tie("object"), { maxLength: 2 }), tie("object")),
			object: fc.dictionary(
				fc.constantFrom(
					...["choices", "delta", "index", "content", "tool_calls", "function", "arguments", "name", "id", "usage"],
					...[
						"finish_reason",
						"function_call",
						"logprobs",
						"llmgw",
						"seam",
						"offset",
						"text",
						"tokens",
						"role",
						"custom",
					],
				),
				tie("value"),
				{ maxKeys: 5 },
			),
		})).object as fc.Arbitrary<Json>;
		fc.assert(
			fc.property(fc.array(odd, { maxLength: 4 }), fc.array(odd, { maxLength: 4 }), (first, second) => {
				const transcript = transcriptOf(first);
				for (const each of first) isOutputChunk(each);
				const splice = new Splice(transcript, { kind: "restart", mode: "allow-seam", isStructured: false });
				for (const each of second) splice.take(each);
				splice.end();
			}),
			{ numRuns: 1_000 },
		);
	});
});

test.each<[string, Json, boolean]>([
	["a role", say({ role: "assistant", content: "" }), false],
	["nulls", say({ role: null, content: null, reasoning_content: null, tool_calls: null }), false],
	["an empty list of calls", say({ content: "", tool_calls: [] }), false],
	["no choice", { choices: [], prompt_filter_results: [{ prompt_index: 0 }], usage: null }, false],
	[
		"a usage of nothing yet",
		{ ...say({ role: "assistant" }), usage: { prompt_tokens: 9, completion_tokens: 0 } },
		false,
	],
	["no chunk", { type: "ping" }, false],
	["text", say({ content: " " }), true],
	["reasoning", say({ reasoning: "a" }), true],
	["a refusal", say({ refusal: "a" }), true],
	["a call", call({ id: "a", function: { name: "f", arguments: "" } }), true],
	["a function_call", say({ function_call: { name: "f", arguments: "" } }), true],
	["parts", say({ content: [{ type: "thinking", thinking: [{ type: "text", text: "a" }] }] }), true],
	["parts without words", say({ content: [{ type: "thinking", thinking: [] }] }), false],
	["a text completion's text", { choices: [{ index: 0, text: "a" }] }, true],
	["a finish reason", say({}, { finish_reason: "stop" }), true],
	["an error", { error: { message: "no" } }, true],
	["the usage", { choices: [], usage: { prompt_tokens: 9 } }, true],
	["the usage so far", { ...say({}), usage: { completion_tokens: 1 } }, true],
])("%s: whether it is output is known", (_name, given, expected) => {
	expect(isOutputChunk(given)).toBe(expected);
});
