/** Prices in a configuration file. */
import { expect, test } from "vitest";
import { describeChange, diffSettings } from "../../src/settings/diffSettings.js";
import { problemsIn, settingsFrom, targetsOf } from "./files.js";

const rules = `
prices:
  - {model: "llama-*", input: 0.1, output: 0.4, cached: 0.02}
  - {model: [big, bigger], input: 1, output: 2}
`.trimStart();

test("are rules in their order, for whichever host", async () => {
	expect((await settingsFrom(rules)).prices).toEqual([
		{ models: ["llama-*"], cost: { input: 0.1, output: 0.4, cached: 0.02 } },
		{ models: ["big", "bigger"], cost: { input: 1, output: 2 } },
	]);
});

test("of a target are its own or its upstream's, with all their kinds", async () => {
	const settings = await settingsFrom(`
upstreams:
  gpu: {url: "http://127.0.0.1:1001", cost: {input: 1, output: 2, cached: 0.5, reasoning: 3, audioInput: 4, audioOutput: 5}, priceList: openai}
routes:
  - {model: a, targets: [gpu, {upstream: gpu, cost: {input: 0, output: 0}}]}
`);
	expect(targetsOf(settings).map(({ cost }) => cost)).toEqual([
		{ input: 1, output: 2, cached: 0.5, reasoning: 3, audioInput: 4, audioOutput: 5 },
		{ input: 0, output: 0 },
	]);
	expect(settings.routing.upstreams[0]?.priceList).toBe("openai");
});

test("what is wrong with them is said where it stands", async () => {
	const text = `
prices:
  - {model: a, input: 1}
  - {model: a, input: -1, output: x}
  - {model: a, input: 1, output: 1, cache: 1}
upstreams:
  one: {url: "http://127.0.0.1:1001", priceList: opnai}
`.trimStart();
	expect(await problemsIn(text)).toEqual([
		expect.stringMatching(/^llmw\.yaml:2:5: prices\[0\]\.output: is missing/),
		expect.stringMatching(/^llmw\.yaml:3:23: prices\[1\]\.input: must be a number of dollars/),
		expect.stringMatching(/^llmw\.yaml:3:35: prices\[1\]\.output: must be a number of dollars/),
		expect.stringMatching(/^llmw\.yaml:4:37: prices\[2\]\.cache: /),
		expect.stringMatching(/^llmw\.yaml:6:50: upstreams\.one\.priceList: must be one of .*did you mean openai\?/),
	]);
});

test("a reload says what changes", async () => {
	const change = async (from: string, to: string) => {
		const [before, after] = await Promise.all([settingsFrom(rules), settingsFrom(rules.replace(from, to))]);
		return diffSettings(before, after).map(describeChange);
	};
	expect(await change("", "")).toEqual([]);
	expect(await change("cached: 0.02", "cached: 0.03")).toEqual([
		"~ prices[llama-*]: $0.1 in, $0.4 out, $0.02 cached → $0.1 in, $0.4 out, $0.03 cached",
	]);
	expect(await change("[big, bigger]", "[big]")).toEqual([
		"- prices[big, bigger]: $1 in, $2 out",
		"+ prices[big]: $1 in, $2 out",
	]);
});
