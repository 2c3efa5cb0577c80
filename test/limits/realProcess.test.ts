/** Limits as the real command keeps them, over several workers and over reloads. */
import { writeFileSync } from "node:fs";
import { Pool } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { completion, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { hello, temporaryFile, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw, workerPids } from "../kit/llmw.js";
import { startRedis } from "../kit/redis.js";

/** The usage that the upstream reports for each request; less than is reserved for it. */
const each = { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 };
/** The reservation for a prompt of about 6 tokens and an answer of 10. */
const mostReserved = 16;

async function startCountedHost(): Promise<TestHost> {
	const host = await startAiHost((_request, response) => sendJson(response, { ...completion, usage: each }));
	onTestFinished(() => host.close());
	return host;
}

async function serveLimited(host: TestHost, limits: string, args: string[] = []) {
	const file = temporaryFile("llmw.yaml", configOf(host, limits));
	// Days are remembered by the port that is asked for, which is the same for all of these.
	const own = ["--bindport", "0", "--data", temporaryFolder(), "--overlay", withoutRateLimit()];
	const llmw = runLlmw(["--config", file, ...own, ...args]);
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
		// 503 is only said where Redis is away.
		const refused = statuses.filter((status) => status === 429 || status === 503).length;
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
	const statuses: number[] = [];
	while (statuses.at(-1) !== 429) statuses.push(await ask(pool));
	await pool.destroy();
	return statuses.filter((status) => status === 200).length;
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
	const tokens = host.received.length * each.total_tokens;
	expect(tokens).toBeLessThanOrEqual(1_000);
	expect(tokens).toBeGreaterThan(1_000 - mostReserved);
});

test.each(["{requestsPerDay: 1000}", "{tokensPerDay: 1000}"])(
	"two gateways with a Redis keep %s together",
	{
		timeout: 180_000,
	},
	async (limits) => {
		const redis = await startRedis();
		const host = await startCountedHost();
		const args = ["--workers", "2", "--redis", redis.url, "--redis-failure", "closed"];
		const gateways = [await serveLimited(host, limits, args), await serveLimited(host, limits, args)];
		await Promise.all(gateways.map(({ url }) => askAtOnce(url, 5_000)));
		for (const { url } of gateways) await askUntilRefused(url);
		const used = host.received.length * (limits.includes("tokens") ? each.total_tokens : 1);
		expect(used).toBeLessThanOrEqual(1_000);
		// A machine that is too busy may take Redis for away, and then nobody knows what was given back.
		const isSure = gateways.every(({ stderr }) => stderr() === "");
		if (isSure) expect(used).toBeGreaterThan(limits.includes("tokens") ? 1_000 - mostReserved : 999);
	},
);

test("a reload changes a limit, and what has been used stays used", async () => {
	const host = await startCountedHost();
	const llmw = await serveLimited(host, "{requestsPerDay: 3}", ["--workers", "2"]);
	await workerPids(llmw.url, 2);
	expect(await askUntilRefused(llmw.url)).toBe(3);
	writeFileSync(llmw.file, configOf(host, "{requestsPerDay: 5}"));
	await reload(llmw);
	expect(await askUntilRefused(llmw.url)).toBe(2);
});
