/** What counts as the same, and how alike two texts are. */
import { describe, expect, test } from "vitest";
import { judges, type Said, saidIn } from "../../src/cli/commands/judges.js";
import { diffTexts } from "../../src/cli/commands/textDiff.js";

const says = (text: string, ...calls: Said["calls"]): Said => ({ text, calls });

test("a completion's text, refusal and calls are what it says", () => {
	const message = {
		content: [
			{ type: "text", text: "Hel" },
			{ type: "text", text: "lo" },
		],
		tool_calls: [
			{ id: "x", type: "function", function: { name: "f", arguments: '{ "b": 1, "a": 2 }' } },
			{ id: "y", type: "custom", custom: { name: "g", input: "free text" } },
		],
	};
	expect(saidIn({ choices: [{ message }] })).toEqual(
		says("Hello", { name: "f", arguments: { b: 1, a: 2 } }, { name: "g", arguments: "free text" }),
	);
	expect(saidIn({ choices: [{ message: { content: null, refusal: "No." } }] })).toEqual(says("No."));
	expect(saidIn({})).toEqual(says(""));
});

describe("exact", () => {
	test.each([
		["equal texts", says("a"), says("a"), 1],
		["a space more", says("a"), says("a "), 0],
		[
			"arguments in another order",
			says("", { name: "f", arguments: { a: 1, b: 2 } }),
			says("", { name: "f", arguments: { b: 2, a: 1 } }),
			1,
		],
		["other arguments", says("", { name: "f", arguments: { a: 1 } }), says("", { name: "f", arguments: { a: 2 } }), 0],
		["a call more", says("x"), says("x", { name: "f", arguments: {} }), 0],
	])("%s", (_name, before, after, score) => {
		expect(judges.exact(before, after, {}).score).toBe(score);
	});
});

describe("schema", () => {
	const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", required: ["a"] } } }];
	const format = (schema: unknown) => ({ response_format: { type: "json_schema", json_schema: { schema } } });
	test.each([
		["fits", says("[1]"), format({ type: "array" }), 1],
		["does not fit", says("{}"), format({ type: "array" }), 0],
		["no JSON", says("hi"), format({ type: "array" }), 0],
		["any JSON object", says("{}"), { response_format: { type: "json_object" } }, 1],
		["no JSON object", says("5"), { response_format: { type: "json_object" } }, 0],
		["a call that fits", says("", { name: "f", arguments: { a: 1 } }), { tools }, 1],
		["a call that does not", says("", { name: "f", arguments: {} }), { tools }, 0],
		["a call nobody offered", says("", { name: "g", arguments: {} }), { tools }, 0],
		["a schema that is none", says("{}"), format({ type: "nonsense" }), 0],
		["nothing to fit", says("x"), { tools }, undefined],
	])("%s", (_name, after, request, score) => {
		expect(judges.schema(says(""), after, request as Record<string, unknown>).score).toBe(score);
	});
});

describe("the difference of two texts", () => {
	test.each([
		["", "", 1, ""],
		["a b c", "a b c", 1, ""],
		["a b c", "a x c", 2 / 3, "a [-b-] {+x+} c"],
		["a b", "c d", 0, "[-a b-] {+c d+}"],
		["", "a", 0, "{+a+}"],
		["a b c d e f g h i j x", "a b c d e f g h i j y", 20 / 22, "… g h i j [-x-] {+y+}"],
		["one", "one two", 2 / 3, "one {+two+}"],
	])("of %j and %j", (before, after, similarity, shown) => {
		const diff = diffTexts(before, after);
		expect(diff.similarity).toBeCloseTo(similarity);
		expect(diff.shown).toBe(shown);
	});

	test("of long ones takes no more than a moment", () => {
		const words = (start: number) =>
			Array.from({ length: 50_000 }, (_, index) => `w${(index * start) % 997}`).join(" ");
		expect(diffTexts(words(3), words(5)).similarity).toBeLessThan(0.5);
	});
});
