/** Stored completions that are too old or too many go by themselves. */
import { expect, onTestFinished, test } from "vitest";
import { startRetention } from "../../src/completions/retention.js";
import type { NewCompletion } from "../../src/store/store.js";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayFor, hello, jsonOf, postChat, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw } from "../kit/llmw.js";

function record(number: number, createdAt: number): NewCompletion {
	return {
		id: `chatcmpl-${number}`,
		model: "m",
		status: "completed",
		metadata: {},
		createdAt,
		request: '{"messages":[]}',
		response: '{"choices":[]}',
		promptTokens: undefined,
		completionTokens: undefined,
		durationMs: 1,
	};
}

async function storeFor() {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const { gateway } = await gatewayFor(host);
	return gateway.services.store.completions;
}

test("round after round, the old and the surplus ones are removed", async () => {
	const completions = await storeFor();
	const now = Math.floor(Date.now() / 1000);
	for (let number = 0; number < 10; number += 1)
		await completions.add("anonymous", record(number, number < 4 ? now - 3600 : now));
	const retention = startRetention(completions, { maxAgeMs: 60_000, maxCount: 5 }, () => {}, 20);
	onTestFinished(() => retention.stop());
	await expect.poll(() => completions.count()).toBe(5);
	for (let number = 10; number < 13; number += 1) await completions.add("anonymous", record(number, now));
	await expect.poll(() => completions.count()).toBe(5);
	const { data } = await completions.list("anonymous", { limit: 10, order: "asc" });
	expect(data.map(({ id }) => id)).toEqual([8, 9, 10, 11, 12].map((number) => `chatcmpl-${number}`));
});

test("a store that fails is asked again", async () => {
	const complaints: unknown[] = [];
	let rounds = 0;
	const completions = {
		async retain() {
			rounds += 1;
			if (rounds === 1) throw new Error("not now");
			return 0;
		},
	};
	const retention = startRetention(completions, {}, (error) => complaints.push(error), 5);
	await expect.poll(() => rounds).toBeGreaterThan(2);
	await retention.stop();
	const before = rounds;
	await new Promise((resolve) => setTimeout(resolve, 30));
	expect(rounds).toBe(before);
	expect(complaints).toHaveLength(1);
});

test("the gateway does it by itself, with its settings as they are when it starts", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const data = temporaryFolder();
	const listed = async (url: string) =>
		(await jsonOf<{ data: unknown[] }>(await fetch(`${url}/v1/chat/completions`))).data.length;
	const first = await serveLlmw(host, ["--data", data, "--overlay", withoutRateLimit(), "--workers", "1"]);
	for (let count = 0; count < 6; count += 1)
		expect((await postChat(`${first.url}/v1`, { ...hello, store: true })).status).toBe(200);
	expect(await listed(first.url)).toBe(6);
	first.process.kill("SIGTERM");
	await first.exited;
	const second = await serveLlmw(host, [
		"--data",
		data,
		"--workers",
		"1",
		"--store-max-count",
		"2",
		"--store-max-age",
		"30d",
	]);
	await expect.poll(() => listed(second.url)).toBe(2);
});
