/** Answers whose text comes as a list of parts, as of Mistral's reasoning models: all of it is kept, in their order. */
import { describe, expect, onTestFinished, test } from "vitest";
import { evaluationLine } from "../../src/cli/commands/completions.js";
import { CompletionRecorder } from "../../src/dialects/openaiChat/recording/completionRecorder.js";
import { chunk, completion, sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { gatewayFor, hello, jsonOf, postChat } from "../kit/gateway.js";

const done = "data: [DONE]\n\n";
const text = (said: string) => ({ type: "text", text: said });
const thinking = (said: string) => ({ type: "thinking", thinking: [text(said)] });

interface Stored {
	choices: { message: Record<string, unknown> }[];
	usage?: Record<string, unknown> | null;
	status: string;
}

async function storedOf(events: string, more: object = {}): Promise<Stored> {
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.end(events);
	});
	onTestFinished(() => host.close());
	const { baseUrl } = await gatewayFor(host);
	await (await postChat(baseUrl, { ...hello, stream: true, store: true, ...more })).text();
	const { data } = await jsonOf<{ data: Stored[] }>(await fetch(`${baseUrl}/chat/completions`));
	return data[0] as Stored;
}

const contentOf = ({ choices }: Stored) => choices[0]?.message.content;

test.each<[string, unknown[], unknown]>([
	["parts alone", [[text("One ")], [text("two")], ""], [text("One two")]],
	["parts, then strings", [[text("One")], " two", " three", ""], [text("One two three")]],
	["strings, then parts", ["", "One", " two", [text(" three")]], [text("One two three")]],
	[
		"thoughts, then text in parts",
		["", [thinking("Let")], [thinking(" me see.")], [text("It is")], [text(" 4.")], ""],
		[thinking("Let me see."), text("It is 4.")],
	],
	[
		"thoughts, then text in strings",
		[[thinking("Hm")], [thinking(".")], "It", " is", " 4", ".", ""],
		[thinking("Hm."), text("It is 4.")],
	],
	[
		"thoughts between texts",
		[[text("a")], [thinking("b")], [text("c")], "d", [thinking("e")]],
		[text("a"), thinking("b"), text("cd"), thinking("e")],
	],
	["several parts in one chunk", [[thinking("a"), text("b")], [text("c")]], [thinking("a"), text("bc")]],
	[
		"thoughts that are one string",
		[[{ type: "thinking", thinking: "a" }], [{ type: "thinking", thinking: "b", signature: "s" }]],
		[{ type: "thinking", thinking: "ab", signature: "s" }],
	],
	[
		"parts that are not said piece by piece",
		[[{ type: "reference", reference_ids: [1] }], [{ type: "reference", reference_ids: [2] }], [text("x")]],
		[{ type: "reference", reference_ids: [1] }, { type: "reference", reference_ids: [2] }, text("x")],
	],
	["an empty list", [[], "One", " two"], [text("One two")]],
	["strings alone", ["One", " two", ""], "One two"],
])("%s", async (_name, contents, expected) => {
	const events = contents.map((content) => chunk({ content })).join("") + chunk({}, "stop") + done;
	expect(contentOf(await storedOf(events))).toEqual(expected);
});

test("a whole answer in parts is kept as it came", async () => {
	const content = [thinking("Hm."), text("4")];
	const host = await startAiHost((_request, response) => {
		sendJson(response, { ...completion, choices: [{ index: 0, message: { role: "assistant", content } }] });
	});
	onTestFinished(() => host.close());
	const { baseUrl } = await gatewayFor(host);
	await (await postChat(baseUrl, { ...hello, store: true })).text();
	const { data } = await jsonOf<{ data: Stored[] }>(await fetch(`${baseUrl}/chat/completions`));
	expect(contentOf(data[0] as Stored)).toEqual(content);
});

test("a file for evaluations has the text of it", () => {
	const choices = [
		{ index: 0, message: { role: "assistant", content: [thinking("Hm."), text("It is"), text(" 4.")] } },
	];
	const line = evaluationLine({ ...completion, object: "chat.completion", metadata: {}, status: "completed", choices });
	expect(line.sample).toMatchObject({ output_text: "It is 4." });
});

test("what was read of one chunk is not changed by the next", () => {
	const recorder = new CompletionRecorder();
	const chunks = [[thinking("a")], [thinking("b")]].map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
	const before = structuredClone(chunks);
	for (const each of chunks) recorder.add(each);
	expect(chunks).toEqual(before);
});

describe("a stored stream has the usage", () => {
	const counts = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 };
	const last = `data: ${JSON.stringify({ choices: [], usage: counts })}\n\n`;
	const said = chunk({ content: "Hi" }) + chunk({}, "stop");

	test.each([
		["that its client did not ask for", {}],
		["that its client asked for", { stream_options: { include_usage: true } }],
	])("%s", async (_name, more) => {
		expect(await storedOf(said + last + done, more)).toMatchObject({ usage: counts, status: "completed" });
	});

	test("also where each chunk says that there is none yet", async () => {
		const withNull = said.replaceAll('"choices"', '"usage":null,"choices"');
		expect(await storedOf(withNull + last + done)).toMatchObject({ usage: counts });
	});

	test("unless the upstream says none", async () => {
		expect((await storedOf(said + done)).usage ?? null).toBeNull();
	});
});
