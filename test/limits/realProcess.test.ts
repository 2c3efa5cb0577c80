/** Limits as the real command keeps them, over several workers and over reloads. */
import { writeFileSync } from "node:fs";
import { Pool } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { completion, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { hello, temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw, workerPids } from "../kit/llmw.js";

/** What a host says that each request has used; less than is reserved for it. */
const used = { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 };
/** Of a prompt of 6 tokens, as it is estimated, and an answer of 10. */
const mostReserved = 16;

async function startCountedHost(): Promise<TestHost> {
	const host = await startAiHost((_request, response) => sendJson(response, { ...completion, usage: used }));
	onTestFinished(() => host.close());
	return host;
}

async function serveLimited(host: TestHost, limits: string, args: string[] = []) {
	const file = temporaryFile("llmw.yaml", configOf(host, limits));
	const llmw = runLlmw(["--bindport", "0", "--config", file, "--overlay", withoutRateLimit(), ...args]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url, file };
}

function configOf(host: TestHost, limits: string): string {
	return `upstreams: {host: {url: "${host.url}/v1"}}\nlimits: {clients: ${limits}}\n`;
}

interface Counts {
	accepted: number;
	refused: number;
}

/** So many requests at the same time, over a thousand connections. */
async function askAtOnce(url: string, count: number): Promise<Counts> {
	const pool = new Pool(url, { connections: 1_000, pipelining: 1 });
	try {
		const statuses = await Promise.all(Array.from({ length: count }, () => ask(pool)));
		const accepted = statuses.filter((status) => status === 200).length;
		const refused = statuses.filter((status) => status === 429).length;
		expect(accepted + refused).toBe(count);
		return { accepted, refused };
	} finally {
		await pool.destroy();
	}
}

async function ask(pool: Pool): Promise<number> {
	const { statusCode, body } = await pool.request({
		method: "POST",
		path: "/v1/chat/completions",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...hello, max_tokens: 10 }),
	});
	await body.dump();
	return statusCode;
}

/** One after the other, until one is refused. @returns how many were not */
async function askUntilRefused(url: string): Promise<number> {
	const pool = new Pool(url, { connections: 1, pipelining: 1 });
	let accepted = 0;
	while ((await ask(pool)) === 200) accepted += 1;
	await pool.destroy();
	return accepted;
}

async function reload(llmw: Llmw): Promise<void> {
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: /);
}

test("of 10,000 requests at once over four workers exactly 1,000 pass a limit of so many", {
	timeout: 120_000,
}, async () => {
	const host = await startCountedHost();
	const llmw = await serveLimited(host, "{requestsPerDay: 1000}", ["--workers", "4"]);
	await workerPids(llmw.url, 4);
	const { accepted, refused } = await askAtOnce(llmw.url, 10_000);
	expect([accepted, refused]).toEqual([1_000, 9_000]);
	expect(host.received).toHaveLength(1_000);
});

test("of 10,000 requests at once as many pass as 1,000 tokens allow, and never more", {
	timeout: 120_000,
}, async () => {
	const host = await startCountedHost();
	const llmw = await serveLimited(host, "{tokensPerDay: 1000}", ["--workers", "4"]);
	await workerPids(llmw.url, 4);
	await askAtOnce(llmw.url, 10_000);
	await askUntilRefused(llmw.url);
	const tokens = host.received.length * used.total_tokens;
	expect(tokens).toBeLessThanOrEqual(1_000);
	expect(tokens).toBeGreaterThan(1_000 - mostReserved);
});

test("a reload changes a limit, and what has been used stays used", async () => {
	const host = await startCountedHost();
	const llmw = await serveLimited(host, "{requestsPerDay: 3}", ["--workers", "2"]);
	await workerPids(llmw.url, 2);
	expect(await askUntilRefused(llmw.url)).toBe(3);
	writeFileSync(llmw.file, configOf(host, "{requestsPerDay: 5}"));
	await reload(llmw);
	expect(await askUntilRefused(llmw.url)).toBe(2);
});
