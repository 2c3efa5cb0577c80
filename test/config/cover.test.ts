import fc from "fast-check";
import { expect, test } from "vitest";
import { leavesNothing } from "../../src/settings/config/inspectRoutes.js";
import { compilePattern } from "../../src/settings/pattern.js";

/** Few letters, so that patterns and names meet. */
const text = (letters: string) =>
	fc.array(fc.constantFrom(...letters), { maxLength: 7 }).map((picked) => picked.join(""));

test("a pattern that leaves a later one nothing takes every name that the later one takes", () => {
	fc.assert(
		fc.property(text("ab*"), text("ab*"), text("ab"), (pattern, later, name) => {
			if (!leavesNothing(pattern, later) || !compilePattern(later)(name)) return;
			expect(compilePattern(pattern)(name)).toBe(true);
		}),
		{ numRuns: 5000 },
	);
});

test("a pattern that leaves something leaves a name that the other one alone takes", () => {
	fc.assert(
		fc.property(text("ab*"), text("ab*"), (pattern, later) => {
			if (!later.includes("*") || leavesNothing(pattern, later)) return;
			// With a letter that stands in no pattern, in the place of each star.
			const name = later.replaceAll("*", "z");
			expect(compilePattern(later)(name)).toBe(true);
			expect(compilePattern(pattern)(name)).toBe(false);
		}),
		{ numRuns: 5000 },
	);
});
