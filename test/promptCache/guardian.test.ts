/** Sessions of agents keep their prompt cache behind a gateway: with workers, a reload, and an upstream that goes. */
import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createLab, type Lab } from "../../src/mockHosts/lab/lab.js";
import { type AgentTurn, agentTurn } from "../kit/agentTurns.js";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw, workerPids } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";

const agents = ["claude", "codex", "opencode"] as const;
const turns = 6;
const patience = { timeout: 20_000, interval: 20 };

const ends: (() => void)[] = [];
let labs: [Lab, Lab];
let llmw: Llmw;
let url: string;

async function startLab(port = 0): Promise<Lab> {
	const lab = createLab();
	lab.listen(port, "127.0.0.1");
	await once(lab, "listening");
	ends.push(() => stop(lab));
	return lab;
}

function stop(lab: Lab): void {
	lab.close();
	lab.closeAllConnections();
}

const portOf = (lab: Lab) => (lab.address() as AddressInfo).port;
const urlOf = (lab: Lab) => `http://127.0.0.1:${portOf(lab)}`;

beforeAll(async () => {
	labs = [await startLab(), await startLab()];
	const [a, b] = labs.map(urlOf);
	const config = temporaryFile(
		"llmw.yaml",
		`logFormat: json
upstreams:
  openai-a: {provider: openai, url: "${a}/v1", key: "\${LAB_KEY}"}
  openai-b: {provider: openai, url: "${b}/v1", key: "\${LAB_KEY}"}
  anthropic-a: {provider: anthropic, url: "${a}/v1", key: "\${LAB_KEY}"}
  anthropic-b: {provider: anthropic, url: "${b}/v1", key: "\${LAB_KEY}"}
defaults: {strategy: session_affinity}
routes:
  - {model: claude, targets: ["anthropic-a/ok,cache=vendor", "anthropic-b/ok,cache=vendor"]}
  - {model: codex, targets: ["openai-a/ok,cache=vendor", "openai-b/ok,cache=vendor"]}
  - {model: opencode, targets: ["openai-a/ok,cache=vllm", "openai-b/ok,cache=vllm"]}
`,
	);
	llmw = runLlmw(
		["--config", config, "--bindport", "0", "--workers", "2", "--overlay", withoutRateLimit()],
		{ LAB_KEY: "key" },
		{
			whenDone: (end) => void ends.push(() => void end()),
		},
	);
	[, url = ""] = await llmw.says(/listening on (http:\/\/[^\s"]+)/);
}, 60_000);

afterAll(() => {
	for (const end of ends) end();
});

/** On a new connection, which either worker may get. @returns the whole answer */
function post(to: string, { path, headers, body }: AgentTurn): Promise<{ status: number; text: string }> {
	return new Promise((resolve, reject) => {
		const all = { "content-type": "application/json", authorization: "Bearer key", ...headers };
		const asking = request(`${to}${path}`, { method: "POST", agent: false, headers: all }, async (response) => {
			let text = "";
			for await (const part of response.setEncoding("utf8")) text += part;
			resolve({ status: response.statusCode ?? 0, text });
		});
		asking.on("error", reject);
		asking.end(JSON.stringify(body));
	});
}

async function ask(turn: AgentTurn): Promise<void> {
	const { status, text } = await post(url, turn);
	if (status !== 200) throw new Error(`${status} ${text}`);
}

/** The part of all prompts that came from a cache. */
function ratioAt(all: readonly Lab[]): number {
	const entries = all.flatMap((lab) => lab.ledger.entries());
	const sum = (name: "prompt_tokens" | "cached_tokens") => entries.reduce((total, entry) => total + entry[name], 0);
	return sum("cached_tokens") / sum("prompt_tokens");
}

async function reload(): Promise<void> {
	const before = await workerPids(url, 2);
	llmw.process.kill("SIGHUP");
	await vi.waitFor(async () => {
		const after = await workerPids(url, 2);
		expect(after.filter((pid) => before.includes(pid))).toEqual([]);
	}, patience);
}

const sessions = (agent: string, count: number) => Array.from({ length: count }, (_none, at) => `${agent}-${at}`);

test("as much comes from the cache as without a gateway, with two upstreams, two workers and a reload", async () => {
	const direct = await startLab();
	for (const lab of labs) lab.clear();
	const all = agents.flatMap((agent) => sessions(agent, 4).map((session) => [agent, session] as const));
	for (let turn = 0; turn < turns; turn += 1) {
		for (const [agent, session] of all) {
			await ask(agentTurn(agent, session, turn, agent));
			await post(
				urlOf(direct),
				agentTurn(agent, session, turn, agent === "opencode" ? "ok,cache=vllm" : "ok,cache=vendor"),
			);
		}
		if (turn === turns / 2) await reload();
	}
	expect(ratioAt([direct])).toBeGreaterThan(0.7);
	expect(ratioAt(labs) / ratioAt([direct])).toBeGreaterThanOrEqual(0.99);
	expect(
		labs.every((lab) => lab.ledger.entries().length > 0),
		"both have some",
	).toBe(true);
	expect(llmw.stdout()).not.toContain("prompt cache miss");
	const { sum } = await scrape(url);
	expect(sum("llmgw_prompt_cache_ratio_count")).toBe(all.length * (turns - 1));
	expect(sum("llmgw_full_price_tokens_total", { cause: "lost" })).toBe(0);
}, 60_000);

test("a changed block is named in the log, in the metrics and in the usage record, whichever worker had the turn before", async () => {
	const turn = (at: number) => agentTurn("claude", "claude-0", turns + at, "claude");
	await ask(turn(0));
	const changed = turn(1);
	const tools = (changed.body.tools as object[]).map((tool, at) => (at === 3 ? { ...tool, description: "new" } : tool));
	await ask({ ...changed, body: { ...changed.body, tools } });
	const [line] = await llmw.says(/.*"prompt cache miss".*/);
	expect(JSON.parse(line)).toMatchObject({
		level: "warn",
		session: "claude-0",
		agent: "claude-code",
		route: "claude",
		cause: "changed",
		block: "tools[3]",
		before_breakpoint: true,
		cached: 0,
	});
	expect(line).not.toContain("description");
	const [record] = await llmw.says(/.*"msg":"request".*"cacheMiss".*/);
	expect(JSON.parse(record).tags).toEqual({ cacheMiss: "tools[3]" });
	const { sum } = await scrape(url);
	expect(sum("llmgw_full_price_tokens_total", { cause: "changed" })).toBeGreaterThan(1000);
}, 30_000);

test("a session moves once when its upstream goes, and stays where its cache is then", async () => {
	for (const lab of labs) lab.clear();
	const names = sessions("down", 6);
	const all = async (turn: number) => {
		for (const session of names) await ask(agentTurn("opencode", session, turn, "opencode"));
	};
	/** Where each session's latest turn was answered. */
	const places = (turn: number) =>
		names.map((session) =>
			labs.findIndex((lab) =>
				lab.ledger.entries().some(({ body }) => {
					const { messages } = body as { messages: { content: string }[] };
					return messages[1]?.content === `TASK ${session}` && messages.length === 2 + 2 * turn;
				}),
			),
		);
	await all(0);
	await all(1);
	const before = places(1);
	expect(new Set(before)).toEqual(new Set([0, 1]));
	const port = portOf(labs[0]);
	stop(labs[0]);
	await all(2);
	await all(3);
	expect(places(3)).toEqual(names.map(() => 1));
	labs[0] = await startLab(port);
	// Its breaker, if that has opened, lets requests through again.
	await vi.waitFor(
		async () => {
			const fresh = Array.from({ length: 8 }, (_none, at) =>
				agentTurn("opencode", `fresh-${Date.now()}-${at}`, 0, "opencode"),
			);
			for (const turn of fresh) await ask(turn);
			expect(labs[0].ledger.entries().length).toBeGreaterThan(0);
		},
		{ ...patience, interval: 500 },
	);
	labs[0].clear();
	await all(4);
	await all(5);
	expect(places(5)).toEqual(names.map(() => 1));
	expect(labs[0].ledger.entries()).toEqual([]);
	const moved = llmw.stdout().match(/"prompt cache miss".*"cause":"moved"/g) ?? [];
	expect(moved.length, "each that was there, once").toBe(before.filter((place) => place === 0).length);
}, 90_000);
