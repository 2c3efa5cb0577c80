import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCache } from "../../src/prompts/promptCache.js";
import { completeContent, type PromptContent } from "../../src/prompts/promptContent.js";
import { listChanges, unifiedDiff, unifiedText } from "../../src/prompts/promptDiff.js";
import { promptFileText, readPromptFile } from "../../src/prompts/promptFile.js";

const system = { role: "system" as const, content: "Be brief." };
const user = { role: "user" as const, content: "{{question}}" };
const before: PromptContent = {
	messages: [system, user],
	variables: { question: { type: "string", required: true } },
	parameters: { temperature: 0.3, tools: [{ type: "function", function: { name: "a/b" } }] },
};

describe("the changes of a version", () => {
	test("are none where nothing differs, in whatever order it is written", () => {
		const { tools, temperature } = before.parameters;
		expect(listChanges(before, { ...before, parameters: { tools, temperature } })).toEqual([]);
		expect(unifiedDiff(before, structuredClone(before), { from: "1", to: "2" })).toBe("");
	});

	test("name messages, variables and parameters", () => {
		const after: PromptContent = {
			messages: [{ ...system, content: "Be kind." }, user],
			variables: { question: { type: "string", required: true }, "a~b": { type: "string", required: false } },
			parameters: { tools: [{ type: "function", function: { name: "c" } }], seed: 1 },
		};
		expect(listChanges(before, after)).toEqual([
			{ op: "replace", path: "/messages/0/content", before: "Be brief.", after: "Be kind." },
			{ op: "add", path: "/variables/a~0b", after: { type: "string", required: false } },
			{ op: "remove", path: "/parameters/temperature", before: 0.3 },
			{ op: "replace", path: "/parameters/tools/0/function/name", before: "a/b", after: "c" },
			{ op: "add", path: "/parameters/seed", after: 1 },
		]);
	});

	test("leave out messages that only moved on", () => {
		const example = { role: "assistant" as const, content: "An example." };
		expect(listChanges(before, { ...before, messages: [system, example, user] })).toEqual([
			{ op: "add", path: "/messages/1", after: example },
		]);
		expect(listChanges({ ...before, messages: [example, system, user] }, before)).toEqual([
			{ op: "remove", path: "/messages/0", before: example },
		]);
		expect(listChanges({ ...before, messages: [system, user, example, example] }, before)).toEqual([
			{ op: "remove", path: "/messages/2", before: example },
			{ op: "remove", path: "/messages/3", before: example },
		]);
	});

	test("take messages of one role for the same message, and no others", () => {
		const after = { ...before, messages: [{ role: "user" as const, content: "Briefly: {{question}}" }] };
		expect(listChanges(before, after)).toEqual([
			{ op: "remove", path: "/messages/0", before: system },
			{ op: "replace", path: "/messages/0/content", before: "{{question}}", after: "Briefly: {{question}}" },
		]);
		expect(listChanges(after, before)).toEqual([
			{ op: "add", path: "/messages/0", after: system },
			{ op: "replace", path: "/messages/1/content", before: "Briefly: {{question}}", after: "{{question}}" },
		]);
	});

	test("are a unified diff too", () => {
		const after = { ...before, messages: [{ ...system, content: "Be brief.\nBe kind." }, user] };
		expect(unifiedDiff(before, after, { from: "p@1", to: "p@2" })).toBe(`--- p@1
+++ p@2
@@ -1,6 +1,8 @@
 messages:
   - role: system
-    content: Be brief.
+    content: |-
+      Be brief.
+      Be kind.
   - role: user
     content: "{{question}}"
 variables:
`);
	});

	test("don't take long for texts that have nothing in common", () => {
		const text = (word: string) => Array.from({ length: 60_000 }, (_none, line) => `${word} ${line}`).join("\n");
		const begin = performance.now();
		const patch = unifiedText(text("a"), text("b"), { from: "1", to: "2" });
		expect(performance.now() - begin).toBeLessThan(3_000);
		expect(patch.split("\n")).toHaveLength(3 + 120_000 + 1);
		expect(patch.startsWith("--- 1\n+++ 2\n@@ -1,60000 +1,60000 @@\n-a 0\n")).toBe(true);
	});
});

describe("a prompt's file", () => {
	test("is blocks of text, without what goes without saying", () => {
		const long =
			"A first line that a careless writer of YAML would fold, so that a diff could not be read any more, and";
		const content = completeContent({
			messages: [{ role: "system", content: `${long} a second half.\nTwo.\n` }],
			variables: { a: {}, b: { type: "integer", default: 3 }, c: { required: false } },
		});
		expect(promptFileText({ description: "", metadata: {}, labels: { production: 2 }, content })).toBe(`labels:
  production: 2
messages:
  - role: system
    content: |
      ${long} a second half.
      Two.
variables:
  a: {}
  b:
    type: integer
    default: 3
  c:
    required: false
`);
	});

	test("brings back whatever was written", () => {
		const pieces = fc.constantFrom("a", "\n", " ", "\t", "\r", "#", ":", "-", "|", "'", '"', "\u2028", "\u0085", "---");
		fc.assert(
			fc.property(
				fc.string({ unit: "binary" }),
				fc.array(fc.string({ unit: pieces })),
				fc.jsonValue(),
				(text, lines, value) => {
					const messages = [text, ...lines].map((content) => ({ role: "user" as const, content }));
					const variables = { a: { default: value ?? 1 } };
					const content = completeContent({ messages, variables, parameters: { value } as object });
					const file = { description: text, metadata: { a: text }, labels: { a: 1 }, content };
					const clean = JSON.parse(JSON.stringify(file)) as typeof file;
					expect(JSON.parse(JSON.stringify(readPromptFile(promptFileText(clean))))).toEqual(clean);
				},
			),
			{ numRuns: 300 },
		);
	});

	test.each([
		["messages: [", /line 1/],
		["- a", /must hold a mapping/],
		["", /must hold a mapping/],
		["message: []", /message is none of description/],
		["messages: hello", /messages must be a list/],
		["messages: []\nlabels: {a: x}", /labels\.a must be a version's number, or latest/],
		["messages: []\nvariables: {a: text}", /variables\.a must be a mapping/],
		["messages: []\nparameters: 1", /parameters must be a mapping/],
		["messages: []\ndescription: 1", /description must be text/],
		["messages: []\nmessages: []", /unique/],
	])("%j is refused in plain words", (text, message) => {
		expect(() => readPromptFile(text)).toThrow(message);
	});
});

test("a cache keeps what was used last, within its weight", () => {
	const cache = createCache<number>(10);
	for (const [index, key] of ["a", "b", "c"].entries()) cache.set(key, index, 4);
	expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual([undefined, 1, 2]);
	cache.get("b");
	cache.set("d", 3, 4);
	expect(["b", "c", "d"].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
	cache.set("huge", 4, 11);
	expect(["huge", "b"].map((key) => cache.get(key))).toEqual([undefined, 1]);
});
