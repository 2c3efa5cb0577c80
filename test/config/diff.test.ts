import { describe, expect, test } from "vitest";
import { describeChange, diffSettings } from "../../src/settings/diffSettings.js";
import { settingsFrom } from "./files.js";

const file = `
bindport: 8080
maxBody: 32mb
store: postgres://u:\${SECRET}@db/llmw
upstreams:
  one: {url: "http://127.0.0.1:1001", key: "\${SECRET}", headers: {x-key: "\${SECRET}"}}
  two: {url: "http://127.0.0.1:1002"}
routes:
  - {model: a, targets: [one/x, {targets: [two, one], strategy: weighted}], fallback: [two/y]}
  - {model: "b*", targets: [two]}
`;

/** What changes when one text of the file is put in the place of another. */
async function changes(from: string, to: string, secrets: [string, string] = ["s1", "s1"]): Promise<string[]> {
	expect(file).toContain(from);
	const [before, after] = await Promise.all([
		settingsFrom(file, { SECRET: secrets[0] }),
		settingsFrom(file.replace(from, to), { SECRET: secrets[1] }),
	]);
	return diffSettings(before, after).map(describeChange);
}

test("nothing", async () => {
	expect(await changes("", "")).toEqual([]);
	expect(await changes("targets: [two]", "targets: [{upstream: two, weight: 1}]")).toEqual([]);
});

const cases: [from: string, to: string, expected: string[]][] = [
	["bindport: 8080", "bindport: 9090", ["~ bindport: 8080 → 9090 (only a restart changes it)"]],
	["maxBody: 32mb", "storeMaxAge: 30d", ["~ storeMaxAge: not set → 30d"]],
	["maxBody: 32mb", "maxBody: 1500kb", ["~ maxBody: 32mb → 1500kb"]],
	["maxBody: 32mb", "overlay: [/srv/a.yaml]", ["~ overlay: none → /srv/a.yaml"]],
	["127.0.0.1:1002", "127.0.0.1:1003", ["~ upstreams.two.url: http://127.0.0.1:1002/v1 → http://127.0.0.1:1003/v1"]],
	[
		'1002"}',
		'1002", health: true}',
		["~ upstreams.two.health: off → path /models, interval 10s, timeout 5s, unhealthyAfter 3, healthyAfter 2"],
	],
	[
		'1002"}',
		'1002", breaker: {share: 20%}}',
		[
			"~ upstreams.two.breaker: failures 5, share 50%, window 30s, cooldown 10s → failures 5, share 20%, window 30s, cooldown 10s",
		],
	],
	['1002"}', "1002\"}\n  three: {url: 'http://h'}", ["+ upstreams.three"]],
	['  - {model: "b*", targets: [two]}\n', "", ["- routes.b*"]],
	["  - {model: a,", "  - {model: c, targets: [one]}\n  - {model: a,", ["+ routes.c"]],
	['{model: "b*",', '{name: "b*", model: [b, "b*"],', ["~ routes.b*.model: b* → b, b*"]],
	["one/x", "two/x", ["~ routes.a.targets[0]: one/x → two/x"]],
	[
		"[two, one], strategy: weighted",
		"[{upstream: two, weight: 3, when: {stream: true}, canary: 5%}, one], strategy: cheapest",
		[
			"~ routes.a.targets[1].strategy: weighted → cheapest",
			"~ routes.a.targets[1].targets[0].weight: 1 → 3",
			"~ routes.a.targets[1].targets[0].when: not set → stream",
			"~ routes.a.targets[1].targets[0].canary: not set → 5% by caller",
		],
	],
	[", fallback: [two/y]", "", ["- routes.a.fallback[0]: two/y"]],
	[
		"targets: [two]",
		"targets: [two, one], rescue: off, retry: {attempts: 4, budget: 0.1}, hedge: {after: 2s}, cache: {tools: asked}",
		[
			"~ routes.b*.retry.attempts: 5 → 4",
			"~ routes.b*.retry.budget: 20% → 10%",
			"~ routes.b*.rescue: exact → off",
			"~ routes.b*.hedge: off → 5% after 2s",
			"~ routes.b*.cache: off → 1h for each key, tools if asked",
			"+ routes.b*.targets[1]: one",
		],
	],
	[
		"targets: [two]",
		"timeouts: {firstByte: 90s, total: 5m}, targets: [two]",
		["~ routes.b*.targets[0].timeouts.firstByte: 10m → 90s", "~ routes.b*.targets[0].timeouts.total: no limit → 5m"],
	],
];

describe("is said in the file's words", () => {
	test.each(cases)("%j becomes %j", async (from, to, expected) => {
		expect(await changes(from, to)).toEqual(expected);
	});

	test("the order of routes", async () => {
		const swapped = file.replace(/(.*model: a.*\n)(.*model: "b.*\n)/, "$2$1");
		const [before, after] = await Promise.all([file, swapped].map((text) => settingsFrom(text, { SECRET: "s" })));
		expect(diffSettings(before as never, after as never).map(describeChange)).toEqual([
			"~ order of routes: a, b* → b*, a",
		]);
	});
});

test("secrets are only said to have changed", async () => {
	const said = await changes("", "", ["hunter1", "hunter2"]);
	expect(said).toEqual([
		"~ store (changed)",
		"~ upstreams.one.key (changed)",
		"~ upstreams.one.headers.x-key (changed)",
	]);
	const [before, after] = await Promise.all(["hunter1", "hunter2"].map((SECRET) => settingsFrom(file, { SECRET })));
	expect(JSON.stringify(diffSettings(before as never, after as never))).not.toContain("hunter");
});
