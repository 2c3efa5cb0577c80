/** `limits` of a configuration file: read, checked, and compared. */
import { expect, test } from "vitest";
import { describeChange, diffSettings } from "../../src/settings/diffSettings.js";
import { noLimits } from "../../src/settings/limitSettings.js";
import { resultOf } from "../kit/llmw.js";
import { configFile, problemsIn, settingsFrom } from "./files.js";

const upstreams = 'upstreams: {one: {url: "http://127.0.0.1:1001"}}\n';

test("a file without limits has none", async () => {
	expect((await settingsFrom(upstreams)).limits).toEqual(noLimits);
});

test("all that can be limited is read", async () => {
	const { limits, routing } = await settingsFrom(`
upstreams:
  one: {url: "http://127.0.0.1:1001", limits: {tokensPerMinute: 5}, tokenize: vllm}
limits:
  keys: {requestsPerMinute: 60, budgetPerMonth: 12.5}
  clients: {concurrentRequests: 2}
  teams: {red: {tokensPerDay: 1000}, "*": {tokensPerDay: 10}}
  organisations: {acme: {budgetPerDay: 1}}
  models: {"gpt-*": {requestsPerDay: 7}}
  agents: {codex: {budgetPerSession: 5, minutesPerSession: 90, equalToolCalls: 4}}
  subagents: {requestsPerSession: 20, tokensPerSession: 1000}
  onExceeded: cut
  queue: {maxWait: 10s}
`);
	expect(limits).toEqual({
		keys: { requestsPerMinute: 60, budgetPerMonth: 12.5 },
		clients: { concurrentRequests: 2 },
		teams: { red: { tokensPerDay: 1000 }, "*": { tokensPerDay: 10 } },
		organisations: { acme: { budgetPerDay: 1 } },
		models: { "gpt-*": { requestsPerDay: 7 } },
		agents: { codex: { budgetPerSession: 5, minutesPerSession: 90, equalToolCalls: 4 } },
		subagents: { requestsPerSession: 20, tokensPerSession: 1000 },
		onExceeded: "cut",
		maxWaitMs: 10_000,
	});
	expect(routing.upstreams[0]).toMatchObject({ limits: { tokensPerMinute: 5 }, tokenize: "vllm" });
});

test.each([
	["limits: many", ['llmw.yaml:2:9: limits: must be an object of limits (got "many")']],
	[
		"limits: {keys: {tokensPerMinut: 5}}",
		["llmw.yaml:2:17: limits.keys.tokensPerMinut: there is no such key; did you mean `tokensPerMinute`?"],
	],
	[
		"limits: {teams: {red: {requestsPerDay: 0}}}",
		["llmw.yaml:2:40: limits.teams.red.requestsPerDay: must be a whole number from 1 to 10^12 (got 0)"],
	],
	[
		"limits: {models: {x: {budgetPerDay: -1}}}",
		["llmw.yaml:2:37: limits.models.x.budgetPerDay: must be a number of dollars from 0.000001 to 10^9 (got -1)"],
	],
	[
		"limits: {subagents: {equalToolCalls: 1}}",
		["llmw.yaml:2:38: limits.subagents.equalToolCalls: must be a whole number from 2 to 1000 (got 1)"],
	],
	["limits: {onExceeded: stop}", ['llmw.yaml:2:22: limits.onExceeded: must be one of finish, cut (got "stop")']],
	[
		"limits: {queue: {maxWait: soon}}",
		['llmw.yaml:2:27: limits.queue.maxWait: must be a duration such as 500ms, 30s or 15m (got "soon")'],
	],
	["limits: {queue: {}}", ["llmw.yaml:2:10: limits.queue.maxWait: is missing"]],
])("%s is told what is wrong", async (text, problems) => {
	expect(await problemsIn(`${upstreams}${text}\n`)).toEqual(problems);
});

test("an upstream's limits know no budget and no requests at a time", async () => {
	const text = 'upstreams: {one: {url: "http://127.0.0.1:1001", limits: {budgetPerDay: 5}, tokenize: guess}}\n';
	expect(await problemsIn(text)).toEqual([
		"llmw.yaml:1:58: upstreams.one.limits.budgetPerDay: there is no such key",
		'llmw.yaml:1:86: upstreams.one.tokenize: must be one of vllm, llama.cpp, none (got "guess")',
	]);
});

test("each change is told", async () => {
	const before = await settingsFrom(
		`${upstreams}limits: {keys: {tokensPerDay: 5}, models: {a: {requestsPerDay: 1}}}\n`,
	);
	const after = await settingsFrom(
		'upstreams: {one: {url: "http://127.0.0.1:1001", limits: {requestsPerDay: 9}}}\nlimits: {keys: {tokensPerDay: 6, requestsPerDay: 1}, queue: {maxWait: 2s}}\n',
	);
	expect(diffSettings(before, after).map(describeChange).sort()).toEqual([
		"+ limits.keys.requestsPerDay: 1",
		"+ upstreams.one.limits.requestsPerDay: 9",
		"- limits.models.a.requestsPerDay: 1",
		"~ limits.keys.tokensPerDay: 5 → 6",
		"~ limits.queue.maxWait: not set → 2s",
	]);
});

test("llmw check says how many limits there are", async () => {
	const file = configFile(`${upstreams}limits: {keys: {tokensPerDay: 5}, models: {a: {requestsPerDay: 1}}}\n`);
	const { stdout } = await resultOf(["check", "--config", file]);
	expect(stdout).toContain("(1 upstream, 1 route, 2 limits)");
});
