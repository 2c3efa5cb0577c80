/** What several workers store at once, and what is left when one of them is killed. */
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { chunk, completion, sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { hello, jsonOf, withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { overBothGateways, storeArguments } from "../kit/stores.js";

const workers = 4;

async function gatewayWithWorkers() {
	const host = await startAiHost((request, response) => {
		if (!request.body.includes('"stream":true')) return sendJson(response, completion);
		startStream(response);
		for (const word of ["Hel", "lo"]) response.write(chunk({ content: word }));
		response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
	});
	onTestFinished(() => host.close());
	return serveLlmw(host, [...(await storeArguments()), "--workers", String(workers), "--overlay", withoutRateLimit()]);
}

/** Stores a completion. @returns its id once it is acknowledged; undefined if the answer did not come whole */
async function store(url: string, number: number): Promise<string | undefined> {
	const stream = number % 2 === 0;
	try {
		const response = await fetch(`${url}/v1/chat/completions`, {
			method: "POST",
			// Connections of its own spread them over all workers.
			headers: { "content-type": "application/json", connection: "close" },
			body: JSON.stringify({ ...hello, stream, store: true, metadata: { number: String(number) } }),
		});
		const text = await response.text();
		if (response.status !== 200) return undefined;
		if (!stream) return (JSON.parse(text) as { id: string }).id;
		return text.includes("[DONE]") ? /"id":"([^"]+)"/.exec(text)?.[1] : undefined;
	} catch {
		return undefined;
	}
}

/** Runs so many at a time. @returns the ids that were acknowledged. */
async function storeMany(url: string, count: number, onProgress: (done: number) => void = () => {}): Promise<string[]> {
	const acknowledged: string[] = [];
	let next = 0;
	const lane = async () => {
		while (next < count) {
			const number = next;
			next += 1;
			const id = await store(url, number);
			if (id !== undefined) acknowledged.push(id);
			onProgress(number);
		}
	};
	await Promise.all(Array.from({ length: 16 }, lane));
	return acknowledged;
}

async function idsIn(url: string): Promise<string[]> {
	const ids: string[] = [];
	for (let after = ""; ; ) {
		const page = await jsonOf<{ data: { id: string; choices: object[] }[]; has_more: boolean; last_id: string }>(
			await fetch(`${url}/v1/chat/completions?limit=100${after}`),
		);
		ids.push(...page.data.map(({ id }) => id));
		for (const { choices } of page.data) expect(choices).toMatchObject([{ message: { content: "Hello" } }]);
		if (!page.has_more) return ids;
		after = `&after=${page.last_id}`;
	}
}

overBothGateways(() => {
	test("four workers store at once, and each sees what all have stored", async () => {
		const { url } = await gatewayWithWorkers();
		const acknowledged = await storeMany(url, 300);
		expect(acknowledged).toHaveLength(300);
		expect(new Set(acknowledged).size).toBe(300);
		expect((await idsIn(url)).sort()).toEqual(acknowledged.sort());
	});

	test("of 1,000, every one that was acknowledged is there when workers were killed meanwhile", async () => {
		const { url } = await gatewayWithWorkers();
		const victims = await workerPids(url, workers);
		const acknowledged = await storeMany(url, 1000, (done) => {
			if (done === 200 || done === 600) process.kill(victims[done === 200 ? 0 : 1] as number, "SIGKILL");
		});
		expect(acknowledged.length).toBeGreaterThan(500);
		const kept = new Set(await idsIn(url));
		expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
		for (const pid of victims.slice(0, 2)) expect(() => readFileSync(`/proc/${pid}/cmdline`)).toThrow();
	}, 120_000);
});
