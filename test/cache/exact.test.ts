/** Answers that are kept for equal requests: which requests are equal, and which answers are kept. */
import { describe, expect, test } from "vitest";
import { answerIn, cachingGateway, question, startCountingHost } from "./kit.js";

const usageAsked = { stream: true, stream_options: { include_usage: true } };

test("an equal request gets the kept answer, byte by byte, with Cache-Status and Age", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	const first = await ask(question());
	expect([first.cache, first.headers.get("age")]).toEqual(["fwd=miss; stored", null]);
	const second = await ask(question());
	expect(second.cache).toMatch(/^hit; ttl=3\d\d\d$/);
	expect([second.status, second.text, second.headers.get("age")]).toEqual([200, first.text, "0"]);
	expect(second.headers.get("content-type")).toMatch(/^application\/json/);
	expect(host.received).toHaveLength(1);
});

describe("requests are equal", () => {
	const same: [string, object][] = [
		[
			"whatever the order of their members",
			{ messages: [{ content: "Hello", role: "user" }], temperature: 0, model: "m" },
		],
		["whoever their user is", question("Hello", { user: "somebody", metadata: { a: "b" }, safety_identifier: "c" })],
		[
			"as parts, or as a text",
			question("Hello", { messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }] }),
		],
		["as a stream", question("Hello", { stream: true })],
		["with the hint of a vendor's cache", question("Hello", { prompt_cache_key: "k" })],
	];
	const others: [string, object][] = [
		["another text", question("Hello!")],
		["another model", question("Hello", { model: "n" })],
		["another limit", question("Hello", { max_tokens: 10 })],
		["a seed", question("Hello", { seed: 7 })],
		["a member that nobody knows", question("Hello", { chat_template_kwargs: { thinking: true } })],
		["a member in an unusual place", question("", { messages: [{ role: "user", content: "Hello", text: "No" }] })],
		["a schema", question("Hello", { response_format: { type: "json_object" } })],
	];
	test("as listed, and no others", async () => {
		const host = await startCountingHost();
		const { ask } = await cachingGateway(host);
		const { text } = await ask(question());
		for (const [name, body] of same) expect([name, answerIn((await ask(body)).text)]).toEqual([name, answerIn(text)]);
		for (const [name, body] of others) expect([name, (await ask(body)).cache]).toEqual([name, "fwd=miss; stored"]);
	});

	test("not if two readers may understand them in two ways", async () => {
		const host = await startCountingHost();
		const { ask } = await cachingGateway(host);
		const twice = '{"model":"m","temperature":0,"messages":[{"role":"user","content":"Hello"}],"note":1,"note":2}';
		const large =
			'{"model":"m","temperature":0,"seed":12345678901234567890,"messages":[{"role":"user","content":"Hello"}]}';
		for (const body of [twice, large, large.replace("12345678901234567890", "1e400")])
			for (const _time of [1, 2]) expect((await ask(body as never)).cache).toBe("fwd=bypass; detail=ambiguous");
	});
});

test("a stream is replayed as a stream, and either form is made of the other", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	const stream = await ask(question("One", usageAsked));
	expect(stream.cache).toBe("fwd=miss");
	const again = await ask(question("One", usageAsked));
	expect([again.cache.slice(0, 3), again.text]).toEqual(["hit", stream.text]);
	expect(again.headers.get("content-type")).toBe("text/event-stream");
	const whole = JSON.parse((await ask(question("One"))).text);
	expect(whole).toMatchObject({
		object: "chat.completion",
		choices: [{ message: { role: "assistant", content: answerIn(stream.text) }, finish_reason: "stop" }],
		usage: { prompt_tokens: 10, completion_tokens: 5 },
	});
	const { text } = await ask(question("Two"));
	const events = await ask(question("Two", { stream: true }));
	expect(events.cache).toMatch(/^hit/);
	expect(events.text).toContain(answerIn(text));
	expect(events.text).toMatch(/"finish_reason":"stop"[\s\S]*data: \[DONE\]\n\n$/);
	expect(events.text).not.toContain('"usage":{');
	expect((await ask(question("Two", usageAsked))).text).toContain('"total_tokens":15');
	expect(host.received).toHaveLength(2);
});

test("only whole answers with an end of their own are kept", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	for (const word of ["Long", "Bad", "Call", "Refuse", "Wrong", "Cut"])
		for (const form of [{}, { stream: true }]) {
			if (word === "Cut" && !("stream" in form)) continue;
			const first = await ask(question(word, form));
			expect([word, first.cache]).toEqual([word, "fwd=miss"]);
			expect([word, (await ask(question(word, form))).cache]).toEqual([word, "fwd=miss"]);
		}
});

describe("answers that may differ each time, and tools", () => {
	const offered = { tools: [{ type: "function", function: { name: "look", parameters: {} } }] };
	const sampled = { temperature: 0.7 };
	const cases = [
		["never", question("Hello", sampled), {}, "fwd=bypass; detail=sampled"],
		["never", question("Hello", { temperature: undefined }), {}, "fwd=bypass; detail=sampled"],
		["never", question("Call", offered), {}, "fwd=bypass; detail=tools"],
		["never", question("Hello", sampled), { "x-llmgw-cache": "sampled" }, "fwd=bypass; detail=sampled"],
		["asked", question("Hello", sampled), {}, "fwd=bypass; detail=sampled"],
		["asked", question("Hello", sampled), { "x-llmgw-cache": "sampled" }, "fwd=miss; stored"],
		["asked", question("Call", offered), { "x-llmgw-cache": "tools" }, "fwd=miss; stored"],
		["always", question("Hello", { ...sampled, ...offered }), {}, "fwd=miss; stored"],
		["always", question("Call", offered), {}, "fwd=miss; stored"],
	] as const;
	test("are kept only where the route and the request ask for it", async () => {
		for (const consent of ["never", "asked", "always"] as const) {
			const host = await startCountingHost();
			const { ask } = await cachingGateway(host, { sampled: consent, tools: consent });
			for (const [of, body, headers, expected] of cases) {
				if (of !== consent) continue;
				const first = await ask(body, headers);
				expect([of, body, first.cache]).toEqual([of, body, expected]);
				const second = await ask(body, headers);
				if (!expected.endsWith("stored")) expect(second.cache).toBe(expected);
				else expect([second.cache.slice(0, 3), second.text]).toEqual(["hit", first.text]);
			}
		}
	});

	test("a kept call of a tool has both forms", async () => {
		const host = await startCountingHost();
		const { ask } = await cachingGateway(host, { tools: "always" });
		await ask(question("Call", offered));
		expect((await ask(question("Call", { ...offered, stream: true }))).text).toContain('"name":"look"');
		expect(host.received).toHaveLength(1);
	});
});

test("what depends on an upstream's memory is neither kept nor given", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	const body = { model: "m", temperature: 0, input: "Hello", container: "c" };
	expect((await ask(body, {}, "/v1/responses")).cache).toBe("fwd=bypass; detail=stateful");
});

test("a route may keep answers for requests alone that ask for it", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host, { isOnRequest: true });
	expect((await ask(question())).cache).toBe("fwd=bypass; detail=not-asked");
	expect((await ask(question(), { "x-llmgw-cache": "true" })).cache).toBe("fwd=miss; stored");
	expect((await ask(question(), { "x-llmgw-cache": "true" })).cache).toMatch(/^hit/);
	expect((await ask(question(), { "x-llmgw-cache": "false" })).cache).toBe("fwd=bypass; detail=no-store");
	expect(host.received.some(({ headers }) => "x-llmgw-cache" in headers)).toBe(false);
	for (const [name, value] of [
		["x-llmgw-cache", "perhaps"],
		["x-llmgw-cache", "false, tools"],
		["x-llmgw-cache-tag", "a b"],
	] as const) {
		const refused = await ask(question(), { [name]: value });
		expect([value, refused.status, JSON.parse(refused.text).error.param]).toEqual([value, 400, name]);
	}
});

test("HTTP's own words: Cache-Control of a request", async () => {
	const host = await startCountingHost();
	const { ask } = await cachingGateway(host);
	const only = await ask(question(), { "cache-control": "only-if-cached" });
	expect([only.status, only.cache]).toEqual([504, "detail=only-if-cached"]);
	expect(JSON.parse(only.text).error).toMatchObject({ code: "not_cached" });
	expect((await ask(question(), { "cache-control": "no-store" })).cache).toBe("fwd=bypass; detail=no-store");
	const { text } = await ask(question());
	expect((await ask(question(), { "cache-control": "only-if-cached" })).text).toBe(text);
	const cases = [
		["no-cache", "fwd=request; stored"],
		["max-age=0", "fwd=request; stored"],
		["max-age=100", "hit"],
		["max-age=99999999999999999999", "hit"],
		["min-fresh=7200", "fwd=request; stored"],
		['Min-Fresh="60", foo', "hit"],
		["no-store, only-if-cached", "detail=only-if-cached"],
	] as const;
	for (const [control, expected] of cases) {
		if (control === "max-age=0") await new Promise((resolve) => setTimeout(resolve, 2));
		expect([control, (await ask(question(), { "cache-control": control })).cache]).toEqual([
			control,
			expect.stringContaining(expected),
		]);
	}
	expect((await ask(question(), { pragma: "no-cache" })).cache).toBe("fwd=request; stored");
});
