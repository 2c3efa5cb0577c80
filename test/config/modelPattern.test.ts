import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { routeFor, takes } from "../../src/contract/modelPattern.js";
import { settingsFrom, twoUpstreams } from "./files.js";

/** Few letters, so that patterns and names meet. */
const text = (letters: string) =>
	fc.array(fc.constantFrom(...letters), { maxLength: 7 }).map((picked) => picked.join(""));

test("a pattern takes what the same regular expression does", () => {
	fc.assert(
		fc.property(text("ab*"), text("ab"), (pattern, name) => {
			expect(takes(pattern, name)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name));
		}),
		{ numRuns: 2000 },
	);
});

test("a pattern that takes another takes all that the other takes", () => {
	fc.assert(
		fc.property(text("ab*"), text("ab*"), text("ab"), (wide, narrow, name) => {
			if (takes(wide, narrow) && takes(narrow, name)) expect(takes(wide, name)).toBe(true);
		}),
		{ numRuns: 2000 },
	);
});

describe("a model's route", () => {
	test.each([
		["gpt-4o", "exact"],
		["gpt-4o-mini", "first"],
		["gpt-5", "first"],
		["o1", "list"],
		["claude", undefined],
	])("%s: %s", async (model, expected) => {
		const { routing } = await settingsFrom(`${twoUpstreams}routes:
  - {name: first, model: "gpt-*", targets: [one]}
  - {name: exact, model: gpt-4o, targets: [two]}
  - {name: list, model: [o1, "x*"], targets: [one]}
`);
		expect(routeFor(routing, model)?.name).toBe(expected);
	});
});
