import { describe, expect, test } from "vitest";
import type { Route, TargetGroup } from "../../src/settings/routes.js";
import { readSettings } from "../../src/settings/settings.js";
import { firstRoute, settingsFrom, targetsOf, twoUpstreams } from "./files.js";

/** A file in which each level may say something for one target. */
interface Levels {
	target?: string;
	inner?: string;
	outer?: string;
	route?: string;
	upstream?: string;
	defaults?: string;
	top?: string;
}

const lines = (...parts: (string | undefined)[]) => parts.filter((part) => part !== undefined).join(", ");

function fileOf({ target, inner, outer, route, upstream, defaults, top = "" }: Levels): string {
	return `
${top}
defaults: {${lines(defaults)}}
upstreams:
  one: {${lines("url: 'http://127.0.0.1:1001'", upstream)}}
routes:
  - {${lines("model: a", `targets: [{${lines(`targets: [{${lines(`targets: [{${lines("upstream: one", target)}}]`, inner)}}]`, outer)}}]`, route)}}
`;
}

const targetOf = async (levels: Levels) =>
	(await settingsFrom(fileOf(levels))).routing.routes.flatMap(({ stages }) => {
		const within = (group: TargetGroup): TargetGroup["targets"] =>
			group.targets.flatMap((member) => (member.kind === "group" ? within(member) : [member]));
		return stages.flatMap(within);
	})[0];

const timeout = (seconds: number) => `timeouts: {idle: ${seconds}s}`;

describe("a target's timeouts come from the nearest level that says them", () => {
	const all: Levels = {
		target: timeout(1),
		inner: timeout(2),
		outer: timeout(3),
		route: timeout(4),
		upstream: timeout(5),
		defaults: timeout(6),
		top: "idleTimeout: 7s",
	};
	const order = ["target", "inner", "outer", "route", "upstream", "defaults", "top"] as const;
	test.each(order.map((level, index) => [level, (index + 1) * 1000]))("%s", async (level, expected) => {
		const said = Object.fromEntries(order.slice(order.indexOf(level as "top")).map((name) => [name, all[name]]));
		expect(await targetOf(said)).toMatchObject({ timeouts: { idleMs: expected } });
	});

	test("and else from the contract", async () => {
		expect(await targetOf({})).toMatchObject({
			timeouts: {
				firstByteMs: 600_000,
				firstTokenMs: 600_000,
				idleMs: 120_000,
				endMs: 5_000,
				holdMs: 5_000,
				heartbeatMs: 15_000,
				totalMs: undefined,
			},
		});
	});

	test("each by itself", async () => {
		const levels = {
			target: "timeouts: {total: 9s}",
			outer: "timeouts: {firstByte: 8s}",
			upstream: "timeouts: {firstByte: 1s, firstToken: 20s}",
		};
		expect(await targetOf(levels)).toMatchObject({
			timeouts: {
				firstByteMs: 8_000,
				firstTokenMs: 20_000,
				idleMs: 120_000,
				endMs: 5_000,
				holdMs: 5_000,
				heartbeatMs: 15_000,
				totalMs: 9_000,
			},
		});
	});

	test("and a first token is waited for as long as for the first byte", async () => {
		expect(await targetOf({ route: "timeouts: {firstByte: 30m}" })).toMatchObject({
			timeouts: { firstByteMs: 1_800_000, firstTokenMs: 1_800_000 },
		});
	});
});

test("capabilities come each from the nearest level, cost as a whole", async () => {
	const target = await targetOf({
		target: "capabilities: {prefill: false, tools: true}",
		inner: "capabilities: {context: 4000}, cost: {input: 1, output: 2}",
		outer: "capabilities: {context: 8000, tools: false}",
		upstream: "capabilities: {prefill: assistant, vision: false, context: 9}, cost: {input: 3, output: 4}",
	});
	expect(target).toMatchObject({
		capabilities: { prefill: undefined, tools: true, vision: false, jsonSchema: undefined, context: 4000 },
		cost: { input: 1, output: 2 },
	});
});

test("a target's weight is its upstream's, and never its group's", async () => {
	expect(await targetOf({ outer: "weight: 7" })).toMatchObject({ weight: 1 });
	expect(await targetOf({ outer: "weight: 7", upstream: "weight: 2.5" })).toMatchObject({ weight: 2.5 });
	expect(await targetOf({ target: "weight: 0", upstream: "weight: 2" })).toMatchObject({ weight: 0 });
});

test("a group's strategy is that of the group around it", async () => {
	const strategies = async (levels: Levels) => {
		const kinds: string[] = [];
		let group: TargetGroup | undefined = firstRoute(await settingsFrom(fileOf(levels))).stages[0];
		while (group?.kind === "group") {
			kinds.push(group.strategy.kind);
			group = group.targets[0] as TargetGroup | undefined;
		}
		return kinds;
	};
	expect(await strategies({})).toEqual(["ordered", "ordered", "ordered"]);
	expect(await strategies({ defaults: "strategy: weighted" })).toEqual(["weighted", "weighted", "weighted"]);
	expect(
		await strategies({ defaults: "strategy: weighted", route: "strategy: cheapest", outer: "strategy: least_busy" }),
	).toEqual(["cheapest", "least_busy", "least_busy"]);
});

describe("routes", () => {
	const routeWith = async (route: string, defaults = ""): Promise<Route> =>
		firstRoute(
			await settingsFrom(`defaults: {${defaults}}\n${twoUpstreams}routes:\n  - {model: a, targets: [one], ${route}}\n`),
		);

	test("that say nothing are as the route of flags is", async () => {
		const { retry, fallbackOn, rescue, hedge } = readSettings({}, {}).routing.routes[0] as Route;
		expect(await routeWith("")).toMatchObject({ name: "a", models: ["a"], retry, fallbackOn, rescue, hedge });
	});

	test("take each member of retry from where it is said", async () => {
		const { retry } = await routeWith("retry: {attempts: 9, maxWait: 0}", "retry: {attempts: 1, budget: 50%}");
		expect(retry).toEqual({
			attempts: 9,
			attemptsPerTarget: 2,
			firstBackoffMs: 100,
			maxBackoffMs: 2_000,
			maxWaitMs: 0,
			budgetShare: 0.5,
		});
	});

	test.each([
		["", "", undefined],
		["hedge: true", "", { share: 0.05, afterMs: undefined }],
		["hedge: {after: 2s}", "", { share: 0.05, afterMs: 2_000 }],
		["", "hedge: {share: 0.1}", { share: 0.1, afterMs: undefined }],
		["hedge: {after: 2s}", "hedge: {share: 10%}", { share: 0.1, afterMs: 2_000 }],
		["hedge: false", "hedge: {share: 10%}", undefined],
	])("%j with the defaults %j", async (route, defaults, expected) => {
		expect((await routeWith(route, defaults)).hedge).toEqual(expected);
	});

	test.each([
		["", "", undefined],
		["cache: true", "", { ageMs: 3_600_000, scope: "key", isOnRequest: false, sampled: "never", tools: "never" }],
		[
			"cache: {age: 5m, tools: asked}",
			"cache: {scope: team, sampled: true}",
			{ ageMs: 300_000, scope: "team", sampled: "always", tools: "asked" },
		],
		["cache: {requests: asked}", "", { isOnRequest: true }],
		["cache: {semantic: {model: a}}", "", { semantic: { model: "a", threshold: 0.97, maxMessages: 3 } }],
		["cache: false", "cache: true", undefined],
	])("%j with the cache of %j", async (route, defaults, expected) => {
		const { cache } = (await routeWith(route, defaults)) as Route;
		if (expected === undefined) expect(cache).toBeUndefined();
		else expect(cache).toMatchObject(expected);
	});

	test("take a rescue and reasons to fall back", async () => {
		const defaults = "rescue: off, fallbackOn: [not_found]";
		expect(await routeWith("", defaults)).toMatchObject({ rescue: "off", fallbackOn: ["not_found"] });
		expect(await routeWith("rescue: allow-seam, fallbackOn: []", defaults)).toMatchObject({
			rescue: "allow-seam",
			fallbackOn: [],
		});
	});
});

describe("upstreams", () => {
	const upstreamWith = async (upstream: string, defaults = "") =>
		(await settingsFrom(fileOf({ upstream, defaults }))).routing.upstreams[0];
	const breaker = { failures: 5, share: 0.5, windowMs: 30_000, cooldownMs: 10_000 };
	const health = { path: "/models", intervalMs: 10_000, timeoutMs: 5_000, unhealthyAfter: 3, healthyAfter: 2 };

	test("that say nothing have a breaker and no health check, and pass no credential on", async () => {
		expect(await upstreamWith("")).toEqual({
			name: "one",
			url: "http://127.0.0.1:1001/v1",
			key: undefined,
			forwardsCredential: false,
			headers: {},
			tls: { ca: undefined, cert: undefined, key: undefined, serverName: undefined, insecure: false },
			connectTimeoutMs: 10_000,
			maxConnections: undefined,
			maxConcurrency: undefined,
			health: undefined,
			breaker,
			usage: "ask",
		});
	});

	test.each([
		["health: true", "", { health }],
		["health: {path: /health, interval: 1m}", "", { health: { ...health, path: "/health", intervalMs: 60_000 } }],
		["", "health: {timeout: 1s}", { health: { ...health, timeoutMs: 1_000 } }],
		["health: {path: /health}", "health: {timeout: 1s}", { health: { ...health, path: "/health", timeoutMs: 1_000 } }],
		["health: false", "health: true", { health: undefined }],
		["breaker: false", "", { breaker: undefined }],
		["breaker: {failures: 2}", "breaker: false", { breaker: { ...breaker, failures: 2 } }],
		["", "breaker: {share: 20%}", { breaker: { ...breaker, share: 0.2 } }],
		["", "connectTimeout: 1s", { connectTimeoutMs: 1_000 }],
		["connectTimeout: 2s", "connectTimeout: 1s", { connectTimeoutMs: 2_000 }],
	])("%j with the defaults %j", async (upstream, defaults, expected) => {
		expect(await upstreamWith(upstream, defaults)).toMatchObject(expected);
	});
});

describe("targets", () => {
	const targetsWith = async (targets: string) =>
		targetsOf(await settingsFrom(`${twoUpstreams}routes:\n  - model: "*"\n    targets: ${targets}\n`));

	test("are split at the first slash", async () => {
		const named = (await targetsWith("[one, two/Qwen/Qwen3-8B, {upstream: one, model: gpt}]")).map(
			({ name, upstream, model }) => ({ name, upstream, model }),
		);
		expect(named).toEqual([
			{ name: "one", upstream: "one", model: undefined },
			{ name: "two/Qwen/Qwen3-8B", upstream: "two", model: "Qwen/Qwen3-8B" },
			{ name: "one/gpt", upstream: "one", model: "gpt" },
		]);
	});

	test("have conditions and canaries", async () => {
		const [first, second] = await targetsWith(`
      - upstream: one
        canary: {share: 5%, by: "header:X-User"}
        when:
          stream: true
          tokens: {max: 1000}
          model: gpt-*
          headers: {X-Team: [blue, "red*"]}
          metadata: {tier: gold}
      - {upstream: two, canary: 0.1}`);
		expect(first).toMatchObject({
			canary: { share: 0.05, key: { by: "header", header: "x-user" } },
			when: {
				stream: true,
				maxTokens: 1000,
				model: ["gpt-*"],
				headers: { "x-team": ["blue", "red*"] },
				metadata: { tier: ["gold"] },
			},
		});
		expect(Object.keys(first?.when ?? {})).not.toContain("minTokens");
		expect(second).toMatchObject({ canary: { share: 0.1, key: { by: "caller" } }, when: undefined });
	});
});

test("each fallback is one more stage", async () => {
	const { stages } = firstRoute(
		await settingsFrom(`${twoUpstreams}routes:
  - model: a
    strategy: weighted
    targets: [one]
    fallback: [two/x, {targets: [one/y, two/y]}, {when: {stream: true}, targets: [one/z]}]
`),
	);
	const shape = (group: TargetGroup): unknown => [
		group.strategy.kind,
		...group.targets.map((member) => (member.kind === "group" ? shape(member) : member.name)),
	];
	expect(stages.map(shape)).toEqual([
		["weighted", "one"],
		["ordered", "two/x"],
		["weighted", "one/y", "two/y"],
		["ordered", ["weighted", "one/z"]],
	]);
	expect(stages.every(({ when, canary }) => when === undefined && canary === undefined)).toBe(true);
});

test.each([
	["cheapest", { kind: "cheapest" }],
	["session_affinity", { kind: "session_affinity", key: { by: "session" } }],
	["{kind: session_affinity, by: user}", { kind: "session_affinity", key: { by: "user" } }],
	["prefix_affinity", { kind: "prefix_affinity", prefixCharacters: 2000, loadFactor: 1.25 }],
	["{kind: prefix_affinity, loadFactor: 2}", { kind: "prefix_affinity", prefixCharacters: 2000, loadFactor: 2 }],
])("the strategy %s", async (strategy, expected) => {
	const text = `${twoUpstreams}routes:\n  - {model: a, targets: [one, two], strategy: ${strategy}}\n`;
	expect(firstRoute(await settingsFrom(text)).stages[0]?.strategy).toEqual(expected);
});

test("a single upstream needs no routes", async () => {
	const { routing } = await settingsFrom("upstreams:\n  one: {url: 'http://127.0.0.1:1001'}\n");
	expect(routing.routes).toMatchObject([{ name: "*", models: ["*"], stages: [{ targets: [{ upstream: "one" }] }] }]);
});
