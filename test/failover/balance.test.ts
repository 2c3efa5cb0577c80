import { describe, expect, test } from "vitest";
import { referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { ask, clientOf, gatewayWith, hear, question, route, startLab, upstream } from "../kit/routing.js";

const breaker = { failures: 3, share: 0.5, windowMs: 10_000, cooldownMs: 300 };

describe("a breaker", () => {
	const flapping = async (cooldownMs: number) => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("main", lab.url, { breaker: { ...breaker, cooldownMs } }), upstream("spare", lab.url)],
			routes: [route(["main/flap:4,ok=100", "spare/ok"])],
		});
		const askedOf = (model: string) => lab.ledger.entries().filter((entry) => entry.model === model).length;
		const { states } = gateway.gateway.services;
		return { client: clientOf(gateway), askedOf, breakerOf: (model?: string) => states.of("main", model).breaker };
	};

	test("opens when a host fails, and spares it", async () => {
		const { client, askedOf, breakerOf } = await flapping(60_000);
		for (let count = 0; count < 6; count += 1) expect((await ask(client)).text).toBe(referenceAnswer);
		// Two requests failed twice each, and then the model was left alone: the others went to the spare upstream at once.
		expect([askedOf("flap:4,ok=100"), askedOf("ok")]).toEqual([4, 6]);
		expect([breakerOf("flap:4,ok=100"), breakerOf("other"), breakerOf()]).toEqual(["open", "closed", "closed"]);
	});

	test("lets a host back soon after it has recovered", async () => {
		const { client, askedOf, breakerOf } = await flapping(breaker.cooldownMs);
		const recovered = async () => {
			expect((await ask(client)).text).toBe(referenceAnswer);
			return askedOf("flap:4,ok=100") > 4 && breakerOf("flap:4,ok=100") === "closed";
		};
		await expect.poll(recovered, { timeout: 5_000, interval: 50 }).toBe(true);
		const before = askedOf("ok");
		for (let count = 0; count < 5; count += 1) await ask(client);
		expect(askedOf("ok")).toBe(before);
	});

	test("of the only target there is refuses nobody: clients hear what is wrong in the upstream's own words", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("a", lab.url, { breaker: { ...breaker, cooldownMs: 60_000 } })],
			routes: [route(["a/error:500"])],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 5; count += 1) expect((await ask(client)).error?.status).toBe(500);
		expect(gateway.gateway.services.states.of("a", "error:500").breaker).toBe("open");
		expect(lab.ledger.entries()).toHaveLength(10);
	});

	test("does not open for what clients do wrong, or when they leave", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("a", lab.url, { breaker })],
			routes: [route(["a/bad-request"]), route(["a/stall:1"], { models: ["slow"] })],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 5; count += 1) await ask(client);
		for (let count = 0; count < 5; count += 1) {
			const left = lab.nextAbort();
			const stream = await client.chat.completions.create({ ...question, model: "slow", stream: true });
			stream.controller.abort();
			await left;
		}
		expect(gateway.gateway.services.states.of("a").breaker).toBe("closed");
	});
});

describe("a limit of requests at a time", () => {
	test("the next target takes what is too much", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("a", lab.url, { maxConcurrency: 2 }), upstream("b", lab.url)],
			routes: [route(["a/slow:5", "b/ok"])],
		});
		const client = clientOf(gateway);
		const heard = await Promise.all(Array.from({ length: 6 }, () => hear(client)));
		expect(heard.map(({ text }) => text)).toEqual(Array(6).fill(referenceAnswer));
		expect(lab.ledger.entries().filter(({ model }) => model === "slow:5")).toHaveLength(2);
	});

	test("without another target requests wait for their turn", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("a", lab.url, { maxConcurrency: 1 })],
			routes: [route(["a/slow:1"])],
		});
		const client = clientOf(gateway);
		const heard = await Promise.all(Array.from({ length: 4 }, () => hear(client)));
		expect(heard.map(({ text }) => text)).toEqual(Array(4).fill(referenceAnswer));
		const times = lab.ledger.entries().map(({ received_at_ms: from, ended_at_ms: to }) => [from, to ?? 0] as const);
		for (const [index, [from]] of times.entries())
			if (index > 0) expect(from).toBeGreaterThanOrEqual((times[index - 1]?.[1] ?? 0) - 5);
	});

	test("but not for ever: 503", async () => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("a", lab.url, { maxConcurrency: 1 })],
			routes: [route(["a/stall:1"], { retry: { ...route([]).retry, maxWaitMs: 100 } })],
		});
		const client = clientOf(gateway);
		const stream = await client.chat.completions.create({ ...question, stream: true });
		expect(await ask(client)).toMatchObject({ error: { status: 503, code: "upstream_busy" } });
		stream.controller.abort();
	});
});

describe("a hedge", () => {
	const hedge = { share: 1, afterMs: 100 };
	const hosts = async () => {
		const lab = await startLab();
		return { lab, upstreams: [upstream("a", lab.url), upstream("b", lab.url)] };
	};

	test("asks a second target when the first is late, delivers who speaks first, and cancels the other", async () => {
		const { lab, upstreams } = await hosts();
		const gateway = await gatewayWith({ upstreams, routes: [route(["a/late-first-token:60000", "b/ok"], { hedge })] });
		const left = lab.nextAbort();
		const response = await clientOf(gateway)
			.chat.completions.create({ ...question, stream: true })
			.withResponse();
		let text = "";
		for await (const chunk of response.data) text += chunk.choices[0]?.delta.content ?? "";
		expect(text).toBe(referenceAnswer);
		expect(await left).toMatchObject({ model: "late-first-token:60000" });
		expect(response.response.headers.get("x-llmgw-attempts")).toBe(
			'"a/late-first-token:60000";code=cancelled, "b/ok";status=200',
		);
	});

	test("leaves the first its answer when that comes sooner after all", async () => {
		const { lab, upstreams } = await hosts();
		const gateway = await gatewayWith({
			upstreams,
			routes: [route(["a/late-first-token:300", "b/late-first-token:60000,id=b"], { hedge })],
		});
		const left = lab.nextAbort();
		expect((await hear(clientOf(gateway))).text).toBe(referenceAnswer);
		expect(await left).toMatchObject({ model: "late-first-token:60000,id=b" });
	});

	test("is no second attempt where the first fails before its time: then the ordinary order holds", async () => {
		const { lab, upstreams } = await hosts();
		const gateway = await gatewayWith({ upstreams, routes: [route(["a/error:503", "b/ok"], { hedge })] });
		expect((await hear(clientOf(gateway))).text).toBe(referenceAnswer);
		expect(lab.ledger.entries().map(({ model }) => model)).toEqual(["error:503", "error:503", "ok"]);
	});

	test("whole answers too", async () => {
		const { upstreams } = await hosts();
		const gateway = await gatewayWith({ upstreams, routes: [route(["a/late-headers:60000", "b/ok"], { hedge })] });
		expect((await ask(clientOf(gateway))).text).toBe(referenceAnswer);
	});

	test("when both fail, the client is told", async () => {
		const { upstreams } = await hosts();
		const gateway = await gatewayWith({
			upstreams,
			routes: [route(["a/error:500,delay=200", "b/error:502,delay=200"], { hedge })],
		});
		expect((await hear(clientOf(gateway))).error?.status).toBeGreaterThanOrEqual(500);
	});

	test("is bounded to a share of the route's requests", async () => {
		const { lab, upstreams } = await hosts();
		const gateway = await gatewayWith({
			upstreams,
			routes: [route(["a/late-first-token:150", "b/ok,id=hedge"], { hedge: { share: 0.25, afterMs: 20 } })],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 12; count += 1) expect((await hear(client)).text).toBe(referenceAnswer);
		const hedged = lab.ledger.entries().filter(({ model }) => model === "ok,id=hedge").length;
		expect(hedged).toBeGreaterThanOrEqual(1);
		expect(hedged).toBeLessThanOrEqual(3);
	});

	test("learns what is late from the route itself", async () => {
		const { lab, upstreams } = await hosts();
		const gateway = await gatewayWith({
			upstreams,
			routes: [
				route(["a/late-first-token:60000,every=21", "b/ok,id=hedge"], { hedge: { share: 0.5, afterMs: undefined } }),
			],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 20; count += 1) await hear(client, { max_tokens: 2 });
		expect(lab.ledger.entries().filter(({ model }) => model === "ok,id=hedge")).toHaveLength(0);
		const startedMs = performance.now();
		expect((await hear(client)).text).toBe(referenceAnswer);
		expect(performance.now() - startedMs).toBeLessThan(3_000);
		expect(lab.ledger.entries().filter(({ model }) => model === "ok,id=hedge")).toHaveLength(1);
	});
});

test("retries never exceed their share of an upstream's requests, beyond the few that are always allowed", async () => {
	const lab = await startLab();
	const retry = { ...route([]).retry, budgetShare: 0.1, firstBackoffMs: 1, maxBackoffMs: 1 };
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url)],
		routes: [route(["a/error:500"], { retry })],
	});
	const client = clientOf(gateway);
	const startedAt = performance.now();
	for (let count = 0; count < 200; count += 20) await Promise.all(Array.from({ length: 20 }, () => ask(client)));
	const seconds = Math.max(10, Math.ceil((performance.now() - startedAt) / 1000));
	// 200 requests, a tenth of it as retries, and five a second over at least ten seconds.
	expect(lab.ledger.entries().length).toBeLessThanOrEqual(200 + 20 + 5 * seconds + 15);
	expect(lab.ledger.entries().length).toBeGreaterThan(220);
});

test("the same session stays with one host, and sessions are spread", async () => {
	const lab = await startLab();
	const hosts = ["a", "b", "c", "d"];
	const gateway = await gatewayWith({
		upstreams: hosts.map((name) => upstream(name, lab.url)),
		routes: [
			route(
				hosts.map((name) => `${name}/ok,id=${name}`),
				{},
				{ kind: "session_affinity", key: { by: "header", header: "x-session" } },
			),
		],
	});
	const client = clientOf(gateway);
	const byHost = new Map<string, Set<string>>();
	for (let count = 0; count < 60; count += 1) {
		const session = `session-${count % 12}`;
		const { model } = await client.chat.completions.create(
			{ ...question, max_tokens: 1 },
			{ headers: { "x-session": session } },
		);
		byHost.set(session, (byHost.get(session) ?? new Set()).add(model));
	}
	expect([...byHost.values()].every((models) => models.size === 1)).toBe(true);
	expect(new Set([...byHost.values()].flatMap((models) => [...models])).size).toBeGreaterThan(1);
});

describe("a client that leaves cancels the upstream within 100 ms", () => {
	test.each<[string, string[]]>([
		["before the headers", ["a/silent"]],
		["before the first output", ["a/late-first-token:60000"]],
		["in mid-stream", ["a/stall:5"]],
		["during a retry elsewhere", ["a/error:500", "b/silent"]],
	])("%s", async (phase, targets) => {
		const lab = await startLab();
		const gateway = await gatewayWith({
			upstreams: [upstream("a", lab.url), upstream("b", lab.url)],
			routes: [route(targets)],
		});
		const last = targets.at(-1)?.slice(2);
		const abort = new AbortController();
		const call = fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ ...question, stream: true }),
			signal: abort.signal,
		});
		void call.catch(() => {});
		while (lab.ledger.entries().at(-1)?.model !== last) await lab.nextRequest();
		if (phase === "in mid-stream") await call;
		const left = lab.nextAbort();
		const leftAt = Date.now();
		abort.abort();
		expect(((await left).ended_at_ms ?? 0) - leftAt).toBeLessThan(100);
	});
});

test("a client that leaves between two attempts: the second is never made", async () => {
	const lab = await startLab();
	const retry = { ...route([]).retry, firstBackoffMs: 10_000, maxBackoffMs: 10_000, maxWaitMs: 20_000 };
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url)],
		routes: [route(["a/error:500"], { retry })],
	});
	const abort = new AbortController();
	const ended = lab.nextEnd();
	const call = fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(question),
		signal: abort.signal,
	}).catch(() => {});
	await ended;
	abort.abort();
	await call;
	await expect.poll(() => gateway.gateway.services.load.requests).toBe(0);
	expect(lab.ledger.entries()).toHaveLength(1);
});
