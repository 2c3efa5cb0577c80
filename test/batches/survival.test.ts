/**
 * A batch outlives each of the gateway's processes, and faults of its upstream: every line has one answer.
 *
 * `BATCH_LINES=50000` runs it with as many lines as a batch may have.
 */
import { expect, test } from "vitest";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw, storeWriterOf, workerPids } from "../kit/llmw.js";
import { anthropicFor, messageRequest, numbered, type Question, startEcho } from "./kit.js";

const lines = Number(process.env.BATCH_LINES ?? 2_000);
const patienceMs = 60_000 + lines * 20;

/** The first attempt at some lines goes wrong, in one way or another. */
function faults(): (question: Question) => void {
	const failed = new Set<string>();
	return ({ text, response }) => {
		const number = Number(text.slice("line-".length));
		if (number % 60 > 2 || failed.size === failed.add(text).size) return;
		if (number % 60 === 0) response.destroy();
		else response.writeHead(number % 60 === 1 ? 500 : 429, { "content-type": "application/json" }).end("{}");
	};
}

test(`each of ${lines} lines is answered once, whichever process is killed`, { timeout: patienceMs }, async () => {
	const { host, asked } = await startEcho(faults());
	const flags = ["--workers", "2", "--data", temporaryFolder(), "--max-body", "64mb", "--batch-concurrency", "32"];
	let llmw = await serveLlmw(host, flags);
	const names = numbered(lines);
	const { id } = await anthropicFor(llmw.url).messages.batches.create({
		requests: names.map((name) => messageRequest(name)),
	});
	const reached = (share: number) =>
		expect.poll(() => asked.length, { timeout: patienceMs, interval: 20 }).toBeGreaterThan(lines * share);

	await reached(0.1);
	const [one, other] = (await workerPids(llmw.url, 2)) as [number, number];
	process.kill(one, "SIGKILL");
	await reached(0.3);
	process.kill(other, "SIGKILL");
	await reached(0.5);
	process.kill(storeWriterOf(llmw.pid()) as number, "SIGKILL");
	await reached(0.7);
	llmw.process.kill("SIGKILL");
	await llmw.exited;
	llmw = await serveLlmw(host, flags);
	const client = anthropicFor(llmw.url);
	await expect
		.poll(async () => (await client.messages.batches.retrieve(id)).processing_status, {
			timeout: patienceMs,
			interval: 200,
		})
		.toBe("ended");

	const results = [];
	for await (const result of await client.messages.batches.results(id)) results.push(result);
	expect(results.map(({ custom_id }) => custom_id)).toEqual(names);
	const texts = results.map(({ result }) => (result.type === "succeeded" ? result.message.content[0] : result));
	expect(texts).toEqual(names.map((text) => expect.objectContaining({ text })));
	const { request_counts: counts } = await client.messages.batches.retrieve(id);
	expect(counts).toEqual({ processing: 0, succeeded: lines, errored: 0, canceled: 0, expired: 0 });
	expect(new Set(asked).size).toBe(lines);
	// Again only what had gone wrong, and what was in flight when a process was killed.
	expect(asked.length).toBeLessThan(lines * 1.1 + 300);
});
