import { describe, expect, test } from "vitest";
import { readFacts } from "../../src/upstream/routing/facts.js";
import { facts } from "./build.js";

const text = (content: unknown, role = "user") => ({ messages: [{ role, content }] });
const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };

describe("what a request needs", () => {
	test.each([
		["tools", { tools: [{ type: "function" }] }, true],
		["functions", { functions: [{ name: "f" }] }, true],
		["no tools", { tools: [], functions: null }, false],
		["nothing", {}, false],
	])("tools: %s", (_what, json, needs) => {
		expect(facts(json).needsTools).toBe(needs);
	});

	test.each([
		["an image among text", text([{ type: "text", text: "What is this?" }, image]), true],
		["an image of the responses API", { input: [{ role: "user", content: [{ type: "input_image" }] }] }, true],
		["a video", text([{ type: "video_url", video_url: { url: "http://a/b" } }]), true],
		["an image that a tool returned", text([image], "tool"), true],
		["a recording", text([{ type: "input_audio", input_audio: {} }]), false],
		["text that speaks of images", text("image_url"), false],
		["strange things", { messages: [null, 1, { content: [null, "image_url"] }] }, false],
		["tokens", { prompt: [1, 2, 3] }, false],
		["nothing", {}, false],
	])("vision: %s", (_what, json, needs) => {
		expect(facts(json).needsVision).toBe(needs);
	});

	test.each([
		["OpenAI's way", { response_format: { type: "json_schema", json_schema: {} } }, true],
		["llama.cpp's ways", { response_format: { type: "json_object", schema: {} } }, true],
		["llama.cpp's other way", { json_schema: {} }, true],
		["vLLM's old way", { guided_json: { type: "object" } }, true],
		["vLLM's new way", { structured_outputs: { json: {} } }, true],
		["any JSON", { response_format: { type: "json_object" } }, false],
		["a choice", { structured_outputs: { choice: ["a"] } }, false],
		["nothing", { response_format: null, guided_json: null }, false],
	])("a JSON schema: %s", (_what, json, needs) => {
		expect(facts(json).needsJsonSchema).toBe(needs);
	});

	test.each([
		[{ max_tokens: 5 }, 5],
		[{ max_tokens: 5, max_completion_tokens: 7 }, 7],
		[{ max_tokens: 5, max_completion_tokens: null }, 5],
		[{ max_tokens: "5" }, undefined],
		[{}, undefined],
	])("%j asks for at most %s tokens", (json, tokens) => {
		expect(facts(json).maxTokens).toBe(tokens);
	});

	test("is nothing where there is no body", () => {
		const { model, isStream, needsTools, needsVision, needsJsonSchema, maxTokens, estimatedTokens, metadata, user } =
			readFacts({ json: undefined, headers: {}, tags: {}, caller: "c" });
		expect([model, isStream, needsTools, needsVision, needsJsonSchema, maxTokens, user]).toEqual([
			undefined,
			false,
			false,
			false,
			false,
			undefined,
			undefined,
		]);
		expect(estimatedTokens).toBe(0);
		expect(metadata).toEqual({});
	});
});

test("the rest of it is what was said", () => {
	const request = facts(
		{ model: "m", stream: true, user: "u", metadata: { a: "b", c: 1, constructor: "own" } },
		{ headers: { "x-a": "1" }, tags: { tenant: "acme" }, caller: "k" },
	);
	expect(request.model).toBe("m");
	expect(request.isStream).toBe(true);
	expect(request.user).toBe("u");
	expect(request.metadata).toEqual({ a: "b", constructor: "own" });
	expect([request.headers, request.tags, request.caller]).toEqual([{ "x-a": "1" }, { tenant: "acme" }, "k"]);
	expect(facts({ safety_identifier: "s", user: "" }).user).toBe("s");
});

/** Counts how often members of the body are read. */
function watched(json: Record<string, unknown>): { json: Record<string, unknown>; reads: Record<string, number> } {
	const reads: Record<string, number> = {};
	const proxy = new Proxy(json, {
		get(of, name: string) {
			reads[name] = (reads[name] ?? 0) + 1;
			return of[name];
		},
	});
	return { json: proxy, reads };
}

test("nothing is read before it is asked for, and the prompt only once for each question", () => {
	const { json, reads } = watched(text("Hello"));
	const request = facts(json);
	expect(reads).toEqual({});
	const ask = () => [request.estimatedTokens, request.needsVision, request.prefix(100), request.metadata];
	const first = ask();
	expect(ask()).toEqual(first);
	expect(reads.messages).toBe(3);
	expect(reads.metadata).toBe(1);
});

describe("the estimate of tokens", () => {
	// Counted with gpt-tokenizer 4.0.0 (o200k_base, cl100k_base) and llama3-tokenizer-js 1.2.0.
	test.each([
		[
			"English",
			"The gateway checks every request against a contract that you can read, and limits each client.",
			18,
			18,
			18,
		],
		["German", "Das Gateway prüft jede Anfrage gegen einen Vertrag, den man lesen kann.", 15, 18, 18],
		["code", "for (let at = 0; at < count; at += 1) { const member = members[at]; member.score = 0; }", 32, 31, 31],
		["Chinese", "网关根据您可以阅读的合同检查每个请求，并限制每个客户端。", 18, 27, 19],
		["Japanese", "ゲートウェイは、読むことのできる契約に照らしてすべてのリクエストを検査します。", 30, 43, 28],
		["Korean", "게이트웨이는 읽을 수 있는 계약에 따라 모든 요청을 검사합니다.", 17, 29, 18],
		["Russian", "Шлюз проверяет каждый запрос по договору, который можно прочитать.", 16, 24, 16],
		["Arabic", "تتحقق البوابة من كل طلب وفقًا لعقد يمكنك قراءته.", 18, 38, 19],
		["Hindi", "गेटवे हर अनुरोध की जाँच उस अनुबंध से करता है जिसे आप पढ़ सकते हैं।", 21, 69, 33],
	])("of %s is near what tokenizers say", (_language, content, ...counts) => {
		const { estimatedTokens } = facts({ prompt: content });
		expect(estimatedTokens).toBeGreaterThan(Math.min(...counts) * 0.65);
		expect(estimatedTokens).toBeLessThan(Math.max(...counts) * 1.4);
	});

	test.each([
		["a token for four characters", { prompt: "a".repeat(400) }, 100],
		["three for four of CJK", { prompt: "语".repeat(400) }, 300],
		["the sum of several texts", { input: ["a".repeat(40), "b".repeat(80)] }, 30],
		["tokens as they are", { prompt: [1, 2, 3] }, 3],
		["lists of tokens too", { input: [[1, 2], [3]] }, 3],
		["something for each message", text("a".repeat(400)), 104],
		["images by their number, not by their length", text([image, image]), 1604],
		["text in parts", text([{ type: "text", text: "a".repeat(40) }, "b".repeat(40)]), 24],
		["nothing for nothing", {}, 0],
		["nothing for what is no prompt", { prompt: { id: "p" }, messages: undefined }, 0],
	])("is %s", (_what, json, tokens) => {
		expect(facts(json).estimatedTokens).toBe(tokens);
	});

	test("counts tools, their calls and schemas", () => {
		const parameters = { type: "object", properties: { city: { type: "string", description: "x".repeat(400) } } };
		const without = facts(text("Hi")).estimatedTokens;
		const tools = [{ type: "function", function: { name: "weather", parameters } }];
		expect(facts({ ...text("Hi"), tools }).estimatedTokens - without).toBeGreaterThan(110);
		expect(facts({ ...text("Hi"), tools }).estimatedTokens - without).toBeLessThan(150);
		const call = { role: "assistant", tool_calls: [{ function: { name: "f", arguments: "x".repeat(400) } }] };
		expect(facts({ messages: [call] }).estimatedTokens).toBeGreaterThan(100);
	});

	test.each([
		["one text", (of: string) => ({ prompt: of.repeat(1_000_000) })],
		["many", (of: string) => ({ messages: Array(1000).fill({ role: "user", content: of.repeat(1000) }) })],
		["very many", (of: string) => ({ input: Array(50_000).fill(of.repeat(20)) })],
	])("of megabytes in %s is right, though it looks at little of them", (_what, json) => {
		const near = (tokens: number, right: number) => Math.abs(tokens / right - 1);
		expect(near(facts(json("abcd")).estimatedTokens, 1_000_000)).toBeLessThan(0.01);
		expect(near(facts(json("语")).estimatedTokens, 750_000)).toBeLessThan(0.01);
	});

	test("of a text that is half of one kind and half of another lies between", () => {
		const { estimatedTokens } = facts({ prompt: "a".repeat(500_000) + "语".repeat(500_000) });
		expect(estimatedTokens).toBeGreaterThan(300_000);
		expect(estimatedTokens).toBeLessThan(650_000);
	});
});

describe("the prefix", () => {
	const system = { role: "system", content: "Be brief." };
	const question = { role: "user", content: "Why is the sky blue?" };

	test("has roles and texts of messages in their order, and no more characters than asked for", () => {
		const whole = "system\nBe brief.\nuser\nWhy is the sky blue?\n";
		const request = facts({ messages: [system, question] });
		for (const characters of [1, 10, 30, 42, 43, 44, 1000]) {
			expect(request.prefix(characters)).toBe(whole.slice(0, characters));
		}
	});

	test("is the same for parts as for the text they make", () => {
		const parts = [
			{ type: "text", text: "Why is " },
			{ type: "text", text: "the sky blue?" },
		];
		expect(facts(text(parts)).prefix(100)).toBe(facts({ messages: [question] }).prefix(100));
	});

	test("stays the same while a conversation grows", () => {
		const turns = [system, question, { role: "assistant", content: "Scattering." }, { role: "user", content: "Why?" }];
		expect(facts({ messages: turns }).prefix(2000)).toBe(facts({ messages: turns.slice(0, 2) }).prefix(2000));
	});

	test("differs where the beginnings do, by text, role or picture", () => {
		const other = { type: "image_url", image_url: { url: "data:image/png;base64,BBBB" } };
		const prefixes = [
			[question],
			[system, question],
			[{ ...question, role: "assistant" }],
			[{ ...question, content: "Why is the sky red?" }],
			[{ role: "user", content: [image] }],
			[{ role: "user", content: [other] }],
		].map((messages) => facts({ messages }).prefix(100));
		expect(new Set(prefixes).size).toBe(prefixes.length);
	});

	test.each([
		["a text", { prompt: "Once upon a time" }, "Once"],
		["the first of several texts", { input: ["Once upon", "a time"] }, "Once"],
		["tokens", { prompt: [17, 4, 99] }, "17,4"],
		["the first of several lists of tokens", { input: [[17, 4], [99]] }, "17,4"],
		["no prompt", {}, ""],
		["strange things", { messages: [null, 5] }, ""],
	])("of %s is its beginning", (_what, json, prefix) => {
		expect(facts(json).prefix(4)).toBe(prefix);
	});
});
