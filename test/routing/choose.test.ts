import { describe, expect, test } from "vitest";
import type { Condition } from "../../src/settings/routes.js";
import { choose, whyNone } from "../../src/upstream/routing/choose.js";
import { facts, firsts, group, names, route, seeded, target, targets, view } from "./build.js";

const image = { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://a/b.png" } }] }] };
const tools = { tools: [{ type: "function", function: { name: "f" } }] };

describe("the order", () => {
	test("is that of the stages, one after the other", () => {
		const of = route(
			group("ordered", targets("a", "b")),
			group("weighted", targets("c")),
			group("ordered", targets("d")),
		);
		expect(names(of)).toEqual(["a", "b", "c", "d"]);
	});

	test("is made of nested groups in their place", () => {
		const inner = group("ordered", [target("b"), group("ordered", targets("c", "d"))]);
		expect(names(route(group("ordered", [target("a"), inner, target("e")])))).toEqual(["a", "b", "c", "d", "e"]);
	});

	test("has targets that are not available at its very end, in the same order", () => {
		const of = route(group("ordered", targets("a", "b", "c")), group("ordered", targets("d", "e")));
		expect(names(of, facts(), { later: ["a", "c", "d"] })).toEqual(["b", "e", "a", "c", "d"]);
		expect(names(of, facts(), { later: ["a", "b", "c", "d", "e"] })).toEqual(["a", "b", "c", "d", "e"]);
	});

	test("has a target that is not available at its end out of a nested group too", () => {
		const of = route(
			group("ordered", [group("ordered", targets("a", "b")), target("c")]),
			group("ordered", targets("d")),
		);
		expect(names(of, facts(), { later: ["a"] })).toEqual(["b", "c", "d", "a"]);
	});

	test("has targets of weight 0 after the others of their group, whatever the strategy", () => {
		for (const kind of ["ordered", "weighted", "round_robin", "least_busy", "lowest_latency", "cheapest"] as const) {
			const members = [target("idle", { weight: 0 }), ...targets("a", "b")];
			const of = route(group(kind, members), group("ordered", targets("z")));
			const orders = Array.from({ length: 20 }, (_unused, seed) => names(of, facts(), {}, seeded(seed)));
			expect(new Set(orders.map((order) => order.slice(2).join(" "))), kind).toEqual(new Set(["idle z"]));
			expect(names(of, facts(), { later: ["a", "b"] })[0], kind).toBe("idle");
		}
	});
});

describe("without a choice to make", () => {
	const idle = view();
	test.each([
		["one target", route(group("ordered", targets("a")))],
		["one target by weight", route(group("weighted", targets("a")))],
		["one target in nested groups", route(group("least_busy", [group("weighted", targets("a"))]))],
		["one target with a condition that holds", route(group("ordered", [target("a", { when: { stream: true } })]))],
		["targets in a fixed order", route(group("ordered", targets("a", "b")), group("ordered", targets("c")))],
	])("%s: the list is the same for each request, and frozen", (_what, of) => {
		const first = choose(of, facts({ stream: true }), idle, Math.random);
		expect(choose(of, facts({ stream: true, model: "x" }), idle, Math.random)).toBe(first);
		expect(Object.isFrozen(first)).toBe(true);
		expect(first[0]?.name).toBe("a");
	});

	test("nothing is asked of the world or the request for a single target", () => {
		const never = () => {
			throw new Error("was asked");
		};
		const of = route(group("least_busy", targets("a")));
		const world = { inFlight: never, latencyMs: never, isAvailable: never, nextTurn: never };
		const request = new Proxy(facts(), { get: never });
		expect(choose(of, request, world, never).map(({ name }) => name)).toEqual(["a"]);
	});
});

describe("conditions", () => {
	const request = facts(
		{ ...tools, model: "gpt-4o", stream: true, prompt: "a".repeat(400), metadata: { team: "red", empty: "" } },
		{ headers: { "x-tier": "gold", accept: "a/b", via: ["one", "two"] as never }, tags: { tenant: "acme" } },
	);
	test.each<[Condition, boolean]>([
		[{}, true],
		[{ stream: true }, true],
		[{ stream: false }, false],
		[{ tools: true, vision: false, jsonSchema: false }, true],
		[{ tools: false }, false],
		[{ vision: true }, false],
		[{ jsonSchema: true }, false],
		[{ minTokens: 100, maxTokens: 120 }, true],
		[{ minTokens: 200 }, false],
		[{ maxTokens: 99 }, false],
		[{ model: ["gpt-*"] }, true],
		[{ model: ["claude", "gpt"] }, false],
		[{ headers: { "x-tier": ["silver", "go*"] } }, true],
		[{ headers: { "x-tier": ["silver"] } }, false],
		[{ headers: { via: ["*two"] } }, true],
		[{ headers: { "x-other": ["*"] } }, false],
		[{ headers: { "x-tier": ["gold"], accept: ["c"] } }, false],
		[{ metadata: { team: ["red"] } }, true],
		[{ metadata: { empty: ["*"] } }, true],
		[{ metadata: { constructor: ["*"] } }, false],
		[{ tags: { tenant: ["acme"] } }, true],
		[{ tags: { tenant: ["acme"] }, stream: false }, false],
		[{ tags: { toString: ["*"] } }, false],
	])("%j: %s", (when, holds) => {
		const rest = holds ? ["a"] : [];
		expect(names(route(group("ordered", [target("a", { when }), target("z")])), request)).toEqual([...rest, "z"]);
		expect(names(route(group("ordered", [target("a", { when })])), request), "alone").toEqual(rest);
		const nested = group("ordered", targets("a"), { when });
		expect(names(route(group("ordered", [nested, target("z")])), request), "of a group").toEqual([...rest, "z"]);
	});

	test("a request without a model is matched by * alone", () => {
		const of = (pattern: string) => route(group("ordered", [target("a", { when: { model: [pattern] } })]));
		expect(names(of("*"))).toEqual(["a"]);
		expect(names(of("g*"))).toEqual([]);
	});
});

describe("capabilities", () => {
	const blind = target("blind", { capabilities: { vision: false } });
	const plain = target("plain", { capabilities: { vision: false, tools: false, jsonSchema: false } });
	const unsaid = target("unsaid");

	test.each([
		["an image", image, ["unsaid"]],
		["tools", tools, ["blind", "unsaid"]],
		["a JSON schema", { guided_json: {} }, ["blind", "unsaid"]],
		["text", {}, ["blind", "plain", "unsaid"]],
	])("a request with %s goes where it can be answered", (_what, json, order) => {
		expect(names(route(group("ordered", [blind, plain, unsaid])), facts(json))).toEqual(order);
	});

	test("a target whose context seems too small comes after the others of its stage", () => {
		const of = route(
			group("ordered", [
				target("small", { capabilities: { context: 1000 } }),
				target("unknown"),
				target("large", { capabilities: { context: 100_000 } }),
			]),
			group("ordered", targets("fallback")),
		);
		expect(names(of, facts({ prompt: "a".repeat(3600), max_tokens: 100 }))[0]).toBe("small");
		const order = ["unknown", "large", "small", "fallback"];
		expect(names(of, facts({ prompt: "a".repeat(3600), max_tokens: 101 }))).toEqual(order);
		expect(names(of, facts({ prompt: "a".repeat(5000) }), { later: ["unknown"] })).toEqual([
			"large",
			"small",
			"fallback",
			"unknown",
		]);
	});
});

describe("the reason why there is none", () => {
	const blind = { capabilities: { vision: false } };
	const forStreams = { when: { stream: true } };
	test.each([
		["a capability", [target("a", blind)], image, 'No target of route "chat" takes images.'],
		[
			"several capabilities, of which no target has all",
			[target("a", blind), target("b", { capabilities: { tools: false } })],
			{ ...image, ...tools },
			'No target of route "chat" takes images and tools.',
		],
		[
			"conditions",
			[target("a", forStreams)],
			{},
			'No target of route "chat" is meant for such a request, by their conditions (when, canary).',
		],
		[
			"both",
			[target("a", blind), target("b", forStreams)],
			image,
			'No target of route "chat" whose conditions the request meets takes images.',
		],
		["that there are no targets", [], {}, 'There is no target of route "chat".'],
	])("is %s", (_what, members, json, sentence) => {
		const of = route(group("ordered", [group("weighted", members)]));
		expect(names(of, facts(json))).toEqual([]);
		expect(whyNone(of, facts(json))).toBe(sentence);
	});
});

describe("a canary", () => {
	const callers = Array.from({ length: 20_000 }, (_unused, at) => `caller ${at}`);
	const withShare = (share: number) =>
		route(group("weighted", [...targets("a", "b"), target("new", { canary: { share, key: { by: "caller" } } })]));
	const sentTo = (share: number) => {
		const of = withShare(share);
		return callers.filter((caller) => names(of, facts({}, { caller }))[0] === "new");
	};

	test("is first for its share of callers, and left out for all others", () => {
		const of = withShare(0.05);
		const counts = firsts(callers.length, (at) =>
			choose(of, facts({}, { caller: callers[at] ?? "" }), view(), Math.random),
		);
		expect((counts.new ?? 0) / callers.length).toBeCloseTo(0.05, 2);
		const others = callers.filter((caller) => names(of, facts({}, { caller }))[0] !== "new");
		expect(others.filter((caller) => names(of, facts({}, { caller }), { later: ["a", "b"] }).includes("new"))).toEqual(
			[],
		);
	});

	test("has always the same callers, and keeps them when its share grows", () => {
		const few = sentTo(0.05);
		expect(sentTo(0.05)).toEqual(few);
		const more = new Set(sentTo(0.2));
		expect(few.filter((caller) => !more.has(caller))).toEqual([]);
		expect(sentTo(0)).toEqual([]);
		expect(sentTo(1)).toEqual(callers);
	});

	test("has other callers than a canary of another name", () => {
		const canary = { share: 0.5, key: { by: "caller" } } as const;
		const of = route(group("ordered", [target("x", { canary }), target("y", { canary }), target("z")]));
		const sets = callers.map((caller) => names(of, facts({}, { caller })).join(""));
		for (const set of ["xyz", "xz", "yz", "z"]) {
			expect(sets.filter((other) => other === set).length / callers.length, set).toBeCloseTo(0.25, 1);
		}
	});

	test("has callers of all sessions: who is in its share says nothing about affinity to the same target", () => {
		const kind = { kind: "session_affinity", key: { by: "caller" } } as const;
		const elsewhere = route(group(kind, targets("new", "a")));
		const few = sentTo(0.1);
		const kept = few.filter((caller) => names(elsewhere, facts({}, { caller }))[0] === "new");
		expect(kept.length / few.length).toBeCloseTo(0.5, 1);
	});

	test("that is not available is passed over, and kept at the end", () => {
		const of = withShare(1);
		expect(names(of, facts(), { later: ["new"] })[2]).toBe("new");
	});

	test("may be a group, and may be kept by user or header", () => {
		const canary = { share: 0.5, key: { by: "header", header: "x-team" } } as const;
		const of = route(group("ordered", [target("a"), group("ordered", targets("b", "c"), { canary })]));
		const orders = callers.map((team) => names(of, facts({}, { headers: { "x-team": team } })).join(""));
		expect(new Set(orders)).toEqual(new Set(["bca", "a"]));
		const without = callers.slice(0, 100).map((caller) => names(of, facts({}, { caller })).join(""));
		expect(new Set(without), "the caller stands in for a missing header").toEqual(new Set(["bca", "a"]));
	});

	test("of a single target lets nobody else through", () => {
		const of = route(group("ordered", [target("a", { canary: { share: 0.5, key: { by: "caller" } } })]));
		const counts = firsts(2000, (at) => choose(of, facts({}, { caller: `${at}` }), view(), Math.random));
		expect((counts.a ?? 0) / 2000).toBeCloseTo(0.5, 1);
		expect(counts.none).toBe(2000 - (counts.a ?? 0));
	});
});

test("choices don't disturb each other: lists that were given stay as they were", () => {
	const of = route(group("weighted", targets("a", "b", "c", "d")));
	const random = seeded();
	const lists = Array.from({ length: 100 }, () => choose(of, facts(), view(), random));
	const before = lists.map((list) => list.map(({ name }) => name).join(""));
	choose(of, facts(), view({ later: ["a"] }), random);
	expect(lists.map((list) => list.map(({ name }) => name).join(""))).toEqual(before);
	expect(new Set(before).size).toBeGreaterThan(10);
});
