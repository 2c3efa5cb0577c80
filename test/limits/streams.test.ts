/** Limits of streams: what is settled however they end, and how they are cut. */

import type { ServerResponse } from "node:http";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { hello, openAiOverlay, postChat, type TestGateway } from "../kit/gateway.js";
import { ask, gatewayWith, hostUsing, keyOf, until, using } from "../kit/limited.js";

/** Says so many words, or goes on until nobody listens, and then how many tokens that was. */
async function hostSaying(words: number, usage?: object): Promise<TestHost> {
	const host = await startAiHost(async (request, response) => {
		if (!request.body.includes('"stream":true')) return using(1, 1)(request, response, undefined as never);
		startStream(response);
		for (let said = 0; said < words && !response.destroyed; said += 1) await say(response, chunk({ content: "word " }));
		if (response.destroyed) return;
		response.write(chunk({}, "stop"));
		if (usage) response.write(`data: ${JSON.stringify({ id: "chatcmpl-1", choices: [], usage })}\n\n`);
		response.end("data: [DONE]\n\n");
	});
	onTestFinished(() => host.close());
	return host;
}

/** At the pace of whoever reads, and never so fast that nothing else gets a turn. */
function say(response: ServerResponse, event: string): Promise<void> {
	return new Promise((resolve) => {
		if (response.write(event)) setTimeout(resolve, 1);
		else {
			response.once("drain", resolve);
			response.once("close", resolve);
		}
	});
}

interface Event {
	id: string;
	choices: { delta: { content?: string }; finish_reason: string | null; index: number }[];
	usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

async function stream(gateway: TestGateway, body: object = {}, secret?: string) {
	const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
	const response = await postChat(gateway.baseUrl, { ...hello, stream: true, ...body }, headers);
	const text = await response.text();
	await until(() => gateway.gateway.services.load.requests === 0);
	const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, line]) => line as string);
	const events = data.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Event);
	const words = events.filter(({ choices }) => choices?.[0]?.delta.content).length;
	return { status: response.status, headers: response.headers, words, events, last: data.at(-1) };
}

/** The remaining tokens of a minute, as the next request's headers report them. */
async function remaining(gateway: TestGateway): Promise<number> {
	const { headers } = await ask(gateway, undefined, { max_tokens: 1, model: "look" });
	return Number(headers.get("x-ratelimit-remaining-tokens"));
}

async function refusedFor(gateway: TestGateway): Promise<string> {
	const { error } = await ask(gateway);
	return error?.message ?? "";
}

describe("what is settled", () => {
	test("of a whole stream is what its host says", async () => {
		const host = await hostSaying(20, { prompt_tokens: 30, completion_tokens: 20, total_tokens: 50 });
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 1_000 } });
		await stream(gateway, { max_tokens: 500 });
		const left = await remaining(gateway);
		// The next request reserves some tokens for its prompt.
		expect(left).toBeGreaterThan(920);
		expect(left).toBeLessThan(950);
	});

	test("of a stream that its client has left is what had come by then, and no longer what was reserved", async () => {
		const host = await hostSaying(Number.POSITIVE_INFINITY);
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 1_000, concurrentRequests: 1 } });
		const leaving = new AbortController();
		const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...hello, stream: true, max_tokens: 800 }),
			signal: leaving.signal,
		});
		const reader = response.body?.getReader();
		await reader?.read();
		leaving.abort();
		await until(() => gateway.gateway.services.load.requests === 0);
		const left = await remaining(gateway);
		expect(left).toBeGreaterThan(500);
		expect(left).toBeLessThan(1_000);
	});

	test("of one that failed before anything came is nothing, and it is no longer under way", async () => {
		const host = await startAiHost((_request, response) => response.destroy());
		onTestFinished(() => host.close());
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 1_000, concurrentRequests: 1 } });
		const failed = [
			await ask(gateway, undefined, { max_tokens: 900 }),
			await ask(gateway, undefined, { max_tokens: 900 }),
		];
		expect(failed.map(({ status }) => status)).toEqual([502, 502]);
		expect(await remaining(gateway)).toBeGreaterThan(900);
	});
});

describe("concurrent requests", () => {
	test("above the limit are refused, and let through when one has ended", async () => {
		const host = await hostSaying(Number.POSITIVE_INFINITY);
		const gateway = await gatewayWith(host, { clients: { concurrentRequests: 1 } });
		const leaving = new AbortController();
		const first = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...hello, stream: true }),
			signal: leaving.signal,
		});
		const second = await postChat(gateway.baseUrl, hello);
		expect(second.status).toBe(429);
		expect(second.headers.get("retry-after")).toBe("1");
		expect(await second.json()).toMatchObject({
			error: {
				message:
					"Rate limit reached for this client on requests at a time: Limit 1, Used 1, Requested 1. Try again when another request has ended.",
			},
		});
		expect(first.status).toBe(200);
		leaving.abort();
		await until(() => gateway.gateway.services.load.requests === 0);
		const third = new AbortController();
		const again = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...hello, stream: true }),
			signal: third.signal,
		});
		expect(again.status).toBe(200);
		third.abort();
	});
});

describe("a stream that says more than is left", () => {
	test("goes on by default, and all of it counts", async () => {
		const gateway = await gatewayWith(await hostSaying(300), { clients: { tokensPerMinute: 100 } });
		const { words, last } = await stream(gateway);
		expect([words, last]).toEqual([300, "[DONE]"]);
		expect((await stream(gateway)).status).toBe(429);
	});

	test("is cut where that is configured, as one whose length was limited, and its host is left", async () => {
		const host = await hostSaying(Number.POSITIVE_INFINITY);
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 100 }, onExceeded: "cut" });
		const aborted = host.nextAbort();
		const { words, events, last } = await stream(gateway, { stream_options: { include_usage: true } });
		await aborted;
		expect(last).toBe("[DONE]");
		const [finish, usage] = events.slice(-2);
		expect(finish?.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: "length" }]);
		expect(new Set(events.map(({ id }) => id))).toEqual(new Set(["chatcmpl-1"]));
		expect(usage?.choices).toEqual([]);
		const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = usage?.usage ?? {};
		expect(completion_tokens).toBe(words);
		expect(total_tokens).toBe(prompt_tokens + completion_tokens);
		// All that there was, and no more than came in one piece beyond it.
		expect(total_tokens).toBeGreaterThanOrEqual(100);
		expect(total_tokens).toBeLessThan(110);
	});

	test.each([{ max_tokens: 50 }, { max_completion_tokens: 50 }, { max_tokens: 1, n_predict: 50 }])(
		"is cut where its host says more than it was asked for by %j",
		async (asked) => {
			const host = await hostSaying(3_000);
			const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 300 }, onExceeded: "cut" });
			const { words, events, last } = await stream(gateway, asked);
			expect(last).toBe("[DONE]");
			expect(events.at(-1)?.choices[0]?.finish_reason).toBe("length");
			expect(words).toBeGreaterThan(280);
			expect(words).toBeLessThan(310);
			expect(await refusedFor(gateway)).toMatch(/tokens per minute/);
		},
	);

	test.each([["in one go"], ["in one go, and its end with it"]])(
		"is cut where its host says all of it %s",
		async (how) => {
			const host = await startAiHost((request, response, message) => {
				if (!request.body.includes('"stream":true')) return using(1, 1)(request, response, message);
				startStream(response);
				const events = Array.from({ length: 400 }, () => chunk({ content: "word " }));
				// Each is a piece of its own, though all are in one packet.
				response.cork();
				for (const event of events) response.write(event);
				if (how.includes("end")) response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
				else response.uncork();
			});
			onTestFinished(() => host.close());
			const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 200 }, onExceeded: "cut" });
			const { words, events, last } = await stream(gateway, { max_tokens: 50 });
			expect(last).toBe("[DONE]");
			expect(events.at(-1)?.choices[0]?.finish_reason).toBe("length");
			expect(words).toBeGreaterThan(180);
			expect(words).toBeLessThan(205);
		},
	);

	test("is cut at a budget too", async () => {
		const host = await hostSaying(Number.POSITIVE_INFINITY);
		const prices = { prices: [{ models: ["*"], cost: { input: 0, output: 100 } }] };
		const limits = { clients: { budgetPerDay: 0.03 }, onExceeded: "cut" } as const;
		const gateway = await gatewayWith(host, limits, { settings: prices, flags: { overlay: openAiOverlay() } });
		const { words, last } = await stream(gateway);
		expect(last).toBe("[DONE]");
		// 300 tokens of a hundredth of a cent each.
		expect(words).toBeGreaterThan(280);
		expect(words).toBeLessThan(320);
	});

	test("is not cut where it keeps to what it was asked for, though nothing else is left", async () => {
		const host = await hostSaying(90);
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 100 }, onExceeded: "cut" });
		const { words, events } = await stream(gateway, { max_tokens: 90 });
		expect(words).toBe(90);
		expect(events.at(-1)?.choices[0]?.finish_reason).toBe("stop");
	});

	test("has extended what was reserved before it is cut", async () => {
		let words = 3;
		const host = await startAiHost(async (_request, response) => {
			startStream(response);
			for (let said = 0; said < words && !response.destroyed; said += 1)
				await say(response, chunk({ content: "word " }));
			if (response.destroyed) return;
			response.write(chunk({}, "stop"));
			const usage = { prompt_tokens: 5, completion_tokens: words, total_tokens: 5 + words };
			response.end(`data: ${JSON.stringify({ id: "chatcmpl-1", choices: [], usage })}\n\ndata: [DONE]\n\n`);
		});
		onTestFinished(() => host.close());
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 600 }, onExceeded: "cut" });
		for (let count = 0; count < 8; count += 1) await stream(gateway);
		words = Number.POSITIVE_INFINITY;
		const cut = await stream(gateway);
		expect(cut.last).toBe("[DONE]");
		expect(cut.events.at(-1)?.choices[0]?.finish_reason).toBe("length");
		// 64 have been used before.
		expect(cut.words).toBeGreaterThan(480);
		expect(cut.words).toBeLessThan(560);
	});
});

describe("the openai SDK", () => {
	const asked = { model: "m", messages: [{ role: "user" as const, content: "Hello" }], max_tokens: 10 };

	test("sees its RateLimitError with the headers", async () => {
		const gateway = await gatewayWith(await hostUsing());
		const secret = await keyOf(gateway, { name: "bot", limits: { requests_per_day: 1 } });
		const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: secret, maxRetries: 0 });
		await client.chat.completions.create(asked);
		await until(() => gateway.gateway.services.load.requests === 0);
		const error = await client.chat.completions.create(asked).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(OpenAI.RateLimitError);
		const { code, headers, status } = error as InstanceType<typeof OpenAI.RateLimitError>;
		expect([status, code, headers?.get("x-ratelimit-remaining-requests")]).toEqual([429, "rate_limit_exceeded", "0"]);
	});

	test("does not try again what can only fail again", async () => {
		const gateway = await gatewayWith(await hostUsing(), { clients: { tokensPerMinute: 5 } });
		let calls = 0;
		const client = new OpenAI({
			baseURL: gateway.baseUrl,
			apiKey: "none",
			maxRetries: 3,
			fetch: (...given: Parameters<typeof fetch>) => {
				calls += 1;
				return fetch(...given);
			},
		});
		const long = { ...asked, messages: [{ role: "user" as const, content: "Tell me a long story. ".repeat(20) }] };
		await expect(client.chat.completions.create(long)).rejects.toThrow(/Request too large for this client/);
		expect(calls).toBe(1);
	});
});
