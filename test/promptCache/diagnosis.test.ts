/** Why a turn's prompt cache was missed: which block changed first, or what else it came from. */
import { describe, expect, test } from "vitest";
import { chainOf } from "../../src/upstream/promptCache/chain.js";
import { type Answered, diagnose } from "../../src/upstream/promptCache/diagnosis.js";
import { type Turn, TurnStore } from "../../src/upstream/promptCache/turnStore.js";

type Json = Record<string, unknown>;

const tool = (name: string, description = "does it") => ({ name, description, input_schema: { type: "object" } });
const mark = { cache_control: { type: "ephemeral" } };
const user = (text: string, more: Json = {}) => ({ role: "user", content: [{ type: "text", text, ...more }] });
const said = (text: string) => ({ role: "assistant", content: [{ type: "text", text }] });
const system = [
	{ type: "text", text: "You are an agent" },
	{ type: "text", text: "Be brief", ...mark },
];

const first: Json = { tools: [tool("a"), tool("b"), tool("c")], system, messages: [user("one", mark)] };
const second: Json = { ...first, messages: [user("one"), said("yes"), user("two", mark)] };

interface Case {
	before?: Json;
	now?: Json;
	answered?: Partial<Answered>;
	held?: Partial<Answered>;
}

const usual: Answered = {
	target: "a/m",
	at: 60_000,
	tokens: { input: 10_000, cached: 0, written: 10_000, writtenForHour: 0 },
	needsMarks: true,
	hasCache: true,
};

function missOf({ before = first, now = second, answered = {}, held = {} }: Case) {
	const { turn } = diagnose([], chainOf(before), { ...usual, at: 0, ...held }, 1);
	return diagnose([turn], chainOf(now), { ...usual, ...answered }, 2).miss;
}

const tokens = (cached: number, written: number, input = 10_000) => ({ input, cached, written, writtenForHour: 0 });
const automatic = { needsMarks: false, tokens: tokens(0, 0) };
const chat = (...messages: Json[]): Json => ({ tools: [tool("a")], messages });

describe("a miss is blamed on", () => {
	const cases: [name: string, given: Case, expected: string][] = [
		["a tool", { now: { ...second, tools: [tool("a"), tool("b", "else"), tool("c")] } }, "tools[1] marked"],
		["a tool more", { now: { ...second, tools: [tool("a"), tool("b"), tool("c"), tool("d")] } }, "tools[3] marked"],
		["a tool less", { now: { ...second, tools: [tool("a"), tool("b")] } }, "tools[2] marked"],
		["tools in another order", { now: { ...second, tools: [tool("b"), tool("a"), tool("c")] } }, "tools[0] marked"],
		["the instructions", { now: { ...second, system: [system[0], { type: "text", text: "x" }] } }, "system[1] marked"],
		[
			"instructions in one text",
			{ before: { ...first, system: "a" }, now: { ...second, system: "b" } },
			"system marked",
		],
		["a choice of tools", { now: { ...second, tool_choice: { type: "any" } } }, "tool_choice marked"],
		[
			"a message in the history",
			{
				before: second,
				now: { ...second, messages: [user("one"), said("no"), user("two"), said("x"), user("y", mark)] },
			},
			"messages[1] marked",
		],
		[
			"a message after the last breakpoint",
			{
				before: { ...first, messages: [user("one", mark), user("now: 10:00")] },
				now: { ...first, messages: [user("one", mark), user("now: 10:01"), user("go on")] },
			},
			"messages[1]",
		],
		[
			"an item of responses",
			{
				before: { instructions: "do", input: [user("one"), user("two")] },
				now: { instructions: "do", input: [user("one"), user("other"), user("three")] },
				answered: automatic,
				held: automatic,
			},
			"input[1]",
		],
		[
			"Google's instructions",
			{
				before: { systemInstruction: { parts: [{ text: "a" }] }, contents: [{ parts: [{ text: "one" }] }] },
				now: { systemInstruction: { parts: [{ text: "b" }] }, contents: [{ parts: [{ text: "one" }] }] },
				answered: automatic,
				held: automatic,
			},
			"systemInstruction",
		],
		[
			"the system's message of a chat",
			{
				before: chat({ role: "system", content: "at 10:00" }, { role: "user", content: "one" }),
				now: chat({ role: "system", content: "at 10:01" }, { role: "user", content: "one" }),
				answered: automatic,
				held: automatic,
			},
			"messages[0]",
		],
		["another target", { answered: { target: "b/m" } }, "moved"],
		["the time that has passed", { answered: { at: 5 * 60_000 + 1 } }, "expired"],
		[
			"a prompt without breakpoints",
			{ before: { messages: [user("one")] }, now: { messages: [user("one"), user("two")] } },
			"unmarked",
		],
		["a prompt that is too short", { answered: { tokens: tokens(0, 0, 1000) } }, "short"],
		["a prompt that is too short for the model", { answered: { tokens: tokens(0, 0, 3000) } }, "short"],
		[
			"an upstream without a cache",
			{ answered: { ...automatic, hasCache: false }, held: { ...automatic, hasCache: false } },
			"uncached",
		],
		["the upstream, if nothing else is to blame", { answered: automatic, held: automatic }, "lost"],
		[
			"the upstream, which has half of it",
			{ answered: { ...automatic, tokens: tokens(5000, 0) }, held: automatic },
			"lost",
		],
	];
	test.each(cases)("%s", (_name, given, expected) => {
		const { cause, block, isBeforeMark } = missOf(given) ?? {};
		expect(`${block ?? cause}${isBeforeMark ? " marked" : ""}`).toBe(expected);
	});
});

describe("no miss is", () => {
	const hour = { ...mark, cache_control: { type: "ephemeral", ttl: "1h" } };
	const cases: [name: string, given: Case][] = [
		["a turn that goes on, with its breakpoint moved", { answered: { tokens: tokens(9_900, 100) } }],
		["what the vendor rounds", { answered: { ...automatic, tokens: tokens(9_088, 0) }, held: automatic }],
		[
			"a change of what costs little",
			{ answered: { tokens: tokens(9_800, 200) }, now: { ...first, messages: [user("other", mark)] } },
		],
		["another conversation of the session", { now: { tools: [], system: "Make a title", messages: [user("title")] } }],
		["one with the same tools and instructions", { now: { ...first, messages: [user("another task", mark)] } }],
		[
			"a cache for an hour that is used after ten minutes",
			{ before: { ...first, messages: [user("one", hour)] }, answered: { at: 600_000, tokens: tokens(9_900, 100) } },
		],
		["a prompt that was shortened", { before: second, now: first, answered: { tokens: tokens(4_900, 0, 5_000) } }],
	];
	test.each(cases)("%s", (_name, given) => expect(missOf(given)).toBe(undefined));

	test("the first turn of all", () => {
		expect(diagnose([], chainOf(first), usual, 1)).toMatchObject({ before: undefined, miss: undefined });
	});
});

test("a cache that was marked for an hour is gone after an hour alone", () => {
	const hour = { ...first, messages: [user("one", { cache_control: { type: "ephemeral", ttl: "1h" } })] };
	const cause = (at: number) => missOf({ before: hour, answered: { at } })?.cause;
	expect([cause(59 * 60_000), cause(61 * 60_000)]).toEqual(["lost", "expired"]);
});

test("a block that changed is named also after a long time, if the cache has something left", () => {
	const tools = [tool("a"), tool("b", "else"), tool("c")];
	const given = (cached: number) => ({
		now: { ...second, tools },
		answered: { at: 900_000, tokens: tokens(cached, 0) },
	});
	expect([missOf(given(0))?.cause, missOf(given(2000))?.block]).toEqual(["expired", "tools[1]"]);
});

test("causes that last are news once for a conversation, all others each time", () => {
	const news = (of: Partial<Answered>) => {
		const answer = { ...usual, ...automatic, ...of };
		let turn = diagnose([], chainOf(first), answer, 0).turn;
		return [1, 2, 3].map((id) => {
			const found = diagnose([turn], chainOf(second), answer, id);
			turn = found.turn;
			return found.isNews;
		});
	};
	expect(news({ hasCache: false })).toEqual([true, false, false]);
	expect(news({ hasCache: true })).toEqual([true, true, true]);
});

test("the turn that a session goes on with is found among others", () => {
	const title = { tools: [], system: "Make a title", messages: [user("one")] };
	const turns = [title, first].map((json, at) => diagnose([], chainOf(json), usual, at).turn);
	const { before, miss } = diagnose(turns, chainOf({ ...second, tools: [] }), usual, 3);
	expect([before?.id, miss?.block]).toEqual([1, "tools[0]"]);
});

test("what is remembered of a turn is a few bytes for each block, and nothing of what was said", () => {
	const secret = { ...first, messages: Array.from({ length: 200 }, (_none, at) => user(`my password is ${at}`)) };
	const text = JSON.stringify(diagnose([], chainOf(secret), usual, 1).turn);
	expect(text.length).toBeLessThan(200 * 6 + 300);
	expect(text).not.toMatch(/password|agent|does/);
});

test("turns are kept for a bounded number of sessions, the latest four of each", () => {
	const store = new TurnStore();
	const turn = (id: number): Turn => ({ ...diagnose([], chainOf(first), usual, id).turn, hashes: "A".repeat(4000) });
	for (let id = 1; id <= 6; id += 1) store.add(7, turn(id), undefined);
	store.add(7, turn(8), 6);
	expect(store.of(7).map(({ id }) => id)).toEqual([8, 5, 4, 3]);
	for (let session = 100; session < 10_000; session += 1) store.add(session, turn(session), undefined);
	expect(store.of(7)).toEqual([]);
	expect(store.of(9_999)).toHaveLength(1);
});
