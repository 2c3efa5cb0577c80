/** The fault table of docs/failover.md, row by row, through the real command with workers and a configuration file. */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";
import { ask, clientOf, hear, question, startLab } from "../kit/routing.js";

/** Faults of the first target; the second one is healthy. Streams are continued if possible, otherwise begun anew. */
const faults: [row: string, fault: string, more?: object][] = [
	["429 with retry-after", "rate-limit:1,times=1"],
	["429 with a retry-after that is too long", "rate-limit:60"],
	["429", "error:429"],
	["5xx", "error:503"],
	["reset", "reset"],
	["not HTTP", "invalid-http"],
	["accepted, then silence", "silent"],
	["headers at once, first token late", "late-first-token:60000"],
	["a preamble, then a cut", "empty-preamble"],
	["stream cut", "cut:20"],
	["stream reset", "cut:20,as=reset"],
	["stream stalled", "stall:20"],
	["stream ended without finish reason", "no-finish:20"],
	["stream ended without finish reason, but with [DONE]", "no-finish:20,as=done"],
	["error event in mid-stream", "error-event:20"],
	["one garbage event", "garbage:20"],
	["complete stream without [DONE]", "no-done"],
	["complete stream without [DONE] that stays open", "no-done-open"],
	["[DONE], and the connection stays open", "done-open"],
	["context length exceeded", "context-length", { capabilities: { context: 4000 } }],
	["content filter, where the route falls back", "content-filter"],
	["401, where the route falls back", "unauthorized"],
	["host flaps", "flap:2,ok=2"],
];

function configFor(lab: { url: string }, more: object = {}) {
	return {
		overlay: withoutRateLimit(),
		upstreams: {
			first: { url: lab.url, breaker: false },
			second: { url: lab.url, capabilities: { context: 100_000 } },
			continuing: { url: lab.url, capabilities: { prefill: "continue_final_message", context: 100_000 } },
		},
		defaults: {
			timeouts: { firstByte: "400ms", firstToken: "400ms", idle: "400ms" },
			retry: { attempts: 4, firstBackoff: "10ms", maxBackoff: "20ms" },
			fallbackOn: ["content_filter", "authentication"],
		},
		routes: faults.flatMap(([row, fault, ofTarget = {}]) => [
			{ model: row, targets: [{ upstream: "first", model: fault, ...ofTarget }, "second/ok,pieces=9"] },
			{
				model: `${row}, continued`,
				targets: [{ upstream: "first", model: `${fault},id=c`, ...ofTarget }, "continuing/ok,prefill=continue"],
			},
		]),
		...more,
	};
}

async function serveConfig(config: object, args: string[] = []): Promise<Llmw & { baseUrl: string; file: string }> {
	const file = temporaryFile("llmw.yaml", stringify(config));
	const llmw = runLlmw(["--config", file, "--bindport", "0", ...args]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, baseUrl: `${url}/v1`, file };
}

test("every fault that another host can make good for, streamed and not: the caller reads the reference answer", async () => {
	const lab = await startLab();
	const gateway = await serveConfig(configFor(lab), ["--workers", "2"]);
	const client = clientOf(gateway);
	for (const [row] of faults)
		for (const model of [row, `${row}, continued`])
			for (const listen of row.startsWith("stream ended") ? [hear] : [hear, ask]) {
				const { text, finishReason, error } = await listen(client, { model });
				expect({ model, text, finishReason, error }).toEqual({
					model,
					text: referenceAnswer,
					finishReason: "stop",
					error: undefined,
				});
			}
});

test("a host that refuses, has no name, or can't be trusted; and what is passed on as the host said it", async () => {
	const lab = await startLab();
	const hosts = {
		refusing: "http://127.0.0.1:1/v1",
		nameless: "http://no-such-host.invalid/v1",
		untrusted: lab.url.replace("http:", "https:"),
	};
	const refusals = {
		"context-length": 400,
		"content-filter": 400,
		unauthorized: 401,
		forbidden: 403,
		"bad-request": 400,
	};
	const gateway = await serveConfig({
		overlay: withoutRateLimit(),
		upstreams: {
			...Object.fromEntries(Object.entries(hosts).map(([name, url]) => [name, { url }])),
			well: { url: lab.url },
		},
		defaults: { retry: { firstBackoff: "10ms" } },
		routes: [
			...Object.keys(hosts).map((name) => ({ model: name, targets: [name, "well/ok"] })),
			...Object.keys(refusals).map((fault) => ({ model: fault, targets: [`well/${fault}`, "well/ok"] })),
		],
	});
	const client = clientOf(gateway);
	for (const listen of [hear, ask]) {
		for (const model of Object.keys(hosts)) expect((await listen(client, { model })).text).toBe(referenceAnswer);
		for (const [model, status] of Object.entries(refusals))
			expect([model, (await listen(client, { model })).error?.status]).toEqual([model, status]);
	}
});

test("a host that flaps is left alone by all workers, and asked again soon after it has recovered", async () => {
	const lab = await startLab();
	const breaker = { failures: 4, share: "50%", window: "5m", cooldown: "5s" };
	const gateway = await serveConfig(
		{
			localAdmin: true,
			overlay: withoutRateLimit(),
			upstreams: { main: { url: lab.url, breaker }, spare: { url: lab.url } },
			routes: [{ model: "m", targets: ["main/flap:4,ok=1000", "spare/ok"], retry: { attemptsPerTarget: 1 } }],
		},
		["--workers", "2", "--local-admin"],
	);
	const client = clientOf(gateway);
	const askedOfMain = () => lab.ledger.entries().filter(({ model }) => model !== "ok").length;
	for (let count = 0; count < 4; count += 1) expect((await ask(client, { model: "m" })).text).toBe(referenceAnswer);
	// Four failures opened it for both workers, which the primary is about to tell them.
	const openModels = async () => {
		const response = await fetch(`${gateway.baseUrl}/admin/overview`);
		const { upstreams } = (await response.json()) as { upstreams: { models: unknown[] }[] };
		return upstreams[0]?.models.length;
	};
	await expect.poll(openModels).toBe(1);
	const all = await Promise.all([1, 2, 3, 4, 5, 6].map(() => ask(client, { model: "m" })));
	expect(all.map(({ text }) => text)).toEqual(all.map(() => referenceAnswer));
	expect(askedOfMain()).toBeLessThan(8);
	const isBack = async () => {
		const { model, error } = await client.chat.completions
			.create({ ...question, model: "m" })
			.then(({ model }) => ({ model, error: undefined }));
		expect(error).toBeUndefined();
		return model;
	};
	await expect.poll(isBack, { timeout: 20_000, interval: 100 }).toBe("flap:4,ok=1000");
});

test("a model that fails takes nothing from the others of its upstream: over workers, in metrics, status and readiness", async () => {
	const lab = await startLab();
	const breaker = { failures: 3, cooldown: "1m" };
	const gateway = await serveConfig(
		{
			localAdmin: true,
			overlay: withoutRateLimit(),
			upstreams: { main: { url: lab.url, breaker } },
			routes: [
				{ model: "error:500", targets: ["main"] },
				{ model: "*", targets: ["main"] },
			],
		},
		["--workers", "2"],
	);
	const client = clientOf(gateway);
	for (let round = 0; round < 8; round += 1) {
		const bad = await Promise.all(["error:500", "error:500", "error:500"].map((model) => ask(client, { model })));
		expect(bad.map(({ error }) => error?.status)).toEqual([500, 500, 500]);
		expect((await ask(client, { model: "ok" })).text).toBe(referenceAnswer);
		await ask(client, { model: "error:503" });
		expect((await fetch(`${gateway.baseUrl.replace("/v1", "")}/readyz`)).status).toBe(200);
	}
	const scraped = await (await fetch(`${gateway.baseUrl.replace("/v1", "")}/metrics`)).text();
	expect(scraped).toContain('llmgw_model_breaker_state{upstream="main",model="error:500",state="open"} 1');
	expect(scraped).toContain('llmgw_model_breaker_state{upstream="main",model="other",state="open"} 1');
	expect(scraped).toContain('llmgw_upstream_breaker_state{upstream="main",state="open"} 0');
	expect(scraped).not.toContain("error:503");
	const overview = (await (await fetch(`${gateway.baseUrl.replace("/v1", "")}/v1/admin/overview`)).json()) as {
		upstreams: { breaker: string; models: unknown[] }[];
	};
	expect(overview.upstreams).toMatchObject([{ breaker: "closed" }]);
	expect(overview.upstreams[0]?.models).toContainEqual({ model: "error:500", breaker: "open" });
});

describe("reload", () => {
	const live = "300 live streams, and a reload that removes their upstream: none is cut, and none changes its host";
	test(live, { timeout: 120_000 }, async () => {
		const lab = await startLab();
		const config = (upstream: string) => ({
			overlay: withoutRateLimit(),
			upstreams: { [upstream]: { url: lab.url } },
			routes: [{ model: "live", targets: [`${upstream}/slow:40`] }],
		});
		const gateway = await serveConfig(config("old"), ["--workers", "2"]);
		const client = clientOf(gateway);
		const request = { ...question, model: "live", stream: true as const };
		const streams = await Promise.all(
			Array.from({ length: 300 }, async () => (await client.chat.completions.create(request))[Symbol.asyncIterator]()),
		);
		await Promise.all(streams.map((stream) => stream.next()));
		writeFileSync(gateway.file, stringify(config("new")));
		process.kill(gateway.pid(), "SIGHUP");
		await gateway.says(/reloaded: 2 new workers/);
		expect((await hear(client, { model: "live" })).text).toBe(referenceAnswer);
		const finished = await Promise.all(
			streams.map(async (stream) => {
				let finish: string | null = null;
				for (let next = await stream.next(); !next.done; next = await stream.next())
					finish = next.value.choices[0]?.finish_reason ?? finish;
				return finish;
			}),
		);
		expect(finished).toEqual(Array(300).fill("stop"));
		expect(lab.ledger.entries().every(({ ending }) => ending === "finished")).toBe(true);
	});

	test("a file with something wrong in it changes nothing and says why", async () => {
		const lab = await startLab();
		const gateway = await serveConfig(configFor(lab), ["--workers", "1"]);
		writeFileSync(gateway.file, "upstreams: { a: { url: http://127.0.0.1:1, breakr: true } }\n");
		process.kill(gateway.pid(), "SIGHUP");
		await gateway.says(/not reloaded: .*llmw\.yaml:1:\d+: upstreams\.a\.breakr: .*did you mean `?breaker/);
		expect((await ask(clientOf(gateway), { model: "5xx" })).text).toBe(referenceAnswer);
	});

	test("requests all along a reload: not one is refused", { timeout: 120_000 }, async () => {
		const lab = await startLab();
		// A busy machine may be slower than the hosts of the other tests are allowed to be.
		const defaults = { timeouts: { firstByte: "60s", firstToken: "60s" }, retry: { firstBackoff: "10ms" } };
		const gateway = await serveConfig(configFor(lab, { defaults }), ["--workers", "2"]);
		const client = clientOf(gateway);
		let isOver = false;
		const failures: unknown[] = [];
		const asking = Array.from({ length: 8 }, async () => {
			while (!isOver) {
				const { error } = await ask(client, { model: "5xx" });
				if (error) failures.push(error);
			}
		});
		process.kill(gateway.pid(), "SIGHUP");
		await gateway.says(/reloaded: 2 new workers/);
		isOver = true;
		await Promise.all(asking);
		expect(failures).toEqual([]);
	});
});
