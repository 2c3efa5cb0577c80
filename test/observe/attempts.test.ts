/** Metrics of attempts, compared to the lab's own ledger. */
import { expect, test, vi } from "vitest";
import type { Route, Target } from "../../src/settings/routes.js";
import { readMetrics, type Scrape } from "../kit/metrics.js";
import { clientOf, gatewayWith, hear, route, startLab, upstream } from "../kit/routing.js";

async function inFrontOfLab(targets: (Target | string)[], more: Partial<Route> = {}) {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url), upstream("b", lab.url)],
		routes: [route(targets, more)],
	});
	const scrape = async () => readMetrics(await (await fetch(`${gateway.url}/metrics`)).text());
	const counted = (attempts: number) =>
		vi.waitFor(async () => {
			const found = await scrape();
			expect(found.sum("llmgw_attempts_total")).toBe(attempts);
			return found;
		});
	return { lab, gateway, client: clientOf(gateway), counted };
}

/** `a first silent` → how many. */
function attemptsOf({ series }: Scrape): Record<string, number> {
	return Object.fromEntries(
		[...series]
			.filter(([key]) => key.startsWith("llmgw_attempts_total"))
			.map(([key, value]) => [[...key.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join(" "), value]),
	);
}

const quick = { ...route([]).retry, firstBackoffMs: 1, maxBackoffMs: 1, attempts: 5 };

test.each<[string, (Target | string)[], Partial<Route>, Record<string, number>]>([
	["a retry", ["a/error:503,times=1"], {}, { "a first server_error": 1, "a retry ok": 1 }],
	[
		"a failover",
		["a/error:503", "b/ok"],
		{ retry: { ...quick, attemptsPerTarget: 1 } },
		{ "a first server_error": 1, "b failover ok": 1 },
	],
	["a rescue that succeeds", ["a/cut:20", "b/ok"], {}, { "a first cut": 1, "b rescue ok": 1 }],
	[
		"a rescue that breaks too, and another",
		["a/cut:20", "b/cut:40", "a/ok"],
		{},
		{ "a first cut": 1, "b rescue cut": 1, "a rescue ok": 1 },
	],
	[
		"a hedge that wins",
		["a/slow:5000", "b/ok"],
		{ hedge: { share: 1, afterMs: 20 } },
		{ "a first cancelled": 1, "b hedge ok": 1 },
	],
])("%s", async (_name, targets, more, expected) => {
	const { client, lab, counted } = await inFrontOfLab(targets, { retry: quick, ...more });
	expect(await hear(client)).toMatchObject({ finishReason: "stop", error: undefined });
	const found = await counted(Object.keys(expected).length);
	expect(attemptsOf(found)).toEqual(expected);
	expect(lab.ledger.entries()).toHaveLength(Object.keys(expected).length);
	expect(found.sum("llmgw_requests_total", { status: "200" })).toBe(1);
	expect(found.sum("llmgw_broken_answers_total")).toBe(0);
});

test("tokens are each host's own, by upstream, also of one that broke off before it could count them", async () => {
	const { client, lab, counted } = await inFrontOfLab(["a/cut:20", "b/ok"], { retry: quick });
	await hear(client, { stream_options: { include_usage: true } });
	const found = await counted(2);
	const whole = lab.ledger.entries().find(({ ending }) => ending === "finished");
	expect(found.sum("llmgw_tokens_total", { kind: "input", upstream: "b" })).toBe(whole?.prompt_tokens);
	expect(found.sum("llmgw_tokens_total", { kind: "output", upstream: "b" })).toBe(whole?.completion_tokens);
	const cut = lab.ledger.entries().find(({ ending }) => ending === "cut");
	expect(found.sum("llmgw_tokens_total", { kind: "input", upstream: "a" })).toBe(cut?.prompt_tokens);
	expect(found.sum("llmgw_tokens_total", { kind: "output", upstream: "a" })).toBe(cut?.completion_tokens);
});

test("a stream that nobody rescues is a broken answer after its status 200", async () => {
	const { client, counted } = await inFrontOfLab(["a/cut:20"], { retry: quick, rescue: "off" });
	expect((await hear(client)).error).toBeDefined();
	const found = await counted(1);
	expect(attemptsOf(found)).toEqual({ "a first cut": 1 });
	expect(found.sum("llmgw_broken_answers_total")).toBe(1);
	expect(found.sum("llmgw_requests_total", { status: "200" })).toBe(1);
});

test("events that can't be read are counted", async () => {
	const { client, counted } = await inFrontOfLab(["a/garbage:20"]);
	await hear(client);
	expect((await counted(1)).sum("llmgw_dropped_events_total", { upstream: "a" })).toBe(1);
});

test("a refusal by the host is its attempt's outcome and the request's status", async () => {
	const { gateway, counted } = await inFrontOfLab(["a/unauthorized"]);
	const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "test-model", messages: [{ role: "user", content: "Hello" }] }),
	});
	expect(response.status).toBe(401);
	const found = await counted(1);
	expect(attemptsOf(found)).toEqual({ "a first authentication": 1 });
	expect(found.sum("llmgw_requests_total", { status: "401" })).toBe(1);
});
