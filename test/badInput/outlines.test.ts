/** Large bodies are read without their long texts: nobody can tell, but by the time it takes. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Contract, contractWith } from "../../src/contract/contract.js";
import { fillDefaults, type JsonBody, mayHoldOutside } from "../../src/contract/defaults.js";
import { NameScope, namesOf } from "../../src/json/memberNames.js";
import { withMembersOf } from "../../src/json/outline.js";
import { type ReadBody, readBody } from "../../src/json/readBody.js";
import { estimateTokens } from "../../src/upstream/routing/estimateTokens.js";

let contract: Contract;
beforeAll(async () => {
	contract = await contractWith([], []);
});

const operationOf = (id: string) => {
	const operation = contract.operations.find((candidate) => candidate.id === id);
	if (operation === undefined) throw new Error(`no operation ${id}`);
	return operation;
};
const read = async (id: string, text: string | Buffer): Promise<ReadBody> =>
	readBody(Buffer.from(text), operationOf(id).bodyNames, () => {});

/** Texts with all that JSON escapes, in one, two, three and four bytes, at every place of a word. */
const code = 'if (a === "b") {\n\tgo(\\\\, /x/); // ü€😀 \u0001\u007f\u2028\ud800 \\u0041\n}\r\b\f';
const long = (characters: number) => code.repeat(Math.ceil(characters / code.length));
const escaped = (text: string) =>
	JSON.stringify(text).replace(/[^\\"\w\s]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

const conversations: Record<string, [id: string, body: object]> = {
	"chat completions": [
		"createChatCompletion",
		{
			model: "m",
			messages: [
				{ role: "system", content: "short" },
				{ role: "user", content: long(300_000) },
				{ role: "user", content: [{ type: "text", text: long(50_000) }] },
				{
					role: "user",
					content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${"iVBO".repeat(9999)}` } }],
				},
				{
					role: "assistant",
					content: null,
					tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: long(9000) } }],
				},
				{ role: "tool", tool_call_id: "c1", content: long(2000), unknown: { deep: [long(3000)], __proto__: 1 } },
			],
			tools: [{ type: "function", function: { name: "f", description: long(5000), parameters: { a: long(1500) } } }],
			metadata: { a: "b" },
			user: "u".repeat(3000),
			x: long(4000),
		},
	],
	messages: [
		"createMessage",
		{
			model: "m",
			max_tokens: 5,
			system: long(100_000),
			messages: [
				{ role: "user", content: [{ type: "text", text: long(200_000) }] },
				{ role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: { file: long(30_000) } }] },
				{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: long(10_000) }] },
			],
		},
	],
	responses: ["createResponse", { model: "m", instructions: long(5000), input: long(400_000) }],
	"Google's contents": ["generateContent", { contents: [{ role: "user", parts: [{ text: long(300_000) }] }] }],
};

describe.each(Object.entries(conversations))("%s:", (_name, [id, body]) => {
	test.each([
		["as it is written mostly", JSON.stringify(body)],
		["with spaces", JSON.stringify(body, null, "\t")],
		[
			"with each letter that may be escaped",
			JSON.stringify(body).replace(/[ü€/]/g, (letter) => escaped(letter).slice(1, -1)),
		],
	])("the whole is there %s, and parsed when it is asked for", async (_how, text) => {
		const { json, outline } = await read(id, text);
		expect(JSON.stringify(outline).length).toBeLessThan(text.length / 5);
		expect(Object.keys(json)).toEqual(Object.keys(body));
		expect(withMembersOf(json, { model: "other", more: 1 })).toEqual({ ...JSON.parse(text), model: "other", more: 1 });
		expect(json).toEqual(JSON.parse(text));
		expect(JSON.stringify(json)).toBe(JSON.stringify(JSON.parse(text)));
	});

	test("the outline is as right as the whole, and as long", async () => {
		const { json, outline } = await read(id, JSON.stringify(body));
		expect(() => operationOf(id).validateBody(new Proxy({}, { get: () => fail() }), outline)).not.toThrow();
		const whole = estimateTokens(json);
		expect(Math.abs(estimateTokens(outline as object as Record<string, unknown>, true) / whole - 1)).toBeLessThan(0.03);
	});
});

function fail(): never {
	throw new Error("the whole body was asked for");
}

test("whatever a client puts at the end of a long text is refused as JSON.parse refuses it", async () => {
	const wrong = ["\n", "\u0000", "\\x", "\\", "\\u12", "\\u12g4", "\\u", '"x', '",', '"}', '"]', '"}],,', '"}] "x":1'];
	for (const end of wrong)
		for (const characters of [100_000, 100_001, 100_002, 100_003, 300_000]) {
			const text = `{"model":"m","messages":[{"role":"user","content":"${"a".repeat(characters)}${end}`;
			for (const whole of [text, `${text}"}]}`]) {
				if (isJson(whole)) continue;
				await expect(read("createChatCompletion", whole), JSON.stringify(whole.slice(-30))).rejects.toMatchObject({
					status: 400,
					code: "invalid_body",
				});
			}
		}
	expect(isJson(`{"a":"${wrong[0]}"}`)).toBe(false);
});

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

describe("what is refused in a whole body is refused in one without long texts:", () => {
	const content = long(300_000);
	test.each<[string, object, string]>([
		["a number for a role", { messages: [{ role: 5, content }] }, "messages[0].role"],
		["a missing role", { messages: [{ content }] }, "messages[0].role"],
		[
			"a number for a text",
			{
				messages: [
					{
						role: "user",
						content: [
							{ type: "text", text: 5 },
							{ type: "text", text: content },
						],
					},
				],
			},
			"messages[0].content[0].text",
		],
		["a long text for messages", { messages: content }, "messages"],
		["a long text for tools", { messages: [{ role: "user", content }], tools: content }, "tools"],
		[
			"a long pair of metadata",
			{ messages: [{ role: "user", content }], store: true, metadata: { a: long(2000) } },
			"metadata.a",
		],
		["a text for a number", { messages: [{ role: "user", content }], temperature: long(2000) }, "temperature"],
	])("%s", async (_name, body, param) => {
		const { json, outline } = await read("createChatCompletion", JSON.stringify({ model: "m", ...body }));
		expect(outline).toBeDefined();
		const operation = operationOf("createChatCompletion");
		const messageOf = (validate: () => void) => {
			try {
				validate();
				return undefined;
			} catch (error) {
				return { ...(error as Error & { param: string }), message: (error as Error).message };
			}
		};
		const refusal = messageOf(() => operation.validateBody(json, outline));
		expect(refusal).toMatchObject({ param });
		expect(refusal).toEqual(messageOf(() => operation.validateBody(json)));
	});
});

test("a member that is given twice has the value that JSON.parse gives it", async () => {
	const content = JSON.stringify(long(100_000));
	const text = `{"x":${content},"x":5,"y":1,"y":{"z":${content}},"messages":[{"role":"user","content":${content},"a":${content},"a":[]},{"content":${JSON.stringify(long(900_000))}}]}`;
	const { json, outline } = await read("createChatCompletion", text);
	expect(outline).toBeDefined();
	expect(json).toEqual(JSON.parse(text));
});

describe("a contract's limits of texts keep them in the outline:", () => {
	const texts = { type: "string" };
	const schemas: Record<string, object> = {
		maxLength: { properties: { list: { items: { properties: { text: { ...texts, maxLength: 9 } } } } } },
		"a pattern in an alternative": {
			properties: { list: { items: { anyOf: [{ properties: { text: { pattern: "^a" } } }] } } },
		},
		"a format behind a condition": {
			properties: {
				list: { items: { properties: { text: texts }, else: { properties: { text: { format: "date" } } } } },
			},
		},
		"a pattern of names": {
			properties: { list: { items: { properties: { text: texts }, patternProperties: { t: { maxLength: 9 } } } } },
		},
		"other members": {
			additionalProperties: { maxLength: 9 },
			properties: { list: { items: { properties: { text: texts } } } },
		},
		"items by place": { properties: { list: { prefixItems: [{}], items: { properties: { text: texts } } } } },
		"a long constant": { properties: { list: { items: { properties: { text: { enum: ["x".repeat(2000)] } } } } } },
	};
	const body = Buffer.from(JSON.stringify({ list: [{ text: "b".repeat(100_000) }] }));
	const outlineBy = async (schema: object) =>
		(await readBody(body, new NameScope(namesOf(schema as never)), () => {})).outline;

	test.each(Object.entries(schemas))("%s", async (_name, schema) => {
		expect(await outlineBy(schema)).toBeUndefined();
	});

	test("and without limits they are left out", async () => {
		const outline = await outlineBy({
			properties: { list: { items: { properties: { text: { ...texts, minLength: 1 } } } } },
		});
		expect(outline).toEqual({ list: [{ text: "\uf8ff100000" }] });
	});
});

describe("what stands outside of a body's long texts is found in its outline:", () => {
	const holds = (body: JsonBody) => mayHoldOutside(body, (piece) => piece.includes("file_id"));
	const bodyWith = async (more: object): Promise<JsonBody> => {
		const bytes = Buffer.from(
			JSON.stringify({ model: "m", messages: [{ role: "user", content: long(100_000) }], ...more }),
		);
		return { bytes, ...(await read("createChatCompletion", bytes)) };
	};

	test.each([
		["a name", { x: { file_id: "a" } }, true],
		["a short text", { x: "file_id" }, true],
		["a name of any length", { [`${"x".repeat(2000)}file_id`]: 1 }, true],
		["a long text alone", { user: `file_id ${long(2000)}` }, false],
		["nothing", {}, false],
	])("%s", async (_name, more, expected) => {
		const body = await bodyWith(more);
		expect(body.outlineBytes?.length).toBeLessThan(10_000);
		expect(holds(body)).toBe(expected);
	});

	test("a default", async () => {
		const member = '"x":"file_id"';
		const body = await bodyWith({});
		expect(holds(fillDefaults(body, [{ property: "x", unless: undefined, value: "file_id", member }]))).toBe(true);
	});
});
