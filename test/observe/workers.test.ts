/** Metrics over real workers: the sums are exact, and stay so when workers die or are replaced. */
import { Agent, request } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { hello, withoutRateLimit } from "../kit/gateway.js";
import { getAlone, type Llmw, serveLlmw, workerPids } from "../kit/llmw.js";
import { readMetrics, type Scrape, scrape } from "../kit/metrics.js";
import { startLab } from "../kit/routing.js";

const patience = { timeout: 15_000, interval: 20 };
const operation = "createChatCompletion";

/** So many chat completions, each on a connection of its own, 50 at a time. @returns their statuses */
async function chat(url: string, count: number, more: object = {}): Promise<number[]> {
	const statuses: number[] = [];
	let left = count;
	const askAll = async () => {
		while (left-- > 0) statuses.push(await post(`${url}/v1/chat/completions`, { ...hello, ...more }));
	};
	await Promise.all(Array.from({ length: 50 }, askAll));
	return statuses;
}

function post(url: string, body: object): Promise<number> {
	return new Promise((resolve, reject) => {
		const headers = { "content-type": "application/json" };
		request(url, { method: "POST", agent: new Agent(), headers }, (response) => {
			response.resume().once("end", () => resolve(response.statusCode ?? 0));
		})
			.once("error", reject)
			.end(JSON.stringify(body));
	});
}

async function serve(host: { url: string }, args: string[] = []): Promise<Llmw & { url: string }> {
	return serveLlmw(host, ["--overlay", withoutRateLimit(), ...args]);
}

async function startHost() {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return host;
}

/** The moment at which a worker has counted its last answers comes a little after the client has them. */
async function scrapeWhen(url: string, isComplete: (found: Scrape) => boolean): Promise<Scrape> {
	return vi.waitFor(async () => {
		const found = await scrape(url);
		expect(found, found.text).toSatisfy(isComplete);
		return found;
	}, patience);
}

const requests = (found: Scrape) => found.sum("llmgw_requests_total", { operation });

test("1,000 requests over four workers are 1,000, with the tokens that the host counted", async () => {
	const lab = await startLab();
	const llmw = await serve(lab, ["--workers", "4"]);
	expect(new Set(await chat(llmw.url, 900, { model: "ok" }))).toEqual(new Set([200]));
	const streamed = { model: "ok", stream: true, stream_options: { include_usage: true } };
	expect(new Set(await chat(llmw.url, 100, streamed))).toEqual(new Set([200]));
	const found = await scrapeWhen(llmw.url, (each) => requests(each) >= 1000);
	const ledger = lab.ledger.entries();
	const sumOf = (name: "prompt_tokens" | "completion_tokens") => ledger.reduce((sum, entry) => sum + entry[name], 0);
	expect(found.sum("llmgw_requests_total", { operation, route: "*", status: "200" })).toBe(1000);
	expect(found.sum("llmgw_requests_total", { operation })).toBe(1000);
	expect(found.sum("llmgw_attempts_total", { upstream: "aihost", kind: "first", outcome: "ok" })).toBe(1000);
	expect(found.sum("llmgw_attempts_total")).toBe(1000);
	expect(found.sum("llmgw_tokens_total", { kind: "input" })).toBe(sumOf("prompt_tokens"));
	expect(found.sum("llmgw_tokens_total", { kind: "output" })).toBe(sumOf("completion_tokens"));
	for (const [name, count] of [
		["gen_ai_server_request_duration_seconds", 1000],
		["gen_ai_client_operation_duration_seconds", 1000],
		["gen_ai_server_time_to_first_token_seconds", 100],
		["gen_ai_server_time_per_output_token_seconds", 100],
	] as const) {
		expect([name, found.sum(`${name}_count`)]).toEqual([name, count]);
		expect([name, found.sum(`${name}_bucket`, { le: "+Inf" })]).toEqual([name, count]);
		expect(found.sum(`${name}_sum`)).toBeGreaterThan(0);
	}
	expect(found.sum("gen_ai_client_token_usage_sum", { gen_ai_token_type: "output" })).toBe(sumOf("completion_tokens"));
	expect(found.sum("llmgw_workers", { state: "ready" })).toBe(4);
	expect(found.sum("llmgw_requests_in_flight")).toBe(1);
	expect(found.sum("llmgw_process_resident_memory_bytes", { process: "worker" })).toBeGreaterThan(4 * 20e6);
});

test("a worker that is killed takes nothing with it that had been told, and no counter goes down", async () => {
	const llmw = await serve(await startHost(), ["--workers", "4"]);
	await chat(llmw.url, 200);
	const before = await scrapeWhen(llmw.url, (found) => requests(found) === 200);
	const [victim = 0] = await workerPids(llmw.url, 4);
	const told = await scrape(llmw.url);
	process.kill(victim, "SIGKILL");
	await llmw.says(/was killed by SIGKILL/);
	const after = await scrape(llmw.url);
	for (const [series, value] of counters(told))
		expect([series, after.series.get(series) ?? 0]).toEqual([series, atLeast(value)]);
	expect(requests(after)).toBe(requests(before));
	expect(after.sum("llmgw_worker_deaths_total")).toBe(1);
	await chat(llmw.url, 50);
	await scrapeWhen(llmw.url, (found) => requests(found) === 250);
});

/** Those that may only rise. */
function counters({ series, types }: Scrape): [string, number][] {
	const isRising = (name: string) => {
		const family = name.replace(/_(bucket|sum|count)$/, "");
		return types.get(name) === "counter" || types.get(family) === "histogram";
	};
	return [...series].filter(([key]) => isRising(key.replace(/\{.*/, "")));
}

function atLeast(value: number): unknown {
	return { asymmetricMatch: (other: number) => other >= value, toString: () => `at least ${value}` };
}

test("a worker that hangs is left out of a scrape, which comes all the same", async () => {
	const llmw = await serve(await startHost(), ["--workers", "2"]);
	await chat(llmw.url, 20);
	await scrapeWhen(llmw.url, (found) => requests(found) === 20);
	const [stopped = 0] = await workerPids(llmw.url, 2);
	process.kill(stopped, "SIGSTOP");
	onTestFinished(() => void process.kill(stopped, "SIGCONT"));
	// Connections that the stopped worker is handed have to wait.
	const { body } = await Promise.any(Array.from({ length: 6 }, () => getAlone(`${llmw.url}/metrics`)));
	expect(requests(readMetrics(body))).toBe(20);
});

test("a reload keeps what has been counted", async () => {
	const llmw = await serve(await startHost(), ["--workers", "2"]);
	await chat(llmw.url, 100);
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: 2 new workers/);
	await chat(llmw.url, 100);
	const found = await scrapeWhen(llmw.url, (each) => requests(each) === 200);
	expect(found.sum("llmgw_worker_deaths_total")).toBe(0);
	expect(found.sum("llmgw_requests_total", { operation, status: "200" })).toBe(200);
});

test("whatever clients call models and paths, there are no more series for it", async () => {
	const llmw = await serve(await startHost(), ["--workers", "1"]);
	const hostile = (number: number) => [
		post(`${llmw.url}/v1/chat/completions`, { ...hello, model: `"} evil{x="${number}\n\\` }),
		post(`${llmw.url}/v1/${number}/"}%0a`, {}),
		getAlone(`${llmw.url}/v1/models/${number}`),
	];
	const workersOf = (each: Scrape) => each.sum("llmgw_requests_total");
	await Promise.all(hostile(1));
	const few = await scrapeWhen(llmw.url, (found) => workersOf(found) === 3);
	for (let number = 2; number <= 100; number += 1) await Promise.all(hostile(number));
	const many = await scrapeWhen(llmw.url, (found) => found.sum("llmgw_requests_total", { operation }) === 100);
	const fresh = [...many.series.keys()].filter((key) => !few.series.has(key));
	// The scrapes themselves are requests too, and time passes.
	expect(fresh.filter((key) => !/getMetrics|process=/.test(key))).toEqual([]);
	expect(many.sum("llmgw_requests_total", { operation: "other", route: "none", status: "404" })).toBe(100);
	expect(many.text).not.toContain("evil");
});

test("limits tell what they decide", async () => {
	const host = await startHost();
	const llmw = await serveLlmw(host, ["--workers", "2"]);
	const statuses = await chat(llmw.url, 1003);
	expect(statuses.filter((status) => status === 429)).toHaveLength(3);
	const found = await scrapeWhen(llmw.url, (each) => requests(each) === 1003);
	expect(found.sum("llmgw_limit_decisions_total", { decision: "allowed" })).toBe(1000);
	expect(found.sum("llmgw_limit_decisions_total", { decision: "refused" })).toBe(3);
	expect(found.sum("llmgw_requests_total", { operation, route: "none", status: "429" })).toBe(3);
});

test("--metrics false counts nothing", async () => {
	const llmw = await serve(await startHost(), ["--workers", "1", "--metrics", "false"]);
	const { status, body } = await getAlone(`${llmw.url}/metrics`);
	expect([status, JSON.parse(body).error.code]).toEqual([404, "metrics_off"]);
});
