import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern, compilePatterns } from "../../src/settings/pattern.js";

describe("a pattern", () => {
	test.each([
		["gpt-4o", ["gpt-4o"], ["gpt-4o-mini", "GPT-4o", ""]],
		["*", ["", "anything", "*"], []],
		["**", ["", "x"], []],
		["gpt-*", ["gpt-", "gpt-4o"], ["gpt", "my-gpt-4"]],
		["*-mini", ["-mini", "gpt-4o-mini"], ["mini", "gpt-mini-2"]],
		["ab*ba", ["abba", "ab-ba"], ["aba", "ab", "ba"]],
		["*llama*70b*", ["llama-70b", "meta/llama-3-70b-instruct"], ["70b-llama", "llama"]],
		["a*b*b", ["abb", "aXbYb", "abbb"], ["ab", "abc"]],
		["a.c*", ["a.c", "a.c1"], ["abc"]],
		["a*aa*a", ["aaaa"], ["aaa"]],
	])("%s matches what it says", (pattern, matching, others) => {
		const matches = compilePattern(pattern);
		expect(matching.filter((text) => !matches(text))).toEqual([]);
		expect(others.filter(matches)).toEqual([]);
	});

	test("matches as the regular expression of the same meaning does", () => {
		const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
		const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(pattern, text, (stars, subject) => {
				const expression = new RegExp(`^${stars.replaceAll("*", ".*")}$`);
				expect(compilePattern(stars)(subject)).toBe(expression.test(subject));
			}),
			{ numRuns: 2000 },
		);
	});

	test("takes no longer for texts made to be hard", () => {
		// With backtracking this would take longer than the sun has left.
		const matches = compilePattern(`${"*a".repeat(40)}*b`);
		expect(matches("a".repeat(100_000))).toBe(false);
	});
});

test.each([
	[
		["a", "b"],
		["a", "b"],
		["c", "ab"],
	],
	[
		["a", "x-*", "*-y"],
		["a", "x-1", "1-y"],
		["b", "x"],
	],
	[[], [], ["", "a"]],
])("of the patterns %j one has to match", (patterns, matching, others) => {
	const matches = compilePatterns(patterns);
	expect(matching.filter((text) => !matches(text))).toEqual([]);
	expect(others.filter(matches)).toEqual([]);
});
