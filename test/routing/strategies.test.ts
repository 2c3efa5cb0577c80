import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Route, Target } from "../../src/settings/routes.js";
import { choose } from "../../src/upstream/routing/choose.js";
import { turnsOf, wholeWeights } from "../../src/upstream/routing/roundRobin.js";
import { facts, firsts, group, names, route, seeded, target, targets, view, type World } from "./build.js";

const request = facts();
const letters = ["a", "b", "c", "d"];

function firstsOf(of: Route, times: number, world: World = {}, random = seeded()): Record<string, number> {
	const seen = view(world);
	return firsts(times, () => choose(of, request, seen, random));
}

describe("weighted", () => {
	const of = route(group("weighted", [target("a", { weight: 6 }), target("b", { weight: 3 }), target("c")]));

	test("draws by weight, and the next of what is left by weight again", () => {
		const random = seeded();
		const orders = Array.from({ length: 60_000 }, () => names(of, request, {}, random).join(""));
		const share = (beginning: string) => orders.filter((order) => order.startsWith(beginning)).length / orders.length;
		expect([share("a"), share("b"), share("c")].map((of) => of.toFixed(2))).toEqual(["0.60", "0.30", "0.10"]);
		expect(share("ab")).toBeCloseTo(0.6 * 0.75, 2);
		expect(share("cb")).toBeCloseTo(0.1 / 3, 2);
		expect(orders.every((order) => order.length === 3)).toBe(true);
	});

	test("leaves the proportion of the others as it was when one is not available", () => {
		const counts = firstsOf(of, 40_000, { later: ["a"] });
		expect((counts.b ?? 0) / 40_000).toBeCloseTo(0.75, 2);
		expect(counts.a).toBeUndefined();
	});
});

describe("round robin", () => {
	test("takes turns, and those after follow in their order", () => {
		const of = route(group("round_robin", targets("a", "b", "c")));
		const world = view();
		const orders = Array.from({ length: 4 }, () =>
			choose(of, request, world, Math.random)
				.map(({ name }) => name)
				.join(""),
		);
		expect(orders).toEqual(["abc", "bca", "cab", "abc"]);
	});

	test.each([
		[[5, 1, 1], "aabacaa"],
		[[4, 2], "aba"],
		[[1, 1], "ab"],
		[[0.5, 1.5], "babb"],
		[[1, 1, 0], "ab"],
	])("gives weights %j exactly their turns, spread out", (weights, round) => {
		const of = route(
			group(
				"round_robin",
				weights.map((weight, at) => target(letters[at] ?? "", { weight })),
			),
		);
		const world = view();
		const turns = Array.from({ length: round.length * 2 }, () => choose(of, request, world, Math.random)[0]?.name);
		expect(turns.join("")).toBe(round + round);
	});

	test("gives the turns of those that are not available to all others alike", () => {
		const equal = route(group("round_robin", targets("a", "b", "c")));
		expect(firstsOf(equal, 300, { later: ["a"] })).toEqual({ b: 150, c: 150 });
		const weighed = route(group("round_robin", [target("a", { weight: 7 }), target("b", { weight: 2 }), target("c")]));
		expect(firstsOf(weighed, 300, { later: ["a"] })).toEqual({ b: 200, c: 100 });
		expect(firstsOf(weighed, 100)).toEqual({ a: 70, b: 20, c: 10 });
	});

	test("each group has turns of its own", () => {
		const inner = group("round_robin", targets("b", "c"));
		expect(firstsOf(route(group("round_robin", [target("a"), inner])), 400)).toEqual({ a: 200, b: 100, c: 100 });
	});

	test("groups of later stages take no turns while an earlier one is asked", () => {
		const of = route(group("ordered", targets("a", "b")), group("round_robin", targets("c", "d")));
		const backup = of.stages[1];
		const turns: unknown[] = [];
		const nextTurn = (taking: unknown) => turns.push(taking) - 1;
		choose(of, request, { ...view({ later: ["b"] }), nextTurn }, Math.random);
		expect(turns).toEqual([]);
		choose(of, request, { ...view({ later: ["a", "b"] }), nextTurn }, Math.random);
		expect(turns).toEqual([backup]);
	});

	test("any weights become whole ones in about their proportion, and a round gives each its own", () => {
		const weights = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 12 });
		fc.assert(
			fc.property(weights, (of) => {
				const whole = wholeWeights(of);
				expect(whole.every((weight) => Number.isInteger(weight) && weight > 0)).toBe(true);
				const turns = turnsOf(whole);
				expect(turns.length).toBeLessThan(300);
				expect(whole.map((_weight, at) => turns.filter((turn) => turn === at).length)).toEqual(whole);
			}),
		);
	});
});

describe("least busy", () => {
	const of = route(group("least_busy", [target("a"), target("b"), target("c", { weight: 2 })]));
	test.each([
		[{ a: 3, b: 1, c: 9 }, "bac"],
		[{ a: 2, b: 9, c: 2 }, "cab"],
		[{ a: 1, b: 9, c: 4 }, "acb"],
	])("with %j in flight the order is %s", (inFlight, order) => {
		expect(names(of, request, { inFlight }).join("")).toBe(order);
	});

	test("draws among those that are equally busy", () => {
		const counts = firstsOf(route(group("least_busy", targets("a", "b", "c"))), 30_000, { inFlight: { c: 1 } });
		expect((counts.a ?? 0) / 30_000).toBeCloseTo(0.5, 1);
		expect(counts.c).toBeUndefined();
	});

	test("takes a group for as busy as its members together, those left out aside", () => {
		const inner = (when: Target["when"]) => group("least_busy", [target("b"), target("c", { when })]);
		const world = { inFlight: { a: 2, b: 1, c: 2 } };
		expect(names(route(group("least_busy", [target("a"), inner(undefined)])), request, world).join("")).toBe("abc");
		expect(names(route(group("least_busy", [target("a"), inner({ stream: true })])), request, world).join("")).toBe(
			"ba",
		);
	});
});

describe("lowest latency", () => {
	test("of two takes the one that is faster with what it has to do", () => {
		const of = route(group("lowest_latency", targets("a", "b")));
		const first = (world: World) => firstsOf(of, 50, world);
		expect(first({ latencyMs: { a: 100, b: 300 } })).toEqual({ a: 50 });
		expect(first({ latencyMs: { a: 100, b: 300 }, inFlight: { a: 3, b: 0 } })).toEqual({ b: 50 });
	});

	test("never takes the slowest of several first, and takes no target always", () => {
		const counts = firstsOf(route(group("lowest_latency", targets(...letters))), 12_000, {
			latencyMs: { a: 100, b: 200, c: 300, d: 400 },
		});
		// The fastest of four is in half of all pairs, the next in a third, the third in a sixth without a faster one.
		expect([counts.a, counts.b, counts.c].map((count) => ((count ?? 0) / 12_000).toFixed(1))).toEqual([
			"0.5",
			"0.3",
			"0.2",
		]);
		expect(counts.d).toBeUndefined();
	});

	test("tries a target of which nothing is known", () => {
		const of = route(group("lowest_latency", targets("a", "new")));
		expect(firstsOf(of, 50, { latencyMs: { a: 100 }, inFlight: { a: 1 } })).toEqual({ new: 50 });
		expect(firstsOf(of, 50, { latencyMs: { a: 100 }, inFlight: { new: 5, a: 1 } }), "but not without end").toEqual({
			a: 50,
		});
	});

	test("takes a group for as fast as its fastest member", () => {
		const of = route(group("lowest_latency", [target("a"), group("ordered", targets("b", "c"))]));
		expect(names(of, request, { latencyMs: { a: 100, b: 900, c: 50 } })).toEqual(["b", "c", "a"]);
	});

	test("keeps waits shorter than choosing at random, when some hosts are slow and all see the same", () => {
		const worst = (kind: "lowest_latency" | "weighted") => {
			const hosts = Array.from({ length: 10 }, (_unused, at) => ({ name: `h${at}`, serviceMs: at < 2 ? 200 : 50 }));
			const queues = new Map<string, number[]>(hosts.map(({ name }) => [name, []]));
			const of = route(
				group(
					kind,
					hosts.map(({ name }) => target(name)),
				),
			);
			const random = seeded(7);
			const waits: number[] = [];
			for (let now = 0; now < 60_000; now += 8) {
				for (const [name, ends] of queues)
					queues.set(
						name,
						ends.filter((end) => end > now),
					);
				const inFlight = Object.fromEntries([...queues].map(([name, ends]) => [name, ends.length]));
				const latencyMs = Object.fromEntries(hosts.map(({ name, serviceMs }) => [name, serviceMs]));
				const name = choose(of, request, view({ inFlight, latencyMs }), random)[0]?.name ?? "";
				const ends = queues.get(name) ?? [];
				const end = Math.max(now, ends.at(-1) ?? 0) + (hosts.find((host) => host.name === name)?.serviceMs ?? 0);
				ends.push(end);
				waits.push(end - now);
			}
			return waits.sort((one, other) => one - other)[Math.floor(waits.length * 0.99)] ?? 0;
		};
		expect(worst("lowest_latency") * 3).toBeLessThan(worst("weighted"));
	});
});

describe("cheapest", () => {
	const reader = target("reader", { cost: { input: 1, output: 10 } });
	const writer = target("writer", { cost: { input: 4, output: 1 } });
	const dear = target("dear", { cost: { input: 9, output: 20 } });
	const unknown = target("unknown");
	const of = route(group("cheapest", [unknown, dear, writer, reader]));

	test.each([
		["a long prompt with a short answer", { prompt: "a".repeat(40_000), max_tokens: 10 }, ["reader", "writer"]],
		["a short prompt with a long answer", { prompt: "a".repeat(40), max_tokens: 1000 }, ["writer", "reader"]],
		["a short prompt with any answer", { prompt: "a".repeat(40) }, ["writer", "reader"]],
	])("for %s it is the one that costs least, and unknown costs come last", (_what, json, order) => {
		expect(names(of, facts(json))).toEqual([...order, "dear", "unknown"]);
	});

	test("keeps the order of those that cost the same", () => {
		const free = ["a", "b", "c"].map((name) => target(name, { cost: { input: 0, output: 0 } }));
		expect(names(route(group("cheapest", [dear, ...free, unknown])))).toEqual(["a", "b", "c", "dear", "unknown"]);
	});

	test("asks the world for nothing but who is available", () => {
		expect(names(route(group("cheapest", [dear, reader])), request, { later: ["reader"] })).toEqual(["dear", "reader"]);
	});

	test("takes a group for as cheap as its cheapest member", () => {
		const members = [writer, group("ordered", [dear, target("free", { cost: { input: 0, output: 0 } })])];
		expect(names(route(group("cheapest", members)))).toEqual(["dear", "free", "writer"]);
	});
});

describe("session affinity", () => {
	const key = { by: "header", header: "x-session" } as const;
	const kind = { kind: "session_affinity", key } as const;
	const sessions = Array.from({ length: 3000 }, (_unused, at) =>
		facts({}, { headers: { "x-session": `session ${at}` } }),
	);
	const owners = (members: Target[], world: World = {}) => {
		const of = route(group(kind, members));
		return sessions.map((session) => names(of, session, world)[0]);
	};

	test("sends a session always to the same target, and all of them by weight", () => {
		const members = [target("a", { weight: 3 }), ...targets("b", "c")];
		const first = owners(members);
		expect(owners(members, { inFlight: { a: 1000 } })).toEqual(first);
		expect(first.filter((name) => name === "a").length / first.length).toBeCloseTo(0.6, 1);
		expect(first.filter((name) => name === "b").length / first.length).toBeCloseTo(0.2, 1);
	});

	test("moves only the sessions of a target that goes, and spreads them", () => {
		const weighed = fc.uniqueArray(
			fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }), weight: fc.integer({ min: 1, max: 5 }) }),
			{
				minLength: 2,
				maxLength: 8,
				selector: ({ name }) => name,
			},
		);
		fc.assert(
			fc.property(weighed, fc.nat(), (settings, which) => {
				const members = settings.map(({ name, weight }) => target(name, { weight }));
				const gone = members[which % members.length]?.name ?? "";
				const before = owners(members);
				const after = owners(members.filter(({ name }) => name !== gone));
				expect(after.filter((name, at) => before[at] !== gone && before[at] !== name)).toEqual([]);
				expect(owners(members, { later: [gone] }), "the same when it is only down").toEqual(after);
				const second = sessions.map((session) => names(route(group(kind, members)), session)[1]);
				expect(after.filter((name, at) => before[at] === gone && second[at] !== name)).toEqual([]);
			}),
			{ numRuns: 10 },
		);
	});

	test("a target that comes takes its share, and nothing else moves", () => {
		const before = owners(targets("a", "b", "c"));
		const after = owners(targets("a", "b", "c", "d"));
		const moved = after.filter((name, at) => name !== before[at]);
		expect(new Set(moved)).toEqual(new Set(["d"]));
		expect(moved.length / after.length).toBeCloseTo(0.25, 1);
	});

	test("keeps together by user or caller too, and by caller where there is nothing else", () => {
		const spread = (by: "user" | "caller", request: (at: number) => ReturnType<typeof facts>) => {
			const of = route(group({ kind: "session_affinity", key: { by } }, targets(...letters)));
			return new Set(Array.from({ length: 100 }, (_unused, at) => names(of, request(at))[0])).size;
		};
		expect(spread("user", (at) => facts({ user: "same" }, { caller: `${at}` }))).toBe(1);
		expect(spread("user", (at) => facts({ user: `${at}` }))).toBe(4);
		expect(spread("user", (at) => facts({}, { caller: `${at}` }))).toBe(4);
		expect(spread("caller", (at) => facts({ user: `${at}` }))).toBe(1);
		expect(spread("caller", (at) => facts({}, { caller: `${at}` }))).toBe(4);
	});
});

describe("prefix affinity", () => {
	const kind = { kind: "prefix_affinity", prefixCharacters: 100, loadFactor: 1.25 } as const;
	const of = route(group(kind, targets(...letters)));
	const asking = (system: string, question: string) =>
		facts({
			messages: [
				{ role: "system", content: system },
				{ role: "user", content: question },
			],
		});

	test("sends prompts that begin alike to the same target, and others elsewhere", () => {
		const long = "You are a patient teacher of physics. ".repeat(10);
		const same = Array.from({ length: 50 }, (_unused, at) => names(of, asking(long, `question ${at}`)).join(""));
		expect(new Set(same).size).toBe(1);
		const others = Array.from({ length: 100 }, (_unused, at) => names(of, asking(`${at} ${long}`, "question"))[0]);
		expect(new Set(others).size).toBe(4);
	});

	test("passes over a target with too much in flight, and comes to the next one in its order", () => {
		const question = asking("", "the same question");
		const [first = "", second = "", ...rest] = names(of, question);
		expect(names(of, question, { inFlight: { [first]: 1 } })[0]).toBe(first);
		const even = Object.fromEntries(letters.map((name) => [name, 10]));
		expect(names(of, question, { inFlight: { ...even, [first]: 13 } })[0]).toBe(first);
		expect(names(of, question, { inFlight: { ...even, [first]: 16 } })).toEqual([second, ...rest, first]);
	});

	test("keeps loads bounded though all ask the same, and spreads what is too much over all", () => {
		const inFlight: Record<string, number> = {};
		for (let at = 0; at < 400; at += 1) {
			const [first = ""] = names(of, asking("", "the same question"), { inFlight });
			inFlight[first] = (inFlight[first] ?? 0) + 1;
		}
		expect(Object.keys(inFlight).length).toBe(4);
		expect(Math.max(...Object.values(inFlight))).toBeLessThanOrEqual(1.25 * 100 + 2);
	});

	test("bounds loads by weight", () => {
		const weighed = route(group(kind, [target("a", { weight: 3 }), target("b")]));
		const inFlight: Record<string, number> = { a: 0, b: 0 };
		for (let at = 0; at < 400; at += 1) {
			const [first = ""] = names(weighed, asking("", "the same question"), { inFlight });
			inFlight[first] = (inFlight[first] ?? 0) + 1;
		}
		expect(inFlight.a).toBeLessThanOrEqual(1.25 * 300 + 2);
		expect(inFlight.b).toBeLessThanOrEqual(1.25 * 100 + 2);
	});

	test("spreads requests without a prompt", () => {
		const counts = firstsOf(of, 4000);
		for (const name of letters) expect((counts[name] ?? 0) / 4000).toBeCloseTo(0.25, 1);
	});
});

test("a group of hundreds of targets is arranged as a small one is", () => {
	const many = Array.from({ length: 300 }, (_unused, at) => `t${at}`);
	const inFlight = Object.fromEntries(many.map((name, at) => [name, (at * 7) % 300]));
	const order = names(route(group("least_busy", targets(...many))), request, { inFlight });
	expect(order.map((name) => inFlight[name])).toEqual(many.map((_name, at) => at));
});
