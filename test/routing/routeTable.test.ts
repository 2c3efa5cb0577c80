import { expect, test } from "vitest";
import type { Route } from "../../src/settings/routes.js";
import { createRouteTable } from "../../src/upstream/routing/routeTable.js";
import { group, route, targets } from "./build.js";

function named(name: string, ...models: string[]): Route {
	return { ...route(group("ordered", targets("a"))), name, models };
}

const table = createRouteTable({
	upstreams: [],
	routes: [
		named("all of gpt", "gpt-*", "chatgpt"),
		named("mini", "*-mini", "gpt-4o-mini"),
		named("rest", "*"),
		named("never", "x*", "chatgpt"),
	],
});

test.each([
	["an exact name, though a pattern of an earlier route matches", "gpt-4o-mini", "mini"],
	["the first pattern that matches", "gpt-5-mini", "all of gpt"],
	["a later pattern", "phi-mini", "mini"],
	["the pattern for everything, which hides those after it", "x1", "rest"],
	["the first of two routes with the same name", "chatgpt", "all of gpt"],
	["the pattern for everything, without a model", undefined, "rest"],
	["a name that objects have of their own", "constructor", "rest"],
])("finds the route by %s", (_what, model, name) => {
	expect(table.find(model)?.name).toBe(name);
	expect(table.find(model)?.name, "the second time").toBe(name);
});

test("finds nothing where nothing matches", () => {
	const few = createRouteTable({ upstreams: [], routes: [named("gpt", "gpt-*", "o1")] });
	expect(["claude", "", "o1-mini", undefined].map((model) => few.find(model))).toEqual(Array(4).fill(undefined));
	expect(createRouteTable({ upstreams: [], routes: [] }).find("gpt")).toBeUndefined();
});

test("lists each exact name once, with its route, and the patterns", () => {
	expect(table.exactNames().map(({ name, route: { name: of } }) => [name, of])).toEqual([
		["chatgpt", "all of gpt"],
		["gpt-4o-mini", "mini"],
	]);
	expect(table.patterns().map(({ pattern, route: { name: of } }) => [pattern, of])).toEqual([
		["gpt-*", "all of gpt"],
		["*-mini", "mini"],
		["*", "rest"],
		["x*", "never"],
	]);
});

test("endless names are found, and not kept", () => {
	const few = createRouteTable({ upstreams: [], routes: [named("gpt", "gpt-*")] });
	const before = process.memoryUsage().heapUsed;
	let found = 0;
	for (let at = 0; at < 300_000; at += 1) if (few.find(`gpt-${at}-${"x".repeat(235)}`) !== undefined) found += 1;
	expect(found).toBe(300_000);
	// All of them would be more than 80 MB; garbage that waits for its collector is less than that.
	expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
});
