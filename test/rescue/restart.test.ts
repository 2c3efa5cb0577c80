import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type Answer,
	anyText,
	chunk,
	chunksOf,
	cuts,
	type Json,
	join,
	seen,
	similarText,
	transcriptOf,
} from "./streams.js";

const runs = { numRuns: 400 };
const empty: Answer = { reasoning: "", content: "", calls: [] };
const anyCall = fc.record({
	name: fc.constantFrom("weather", "search"),
	arguments: fc.dictionary(fc.string({ maxLength: 4 }), anyText, { maxKeys: 3 }).map((value) => JSON.stringify(value)),
});
const anyAnswer = fc.record({
	reasoning: fc.oneof(fc.constant(""), anyText),
	content: anyText,
	calls: fc.array(anyCall, { maxLength: 3 }),
});
const similarAnswer = fc.record({
	reasoning: similarText,
	content: similarText,
	calls: fc.constant([] as Answer["calls"]),
});
const anyCut = fc.record({ lengths: cuts, isInterleaved: fc.boolean() });

function brokenAt(chunks: Json[], share: number): Json[] {
	return chunks.slice(0, Math.floor(share * chunks.length));
}
const anyShare = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("an answer given again", () => {
	test("is joined to any part of itself, however both are cut, with nothing repeated or lost", () => {
		fc.assert(
			fc.property(anyAnswer, anyCut, anyCut, anyShare, (answer, firstCut, secondCut, share) => {
				const sent = brokenAt(chunksOf("first", answer, firstCut), share);
				const { send, departed } = join(transcriptOf(sent), chunksOf("second", answer, secondCut));
				expect(departed).toBeUndefined();
				const client = seen([...sent, ...send]);
				expect(client).toMatchObject({ ...answer, finish: ["stop"], roles: 1 });
				expect(client.callIds).toHaveLength(answer.calls.length);
				expect(client.ids).toHaveLength(1);
			}),
			runs,
		);
	});

	test("survives one break after the other", () => {
		fc.assert(
			fc.property(anyAnswer, fc.array(fc.tuple(anyCut, anyShare), { minLength: 2, maxLength: 5 }), (answer, hosts) => {
				const transcript = transcriptOf([]);
				const all: Json[] = [];
				for (const [cut, share] of hosts) {
					const { send } = join(transcript, brokenAt(chunksOf("a", answer, cut), share));
					all.push(...send);
				}
				const last = join(transcript, chunksOf("last", answer));
				expect(last.departed).toBeUndefined();
				expect(seen([...all, ...last.send])).toMatchObject({ ...answer, finish: ["stop"], roles: 1 });
			}),
			runs,
		);
	});

	test("departs before anything of it is sent, or becomes the client's answer as a whole", () => {
		fc.assert(
			fc.property(similarAnswer, similarAnswer, anyCut, anyCut, anyShare, (answer, other, cut, otherCut, share) => {
				const sent = brokenAt(chunksOf("first", answer, cut), share);
				const { send, departed } = join(transcriptOf(sent), chunksOf("second", other, otherCut));
				const before = seen(sent);
				// The client's answer has to be the beginning of the other one; reasoning that it never saw may be left out.
				const isRepeated =
					other.content.startsWith(before.content) &&
					(before.reasoning === "" ||
						(before.content === ""
							? other.reasoning.startsWith(before.reasoning)
							: other.reasoning === before.reasoning));
				expect(departed === undefined).toBe(isRepeated);
				if (departed !== undefined) expect(send).toEqual([]);
				else expect(seen([...sent, ...send])).toMatchObject({ content: other.content, finish: ["stop"] });
				if (isRepeated && (before.reasoning !== "" || before.content === ""))
					expect(seen([...sent, ...send]).reasoning).toBe(other.reasoning);
			}),
			{ numRuns: 2_000 },
		);
	});

	test("departs where one character of what was sent is another, in text, reasoning or arguments", () => {
		fc.assert(
			fc.property(anyAnswer, anyCut, anyCut, fc.nat(), (answer, cut, otherCut, at) => {
				const places = [answer.reasoning, answer.content, ...answer.calls.map((call) => call.arguments)];
				const place = at % places.length;
				const text = places[place] as string;
				fc.pre(text !== "");
				places[place] = replaced(text, at % text.length);
				const [reasoning = "", content = "", ...texts] = places;
				const calls = answer.calls.map((call, index) => ({ ...call, arguments: texts[index] as string }));
				const sent = chunksOf("first", answer, cut).slice(0, -1);
				const other = chunksOf("second", { reasoning, content, calls }, otherCut);
				const { send, departed } = join(transcriptOf(sent), other);
				expect({ send, departed }).toEqual({ send: [], departed: expect.any(String) });
			}),
			runs,
		);
	});
});

/** Neither of the characters that stand in generated texts often. */
function replaced(text: string, at: number): string {
	return text.slice(0, at) + (text[at] === "\u2603" ? "\u2604" : "\u2603") + text.slice(at + 1);
}

const call = (name: string, text: string) => ({ name, arguments: text });
const twoCalls: Answer = {
	...empty,
	content: "Hm.",
	calls: [call("weather", '{"city":"Rome"}'), call("search", '{"q":"x"}')],
};

/** Sent until its last call has this much of its arguments. */
function sentUntil(answer: Answer, chunks = -1): Json[] {
	return chunksOf("first", answer, { lengths: [100] }).slice(0, chunks);
}

test.each<[string, Json[], Answer, string]>([
	["another tool", sentUntil(twoCalls), { ...twoCalls, calls: [call("search", "{}")] }, "it calls another tool"],
	[
		"no tool where one was called",
		sentUntil(twoCalls),
		{ ...empty, content: "Hm." },
		"it ends before it has repeated what was sent",
	],
	[
		"a tool where text was sent",
		sentUntil(twoCalls, 2),
		{ ...twoCalls, content: "" },
		"it calls a tool where text was sent",
	],
	[
		"more text before the tool",
		sentUntil(twoCalls),
		{ ...twoCalls, content: "Hm. Well." },
		"it says text where a tool call was sent",
	],
	[
		"fewer calls",
		sentUntil(twoCalls),
		{ ...twoCalls, calls: twoCalls.calls.slice(0, 1) },
		"it ends before it has repeated what was sent",
	],
	[
		"more arguments than a complete call has",
		sentUntil(twoCalls, -3),
		{ ...twoCalls, calls: [call("weather", '{"city":"Rome"},'), call("search", "{}")] },
		"it calls a tool with more arguments",
	],
	[
		"less text",
		sentUntil({ ...empty, content: "Hello" }),
		{ ...empty, content: "Hell" },
		"it ends before it has repeated what was sent",
	],
	[
		"no reasoning",
		sentUntil({ ...empty, reasoning: "Well" }),
		{ ...empty, content: "Hi" },
		"it says text where reasoning was sent",
	],
])("an answer with %s departs, in either mode", (_name, sent, other, departed) => {
	for (const isStructured of [true, false]) {
		if (!isStructured && other.calls.length === 0 && seen(sent).calls.length === 0) continue;
		const mode = isStructured ? "allow-seam" : "exact";
		expect(join(transcriptOf(sent), chunksOf("second", other), { mode, isStructured })).toEqual({ send: [], departed });
	}
	expect(join(transcriptOf(sent), chunksOf("second", other))).toEqual({ send: [], departed });
});

test("calls without an index are told apart by their ids, and get the first answer's ids and places", () => {
	const whole = (id: string, name: string) => ({ id, type: "function", function: { name, arguments: "{}" } });
	const [role, ...rest] = chunksOf("second", empty);
	const sent = [role as Json, chunk("first", { delta: { tool_calls: [whole("f1", "a")] } })];
	const second = [
		role as Json,
		chunk("second", { delta: { tool_calls: [whole("s1", "a"), whole("s2", "b")] } }),
		...rest,
	];
	const { send } = join(transcriptOf(sent), second);
	expect(send[0]).toMatchObject({ choices: [{ delta: { tool_calls: [{ ...whole("s2", "b"), index: 1 }] } }] });
	expect(seen([...sent.slice(2), ...send]).finish).toEqual(["stop"]);
});

test("a function_call of the time before tools goes on", () => {
	const said = (text: string, name?: string) =>
		chunk("x", { delta: { function_call: { ...(name && { name }), arguments: text } } });
	const second = [
		said("", "weather"),
		said('{"ci'),
		said('ty":1}'),
		chunk("x", { delta: {}, finish_reason: "function_call" }),
	];
	const { send } = join(transcriptOf([said('{"', "weather")]), second);
	expect(send.map(({ choices }) => (choices as Json[])[0])).toMatchObject([
		{ delta: { function_call: { arguments: "ci" } } },
		{ delta: { function_call: { arguments: 'ty":1}' } } },
		{ finish_reason: "function_call" },
	]);
});

test("each of several choices is joined on its own", () => {
	const say = (index: number, content: string, finish: string | null = null) =>
		chunk("x", { index, delta: { content }, finish_reason: finish });
	const sent = [say(0, "Hello"), say(1, "Good"), say(0, "", "stop"), say(1, " mor")];
	const second = [say(1, "Good m"), say(0, "Hel"), say(1, "orning"), say(0, "lo", "stop"), say(1, "", "stop")];
	const { send, departed } = join(transcriptOf(sent), second);
	expect(departed).toBeUndefined();
	expect(seen([...sent, ...send], 0)).toMatchObject({ content: "Hello", finish: ["stop"] });
	expect(seen([...sent, ...send], 1)).toMatchObject({ content: "Good morning", finish: ["stop"] });
	expect(join(transcriptOf(sent), [say(0, "Hello!")]).departed).toBe("it goes on where the first answer had ended");
});

test("reasoning goes on under the name the client was sent it by", () => {
	const sent = [chunk("first", { delta: { reasoning: "I thi" } })];
	const second = [
		chunk("second", { delta: { reasoning_content: "I think" } }),
		chunk("second", { delta: { content: "Yes" } }),
	];
	const { send } = join(transcriptOf(sent), second);
	expect(send.map(({ choices }) => (choices as { delta: Json }[])[0]?.delta)).toEqual([
		{ reasoning: "nk" },
		{ content: "Yes" },
	]);
});

test("reasoning that the client never saw is left out", () => {
	const { send } = join(
		transcriptOf(sentUntil({ ...empty, content: "Yes, of" })),
		chunksOf("second", { ...empty, reasoning: "Hm", content: "Yes, of course" }),
	);
	expect(seen(send)).toMatchObject({ reasoning: "", content: " course", finish: ["stop"] });
});

test("a refusal goes on as text does", () => {
	const say = (refusal: string) => chunk("x", { delta: { refusal } });
	expect(seen(join(transcriptOf([say("I can")]), [say("I ca"), say("n't")]).send).refusal).toBe("'t");
	expect(join(transcriptOf([say("I can")]), [say("I w")], { mode: "allow-seam" }).departed).toBe(
		"its refusal is another",
	);
});

test("a text completion goes on, and its tokens' log probabilities with it", () => {
	const say = (tokens: string[]) => {
		const logprobs = { tokens, token_logprobs: tokens.map(() => -1), text_offset: tokens.map((_, at) => at) };
		return {
			id: "cmpl",
			object: "text_completion",
			choices: [{ index: 0, text: tokens.join(""), logprobs, finish_reason: null }],
		};
	};
	const { send } = join(transcriptOf([say(["a", "bc"])]), [say(["a"]), say(["bc", "de"])]);
	expect(send[0]?.choices).toEqual([
		{ index: 0, text: "de", logprobs: { tokens: ["de"], token_logprobs: [-1], text_offset: [1] }, finish_reason: null },
	]);
	expect(join(transcriptOf([say(["a", "bc"])]), [say(["ab", "cde"])]).departed).toBe("its tokens are others");
});

test("the first answer's id and time stay; model, fingerprint, usage and what is unknown are the second's", () => {
	const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
	const sent = [chunk("first", { delta: { role: "assistant", content: "Hello" } }, { system_fingerprint: "one" })];
	const more = { system_fingerprint: "two", obfuscation: "x", usage: null };
	const second = [
		chunk("second", { delta: { role: "assistant", content: "Hello Wo" }, matched_stop: null }, more),
		chunk("second", { delta: { content: "rld", role: "assistant" } }, more),
		{ ...chunk("second", {}, { usage }), choices: [] },
	];
	const id = "chatcmpl-first";
	expect(join(transcriptOf(sent), second).send).toEqual([
		{
			...second[0],
			id,
			created: 5,
			choices: [{ index: 0, finish_reason: null, delta: { content: " Wo" }, matched_stop: null }],
		},
		{ ...second[1], id, created: 5, choices: [{ index: 0, finish_reason: null, delta: { content: "rld" } }] },
		{ ...second[2], id, created: 5 },
	]);
});

test("what is sent in parts that can't be compared is not rescued", () => {
	const thinking = { delta: { content: [{ type: "thinking", thinking: [{ type: "text", text: "The" }] }] } };
	const { departed } = join(transcriptOf([chunk("a", thinking)]), [chunk("b", thinking)]);
	expect(departed).toBeDefined();
	const other = join(transcriptOf([chunk("a", { delta: { content: "T" } })]), [chunk("b", thinking)]);
	expect(other.departed).toBe("it says what can't be compared");
});

const callChunk = (index: number, text: string, more: { id?: string; name?: string } = {}) => {
	const { id, name } = more;
	const said = { ...(name !== undefined && { name }), arguments: text };
	return chunk("x", { delta: { tool_calls: [{ index, ...(id && { id }), function: said }] } });
};

test("what is new of one call waits until all others have been repeated", () => {
	const sent = [callChunk(0, '{"a"', { id: "0", name: "f" }), callChunk(1, '{"b', { id: "1", name: "g" })];
	const first = callChunk(0, '{"a":1}', { id: "2", name: "f" });
	expect(join(transcriptOf(sent), [first, callChunk(1, '{"c', { name: "g" })])).toEqual({
		send: [],
		departed: "it calls a tool with other arguments",
	});
	const { send } = join(transcriptOf(sent), [first, callChunk(1, '{"b":2}', { name: "g" })]);
	const calls = [
		{ name: "f", arguments: '{"a":1}' },
		{ name: "g", arguments: '{"b":2}' },
	];
	expect(seen([...sent, ...send]).calls).toEqual(calls);
});

test("a call keeps its first id where the second host says its own with each piece", () => {
	const sent = [callChunk(0, '{"a"', { id: "first", name: "f" })];
	const second = ['{"a":', "1", "}"].map((text) => callChunk(0, text, { id: "second", name: "f" }));
	const { send } = join(transcriptOf(sent), second);
	expect(seen([...sent, ...send])).toMatchObject({ calls: [{ name: "f", arguments: '{"a":1}' }], callIds: ["first"] });
});

test("a call's arguments wait until the tool has its name", () => {
	const sent = [callChunk(0, "", { id: "0", name: "weather" })];
	const second = [callChunk(0, "{}", { id: "1" }), callChunk(0, "", { name: "search" })];
	expect(join(transcriptOf(sent), second)).toEqual({ send: [], departed: "it calls another tool" });
});

test("text after a call goes on, with or without a last piece of the call that says nothing", () => {
	const call = callChunk(0, "{}", { id: "0", name: "f" });
	const nothing = callChunk(0, "");
	const say = (content: string) => chunk("x", { delta: { content } });
	for (const sent of [
		[call, say("He")],
		[call, nothing, say("He")],
		[call, say("He"), nothing],
	])
		for (const second of [
			[call, say("Hello")],
			[call, nothing, say("Hello")],
			[call, say("Hello"), nothing],
		]) {
			const { send, departed } = join(transcriptOf(sent), second);
			expect(departed).toBeUndefined();
			expect(seen([...sent, ...send])).toMatchObject({ content: "Hello", calls: [{ name: "f", arguments: "{}" }] });
		}
	const open = [callChunk(0, '{"a"', { id: "0", name: "f" }), say("He")];
	expect(join(transcriptOf(open), [call, say("Hello")]).departed).toBe("it calls a tool with other arguments");
	const longer = callChunk(0, '{"a":1}', { id: "0", name: "f" });
	expect(join(transcriptOf(open), [longer, say("Hello")]).departed).toBe("it calls a tool with more arguments");
});

test("the usage that a host tells with its finish reason arrives where that reason was sent before", () => {
	const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
	const sent = chunksOf("first", { ...empty, content: "Hi" });
	const last = chunk("second", { delta: {}, finish_reason: "stop" }, { usage });
	const { send } = join(transcriptOf(sent), [...chunksOf("second", { ...empty, content: "Hi" }).slice(0, -1), last]);
	expect(send).toEqual([{ ...last, id: "chatcmpl-first", created: 5, choices: [] }]);
});

test("what a host says after its finish reason arrives", () => {
	const sent = [chunk("first", { delta: { content: "Hi" } })];
	const filtered = chunk("second", { delta: {}, content_filter_results: { hate: { filtered: false } } });
	const { send } = join(transcriptOf(sent), [...chunksOf("second", { ...empty, content: "Hi" }), filtered]);
	expect(send.at(-1)?.choices).toEqual(filtered.choices);
});
