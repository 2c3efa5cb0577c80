import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkContent } from "../../src/prompts/checkContent.js";
import { compilePrompt } from "../../src/prompts/compiledPrompt.js";
import type { ContentInput } from "../../src/prompts/promptContent.js";
import { renderPrompt } from "../../src/prompts/render.js";
import { fillTemplate, readTemplate } from "../../src/prompts/template.js";

const fill = (text: string, values: Record<string, string>) =>
	fillTemplate(readTemplate(text), new Map(Object.entries(values)));

describe("a text", () => {
	test.each([
		["Hello {{name}}!", "Hello Ann!"],
		["{{name}}{{name}}", "AnnAnn"],
		["{{ name }} {{\tname}}", "Ann Ann"],
		["no placeholder { } }} {name}", "no placeholder { } }} {name}"],
		["\\{{name}}", "{{name}}"],
		["\\{{#if x}}", "{{#if x}}"],
		["\\\\{{name}}", "\\Ann"],
		["\\\\\\{{name}}", "\\{{name}}"],
		["C:\\dir\\ and {{name}}", "C:\\dir\\ and Ann"],
		["{{{name}}}", "{Ann}"],
		['{"a": {"b": {{name}}}}', '{"a": {"b": Ann}}'],
		["\\{{{{name}}", "{{Ann"],
		["", ""],
	])("%j becomes %j", (text, filled) => {
		expect(fill(text, { name: "Ann" })).toBe(filled);
	});

	test.each(["{{", "{{}}", "{{ }}", "{{user.name}}", "{{#if x}}", "{{1st}}", "{{a b}}", "{{name}", "{{ä}}", "{{_x}}"])(
		"with %j is refused, with a word on how to write it",
		(text) => {
			expect(() => readTemplate(`before ${text} after`)).toThrow(/isn't a placeholder.*\\\{\{ for braces/);
		},
	);

	test("takes any value as it is, whatever is in it", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), fc.constantFrom("{{b}}", "\\{{a}}", "$&", "{{a}}"), (value, more) => {
				const a = value + more;
				expect(fill("<{{a}}|{{b}}>", { a, b: "secret" })).toBe(`<${a}|secret>`);
			}),
		);
	});

	test("of any kind either is refused or has all its placeholders found", () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom("a", "{", "}", "\\", " ", "{{", "}}"), maxLength: 20 }), (text) => {
				let names: readonly string[];
				try {
					({ names } = readTemplate(text));
				} catch {
					return;
				}
				const filled = fill(text, { a: "\u0000", aa: "\u0000", aaa: "\u0000" });
				expect(names.length).toBeGreaterThanOrEqual(filled.split("\u0000").length - 1);
				// An escape takes a backslash away, a placeholder its braces; nothing else is lost.
				expect(filled.replaceAll("\u0000", "").length).toBeLessThanOrEqual(text.length);
				if (!text.includes("{{")) expect(filled).toBe(text);
			}),
			{ numRuns: 3000 },
		);
	});
});

const content = (more: Partial<ContentInput>): ContentInput => ({
	messages: [{ role: "user", content: "{{a}}" }],
	variables: { a: {} },
	...more,
});

describe("a content", () => {
	test.each<[what: string, given: ContentInput, param: string, message: RegExp]>([
		["an undeclared placeholder", content({ variables: {} }), "messages[0].content", /no variable 'a'/],
		[
			"an undeclared placeholder in a part",
			content({ messages: [{ role: "user", content: [{ type: "text", text: "{{constructor}}" }] }] }),
			"messages[0].content[0].text",
			/\{\{constructor\}\}/,
		],
		[
			"braces that are no placeholder",
			content({ messages: [{ role: "user", content: "{{a.b}}" }] }),
			"messages[0].content",
			/"\{\{a\.b\}\}" isn't a placeholder/,
		],
		[
			"a default of another type",
			content({ variables: { a: { type: "integer", default: 1.5 } } }),
			"variables.a.default",
			/expected integer/,
		],
		[
			"a default of what is required",
			content({ variables: { a: { required: true, default: "x" } } }),
			"variables.a.default",
			/can't have a default/,
		],
	])("with %s is refused by name", (_what, given, param, message) => {
		expect(() => checkContent(given)).toThrow(expect.objectContaining({ status: 400, param }));
		expect(() => checkContent(given)).toThrow(message);
	});

	test("says what was left unsaid", () => {
		const variables = { a: {}, b: { default: 1, type: "number" as const }, c: { required: false } };
		expect(checkContent(content({ variables })).variables).toEqual({
			a: { type: "string", required: true },
			b: { type: "number", default: 1, required: false },
			c: { type: "string", required: false },
		});
	});
});

describe("rendering", () => {
	const options = { name: "p@1", place: "prompt.variables", maxCharacters: 1000 };
	const render = (given: ContentInput, values: Record<string, unknown>, more: Partial<typeof options> = {}) =>
		renderPrompt(compilePrompt(checkContent(given)), values, { ...options, ...more }).messages;

	test("fills every text of a message's content, and nothing else", () => {
		const messages: ContentInput["messages"] = [
			{ role: "system", content: "{{a}}", name: "{{a}}" },
			{
				role: "user",
				content: [
					{ type: "text", text: "Look: {{a}}" },
					{ type: "image_url", image_url: { url: "https://example.test/{{a}}.png" } },
				],
			},
			{
				role: "assistant",
				content: null,
				tool_calls: [{ id: "{{x}}", type: "function", function: { name: "f", arguments: '{"{{":1}' } }],
			},
			{ role: "tool", tool_call_id: "{{x}}", content: "{{a}}" },
		];
		expect(render(content({ messages }), { a: "v" })).toEqual([
			{ role: "system", content: "v", name: "{{a}}" },
			{
				role: "user",
				content: [
					{ type: "text", text: "Look: v" },
					{ type: "image_url", image_url: { url: "https://example.test/v.png" } },
				],
			},
			messages[2],
			{ role: "tool", tool_call_id: "{{x}}", content: "v" },
		]);
	});

	test("writes numbers, booleans, arrays and objects as JSON", () => {
		const types = ["number", "integer", "boolean", "array", "object"] as const;
		const variables = Object.fromEntries(types.map((type) => [type, { type }]));
		const text = types.map((type) => `{{${type}}}`).join(" ");
		const given = content({ messages: [{ role: "user", content: text }], variables });
		const values = { number: 0.5, integer: 3, boolean: false, array: [1, "{{a}}"], object: { a: null } };
		expect(render(given, values)[0]?.content).toBe('0.5 3 false [1,"{{a}}"] {"a":null}');
	});

	test("puts a default in, and nothing where a value is neither given nor required", () => {
		const given = content({
			messages: [{ role: "user", content: "[{{a}}][{{b}}]" }],
			variables: { a: { default: "x" }, b: { required: false } },
		});
		expect(render(given, {})[0]?.content).toBe("[x][]");
		expect(render(given, { a: "", b: "y" })[0]?.content).toBe("[][y]");
	});

	test.each<[what: string, values: Record<string, unknown>, param: string, message: RegExp]>([
		["missing", { b: 1 }, "prompt.variables.a", /Prompt p@1 needs the variable 'a'\./],
		["missing like another", {}, "prompt.variables.a", /needs the variables 'a', 'b'\./],
		["unknown", { a: "", b: 1, c: "" }, "prompt.variables.c", /has no variable 'c'; it takes a, b\./],
		["inherited", { a: "", b: 1, toString: "" }, "prompt.variables.toString", /has no variable 'toString'/],
		["a number, not text", { a: 1, b: 1 }, "prompt.variables.a", /expected string, got number/],
		["null", { a: null, b: 1 }, "prompt.variables.a", /expected string, got null/],
		["text, not a number", { a: "", b: "1" }, "prompt.variables.b", /expected integer, got string/],
		["not finite", { a: "", b: Number.POSITIVE_INFINITY }, "prompt.variables.b", /expected integer/],
	])("refuses a variable that is %s, by name", (_what, values, param, message) => {
		const given = content({ variables: { a: {}, b: { type: "integer" } } });
		expect(() => render(given, values)).toThrow(expect.objectContaining({ status: 400, param }));
		expect(() => render(given, values)).toThrow(message);
	});

	test("refuses what would grow over all bounds before it is put together", () => {
		const given = content({ messages: [{ role: "user", content: "{{a}}".repeat(100_000) }] });
		const values = { a: "x".repeat(10_000_000) };
		expect(() => render(given, values, { maxCharacters: 1e9 })).toThrow(expect.objectContaining({ status: 413 }));
	});

	test("gives fresh messages each time, so that what is done to them does no harm", () => {
		const prompt = compilePrompt(checkContent(content({ parameters: { response_format: { type: "text" } } })));
		const once = renderPrompt(prompt, { a: "1" }, options);
		(once.messages[0] as { content: string }).content = "changed";
		(once.parameters.response_format as { type: string }).type = "changed";
		expect(renderPrompt(prompt, { a: "1" }, options)).toEqual({
			messages: [{ role: "user", content: "1" }],
			parameters: { response_format: { type: "text" } },
		});
	});
});
