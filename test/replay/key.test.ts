/** `Idempotency-Key`: one generation for a request that comes again, whichever worker it reaches. */
import { describe, expect, test } from "vitest";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw } from "../kit/llmw.js";
import { ask, gatewayOver, question, startSteppedHost, wholeStream } from "./kit.js";

const key = (value: string) => ({ "idempotency-key": value });
const streamed = { ...question, stream: true };

describe("a request with an Idempotency-Key", () => {
	test("is answered once, and its repetitions get the same bytes", async () => {
		const host = await startSteppedHost();
		host.finish();
		const { url } = await gatewayOver(host);
		for (const body of [question, streamed]) {
			const name = key(body === streamed ? "stream" : "whole");
			const first = await ask(url, body, name).body;
			for (let time = 0; time < 3; time += 1) {
				const again = ask(url, body, name);
				expect(await again.body).toBe(first);
				expect((await again.response).headers["x-llmgw-replay"]).toBe("replayed");
			}
		}
		expect(host.received).toHaveLength(2);
	});

	test("is attached to the answer under way, from its first byte", async () => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host);
		const first = ask(url, streamed, key("a"));
		await host.step();
		await first.until("One");
		const second = ask(url, streamed, key("a"));
		await second.until("One");
		expect((await second.response).headers["x-llmgw-replay"]).toBe("attached");
		await host.step();
		await second.until("two");
		host.finish();
		expect(await second.body).toBe(wholeStream);
		expect(await first.body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
	});

	test("goes on when its client leaves, at any moment, and the client finds it when it comes back", async () => {
		for (const moment of ["", "One", "two", "three", "four"]) {
			const host = await startSteppedHost();
			const { url } = await gatewayOver(host);
			const first = ask(url, streamed, key("k"));
			if (moment === "") await expect.poll(() => host.received.length).toBe(1);
			for (const word of ["One", "two", "three", "four"]) {
				if (moment === "") break;
				await host.step();
				await first.until(word);
				if (word === moment) break;
			}
			first.leave();
			const second = ask(url, streamed, key("k"));
			host.finish();
			expect(await second.body, moment).toBe(wholeStream);
			expect(host.received, moment).toHaveLength(1);
			expect(host.aborted, moment).toBe(0);
		}
	});

	test("is given up when nobody comes back within the grace time", async () => {
		const host = await startSteppedHost();
		const { url } = await gatewayOver(host, { grace: "50ms" });
		const first = ask(url, streamed, key("k"));
		await host.step();
		await first.until("One");
		const aborted = host.nextAbort();
		first.leave();
		await aborted;
		host.finish();
		expect(await ask(url, streamed, key("k")).body).toBe(wholeStream);
		expect(host.received).toHaveLength(2);
	});

	test("is refused if the key was another request's", async () => {
		const host = await startSteppedHost();
		host.finish();
		const { url } = await gatewayOver(host);
		await ask(url, question, key("k")).body;
		for (const [body, path] of [
			[{ ...question, model: "other" }, "/v1/chat/completions"],
			[streamed, "/v1/chat/completions"],
			[{ model: "m", max_tokens: 5, messages: question.messages }, "/v1/messages"],
		] as const) {
			const refused = ask(url, body, key("k"), path);
			expect((await refused.response).statusCode).toBe(422);
			const answer = JSON.parse(await refused.body) as { error: { message: string } };
			expect(answer.error.message).toMatch(/Idempotency-Key belongs to another request/);
		}
	});

	test("doesn't get the answer of another caller, and none of another caller's key is told", async () => {
		const host = await startSteppedHost();
		host.finish();
		const { url } = await gatewayOver(host);
		await ask(url, question, { ...key("k"), authorization: "Bearer one" }).body;
		const other = ask(url, { ...question, model: "other" }, { ...key("k"), authorization: "Bearer two" });
		expect((await other.response).statusCode).toBe(200);
		expect(host.received).toHaveLength(2);
	});

	test("is asked anew after a failure", async () => {
		let count = 0;
		const host = await startAiHost((_request, response) => {
			count += 1;
			if (count === 1) sendJson(response, { error: { message: "no" } }, 400);
			else sendJson(response, { id: "x", choices: [] });
		});
		const { url } = await gatewayOver(host);
		expect((await ask(url, question, key("k")).response).statusCode).toBe(400);
		await expect
			.poll(async () => {
				const again = await ask(url, question, key("k")).response;
				return again.statusCode;
			})
			.toBe(200);
	});

	test.each(["", " ", "\u0001", "x".repeat(256), "é"])("is refused with the key %j", async (value) => {
		const host = await startSteppedHost();
		host.finish();
		const { url } = await gatewayOver(host);
		const headers = value === "\u0001" ? key('"\\t"'.replace("\\t", "\t")) : key(value);
		const { statusCode } = await ask(url, question, headers).response;
		expect(statusCode).toBe(400);
	});
});

describe("over workers", { timeout: 90_000 }, () => {
	test("a thousand equal requests at once are one at the upstream", async () => {
		const host = await startSteppedHost();
		const { url } = await serveLlmw(host, ["--workers", "2"]);
		const clients = Array.from({ length: 200 }, () => ask(url, streamed, key("same")));
		await host.step();
		await Promise.all(clients.map((client) => client.until("One")));
		host.finish();
		for (const client of clients) expect(await client.body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
	});

	test("an answer is kept over a restart", async () => {
		const data = temporaryFolder();
		const host = await startSteppedHost();
		host.finish();
		const first = await serveLlmw(host, ["--workers", "2", "--data", data]);
		expect(await ask(first.url, streamed, key("k")).body).toBe(wholeStream);
		first.process.kill("SIGTERM");
		await first.exited;
		const second = await serveLlmw(host, ["--workers", "2", "--data", data]);
		expect(await ask(second.url, streamed, key("k")).body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
	});
});
