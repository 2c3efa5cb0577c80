/** The order of targets by what is known of their models. */
import { expect, test } from "vitest";
import type { ModelFacts } from "../../src/catalogue/modelFacts.js";
import { choose } from "../../src/upstream/routing/choose.js";
import { facts, group, names, route, seeded, target, targets, view } from "./build.js";

const small: ModelFacts = { contextWindow: 1000 };
const large: ModelFacts = { contextWindow: 100_000 };
const models = { small, large, blind: { ...large, images: false } };
/** So many tokens, as they are estimated: a token is four letters. */
const prompt = (tokens: number) => facts({ prompt: "a".repeat(4 * tokens - 16) });
const picture = { role: "user", content: [{ type: "image_url", image_url: { url: "https://x/y.png" } }] };

test.each<[string, number, string[]]>([
	["fits", 900, ["small", "large", "fallback"]],
	["may be too long", 1200, ["large", "small", "fallback"]],
	["is probably too long", 1800, ["large", "fallback", "small"]],
	["is too long", 2500, ["large", "fallback"]],
])("a prompt that %s", (_what, tokens, order) => {
	const of = route(group("ordered", targets("small", "large")), group("ordered", targets("fallback")));
	expect(names(of, prompt(tokens), { models })).toEqual(order);
});

test("targets that can't take it are asked if there is no other, and not if another one is only away", () => {
	const of = route(group("ordered", targets("blind", "large")));
	const request = facts({ messages: [picture] });
	expect(names(of, request, { models })).toEqual(["large"]);
	expect(names(of, request, { models, later: ["large"] })).toEqual(["large"]);
	const none = route(group("ordered", targets("blind", "other")));
	expect(names(none, request, { models: { ...models, other: { images: false, tools: false } } })).toEqual([
		"blind",
		"other",
	]);
	const left = route(group("ordered", [target("sure", { capabilities: { vision: false } }), target("blind")]));
	expect(names(left, request, { models })).toEqual(["blind"]);
});

test("one choice leaves nothing behind for the next, whatever model that asks for", () => {
	const of = route(group("ordered", targets("blind", "large")));
	const world = view({ models });
	const order = (json: object) => choose(of, facts(json as never), world, seeded()).map(({ name }) => name);
	expect(order({ model: "a", messages: [picture] })).toEqual(["large"]);
	expect(order({ model: "b", messages: [] })).toEqual(["blind", "large"]);
	const same = { ...world, factsOf: (_of: unknown, asked?: string) => (asked === "a" ? { images: false } : {}) };
	const other = route(group("ordered", targets("x", "y")));
	for (const model of ["a", "b", "a"])
		expect(choose(other, facts({ model, messages: [picture] }), same, seeded()).map(({ name }) => name)).toEqual([
			"x",
			"y",
		]);
});

test("what is learned later counts at once", () => {
	const of = route(group("ordered", targets("a", "b")));
	const world = { ...view(), revision: 1, factsOf: () => ({}) as ModelFacts };
	const order = () => choose(of, facts({ messages: [picture] }), world, seeded()).map(({ name }) => name);
	expect(order()).toEqual(["a", "b"]);
	world.factsOf = ((one: { name: string }) => (one.name === "a" ? { images: false } : {})) as never;
	world.revision = 2;
	expect(order()).toEqual(["b"]);
});

test("texts to embed have the context each for itself", () => {
	const of = route(group("ordered", targets("small", "large")));
	expect(names(of, facts({ input: Array(50).fill("a".repeat(400)) }), { models })).toEqual(["small", "large"]);
	expect(names(of, facts({ input: Array(50).fill("a".repeat(20_000)) }), { models })).toEqual(["large"]);
});

test("a body that is shorter than every context is not looked into", () => {
	const of = route(group("ordered", targets("small", "large")));
	const request = facts({ prompt: "a".repeat(80_000) }, { bytes: 900 });
	Object.defineProperty(request, "estimatedTokens", {
		get() {
			throw new Error("was estimated");
		},
	});
	expect(names(of, request, { models })).toEqual(["small", "large"]);
});
