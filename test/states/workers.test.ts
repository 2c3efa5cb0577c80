/** Breakers and limits over real workers. A plugin sends requests to upstreams, or to none, as the test tells it. */

import { writeFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { getAlone, type Llmw, serveLlmw, workerPids } from "../kit/llmw.js";
import { servicesInPlugin } from "../kit/services.js";
import { anUpstream, serveUpstreams, threeFailures } from "../kit/upstreams.js";

const patience = { timeout: 15_000, interval: 20 };

/**
 * `/enter?upstream=…&waitMs=…` takes a permit and keeps it, `/leave?number=…&outcome=…` gives it back, `/outcome?…` does
 * both, `/state?upstream=…` shows what the worker knows. All say which worker they are.
 */
const plugin = temporaryFile(
	"states.mjs",
	`${servicesInPlugin}
	export default { name: "states", stage: "edge", middleware: () => {
		const held = [];
		return async (ctx, next) => {
			const { states } = services();
			const { upstream, waitMs, outcome, number } = ctx.query;
			const say = (body) => { ctx.body = { worker: process.pid, ...body }; };
			if (ctx.path === "/enter") {
				const permit = await states.enter(upstream, Number(waitMs ?? 0));
				say({ number: permit ? held.push(permit) - 1 : -1 });
			} else if (ctx.path === "/leave") say({ left: held[Number(number)].leave(outcome) });
			else if (ctx.path === "/outcome") {
				const permit = await states.enter(upstream);
				permit?.leave(outcome);
				say({ entered: permit !== undefined });
			} else if (ctx.path === "/state") {
				const { breaker, health, inFlight } = states.of(upstream);
				say({ breaker, health, inFlight });
			} else await next();
		};
	} };`,
);

function serve(upstreams: UpstreamSettings[], workers: number) {
	return serveUpstreams(upstreams, { workers: String(workers), plugin, overlay: withoutRateLimit() });
}

async function ask<T extends object>({ url }: { url: string }, path: string): Promise<T & { worker: number }> {
	const { status, body } = await getAlone(`${url}${path}`);
	if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
	return JSON.parse(body);
}

/** On connections of their own, which go to all workers. */
function askOften<T extends object>(gateway: { url: string }, path: string, times: number) {
	return Promise.all(Array.from({ length: times }, () => ask<T>(gateway, path)));
}

/** What each worker says. */
async function askEach<T extends object>(gateway: { url: string }, path: string, workers: number) {
	const found = new Map<number, T>();
	while (found.size < workers) {
		const { worker, ...said } = await ask<T>(gateway, path);
		found.set(worker, said as T);
	}
	return [...found.values()];
}

test("a breaker opens in all of four workers at once, and one request of forty probes", async () => {
	const breaker = { ...threeFailures, failures: 8, share: 0.9, cooldownMs: 1_500 };
	const gateway = await serve([anUpstream({ breaker })], 4);
	await workerPids(gateway.url, 4);
	const failed = await askOften(gateway, "/outcome?upstream=one&outcome=failed", 8);
	expect(new Set(failed.map(({ worker }) => worker)).size).toBeGreaterThan(1);
	await vi.waitFor(async () => {
		const states = await askEach<{ breaker: string }>(gateway, "/state?upstream=one", 4);
		expect(states.map((state) => state.breaker)).toEqual(["open", "open", "open", "open"]);
	}, patience);
	await vi.waitFor(async () => {
		expect((await ask<{ breaker: string }>(gateway, "/state?upstream=one")).breaker).toBe("half_open");
	}, patience);
	const asked = await askOften<{ number: number }>(gateway, "/enter?upstream=one", 40);
	const probes = asked.filter(({ number }) => number >= 0);
	expect(probes).toHaveLength(1);
	// The worker that has the probe dies, and another may take it.
	process.kill(probes[0]?.worker as number, "SIGKILL");
	await vi.waitFor(async () => {
		expect((await ask<{ entered: boolean }>(gateway, "/outcome?upstream=one&outcome=ok")).entered).toBe(true);
	}, patience);
	await vi.waitFor(async () => {
		const states = await askEach<{ breaker: string }>(gateway, "/state?upstream=one", 4);
		expect(states.map((state) => state.breaker)).toEqual(["closed", "closed", "closed", "closed"]);
	}, patience);
});

test("a limit of five holds exactly over four workers, and a dead one's requests are given to those that wait", async () => {
	const gateway = await serve([anUpstream({ maxConcurrency: 5 })], 4);
	await workerPids(gateway.url, 4);
	const asked = await askOften<{ number: number }>(gateway, "/enter?upstream=one", 40);
	const admitted = asked.filter(({ number }) => number >= 0);
	expect(admitted).toHaveLength(5);
	const victim = admitted[0]?.worker as number;
	const freed = admitted.filter(({ worker }) => worker === victim).length;
	const survivor = async (): Promise<{ number: number; worker: number }> =>
		ask<{ number: number }>(gateway, "/enter?upstream=one&waitMs=60000").catch(survivor);
	const waiting = Array.from({ length: freed }, survivor);
	process.kill(victim, "SIGKILL");
	const now = await Promise.all(waiting);
	expect(now.every(({ number }) => number >= 0)).toBe(true);
	expect((await ask<{ number: number }>(gateway, "/enter?upstream=one")).number).toBe(-1);
});

test("a reload keeps an open breaker and the health of a host that is the same, also for new workers", async () => {
	const breaker = { ...threeFailures, failures: 1, cooldownMs: 60_000 };
	const health = { path: "/x", intervalMs: 60_000, timeoutMs: 1000, unhealthyAfter: 1, healthyAfter: 1 };
	const one = anUpstream({ url: "http://127.0.0.1:9/v1", breaker, health });
	const gateway = await serve([one, anUpstream({ name: "two", breaker })], 2);
	await gateway.says(/The upstream one is down: /);
	for (const name of ["one", "two"]) await ask(gateway, `/outcome?upstream=${name}&outcome=failed`);
	const changed = anUpstream({ name: "two", url: "http://127.0.0.1:10/v1", breaker });
	writeFileSync(gateway.file, JSON.stringify([one, changed]));
	await reload(gateway);
	for (const [name, breaker, health] of [
		["one", "open", "down"],
		["two", "closed", "unknown"],
	])
		for (const state of await askEach(gateway, `/state?upstream=${name}`, 2))
			expect(state).toMatchObject({ breaker, health });
	expect(gateway.stderr().match(/is down/g)).toHaveLength(1);
});

async function reload(llmw: Llmw): Promise<void> {
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: /);
}

test("workers know of each other's requests under way", async () => {
	const gateway = await serve([anUpstream(), anUpstream({ name: "two" })], 2);
	await askOften(gateway, "/enter?upstream=two", 7);
	await vi.waitFor(async () => {
		const states = await askEach<{ inFlight: number }>(gateway, "/state?upstream=two", 2);
		expect(states.map(({ inFlight }) => inFlight)).toEqual([7, 7]);
	}, patience);
});

test("the gateway's own flags describe an upstream that is let through at once", async () => {
	const gateway = await serveLlmw({ url: "http://127.0.0.1:9" }, ["--workers", "1", "--plugin", plugin]);
	expect(await ask(gateway, "/outcome?upstream=aihost&outcome=failed")).toMatchObject({ entered: true });
});
