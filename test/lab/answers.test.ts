import { expect, test } from "vitest";
import {
	piecesOf,
	referenceAnswer,
	referenceCalls,
	referenceJson,
	referenceReasoning,
} from "../../src/mockHosts/lab/referenceAnswers.js";
import { ask, chatBody, contentOf, eventsOf, startLab } from "./startLab.js";

const tools = ["look_up", "count"].map((name) => ({ type: "function", function: { name } }));
const all = piecesOf(referenceAnswer);

test("the reference answer holds what is easily mangled, never repeats itself, and fits in 128 tokens", () => {
	for (const part of [
		"ü",
		"🌧️",
		"👩‍🚀",
		"名前",
		"한국어",
		'"',
		"'",
		"\\",
		"\n",
		"\r\n",
		"\t",
		"data: [DONE]",
		"\\u00e9",
	])
		expect(referenceAnswer).toContain(part);
	const windows = Array.from({ length: referenceAnswer.length - 12 }, (_unused, at) =>
		referenceAnswer.slice(at, at + 12),
	);
	expect(new Set(windows).size).toBe(windows.length);
	expect(all.join("")).toBe(referenceAnswer);
	expect(all.length + piecesOf(referenceReasoning).length).toBeLessThanOrEqual(128);
	for (const json of [referenceJson, ...referenceCalls.map((call) => call.arguments)])
		expect(JSON.parse(json)).toBeTypeOf("object");
});

test("tools are called twice at once, with arguments in pieces", async () => {
	const { lab, url } = await startLab();
	const { text } = await ask(url, chatBody("ok", { tools, stream: true }));
	const deltas = eventsOf(text).chunks.flatMap(({ choices }) => choices[0]?.delta?.tool_calls ?? []);
	for (const [index, { id, arguments: wanted }] of referenceCalls.entries()) {
		const own = deltas.filter((delta) => delta.index === index);
		expect(own[0]).toMatchObject({ id, function: { name: tools[index]?.function.name, arguments: "" } });
		expect(own.map((delta) => delta.function.arguments).join("")).toBe(wanted);
		expect(own.length).toBeGreaterThan(3);
	}
	expect(contentOf(text)).toMatchObject({ content: "", finish: "tool_calls" });
	expect(lab.ledger.entries()).toMatchObject([{ completion_tokens: deltas.length, finish_reason: "tool_calls" }]);
});

test("tool calls come in one body too, and break in mid-argument like any stream", async () => {
	const { url } = await startLab();
	const { message, finish_reason } = JSON.parse((await ask(url, chatBody("ok", { tools }))).text).choices[0];
	expect({ content: message.content, finish_reason }).toEqual({ content: null, finish_reason: "tool_calls" });
	expect(message.tool_calls).toEqual(
		referenceCalls.map(({ id, arguments: text }, index) => ({
			id,
			type: "function",
			function: { name: tools[index]?.function.name, arguments: text },
		})),
	);
	const cut = await ask(url, chatBody("cut:4", { tools, stream: true }));
	expect(cut.ending).toBe("ECONNRESET");
	const said = eventsOf(cut.text).chunks.flatMap(({ choices }) => choices[0]?.delta?.tool_calls ?? []);
	expect(said).toHaveLength(4);
});

test.each([
	[{ tool_choice: "none" }, undefined],
	[{ parallel_tool_calls: false }, ["look_up"]],
	[{ tool_choice: { type: "function", function: { name: "count" } } }, ["count", "count"]],
])("with %j the tools called are %j", async (more, names) => {
	const { url } = await startLab();
	const { message } = JSON.parse((await ask(url, chatBody("ok", { tools, ...more }))).text).choices[0];
	expect(message.tool_calls?.map(({ function: { name } }: { function: { name: string } }) => name)).toEqual(names);
});

test.each([
	["ok", { response_format: { type: "json_object" } }, referenceJson],
	["ok", { response_format: { type: "json_schema", json_schema: {} } }, referenceJson],
	["ok,answer=json", {}, referenceJson],
	["ok,answer=text", { tools, response_format: { type: "json_object" } }, referenceAnswer],
])("%s with %j answers with the text meant", async (model, more, wanted) => {
	const { url } = await startLab();
	const { text } = await ask(url, chatBody(model, { ...more, stream: true }));
	expect(contentOf(text).content).toBe(wanted);
	expect(JSON.parse((await ask(url, chatBody(model, more))).text).choices[0].message.content).toBe(wanted);
});

test("reasoning comes first, and counts", async () => {
	const { lab, url } = await startLab();
	const { text } = await ask(url, chatBody("ok,answer=reasoning", { stream: true }));
	const deltas = eventsOf(text).chunks.map(({ choices }) => choices[0]?.delta ?? {});
	const isReasoning = deltas.map(({ reasoning_content }) => reasoning_content !== undefined);
	expect(isReasoning.lastIndexOf(true)).toBe(piecesOf(referenceReasoning).length);
	expect(deltas.map(({ reasoning_content = "" }) => reasoning_content).join("")).toBe(referenceReasoning);
	expect(contentOf(text).content).toBe(referenceAnswer);
	expect(lab.ledger.entries()[0]?.completion_tokens).toBe(all.length + piecesOf(referenceReasoning).length);
	const { choices, usage } = JSON.parse((await ask(url, chatBody("ok,answer=reasoning"))).text);
	expect(choices[0].message).toMatchObject({ reasoning_content: referenceReasoning, content: referenceAnswer });
	expect(usage.completion_tokens_details).toEqual({ reasoning_tokens: piecesOf(referenceReasoning).length });
});

const continuing = { continue_final_message: true, add_generation_prompt: false };
/** In the middle of a word, and after white space. */
const prefix = referenceAnswer.slice(0, 10);
const spaced = referenceAnswer.slice(0, referenceAnswer.indexOf("\n\n") + 2);
const restAfter = (start: string) => referenceAnswer.slice(start.length);

test.each([
	["ok", prefix, continuing, referenceAnswer],
	["ok,prefill=ignore", prefix, continuing, referenceAnswer],
	["ok,prefill=continue", prefix, continuing, restAfter(prefix)],
	["ok,prefill=continue", prefix, {}, referenceAnswer],
	["ok,prefill=assistant", prefix, {}, restAfter(prefix)],
	["ok,prefill=assistant", prefix, continuing, restAfter(prefix)],
	["ok,prefill=assistant", spaced, {}, restAfter(spaced)],
	["ok,prefill=assistant,trim=1", spaced, {}, restAfter(spaced.trimEnd())],
	["ok,prefill=continue,trim=1", spaced, continuing, restAfter(spaced.trimEnd())],
	["ok,prefill=assistant", "Something else", {}, referenceAnswer],
	["ok,prefill=echo", prefix, {}, referenceAnswer],
	["ok,prefill=echo", "Else: ", {}, `Else: ${referenceAnswer}`],
	["ok,prefill=assistant", referenceAnswer, {}, ""],
])("%s goes on after %j with %j", async (model, content, flags, wanted) => {
	const { lab, url } = await startLab();
	const messages = [
		{ role: "user", content: "Tell me" },
		{ role: "assistant", content },
	];
	const { text } = await ask(url, JSON.stringify({ model, messages, stream: true, ...flags }));
	expect(contentOf(text)).toMatchObject({ content: wanted, finish: "stop" });
	expect(lab.ledger.entries()).toMatchObject([{ completion_tokens: piecesOf(wanted).length, text: wanted }]);
});

test.each([
	["ok,prefill=reject", {}, /prefill is not supported/],
	["ok,prefill=continue", { continue_final_message: true }, /Cannot set both/],
])("%s refuses a last message of the assistant with %j", async (model, flags, message) => {
	const { url } = await startLab();
	const messages = [{ role: "assistant", content: "Every" }];
	const { status, text } = await ask(url, JSON.stringify({ model, messages, ...flags }));
	expect(status).toBe(400);
	expect(JSON.parse(text).error.message).toMatch(message);
	expect((await ask(url, chatBody(model, flags))).status).toBe(200);
});

test("a host that departs does so also after a prefix, which can't be noticed", async () => {
	const { url } = await startLab();
	const messages = [{ role: "assistant", content: all.slice(0, 20).join("") }];
	const say = async (model: string) =>
		contentOf((await ask(url, JSON.stringify({ model, messages, stream: true }))).text).content;
	const departed = await say("departs:10,prefill=assistant");
	expect(departed).toHaveLength(restAfter(all.slice(0, 20).join("")).length);
	expect(departed).not.toBe(await say("ok,prefill=assistant"));
});

test("a stream that goes on can break again, counted from where it went on", async () => {
	const { url } = await startLab();
	const messages = [{ role: "assistant", content: all.slice(0, 20).join("") }];
	const { text, ending } = await ask(url, JSON.stringify({ model: "cut:5,prefill=assistant", messages, stream: true }));
	expect(ending).toBe("ECONNRESET");
	expect(contentOf(text).pieces).toEqual(all.slice(20, 25));
});
