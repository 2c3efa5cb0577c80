/** A worker that is killed while the model sums up: nothing of that turn is there, and everything from before is. */
import OpenAI from "openai";
import { expect, onTestFinished, test, vi } from "vitest";
import { completion, sendJson, startAiHost } from "../kit/aiHost.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";

const long = "The stars are far away. ".repeat(200);
const patience = { timeout: 30_000, interval: 50 };
const compacting = { context_management: [{ type: "compaction" as const, compact_threshold: 500 }] };

test("after kill -9 the thread goes on from its last turn, and is summed up then", async () => {
	let isHeld = false;
	const asked: string[] = [];
	const host = await startAiHost(({ body }, response) => {
		asked.push(body.toString());
		if (!isHeld) sendJson(response, completion);
	});
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	const client = new OpenAI({ baseURL: `${llmw.url}/v1`, apiKey: "k", maxRetries: 0 });
	const first = await client.responses.create({ model: "m", input: long });
	isHeld = true;
	const goingOn = { model: "m", input: "Which is the nearest?", previous_response_id: first.id, ...compacting };
	const broken = client.responses.create(goingOn).catch((error: unknown) => error);
	await vi.waitFor(() => expect(asked).toHaveLength(2), patience);
	const [pid] = await workerPids(llmw.url, 1);
	process.kill(pid as number, "SIGKILL");
	expect(await broken).toBeInstanceOf(OpenAI.APIConnectionError);

	isHeld = false;
	const kept = await vi.waitFor(() => client.get<{ data: { id: string }[] }>("/responses/kept"), patience);
	expect(kept.data.map(({ id }) => id)).toEqual([first.id]);
	const before = asked.length;
	const second = await client.responses.create(goingOn);
	expect(second.output.map(({ type }) => type)).toEqual(["compaction", "message"]);
	expect(asked.length - before).toBe(2);
	const third = await client.responses.create({ model: "m", input: "And then?", previous_response_id: second.id });
	expect(third.previous_response_id).toBe(second.id);
	expect(asked.at(-1)).not.toContain(long);
});
