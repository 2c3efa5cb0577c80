/** Usage as the real command reports it equals the lab's own record, to the token. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { components } from "../../src/generated/contract.js";
import type { Lab } from "../../src/mockHosts/lab/lab.js";
import { folderWith } from "../config/files.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { isRunning, type Llmw, resultOf, runLlmw, workerPids } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { startLab } from "../kit/routing.js";

type Page = components["schemas"]["UsagePage"];
type Result = components["schemas"]["UsageResult"];
type Requests = components["schemas"]["RequestList"];

const adminKey = "an-administrator-of-tests";

interface Setup {
	url: string;
	labs: { a: Lab & { url: string }; b: Lab & { url: string } };
	data: string;
	llmw: Llmw & { url: string };
	config: string;
}

async function start(workers = 2): Promise<Setup> {
	const labs = { a: await startLab(), b: await startLab() };
	const data = temporaryFolder();
	const folder = folderWith({
		"llmw.yaml": `
upstreams:
  a: {url: "${labs.a.url}", usage: continuous, cost: {input: 1.5, output: 2.25}, breaker: false}
  b: {url: "${labs.b.url}", usage: continuous, cost: {input: 10, output: 0.5}, breaker: false}
defaults: {retry: {firstBackoff: 1ms, maxBackoff: 2ms, budget: 1}}
routes:
  - {model: whole, targets: [a/ok]}
  - {model: retried, targets: ["a/flap:1,ok=1"]}
  - {model: moved, targets: ["a/error:503", b/ok]}
  - {model: rescued, targets: ["a/cut:20", b/ok]}
  - {model: broken, targets: ["a/cut:7"], rescue: off}
  # By then the head has come, from which on the lab counts the prompt.
  - {model: hedged, targets: ["a/late-first-token:60000", b/ok], hedge: {after: 1s, share: 100%}}
  - {model: left, targets: ["a/stall:5"]}
  - {model: refused, targets: [a/unauthorized]}
`,
	});
	const config = join(folder, "llmw.yaml");
	const llmw = await serveLlmwWith(config, data, workers);
	return { url: llmw.url, labs, data, llmw, config };
}

async function serveLlmwWith(config: string, data: string, workers: number): Promise<Llmw & { url: string }> {
	const where = ["--bindport", "0", "--config", config, "--data", data, "--workers", String(workers)];
	const llmw = runLlmw([...where, "--overlay", withoutRateLimit(), "--usage-tag", "feature"], {
		LLMW_ADMIN_KEY: adminKey,
	});
	const [, url = ""] = await llmw.says(/listening on (http:\/\/[^\s,]+)/);
	return { ...llmw, url };
}

const messages = [{ role: "user", content: "How many words are in this?" }];

async function ask(url: string, body: object, path = "chat/completions"): Promise<string> {
	const given = path === "chat/completions" ? { messages } : {};
	const response = await fetch(`${url}/v1/${path}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...given, ...body }),
	});
	return response.text();
}

/** Reads until so many pieces have come, and leaves. */
async function leave(url: string): Promise<void> {
	const gone = new AbortController();
	const response = await fetch(`${url}/v1/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ messages, model: "left", stream: true }),
		signal: gone.signal,
	});
	let text = "";
	for await (const bytes of response.body as ReadableStream<Uint8Array>) {
		text += Buffer.from(bytes).toString();
		// The role's event comes before them.
		if (text.split("\n\n").length > 6) break;
	}
	gone.abort();
}

async function usageBy(url: string, ...by: string[]): Promise<Result[]> {
	const response = await fetch(`${url}/v1/usage?limit=2${by.map((name) => `&group_by=${name}`).join("")}`, {
		headers: { authorization: `Bearer ${adminKey}` },
	});
	return ((await response.json()) as Page).data.flatMap(({ results }) => results);
}

const total = (results: readonly Result[], of: (result: Result) => number) =>
	results.reduce((sum, result) => sum + of(result), 0);

async function settled(url: string, requests: number): Promise<void> {
	await expect
		.poll(async () => total(await usageBy(url), (result) => result.requests), { timeout: 20_000 })
		.toBe(requests);
}

/** What workers have written; their files stay while they are not sealed. */
function linesOfJournal(data: string): number {
	const folder = join(data, "usage");
	const texts = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")) : [];
	return texts.join("").split("\n").length - 1;
}

function tokensOf(lab: Lab): { input: number; output: number } {
	const entries = lab.ledger.entries();
	return {
		input: entries.reduce((sum, entry) => sum + entry.prompt_tokens, 0),
		output: entries.reduce((sum, entry) => sum + entry.completion_tokens, 0),
	};
}

async function mixedRequests(url: string): Promise<number> {
	const bodies = ["whole", "retried", "moved", "rescued", "broken", "hedged", "refused"].flatMap((model) => [
		{ model, stream: true },
		{ model, stream: true, stream_options: { include_usage: true }, n: model === "whole" ? 2 : 1 },
		...(["whole", "retried", "moved", "refused"].includes(model) ? [{ model, metadata: { feature: "search" } }] : []),
	]);
	const asked = [...bodies, ...bodies].map((body) => ask(url, body));
	const texts = [
		ask(url, { model: "whole", prompt: "One two", stream: true }, "completions"),
		ask(url, { model: "whole", input: "One two three" }, "embeddings"),
	];
	await Promise.all([...asked, ...texts, leave(url), leave(url)]);
	return asked.length + texts.length + 2;
}

test("tokens and cost of mixed requests are those of the lab's ledger, by upstream, in usage and in metrics", async () => {
	const { url, labs, llmw } = await start();
	const count = await mixedRequests(url);
	await settled(url, count);
	const byUpstream = await usageBy(url, "upstream");
	const metrics = await scrape(llmw.url);
	for (const [name, lab, prices] of [
		["a", labs.a, [1.5, 2.25]],
		["b", labs.b, [10, 0.5]],
	] as const) {
		const { input, output } = tokensOf(lab);
		const mine = byUpstream.filter(({ upstream }) => upstream === name);
		expect({
			name,
			input: total(mine, (sums) => sums.input_tokens),
			output: total(mine, (sums) => sums.output_tokens),
		}).toEqual({ name, input, output });
		expect(total(mine, ({ attempts }) => attempts)).toBe(lab.ledger.entries().length);
		const cost = Math.round((input * prices[0] + output * prices[1]) * 1000) / 1e9;
		expect(total(mine, (sums) => sums.cost ?? 0)).toBe(cost);
		expect(metrics.sum("llmgw_tokens_total", { upstream: name, kind: "input" })).toBe(input);
		expect(metrics.sum("llmgw_tokens_total", { upstream: name, kind: "output" })).toBe(output);
		expect(metrics.sum("llmgw_cost_dollars_total", { upstream: name })).toBeCloseTo(cost, 9);
	}
	expect(total(await usageBy(url, "tag:feature"), ({ requests }) => requests)).toBe(8);
	const list = await fetch(`${url}/v1/admin/requests?limit=100`, { headers: { authorization: `Bearer ${adminKey}` } });
	const { data } = (await list.json()) as Requests;
	expect(data).toHaveLength(count);
	const outcomes = (model: string) => [
		...new Set(data.filter((request) => request.model === model).map(({ outcome }) => outcome)),
	];
	expect(["whole", "rescued", "broken", "left", "refused"].map((model) => [model, ...outcomes(model)])).toEqual([
		["whole", "completed"],
		["rescued", "completed"],
		["broken", "failed"],
		["left", "cancelled"],
		["refused", "failed"],
	]);
	const rescued = data.find(({ model }) => model === "rescued");
	expect(rescued?.attempts.map(({ upstream, kind }) => [upstream, kind])).toEqual([
		["a", "first"],
		["b", "rescue"],
	]);
	expect(rescued?.tokens?.output).toBe(
		(rescued?.attempts ?? []).reduce((sum, { tokens }) => sum + (tokens?.output ?? 0), 0),
	);
});

test("nothing is lost when the gateway is stopped, and all of it is there when it is started again", async () => {
	const { url, labs, data, llmw, config } = await start();
	await Promise.all(Array.from({ length: 30 }, () => ask(url, { model: "whole" })));
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	const again = await serveLlmwWith(config, data, 1);
	await settled(again.url, 30);
	expect(total(await usageBy(again.url), (sums) => sums.output_tokens)).toBe(tokensOf(labs.a).output);
	await expect.poll(() => readdirSync(join(data, "usage"))).toEqual([]);
});

test("a killed worker loses nothing that it has written, which it does by itself", async () => {
	const { url, data } = await start(1);
	await Promise.all(Array.from({ length: 10 }, () => ask(url, { model: "whole" })));
	await expect.poll(() => linesOfJournal(data)).toBe(10);
	const [pid = 0] = await workerPids(url, 1);
	process.kill(pid, "SIGKILL");
	await expect.poll(() => isRunning(pid)).toBe(false);
	await settled(url, 10);
});

test("the command shows it as tables, CSV, JSON and bars", { timeout: 120_000 }, async () => {
	const { url } = await start(1);
	await Promise.all([ask(url, { model: "whole" }), ask(url, { model: "moved", metadata: { feature: "a,b" } })]);
	await settled(url, 2);
	const llmw = async (...args: string[]) => {
		const { code, stdout, stderr } = await resultOf([...args, "--url", url], { LLMW_ADMIN_KEY: adminKey });
		expect({ code, stderr: stderr.replace(/^llmw: prices without.*\n/, "") }).toEqual({ code: 0, stderr: "" });
		return stdout;
	};
	const rows = (await llmw("usage", "--by", "model,upstream"))
		.trimEnd()
		.split("\n")
		.map((line) => line.trim().split(/ {2,}/));
	expect(rows[0]).toEqual([
		"MODEL",
		"UPSTREAM",
		"REQUESTS",
		"FAILED",
		"REFUSED",
		"INPUT",
		"CACHED",
		"WRITTEN",
		"OUTPUT",
		"COST",
	]);
	expect(rows.find(([model, upstream]) => model === "moved" && upstream === "b")?.slice(2, 4)).toEqual(["1", "0"]);
	expect(rows.at(-1)?.slice(0, 2)).toEqual(["all", "2"]);
	const csv = (await llmw("usage", "--by", "model,tag:feature", "--csv")).trimEnd().split(/\r?\n/);
	expect(csv[0]).toMatch(/^start_time,end_time,model,tag:feature,requests,/);
	expect(csv[1]).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z,\d{4}-\d\d-\d\dT00:00:00Z,moved,"a,b",1,0,/);
	const [line = ""] = (await llmw("usage", "--by", "team", "--json")).split("\n");
	expect(JSON.parse(line)).toMatchObject({ team: null, requests: 2, attempts: expect.any(Number) });
	expect(await llmw("usage", "--chart", "--since", "1d")).toMatch(
		/^US dollars by day \(UTC\)\n(\d{4}-\d\d-\d\d {2,}\$0\.00\n)?\d{4}-\d\d-\d\d {2,}\$0\.\d{4} {2}█{50}\n$/,
	);
	expect(await llmw("requests", "--model", "moved")).toMatch(
		/^TIME .*\n\S+ +200 +completed +– +createChatCompletion +moved +b +\d /,
	);
	expect(await llmw("requests", "--csv")).toMatch(/^created_at,id,/);
	const { code, stderr } = await resultOf(["usage", "--by", "colour"]);
	expect([code, stderr]).toEqual([1, expect.stringMatching(/--by: must be of key, team,.*got "colour"/)]);
});

test("the command shows other units where some were used", async () => {
	const { url } = await start(1);
	await fetch(`${url}/v1/images/generations`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "whole", prompt: "x" }),
	});
	await settled(url, 1);
	const { stdout } = await resultOf(["usage", "--by", "operation", "--url", url], { LLMW_ADMIN_KEY: adminKey });
	expect(stdout).toMatch(/^OPERATION .* OUTPUT {2}IMAGES +COST\ncreateImage +1 .* 1 +\S+\n$/);
});

test("a key sees its own alone", async () => {
	const { url } = await start(1);
	const secrets: string[] = [];
	for (const name of ["one", "two"]) {
		const { stdout } = await resultOf(["keys", "create", name, "--url", url], { LLMW_ADMIN_KEY: adminKey });
		secrets.push(stdout.trim());
	}
	const as = (secret: string) => ({ authorization: `Bearer ${secret}`, "content-type": "application/json" });
	for (const secret of [secrets[0], secrets[0], secrets[1]])
		await fetch(`${url}/v1/chat/completions`, {
			method: "POST",
			headers: as(secret as string),
			body: JSON.stringify({ messages, model: "whole" }),
		});
	await settled(url, 3);
	const seen = async (secret: string, query = "") => {
		const response = await fetch(`${url}/v1/usage?limit=2&group_by=key${query}`, { headers: as(secret) });
		const page = (await response.json()) as Page;
		return page.data.flatMap(({ results }) => results.map(({ key, requests }) => [key?.name, requests]));
	};
	expect(await seen(secrets[0] as string)).toEqual([["one", 2]]);
	expect(await seen(secrets[1] as string, "&key=one")).toEqual([["two", 1]]);
	expect((await seen(adminKey)).sort()).toEqual([
		["one", 2],
		["two", 1],
	]);
});
