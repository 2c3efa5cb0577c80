/** Large bodies: none holds up the requests of others, and what would is refused. */
import { describe, expect, onTestFinished, test } from "vitest";
import { readBody } from "../../src/json/readBody.js";
import { writeJson } from "../../src/json/writeJson.js";
import { completion, sendJson } from "../kit/aiHost.js";
import { errorOf, postChat } from "../kit/gateway.js";
import { pairForAll, testHealthAfterwards } from "./pair.js";

const pair = pairForAll({}, (_request, response) => sendJson(response, completion));
const mega = 1024 * 1024;

const chat = (member: string) =>
	`{"model":"m","max_tokens":5,"temperature":0.5,"messages":[{"role":"user","content":"Hello AI"}],"x":${member}}`;
const list = (item: string, bytes: number) => `[${Array(Math.floor(bytes / (item.length + 1))).fill(item)}]`;
const many = (count: number, item: (index: number) => string) =>
	Array.from({ length: count }, (_, index) => item(index));

describe("more values than can be parsed in a moment are refused:", () => {
	test.each([
		["22 MB of short texts", () => list('"a"', 22 * mega)],
		["32 MB of floats", () => list("0.12345678901234567", 31 * mega)],
		["31 MB of numbers of 60 digits", () => list("1".repeat(60), 31 * mega)],
		["10 MB of empty objects", () => list("{}", 10 * mega)],
		["10 MB of empty arrays in arrays", () => list("[[]]", 10 * mega)],
		["10 MB of null", () => list("null", 10 * mega)],
		["30,000 members with names of their own", () => `{${many(30_000, (index) => `"k${index}":0`)}}`],
		["30,000 objects with names of their own", () => `[${many(30_000, (index) => `{"k${index}":0}`)}]`],
		[
			"30,000 objects with a few names in orders of their own",
			() =>
				`[${many(30_000, (index) => `{${[...index.toString(5).padStart(7, "0")].map((d, i) => `"${d}${i}":0`)}}`)}]`,
		],
		["a name of 31 MB", () => `{"${"k".repeat(31 * mega)}":0}`],
	])("%s", async (_name, member) => {
		const response = await postChat(pair.gateway.baseUrl, chat(member()));
		expect(response.status).toBe(400);
		const error = await errorOf(response);
		expect(error.code).toBe("invalid_body");
		expect(error.message).toMatch(/too many values/);
		expect(pair.arrivals()).toEqual([]);
	});
});

describe("what people send passes:", () => {
	test.each([
		[
			"300,000 tokens for an embedding",
			"/embeddings",
			() => `{"model":"m","input":[${many(100, () => `[${many(3000, (index) => `${index * 31}`)}]`)}]}`,
		],
		[
			"a prompt of 500,000 tokens",
			"/completions",
			() => `{"model":"m","prompt":[${many(500_000, (index) => `${index % 100_000}`)}]}`,
		],
		[
			"2048 texts for an embedding",
			"/embeddings",
			() => `{"model":"m","input":[${many(2048, (index) => `"${index} ${"x".repeat(10_000)}"`)}]}`,
		],
		[
			"a conversation of 4000 messages with calls of tools",
			"/chat/completions",
			() =>
				JSON.stringify({
					model: "m",
					messages: many(4000, () => "").map((_, index) =>
						index % 2 === 0
							? {
									role: "assistant",
									content: null,
									tool_calls: [
										{ id: `call_${index}`, type: "function", function: { name: "f", arguments: '{"a":"b"}' } },
									],
								}
							: { role: "tool", tool_call_id: `call_${index - 1}`, content: "x".repeat(500) },
					),
					tools: many(500, () => "").map((_, index) => ({
						type: "function",
						function: {
							name: `f${index}`,
							parameters: { type: "object", properties: { [`a${index}`]: { type: "string" }, b: { type: "number" } } },
						},
					})),
					max_tokens: 5,
					temperature: 0.5,
				}),
		],
		["31 MB in one text", "/chat/completions", () => chat(`"${"a".repeat(31 * mega)}"`)],
		["31 MB of text that isn't ASCII", "/chat/completions", () => chat(`"${"aü€😀".repeat(3 * mega)}"`)],
		["31 MB of escapes", "/chat/completions", () => chat(`"${'\\"'.repeat(15 * mega)}"`)],
	])("%s", async (_name, path, body) => {
		const text = body();
		const response = await fetch(`${pair.gateway.baseUrl}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: text,
		});
		expect(response.status, await response.clone().text()).toBe(200);
		expect(
			pair.arrivals().map((arrival) => arrival.body.toString().slice(0, text.length - 1) === text.slice(0, -1)),
		).toEqual([true]);
	});
});

/** Turns of the event loop that others have meanwhile. */
async function turnsDuring(work: () => unknown): Promise<number> {
	let turns = 0;
	let isOver = false;
	onTestFinished(() => {
		isOver = true;
	});
	const count = () => {
		turns += 1;
		if (!isOver) setImmediate(count);
	};
	setImmediate(count);
	await work();
	isOver = true;
	return turns;
}

test.each([
	["in ASCII", "a"],
	["in other letters", "ü"],
	["with escapes", "\\n"],
])("31 MB %s are read in turns", async (_name, text) => {
	const bytes = Buffer.from(`{"a":["${text.repeat((31 * mega) / Buffer.byteLength(text))}",${"1,".repeat(200_000)}1]}`);
	const turns = await turnsDuring(() => readBody(bytes, undefined, () => {}));
	expect(turns).toBeGreaterThan(3);
});

test("reading ends when the client has gone", async () => {
	const bytes = Buffer.from(`{"a":"${"x".repeat(10 * mega)}"}`);
	const gone = new Error("gone");
	let calls = 0;
	const check = () => {
		calls += 1;
		if (calls === 2) throw gone;
	};
	await expect(readBody(bytes, undefined, check)).rejects.toBe(gone);
	expect(calls).toBe(2);
});

test("large JSON is written in turns, as JSON.stringify writes it", async () => {
	const value = {
		messages: [
			{ role: "user", content: `${"x😀".repeat(mega)}\ud800` },
			{ role: "assistant", content: [{ type: "text", text: 'ü"\\\u0000'.repeat(mega) }, null, 1.5, true, []] },
			...Array.from({ length: 1000 }, (_, index) => ({ role: "user", content: `${index}` })),
		],
		"ein Name": { a: undefined, b: {} },
	};
	let written = Buffer.alloc(0);
	const turns = await turnsDuring(async () => {
		written = Buffer.from(await writeJson(value, () => {}));
	});
	expect(written.toString() === JSON.stringify(value)).toBe(true);
	expect(turns).toBeGreaterThan(5);
});

testHealthAfterwards(pair);
