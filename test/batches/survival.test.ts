/**
 * A batch outlives each of the gateway's processes, and faults of its upstream: every line has one answer.
 *
 * `BATCH_LINES=50000` runs it with as many lines as a batch may have.
 */
import { expect, test } from "vitest";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw, storeWriterOf, workerPids } from "../kit/llmw.js";
import { numbered, openaiFor, type Question, startEcho } from "./kit.js";

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
	const flags = ["--workers", "2", "--data", temporaryFolder(), "--batch-concurrency", "32"];
	let llmw = await serveLlmw(host, flags);
	const names = numbered(lines);
	const requests = names.map((name) => JSON.stringify({ custom_id: name, method: "POST", url, body: bodyOf(name) }));
	const client = openaiFor(llmw.url);
	const file = await client.files.create({ file: new File([requests.join("\n")], "in.jsonl"), purpose: "batch" });
	const { id } = await client.batches.create({ input_file_id: file.id, endpoint: url, completion_window: "24h" });
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
	const again = openaiFor(llmw.url);
	await expect
		.poll(async () => (await again.batches.retrieve(id)).status, { timeout: patienceMs, interval: 200 })
		.toBe("completed");

	const batch = await again.batches.retrieve(id);
	expect(batch).toMatchObject({ request_counts: { total: lines, completed: lines, failed: 0 }, error_file_id: null });
	expect(batch.usage).toMatchObject({ input_tokens: lines * 3, output_tokens: lines * 2 });
	const text = await (await again.files.content(batch.output_file_id as string)).text();
	const rows = text
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as OutputLine);
	expect(rows.map(({ custom_id }) => custom_id)).toEqual(names);
	expect(rows.map(({ response }) => response.body.choices[0]?.message.content)).toEqual(names);
	expect(new Set(asked).size).toBe(lines);
	// Again only what had gone wrong, and what was in flight when a process was killed.
	expect(asked.length).toBeLessThan(lines * 1.1 + 300);
});

interface OutputLine {
	custom_id: string;
	response: { body: { choices: { message: { content: string } }[] } };
}

const url = "/v1/chat/completions";

function bodyOf(content: string) {
	return { model: "m", messages: [{ role: "user", content }] };
}
