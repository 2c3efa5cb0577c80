/** Answers that a client of one worker gets from another worker, which may have no client of its own any more, or be killed. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, startAiHost, startStream } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw } from "../kit/llmw.js";
import { shared, startSteppedHost, type TestWorker, wholeStream, workersOf } from "./kit.js";

/** A gateway with two workers. */
async function twoWorkers(host: { url: string }, flags: string[] = [], environment: Record<string, string> = {}) {
	const llmw = await serveLlmw(host, ["--workers", "2", ...flags], { LLMW_DATA: temporaryFolder(), ...environment });
	const [one, other] = (await workersOf(llmw.url, 2)) as [TestWorker, TestWorker];
	return { llmw, one, other };
}

/** An upstream whose streams a test writes. */
async function startWrittenHost() {
	const responses: ServerResponse[] = [];
	const host = await startAiHost((_request, response) => {
		startStream(response);
		response.write(chunk({ content: "begun" }));
		responses.push(response);
	});
	onTestFinished(() => host.close());
	return Object.assign(host, { responses });
}

describe("an answer that another worker gives", { timeout: 90_000 }, () => {
	test("goes on for its followers beyond the grace time, and counts them", async () => {
		const host = await startSteppedHost();
		const { llmw, one, other } = await twoWorkers(host, ["--grace", "0", "--log-format", "json"]);
		const first = one.ask();
		await host.step();
		await first.until("One");
		const second = other.ask();
		await second.until("One");
		first.leave();
		for (const word of ["two", "three", "four"]) {
			await host.step();
			await second.until(word);
		}
		host.finish();
		expect(await second.body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
		await llmw.says(/"deliveries":"2"/);
	});

	test("ends when its followers have gone too", async () => {
		const host = await startSteppedHost();
		const { one, other } = await twoWorkers(host, ["--grace", "1ms"]);
		const first = one.ask();
		await host.step();
		await first.until("One");
		const second = other.ask();
		await second.until("One");
		const aborted = host.nextAbort();
		first.leave();
		second.leave();
		await aborted;
	});

	test("doesn't wait for its own client, which reads nothing", async () => {
		const host = await startWrittenHost();
		const { one, other } = await twoWorkers(host);
		const first = one.ask();
		await first.until("begun");
		(await first.response).pause();
		const second = other.ask();
		await second.until("begun");
		const [response] = host.responses as [ServerResponse];
		const event = chunk({ content: "x".repeat(32_000) });
		for (let count = 0; count < 300; count += 1) response.write(event);
		response.end("data: [DONE]\n\n");
		expect((await second.body).endsWith("data: [DONE]\n\n")).toBe(true);
		first.leave();
	});

	test("is made anew if its worker is killed before anything of it was sent", async () => {
		const host = await startSteppedHost();
		const { llmw, one, other } = await twoWorkers(host);
		const first = one.ask();
		await expect.poll(() => host.received.length).toBe(1);
		const followers = [other.ask(), other.ask()];
		await shared(llmw.url, 2);
		process.kill(one.pid, "SIGKILL");
		await first.body.catch(() => "");
		await expect.poll(() => host.received.length).toBe(2);
		host.finish();
		for (const follower of followers) expect(await follower.body).toBe(wholeStream);
		expect(host.received).toHaveLength(2);
	});

	test("that is too large to be given to anybody new is made anew, while it is under way", async () => {
		const host = await startWrittenHost();
		const { one, other } = await twoWorkers(host);
		const first = one.ask();
		await first.until("begun");
		const second = other.ask();
		await second.until("begun");
		const [response] = host.responses as [ServerResponse];
		const event = chunk({ content: "x".repeat(900_000) });
		for (let count = 0; count < 20; count += 1) response.write(event);
		for (const client of [first, second])
			await expect.poll(() => client.text().length, { timeout: 20_000 }).toBeGreaterThan(18_000_000);
		for (const [at, worker] of [other, one].entries()) {
			const again = worker.ask();
			await again.until("begun");
			expect(host.received).toHaveLength(2 + at);
			again.leave();
		}
		response.end("data: [DONE]\n\n");
		const [whole, followed] = await Promise.all([first.body, second.body]);
		expect(followed).toBe(whole);
	});

	test("is made anew if its file is removed, once", async () => {
		const host = await startSteppedHost();
		host.finish();
		const data = temporaryFolder();
		const { one, other } = await twoWorkers(host, ["--data", data]);
		expect(await one.ask().body).toBe(wholeStream);
		const folder = join(data, "answers");
		await expect.poll(() => readdirSync(folder).filter((name) => name.endsWith(".answer"))).toHaveLength(1);
		for (const name of readdirSync(folder)) rmSync(join(folder, name));
		for (const worker of [other, one]) expect(await worker.ask().body).toBe(wholeStream);
		expect(host.received).toHaveLength(2);
	});

	test("isn't shared if it can't be written, but every request is answered, and each worker says so once", async () => {
		const host = await startSteppedHost();
		const data = temporaryFolder();
		writeFileSync(join(data, "answers"), "");
		const { llmw, one, other } = await twoWorkers(host, ["--data", data]);
		const clients = [one, other, one, other, other].map((worker) => worker.ask());
		host.finish();
		for (const client of clients) expect(await client.body).toBe(wholeStream);
		expect(await one.ask().body).toBe(wholeStream);
		await llmw.says(/Answers can't be kept/);
		expect(llmw.stderr().match(/Answers can't be kept/g)?.length).toBeLessThanOrEqual(2);
	});

	test("ends in an error if the primary is killed, and the workers end", async () => {
		const host = await startSteppedHost();
		const { llmw, one, other } = await twoWorkers(host, ["--drain-timeout", "60s"]);
		const first = one.ask();
		await host.step();
		await first.until("One");
		const second = other.ask();
		await second.until("One");
		llmw.process.kill("SIGKILL");
		expect(await second.body).toContain("answer_lost");
		host.finish();
		expect(await first.body).toBe(wholeStream);
	});

	test("is streamed in Gemini's JSON array too", async () => {
		const host = await startSteppedHost();
		const { one, other } = await twoWorkers(host);
		const body = { contents: [{ role: "user", parts: [{ text: "Count" }] }] };
		const path = "/v1beta/models/m:streamGenerateContent";
		const first = one.ask(body, undefined, path);
		await host.step();
		await first.until("One");
		const second = other.ask(body, undefined, path);
		await second.until("One");
		host.finish();
		const whole = await first.body;
		expect(JSON.parse(whole)).not.toHaveLength(0);
		expect(await second.body).toBe(whole);
	});
});
