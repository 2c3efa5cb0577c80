import { describe, expect, test } from "vitest";
import { textTokens } from "../../src/chat/tokenCounts.js";
import { tokensOf } from "../../src/dialects/usageCounts.js";
import { expose } from "../../src/metrics/exposition.js";
import { counters, type GaugeName, gauges, histograms } from "../../src/metrics/families.js";
import { createRecorder } from "../../src/metrics/metricRecorder.js";
import { createSums } from "../../src/metrics/sums.js";
import { AnswerBody } from "../../src/upstream/answerBody.js";
import { readMetrics } from "../kit/metrics.js";

const nothingNow = Object.fromEntries(Object.keys(gauges).map((name) => [name, []])) as unknown as Record<
	GaugeName,
	[]
>;

describe("a recorder", () => {
	test("hands over each amount once", () => {
		const recorder = createRecorder();
		recorder.add("dropped", ["a"], 2);
		recorder.add("dropped", ["a"]);
		recorder.add("dropped", ["b"]);
		expect(recorder.take()).toEqual([
			["dropped", ["a"], [3]],
			["dropped", ["b"], [1]],
		]);
		expect(recorder.take()).toEqual([]);
		recorder.add("dropped", ["a"]);
		expect(recorder.take()).toEqual([["dropped", ["a"], [1]]]);
	});

	test("puts a value into the bucket whose bound it does not pass", () => {
		const recorder = createRecorder();
		for (const value of [1, 2, 16, 17, 1e12]) recorder.observe("tokenUsage", ["chat", "input", "a"], value);
		const [delta] = recorder.take();
		expect(delta?.[2].slice(0, 4)).toEqual([1, 1, 1, 1]);
		expect(delta?.[2].at(-2)).toBe(1);
		expect(delta?.[2].at(-1)).toBe(1e12 + 36);
	});
});

test("series beyond the limit are counted as one, and nothing is lost", () => {
	const sums = createSums(3);
	for (let number = 0; number < 10; number += 1) sums.receive([["dropped", [`host ${number}`], [1]]]);
	const found = [...sums.of("dropped")];
	expect(found.map(({ labels }) => labels[0])).toEqual(["host 0", "host 1", "host 2", "other"]);
	expect(found.reduce((sum, { values }) => sum + (values[0] ?? 0), 0)).toBe(10);
});

describe("the text", () => {
	test("has every family, described, and escapes labels", () => {
		const sums = createSums();
		sums.receive([["dropped", ['a"b\\c\nd'], [1]]]);
		const found = readMetrics(expose(sums, nothingNow));
		const names = [counters, histograms, gauges].flatMap((group) => Object.values(group).map(({ name }) => name));
		expect([...found.types.keys()]).toEqual(names);
		expect(new Set(names).size).toBe(names.length);
		expect(found.text).toContain('llmgw_dropped_events_total{upstream="a\\"b\\\\c\\nd"} 1\n');
	});

	test("adds up a histogram's buckets", () => {
		const recorder = createRecorder();
		for (const seconds of [0.001, 0.03, 0.3, 300]) recorder.observe("requestSeconds", ["chat", "r"], seconds);
		const sums = createSums();
		sums.receive(recorder.take());
		const { sum } = readMetrics(expose(sums, nothingNow));
		const name = "gen_ai_server_request_duration_seconds";
		expect(["0.01", "0.04", "0.32", "81.92", "+Inf"].map((le) => sum(`${name}_bucket`, { le }))).toEqual([
			1, 2, 3, 3, 4,
		]);
		expect(sum(`${name}_count`)).toBe(4);
		expect(sum(`${name}_sum`)).toBeCloseTo(300.331);
	});
});

describe("the usage of a whole body", () => {
	const usage = { prompt_tokens: 5, completion_tokens: 7 };
	const text = (value: object) => JSON.stringify(value);
	test.each<[string, string[], unknown]>([
		["at its end", [text({ id: "x", choices: [], usage })], usage],
		["before other members", [text({ usage, choices: [{ message: { content: "hi" } }], timings: { a: 1 } })], usage],
		["with white space", [JSON.stringify({ usage }, null, 4)], usage],
		["quoted in a text, after it", [text({ usage, content: text({ usage: { prompt_tokens: 1 } }) })], usage],
		["as the value of a text", [text({ usage, content: "usage" })], usage],
		["cut across pieces", [...text({ id: "x", usage })], usage],
		["null", [text({ usage: null })], undefined],
		["a number", [text({ usage: 5 })], undefined],
		["missing", [text({ choices: [] })], undefined],
		["in what is no JSON", ['{"usage":{"prompt_tokens":'], undefined],
		["in nothing", [], undefined],
		["after more than is kept", ["a".repeat(200_000), "b".repeat(200_000), text({ usage })], usage],
	])("%s", (_name, pieces, expected) => {
		const body = new AnswerBody();
		for (const piece of pieces) body.add(Buffer.from(piece));
		expect(body.usage()).toEqual(expected);
	});

	test("and its model", () => {
		const body = new AnswerBody();
		body.add(Buffer.from(text({ choices: [{ message: { content: '"model":"wrong"' } }], model: "right" })));
		expect(body.model()).toBe("right");
	});
});

const none = textTokens(0, 0);

test.each([
	[undefined, undefined],
	[{}, undefined],
	[{ prompt_tokens: "5", completion_tokens: -1 }, undefined],
	[{ prompt_tokens: 5 }, { ...none, input: 5 }],
	[
		{
			prompt_tokens: 5,
			completion_tokens: 7,
			prompt_tokens_details: { cached_tokens: 3 },
			completion_tokens_details: { reasoning_tokens: 2 },
		},
		{ ...none, input: 5, cached: 3, output: 7, reasoning: 2 },
	],
	[
		{ input_tokens: 5, output_tokens: 7, input_tokens_details: { cached_tokens: 3 }, output_tokens_details: null },
		{ ...none, input: 5, cached: 3, output: 7 },
	],
	[
		{
			prompt_tokens: 9,
			completion_tokens: 8,
			prompt_tokens_details: { audio_tokens: 4 },
			completion_tokens_details: { audio_tokens: 3 },
		},
		{ ...none, input: 9, audioInput: 4, output: 8, audioOutput: 3 },
	],
])("tokens of %j", (usage, expected) => {
	expect(tokensOf(usage)).toEqual(expected);
});
