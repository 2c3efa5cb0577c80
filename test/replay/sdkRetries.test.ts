/** Requests that SDKs and agents repeat by themselves: the repetition gets the answer that is under way. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import type { UsageRecorder } from "../../src/accounting/usageRecorder.js";
import type { UsageRecord } from "../../src/store/usageTypes.js";
import { serveLlmw } from "../kit/llmw.js";
import { ask, type Client, gatewayOver, question, shared, startSteppedHost, wholeStream } from "./kit.js";

const attempt = (count: number) => ({ "x-stainless-retry-count": String(count) });
const streamed = { ...question, stream: true };

describe("a request that an SDK repeats", { timeout: 60_000 }, () => {
	test("is one at the upstream, whole and streamed, with OpenAI's SDK", async () => {
		const host = await startSteppedHost();
		const { baseUrl } = await gatewayOver(host);
		const client = new OpenAI({ baseURL: baseUrl, apiKey: "k", timeout: 300, maxRetries: 3 });
		const whole = client.chat.completions.create({ model: "m", messages: [{ role: "user", content: "Count" }] });
		await expect.poll(() => host.received.length).toBe(1);
		// The SDK's patience ends, and it asks again.
		setTimeout(() => host.finish(), 700);
		expect((await whole).choices[0]?.message.content).toBe("Hello");
		expect(host.received).toHaveLength(1);
	});

	test("is one at the upstream with Anthropic's SDK, which the upstream is asked for in another wire format", async () => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host);
		const client = new Anthropic({ baseURL: url, apiKey: "k", timeout: 300, maxRetries: 3 });
		const whole = client.messages.create({
			model: "m",
			max_tokens: 10,
			messages: [{ role: "user", content: "Count" }],
		});
		await expect.poll(() => host.received.length).toBe(1);
		setTimeout(() => host.finish(), 700);
		expect((await whole).content).toMatchObject([{ type: "text", text: "Hello" }]);
		expect(host.received).toHaveLength(1);
	});

	test.each([
		["whole", question],
		["streamed", streamed],
	])("finds the answer whose first client has left before its first byte: %s", async (_form, body) => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host);
		const first = ask(url, body, attempt(0));
		await expect.poll(() => host.received.length).toBe(1);
		first.leave();
		const second = ask(url, body, attempt(1));
		await shared(url, 1);
		host.finish();
		const answer = await second.body;
		expect(answer.length).toBeGreaterThan(100);
		expect((await second.response).headers["x-llmgw-replay"]).toBe("attached");
		expect(host.received).toHaveLength(1);
		// Whole by now; its client may have missed it again.
		expect(await ask(url, body, attempt(2)).body).toBe(answer);
		expect(host.received).toHaveLength(1);
	});

	test("is found in another worker", async () => {
		const host = await startSteppedHost();
		const { url } = await serveLlmw(host, ["--workers", "2"]);
		const first = ask(url, streamed, attempt(0));
		await expect.poll(() => host.received.length).toBe(1);
		first.leave();
		const others: Client[] = [];
		for (let count = 0; count < 6; count += 1) others.push(ask(url, streamed, attempt(1)));
		await shared(url, others.length);
		host.finish();
		for (const other of others) expect(await other.body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
	});

	test("is asked anew if the first was sent bytes, since that client has left for good", async () => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host);
		const first = ask(url, streamed, attempt(0));
		await host.step();
		await first.until("One");
		const aborted = host.nextAbort();
		first.leave();
		await aborted;
		host.finish();
		expect(await ask(url, streamed, attempt(1)).body).toBe(wholeStream);
		expect(host.received).toHaveLength(2);
	});

	test("never shares the answer of an equal request that is no repetition, of other words, or of another caller", async () => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host);
		const clients = [
			ask(url, question, attempt(0)),
			ask(url, question, attempt(0)),
			ask(url, question),
			ask(url, question, { ...attempt(1), authorization: "Bearer other" }),
			ask(url, { ...question, model: "other" }, attempt(1)),
			ask(url, question, attempt(0), "/v1/chat/completions?a=b"),
		];
		await expect.poll(() => host.received.length).toBe(clients.length);
		host.finish();
		for (const client of clients) expect((await client.response).headers["x-llmgw-replay"]).toBeUndefined();
	});

	test("is a turn of Codex', known by its x-client-request-id", async () => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host);
		const turn = { "x-client-request-id": "turn-1" };
		const body = { model: "m", input: "Count", stream: true };
		const first = ask(url, body, turn, "/v1/responses");
		await expect.poll(() => host.received.length).toBe(1);
		first.leave();
		const second = ask(url, body, turn, "/v1/responses");
		const other = ask(url, body, { "x-client-request-id": "turn-2" }, "/v1/responses");
		await expect.poll(() => host.received.length).toBe(2);
		await shared(url, 1);
		host.finish();
		expect(await second.body).toContain("response.completed");
		expect((await second.response).headers["x-llmgw-replay"]).toBe("attached");
		expect(await other.body).toContain("response.completed");
		expect(host.received).toHaveLength(2);
	});

	test("leaves one usage record, which says how often the answer was given", async () => {
		const host = await startSteppedHost();
		const { url, gateway } = await gatewayOver(host);
		const records: UsageRecord[] = [];
		const recorder = gateway.services.usage as UsageRecorder;
		recorder.add = (record) => void records.push(record);
		const first = ask(url, question, attempt(0));
		await expect.poll(() => host.received.length).toBe(1);
		const second = ask(url, question, attempt(1));
		const third = ask(url, question, attempt(2));
		await shared(url, 2);
		host.finish();
		for (const client of [first, second, third]) expect((await client.response).statusCode).toBe(200);
		await Promise.all([first, second, third].map(({ body }) => body));
		await expect.poll(() => records.length).toBe(1);
		expect(records[0]).toMatchObject({ status: 200, outcome: "completed" });
		expect(records[0]).toMatchObject({ tags: { deliveries: "3" }, tokens: { input: 1, output: 1 } });
	});
});
