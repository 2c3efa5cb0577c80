import { describe, expect, test } from "vitest";
import { referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { errorOf } from "../kit/gateway.js";
import { ask, clientOf, gatewayWith, hear, inFrontOfLab, route, startLab, target, upstream } from "../kit/routing.js";

const quick = { timeouts: { firstByteMs: 300, firstTokenMs: 300, idleMs: 300 } };

describe.each([
	["streamed", hear],
	["not streamed", ask],
])("%s: before there is output, another target answers", (name, listen) => {
	const isStream = name === "streamed";
	test.each<[string, string, number]>([
		["500", "error:500", 2],
		["502", "error:502", 2],
		["503", "error:503", 2],
		["529", "error:529", 2],
		["an error that is HTML", "error:500,as=html", 2],
		["429 without a time", "error:429", 2],
		["a connection that is reset", "reset", 2],
		["a connection that is closed", "reset,as=close", 2],
		["headers, and then nothing more", "reset-after-headers", 2],
		["an answer that is no HTTP", "invalid-http", 2],
		["a preamble, and then a cut", "empty-preamble", 2],
		["a preamble, and then an error event", "empty-preamble,as=error", 2],
		["a preamble, and then an end", "empty-preamble,as=end", 2],
	])("%s", async (_name, fault, times) => {
		const { client, asked } = await inFrontOfLab([`a/${fault}`, "b/ok"]);
		const heard = await listen(client);
		expect(heard).toMatchObject({ text: referenceAnswer, finishReason: "stop", error: undefined });
		expect(asked()).toEqual([...Array(times).fill(fault), "ok"]);
	});

	test("the same target, where it does better the second time", async () => {
		const { client, asked } = await inFrontOfLab(["a/error:503,times=1", "b/ok"]);
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(asked()).toEqual(["error:503,times=1", "error:503,times=1"]);
	});

	test("a host that takes the request and is silent is not asked twice", async () => {
		const { client, asked } = await inFrontOfLab([target("a/silent", quick), "b/ok"]);
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(asked()).toEqual(["silent", "ok"]);
	});

	test("a host that refuses connections", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("away", "http://127.0.0.1:1/v1"), upstream("b", lab.url)],
			routes: [route(["away", "b/ok"])],
		});
		expect((await listen(clientOf(gateway))).text).toBe(referenceAnswer);
		expect(gateway.printed.join()).toMatch(/The upstream away \(http:\/\/127\.0\.0\.1:1\/v1\) refused the connection/);
	});

	test("a name that can't be resolved", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("lost", "http://no-such-host.invalid/v1"), upstream("b", lab.url)],
			routes: [route(["lost", "b/ok"])],
		});
		expect((await listen(clientOf(gateway))).text).toBe(referenceAnswer);
	});

	test("a certificate that nobody vouches for, or a host without TLS", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("tls", lab.url.replace("http:", "https:")), upstream("b", lab.url)],
			routes: [route(["tls", "b/ok"])],
		});
		expect((await listen(clientOf(gateway))).text).toBe(referenceAnswer);
	});

	test("429 with retry-after: never sooner, where the time fits", async () => {
		const { lab, client, asked } = await inFrontOfLab(["a/rate-limit:1,times=1", "b/ok"]);
		const heard = await listen(client);
		expect(heard.text).toBe(referenceAnswer);
		expect(asked()).toEqual(["rate-limit:1,times=1", "rate-limit:1,times=1"]);
		const [first, second] = lab.ledger.entries();
		expect((second?.received_at_ms ?? 0) - (first?.ended_at_ms ?? 0)).toBeGreaterThanOrEqual(995);
	});

	test("429 with a retry-after that takes too long: the next target at once", async () => {
		const { client, asked } = await inFrontOfLab(["a/rate-limit:30", "b/ok"]);
		const startedMs = performance.now();
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(performance.now() - startedMs).toBeLessThan(2_000);
		expect(asked()).toEqual(["rate-limit:30", "ok"]);
	});

	test("where it is the last, the host's own 429 is passed on", async () => {
		const { client } = await inFrontOfLab(["a/rate-limit:30"]);
		expect(await listen(client)).toMatchObject({ error: { status: 429 } });
	});

	test("a context that is too long goes to a target with a larger one, and to no other", async () => {
		const { client, asked } = await inFrontOfLab([
			target("a/context-length", { capabilities: { context: 4000 } }),
			target("b/ok,id=small", { capabilities: { context: 4000 } }),
			target("c/ok,id=large", { capabilities: { context: 8000 } }),
		]);
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(asked()).toEqual(["context-length", "ok,id=large"]);
	});

	test.each(["openai", "vllm", "llamacpp"])("the context length in the words of %s", async (as) => {
		const { client, asked } = await inFrontOfLab([
			`a/context-length,as=${as}`,
			target("b/ok", { capabilities: { context: 8000 } }),
		]);
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(asked()).toHaveLength(2);
	});

	test.each([
		["context-length", 400],
		["content-filter", 400],
		["unauthorized", 401],
		["forbidden", 403],
		["bad-request", 400],
	])("%s is not retried, and passed on with the host's reason", async (fault, status) => {
		const { client, asked } = await inFrontOfLab([`a/${fault}`, "b/ok"]);
		const heard = await listen(client);
		expect(heard.error?.status).toBe(status);
		expect(asked()).toEqual([fault]);
	});

	test.each([
		["content-filter", "content_filter"],
		["unauthorized", "authentication"],
		["forbidden", "authentication"],
		["bad-request", "invalid_request"],
	] as const)("%s falls back where the route says so", async (fault, reason) => {
		const { client, asked } = await inFrontOfLab([`a/${fault}`, "b/ok"], { fallbackOn: [reason] });
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(asked()).toEqual([fault, "ok"]);
	});

	test("a model that the host doesn't have is asked of the next one", async () => {
		const { client, asked } = await inFrontOfLab(["a/not-found", "b/ok"]);
		expect((await listen(client)).text).toBe(referenceAnswer);
		expect(asked()).toEqual(["not-found", "ok"]);
	});

	test("when nobody can answer the client is told what the host said, after a bounded number of attempts", async () => {
		const { client, asked } = await inFrontOfLab(["a/error:503", "b/error:500", "c/error:502"], {
			retry: { ...route([]).retry, attempts: 4, firstBackoffMs: 1, maxBackoffMs: 2 },
		});
		const heard = await listen(client);
		expect(heard.error?.status).toBe(500);
		expect(asked()).toEqual(["error:503", "error:503", "error:500", "error:500"]);
	});

	test("a fallback's own refusal does not hide what was wrong first", async () => {
		const { client } = await inFrontOfLab(["a/error:503", "b/unauthorized"]);
		expect((await listen(client)).error?.status).toBe(503);
	});

	test("the model and the tokens are those of the target that answered", async () => {
		const { gateway, client } = await inFrontOfLab(["a/error:503", "b/ok"]);
		const { data, response } = await client.chat.completions
			.create({ model: "test-model", messages: [{ role: "user", content: "one two three" }], max_tokens: 5 })
			.withResponse();
		expect(data).toMatchObject({ model: "ok", usage: { completion_tokens: 5 } });
		expect(response.headers.get("x-llmgw-attempts")).toBe(
			'"a/error:503";status=503, "a/error:503";status=503, "b/ok";status=200',
		);
		expect(gateway.printed.join()).toContain("status 503");
	});

	if (isStream) {
		test("the first token late: another target, and the first is asked no more", async () => {
			const { lab, client, asked } = await inFrontOfLab([target("a/late-first-token:60000", quick), "b/ok"]);
			const left = lab.nextAbort();
			expect((await listen(client)).text).toBe(referenceAnswer);
			expect(await left).toMatchObject({ model: "late-first-token:60000" });
			expect(asked()).toEqual(["late-first-token:60000", "ok"]);
		});

		test("a preamble that stalls", async () => {
			const { client } = await inFrontOfLab([target("a/empty-preamble,as=stall", quick), "b/ok"]);
			expect((await listen(client)).text).toBe(referenceAnswer);
		});
	} else {
		test.each(["cut:20", "cut-body", "stall:20"])("a body that breaks in the middle (%s)", async (fault) => {
			const { client } = await inFrontOfLab([target(`a/${fault}`, quick), "b/ok"]);
			expect((await listen(client)).text).toBe(referenceAnswer);
		});
	}
});

test("no target for what a request needs: 400 that says so", async () => {
	const { client } = await inFrontOfLab([target("a/ok", { capabilities: { tools: false } })]);
	const tools = [{ type: "function" as const, function: { name: "look" } }];
	expect(await ask(client, { tools })).toMatchObject({ error: { status: 400, code: "no_target" } });
});

test("a model that no route knows: 404", async () => {
	const { client } = await inFrontOfLab(["a/ok"]);
	expect(await ask(client, { model: "other" })).toMatchObject({ error: { status: 404, code: "model_not_found" } });
});

test("no model, and no route for requests without one: 404 that asks for a model", async () => {
	const { gateway } = await inFrontOfLab(["a/ok"]);
	const headers = { "content-type": "application/json" };
	const response = await fetch(`${gateway.baseUrl}/embeddings`, {
		method: "POST",
		headers,
		body: '{"input": "Hello"}',
	});
	const { code, message } = await errorOf(response);
	expect([response.status, code, message]).toEqual([404, "model_not_found", expect.stringMatching(/^Name a model: /)]);
});

test("one garbage event between good ones is left out", async () => {
	for (const as of ["json", "html", "binary"]) {
		const { client } = await inFrontOfLab([`a/garbage:20,as=${as}`]);
		expect(await hear(client)).toMatchObject({ text: referenceAnswer, finishReason: "stop", error: undefined });
	}
});

test.each(["no-done", "no-done-open", "done-open"])("a complete stream is finished promptly: %s", async (fault) => {
	const { gateway } = await inFrontOfLab([target(`a/${fault}`, { timeouts: { endMs: 500 } })]);
	const startedMs = performance.now();
	const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({
			model: "test-model",
			messages: [{ role: "user", content: "?" }],
			stream: true,
			max_tokens: 1000,
		}),
	});
	const text = await response.text();
	expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	expect(text).toContain('"finish_reason":"stop"');
	expect(performance.now() - startedMs).toBeLessThan(2_500);
});
