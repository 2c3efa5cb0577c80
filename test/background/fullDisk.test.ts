/** A gateway that is told to stop while its disk is full: it ends, says what it could not keep, and loses nothing that clients know of. */
import type OpenAI from "openai";
import { expect, test } from "vitest";
import { openaiFor } from "../batches/kit.js";
import { serveLlmw } from "../kit/llmw.js";
import { fill, smallDisk } from "../kit/smallDisk.js";
import { startSteppedHost, words } from "../replay/kit.js";

test("ends with code 0, and the next start finishes what could not be kept", {
	timeout: 120_000,
}, async ({ skip }) => {
	const data = smallDisk();
	if (data === undefined) return skip("only root can mount a small disk");
	const host = await startSteppedHost();
	const flags = ["--data", data, "--workers", "1", "--drain-timeout", "500ms"];
	const first = await serveLlmw(host, flags);
	const client = openaiFor(first.url);
	const { id } = await client.responses.create({ model: "m", input: "x".repeat(50_000), background: true });
	const batch = await createBatch(client);
	await expect.poll(() => host.received.length).toBe(2);
	const makeRoom = fill(data);
	host.finish();
	await first.says(/The store is full/);
	first.process.kill("SIGTERM");
	expect(await first.exited).toBe(0);
	expect(first.stderr()).toContain(`${id} is over, and its end can't be kept`);
	expect(first.stderr()).toContain(`batch ${batch}: its last step can't be kept`);

	makeRoom();
	const { responses, batches } = openaiFor((await serveLlmw(host, flags)).url);
	await expect.poll(async () => (await responses.retrieve(id)).status, { timeout: 80_000 }).toBe("completed");
	expect((await responses.retrieve(id)).output_text).toBe(words.join(""));
	await expect.poll(async () => (await batches.retrieve(batch)).status, { timeout: 80_000 }).toBe("completed");
	expect((await batches.retrieve(batch)).request_counts).toMatchObject({ completed: 1, failed: 0 });
	expect(host.received).toHaveLength(4);
});

/** A batch of one line. @returns its id */
async function createBatch(client: OpenAI): Promise<string> {
	const url = "/v1/chat/completions" as const;
	const body = { model: "m", messages: [{ role: "user", content: "y".repeat(50_000) }] };
	const line = JSON.stringify({ custom_id: "1", method: "POST", url, body });
	const file = await client.files.create({ purpose: "batch", file: new File([line], "lines.jsonl") });
	const made = { input_file_id: file.id, endpoint: url, completion_window: "24h" } as const;
	return (await client.batches.create(made)).id;
}
