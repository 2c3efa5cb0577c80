import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { continueFrom, isStructured } from "../../src/dialects/openai/splice/continuation.js";
import { chunk, chunksOf, cuts, type Json, join, piecesOf, seen, transcriptOf } from "./streams.js";

const user = { role: "user", content: "Tell me." };
const asked: Json = { model: "m", messages: [user], stream: true };
const says = (content: string) => chunk("first", { delta: { content } });
const sentence = "Twelve bears went down to the river to look for fish.";

function answered(host: string, content: string, lengths: number[] = [100]): Json[] {
	return chunksOf(host, { reasoning: "", content, calls: [] }, { lengths });
}

describe("the request that goes on", () => {
	test("has the text so far as the assistant's message, as the target wants it", () => {
		const before = structuredClone(asked);
		const transcript = transcriptOf([says("Hello"), says(" World \n")]);
		const messages = [user, { role: "assistant", content: "Hello World" }];
		expect(continueFrom(asked, transcript, "assistant")).toEqual({ json: { ...asked, messages }, trimmed: " \n" });
		expect(continueFrom(asked, transcript, "continue_final_message")).toEqual({
			json: { ...asked, messages, continue_final_message: true, add_generation_prompt: false },
			trimmed: " \n",
		});
		expect(asked).toEqual(before);
	});

	test.each<[unknown, unknown]>([
		["Well, ", "Well, Hello"],
		[null, "Hello"],
		[[{ type: "text", text: "Well, " }], [{ type: "text", text: "Well, Hello" }]],
		[[{ type: "image_url" }], [{ type: "image_url" }, { type: "text", text: "Hello" }]],
	])("extends the client's own beginning, %j", (content, expected) => {
		const json = {
			...asked,
			messages: [user, { role: "assistant", content, name: "x" }],
			continue_final_message: true,
		};
		const before = structuredClone(json);
		for (const prefill of ["assistant", "continue_final_message"] as const) {
			const { messages } = continueFrom(json, transcriptOf([says("Hello")]), prefill)?.json ?? {};
			expect(messages).toEqual([user, { role: "assistant", content: expected, name: "x" }]);
		}
		expect(json).toEqual(before);
	});

	test("takes what was delivered from the limits of tokens, as it was told or else by pieces", () => {
		const json = { ...asked, max_tokens: 10, max_completion_tokens: 20, min_tokens: 1, stop: ["x"], seed: 1 };
		const pieces = [says("Hel"), says("lo")];
		const limits = { max_tokens: 8, max_completion_tokens: 18, min_tokens: 0, stop: ["x"], seed: 1 };
		expect(continueFrom(json, transcriptOf(pieces), "assistant")?.json).toMatchObject(limits);
		const told = [{ ...says("Hel"), usage: { completion_tokens: 8 } }, says("lo")];
		expect(continueFrom(json, transcriptOf(told), "assistant")?.json).toMatchObject({ max_tokens: 1 });
		expect(continueFrom({ ...json, max_tokens: 2 }, transcriptOf(pieces), "assistant")).toBeUndefined();
	});

	test("shows a templated model its reasoning, under the host's own name for it", () => {
		const sent = transcriptOf([chunk("a", { delta: { reasoning: "Hm." } }), says("Yes")]);
		const message = { role: "assistant", content: "Yes" };
		expect(continueFrom(asked, sent, "assistant")?.json.messages).toEqual([user, message]);
		expect(continueFrom(asked, sent, "continue_final_message")?.json.messages).toEqual([
			user,
			{ ...message, reasoning: "Hm." },
		]);
	});

	test("of a text completion has a longer prompt", () => {
		const say = (text: string) => ({ object: "text_completion", choices: [{ index: 0, text, finish_reason: null }] });
		const json = { model: "m", prompt: "Once", max_tokens: 9 };
		expect(continueFrom(json, transcriptOf([say(" upon "), say("a ")]), "assistant")).toEqual({
			json: { model: "m", prompt: "Once upon a", max_tokens: 7 },
			trimmed: " ",
		});
		expect(continueFrom({ ...json, prompt: ["Once"] }, transcriptOf([say("a")]), "assistant")).toBeUndefined();
		expect(continueFrom({ ...json, echo: true }, transcriptOf([say("a")]), "assistant")).toBeUndefined();
	});

	const toolCall = { delta: { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "" } }] } };
	test.each<[string, Json[], Json?]>([
		["nothing was said", []],
		["nothing but a role was said", [chunk("a", { delta: { role: "assistant", content: "" } })]],
		["nothing but white space was said", [says(" \n")]],
		["the text ends inside of a character", [says("a\ud83d")]],
		["a tool is being called", [says("Hm"), chunk("a", toolCall)]],
		[
			"a function is being called",
			[says("Hm"), chunk("a", { delta: { function_call: { name: "f", arguments: "" } } })],
		],
		["a refusal has begun", [chunk("a", { delta: { refusal: "I" } })]],
		["only reasoning has begun", [chunk("a", { delta: { reasoning_content: "I" } })]],
		["reasoning has begun again", [says("Hm"), chunk("a", { delta: { reasoning_content: "I" } })]],
		["something unknown was sent", [says("Hm"), chunk("a", { delta: { audio: { id: "a" } } })]],
		["the answer has its finish reason", [says("Hm"), chunk("a", { delta: {}, finish_reason: "stop" })]],
		["there are two choices", [says("Hm"), chunk("a", { index: 1, delta: { content: "Hm" } })]],
		["two choices are asked for", [says("Hm")], { n: 2 }],
		["JSON is asked for", [says("{")], { response_format: { type: "json_object" } }],
		["a form is asked for", [says("{")], { guided_regex: "a" }],
		["a tool is asked for", [says("{")], { tool_choice: "required" }],
		["log probabilities are asked for", [says("a")], { logprobs: true }],
		[
			"a whole assistant's message stands last",
			[says("a")],
			{ messages: [user, { role: "assistant", content: "Hi" }] },
		],
		[
			"the client's own beginning may have been repeated",
			[says("Well, yes")],
			{ messages: [user, { role: "assistant", content: "Well," }], continue_final_message: true },
		],
		[
			"a call of the assistant's stands last",
			[says("a")],
			{ messages: [user, { role: "assistant", tool_calls: [{}] }], continue_final_message: true },
		],
	])("is not made where %s", (_name, sent, more = {}) => {
		expect(continueFrom({ ...asked, ...more }, transcriptOf(sent), "continue_final_message")).toBeUndefined();
	});

	test.each<[Json, boolean]>([
		[{}, false],
		[{ response_format: { type: "text" }, guided_json: null, tools: [] }, false],
		[{ response_format: { type: "json_schema", json_schema: {} } }, true],
		[{ guided_json: {} }, true],
		[{ structured_outputs: { regex: "a" } }, true],
		[{ grammar: "root ::= [0-9]" }, true],
	])("tells output of a form: %j", (json, expected) => {
		expect(isStructured(json)).toBe(expected);
	});
});

describe("a continuation", () => {
	const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n", "😀"), maxLength: 80 });

	test("begins with the white space that was cut off, which isn't sent twice", () => {
		fc.assert(
			fc.property(text, fc.nat(), cuts, cuts, (whole, at, first, second) => {
				const sent = piecesOf(whole, first)
					.slice(0, at % 20)
					.map(says);
				const transcript = transcriptOf(sent);
				const continued = continueFrom(asked, transcript, "assistant");
				if (continued === undefined) return;
				const { trimmed } = continued;
				const so = seen(sent).content;
				const rest = whole.slice(so.trimEnd().length);
				// It can't be told from an answer that begins anew.
				if (so.length >= 40 && so.startsWith(rest.slice(0, 24))) return;
				const { send, departed } = join(transcript, answered("second", rest, second), {
					kind: "continuation",
					trimmed,
				});
				expect(departed).toBeUndefined();
				expect(seen([...sent, ...send])).toMatchObject({ content: whole, finish: ["stop"] });
			}),
			{ numRuns: 1_000 },
		);
	});

	test("that begins anew or repeats the text so far is joined as one that was asked to", () => {
		fc.assert(
			fc.property(
				fc.string({ minLength: 40, maxLength: 80 }),
				fc.string({ unit: "binary" }),
				cuts,
				(so, rest, lengths) => {
					fc.pre(!/\p{Surrogate}/u.test(so));
					const sent = [says(so)];
					const trimmed = so.slice(so.trimEnd().length);
					const options = { kind: "continuation", trimmed } as const;
					const { send, departed } = join(transcriptOf(sent), answered("second", so + rest, lengths), options);
					expect(departed).toBeUndefined();
					expect(seen([...sent, ...send])).toMatchObject({ content: so + rest, finish: ["stop"] });
				},
			),
		);
	});

	test.each<[string, string, string | undefined, string?]>([
		["a short repetition is the answer's own", " Twelve bears it was.", undefined],
		["a repetition of 23 characters is the answer's own", `${sentence.slice(0, 23)}!`, undefined],
		["one of 24 began anew", `${sentence.slice(0, 24)}!`, "it begins anew with another text", "!"],
		["a longer one began anew", "Twelve bears went down to the lake.", "it begins anew with another text", "lake."],
		["one that ends in the middle began anew", sentence.slice(0, 30), "it begins anew with another text", ""],
		["one that ends at once has nothing more to say", "", undefined],
		["a few repeated words at the end are the answer's own", "Twelve bears", undefined],
	])("%s", (_name, text, departed, atSeam) => {
		for (const lengths of [[1], [5, 2], [100]]) {
			const sent = [says(sentence)];
			const second = answered("second", text, lengths);
			const exact = join(transcriptOf(sent), second, { kind: "continuation" });
			expect(exact.departed).toBe(departed);
			if (departed === undefined) expect(seen(exact.send)).toMatchObject({ content: text, finish: ["stop"] });
			else expect(exact.send).toEqual([]);
			if (atSeam === undefined) continue;
			const { send } = join(transcriptOf(sent), second, { kind: "continuation", mode: "allow-seam" });
			expect(seen([...sent, ...send])).toMatchObject({ content: text, finish: ["stop"] });
		}
	});

	test("without the white space that was sent departs", () => {
		const options = { kind: "continuation", trimmed: "\n\n" } as const;
		const sent = [says("One.\n\n")];
		const second = answered("second", "\nTwo.", [1]);
		expect(join(transcriptOf(sent), second, options)).toEqual({
			send: [],
			departed: "it goes on without the white space that was sent",
		});
		const { send } = join(transcriptOf(sent), second, { ...options, mode: "allow-seam" });
		expect(seen([...sent, ...send])).toMatchObject({ content: "One.\nTwo.", finish: ["stop"] });
	});

	test("that thinks anew departs", () => {
		const second = chunksOf("second", { reasoning: "Hm", content: " more", calls: [] });
		for (const mode of ["exact", "allow-seam"] as const)
			expect(join(transcriptOf([says("One")]), second, { kind: "continuation", mode }).departed).toBe(
				"it says reasoning where it should go on with the text",
			);
	});

	test("may call tools after its text", () => {
		const calls = [{ name: "f", arguments: '{"a":1}' }];
		const second = chunksOf("second", { reasoning: "", content: "Twelve", calls });
		const { send } = join(transcriptOf([says(sentence)]), second, { kind: "continuation" });
		expect(seen(send)).toMatchObject({ content: "Twelve", calls, callIds: ["call-second-0"] });
	});

	const details = { prompt_tokens_details: { cached_tokens: 4 } };
	test.each<[string, string, Json, Json]>([
		[
			"counts what the first host said as output",
			" And so on.",
			{ prompt_tokens: 12, completion_tokens: 5, total_tokens: 17, ...details },
			{ prompt_tokens: 10, completion_tokens: 7, total_tokens: 17, ...details },
		],
		[
			"never becomes negative",
			" And so on.",
			{ prompt_tokens: 1, completion_tokens: 5, total_tokens: 6 },
			{ prompt_tokens: 0, completion_tokens: 6, total_tokens: 6 },
		],
		[
			"counts it once where the host began anew",
			`${sentence} And so on.`,
			{ prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 },
			{ prompt_tokens: 10, completion_tokens: 9, total_tokens: 19 },
		],
		["stays where it has no such numbers", " And so on.", { cost: 1 }, { cost: 1 }],
	])("usage %s", (_name, text, usage, expected) => {
		const sent = [says(sentence.slice(0, 20)), says(sentence.slice(20))];
		const last = { ...chunk("second", {}, { usage }), choices: [] };
		const { send } = join(transcriptOf(sent), [...answered("second", text), last], { kind: "continuation" });
		expect(send.at(-1)?.usage).toEqual(expected);
	});
});
