/** A conversation stays with the target that has its cache, wherever the strategy would send it, unless staying costs more. */
import { describe, expect, test } from "vitest";
import type { Cost, Route, Strategy, Target, TargetGroup } from "../../src/settings/routes.js";
import { defaultPromptCache } from "../../src/settings/singleUpstream.js";
import { homeKeyOf, mayHaveHome } from "../../src/upstream/routing/homing.js";
import { facts, group, names, route, target, targets, type World } from "./build.js";

const letters = ["a", "b", "c"];

function sticky(
	members: (Target | TargetGroup)[],
	kind: Parameters<typeof group>[0] = "ordered",
	...rest: TargetGroup[]
) {
	return { ...route(group(kind, members), ...rest), promptCache: { ...defaultPromptCache, sticks: true } };
}

const long = facts({ messages: [{ role: "user", content: "word ".repeat(20_000) }] });

const kinds: Parameters<typeof group>[0][] = [
	"ordered",
	"weighted",
	"round_robin",
	"least_busy",
	"lowest_latency",
	"cheapest",
	{ kind: "session_affinity", key: { by: "session" } },
	{ kind: "prefix_affinity", prefixCharacters: 100, loadFactor: 1.25 },
];

describe("a conversation with a home", () => {
	test.each(kinds)("goes there whatever the strategy: %o", (kind) => {
		const of = sticky(targets(...letters), kind);
		for (const home of letters) {
			const busy = { inFlight: { [home]: 50 }, latencyMs: { [home]: 9000 } };
			expect(names(of, long, { home: { target: home }, ...busy })[0]).toBe(home);
			const elsewhere = names(of, long, { home: { target: home }, later: [home] });
			expect([elsewhere[0] === home, elsewhere.at(-1)], "not while it is down").toEqual([false, home]);
		}
	});

	const cases: [name: string, of: Route, world: World, expected: string][] = [
		["is sent by the strategy where the route doesn't stick", route(group("ordered", targets(...letters))), {}, "a"],
		["leaves a target that is drained", sticky([...targets("a", "b"), target("c", { weight: 0 })]), {}, "a"],
		["leaves a group that is drained", sticky([target("a"), group("ordered", targets("c"), { weight: 0 })]), {}, "a"],
		["finds its home in a group", sticky([target("a"), group("ordered", targets("b", "c"))]), {}, "c"],
		["comes back from a fallback", sticky(targets("a", "b"), "ordered", group("ordered", targets("c"))), {}, "a"],
		[
			"waits for a home that rests for a moment",
			sticky(targets(...letters)),
			{ later: ["c"], restMs: { c: 1000 } },
			"c",
		],
		[
			"doesn't wait for longer than a cold cache costs",
			sticky(targets(...letters)),
			{ later: ["c"], restMs: { c: 4000 } },
			"a",
		],
		["doesn't wait for one that is down", sticky(targets(...letters)), { later: ["c"] }, "a"],
		["leaves a target that is not there any more", sticky(targets("a", "b")), {}, "a"],
	];
	test.each(cases)("%s", (_name, of, world, expected) => {
		expect(names(of, long, { home: { target: "c" }, ...world })[0]).toBe(expected);
	});

	test("goes back once its turns have cost more than the cold cache would", () => {
		const cost = (input: number, cached: number): Cost => ({ input, cached, output: 1 });
		const dear = sticky([target("a", { cost: cost(3, 0.3) }), target("b", { cost: cost(6, 0.6) })]);
		const first = (turns: number) => names(dear, long, { home: { target: "b", turns } })[0];
		// Each turn at b costs 0.3 more, and the cold cache at a 2.7.
		expect([first(1), first(8), first(10)]).toEqual(["b", "b", "a"]);
		const equal = sticky([target("a", { cost: cost(3, 0.3) }), target("b", { cost: cost(3, 0.3) })]);
		expect(names(equal, long, { home: { target: "b", turns: 1000 } })[0]).toBe("b");
	});
});

describe("what a conversation is known by", () => {
	const turn = (first: string, ...more: object[]) => facts({ messages: [{ role: "user", content: first }, ...more] });
	const answered = { role: "assistant", content: "ok" };
	const of = (strategy: Strategy) => route(group(strategy, targets(...letters)));
	const bySession = of({ kind: "session_affinity", key: { by: "session" } });

	test("its session, with its sub-agents apart", () => {
		const session = (headers: Record<string, string>) =>
			homeKeyOf(bySession, facts({ messages: [] }, { headers: { "x-claude-code-session-id": "s1", ...headers } }));
		expect(session({})).toBe(session({}));
		expect(session({ "x-claude-code-agent-id": "sub" })).not.toBe(session({}));
	});

	test("an earlier response, else its beginning, which is the same for all of its turns", () => {
		expect(homeKeyOf(bySession, turn("one"))).toBe(homeKeyOf(bySession, turn("one", answered)));
		expect(homeKeyOf(bySession, turn("one"))).not.toBe(homeKeyOf(bySession, turn("two")));
		const following = (id: string) => homeKeyOf(bySession, facts({ input: "hi", previous_response_id: id }));
		expect(following("resp_1")).toBe(following("resp_1"));
		expect(following("resp_1")).not.toBe(following("resp_2"));
	});

	test("what the strategy keeps together, if that is something else", () => {
		const byUser = of({ kind: "session_affinity", key: { by: "user" } });
		const key = (user: string, text: string) =>
			homeKeyOf(byUser, facts({ user, messages: [{ role: "user", content: text }] }));
		expect(key("ada", "one")).toBe(key("ada", "two"));
		expect(key("ada", "one")).not.toBe(key("bob", "one"));
	});

	test("a first turn that nothing names has no home: others begin alike", () => {
		expect([turn("one"), turn("one", answered)].map((one) => mayHaveHome(bySession, one))).toEqual([false, true]);
		const google = facts({
			contents: [
				{ role: "user", parts: [] },
				{ role: "model", parts: [] },
			],
		});
		expect(mayHaveHome(bySession, google)).toBe(true);
		expect(homeKeyOf(bySession, facts({ input: ["to embed"] })), "embeddings are no conversation").toBe(undefined);
	});
});
