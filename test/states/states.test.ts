/** Several workers' halves of health, and what they share, in this process. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import type { HealthNews, HealthReport } from "../../src/upstream/health/messages.js";
import { createSharedHealth, type HealthMember, type SharedHealth } from "../../src/upstream/health/sharedHealth.js";
import type { Permit } from "../../src/upstream/health/states.js";
import { createLocalStates, createWorkerHealth, type WorkerHealth } from "../../src/upstream/health/worker.js";
import { anUpstream, threeFailures } from "../kit/upstreams.js";

interface Worker {
	health: WorkerHealth;
	member: HealthMember;
	sent: HealthReport[];
}

interface Setup {
	shared: SharedHealth;
	clock: { now: number };
	/** One more worker, which runs by these settings. */
	worker(upstreams?: readonly UpstreamSettings[]): Worker;
}

function setUp(upstreams: readonly UpstreamSettings[]): Setup {
	const clock = { now: 1_000_000 };
	const shared = createSharedHealth(() => clock.now);
	shared.adopt(upstreams);
	const worker = (own = upstreams): Worker => {
		const sent: HealthReport[] = [];
		const member = shared.join(own, (news) => health.receive(news));
		const health = createWorkerHealth(own, member.snapshot(), {
			send: (report) => {
				sent.push(report);
				member.receive(report);
			},
			now: () => clock.now,
		});
		return { health, member, sent };
	};
	return { shared, clock, worker };
}

/** A permit that needs no word of the primary. */
function enterNow({ health }: Worker, upstream = "one", model?: string): Permit {
	const permit = health.enter(upstream, 0, undefined, { model });
	if (permit instanceof Promise) throw new Error("the primary was asked");
	return permit;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function fail(worker: Worker, times: number): Promise<void> {
	for (let count = 0; count < times; count += 1) enterNow(worker).leave("failed");
	await turn();
}

const withBreaker = anUpstream({ breaker: threeFailures });
const withLimit = anUpstream({ maxConcurrency: 2 });

describe("an upstream that nothing limits", () => {
	test("lets each request through at once, and nobody is told", async () => {
		const { worker } = setUp([anUpstream()]);
		const one = worker();
		const permits = [1, 2, 3].map(() => enterNow(one));
		expect(one.health.of("one").inFlight).toBe(3);
		for (const permit of permits) permit.leave("failed");
		permits[0]?.leave("ok");
		expect(one.health.of("one").inFlight).toBe(0);
		await new Promise((resolve) => setTimeout(resolve, 150));
		expect(one.sent).toEqual([]);
	});

	test("that is not there is an error", () => {
		const { worker } = setUp([anUpstream()]);
		expect(() => worker().health.enter("other")).toThrow("there is no upstream other");
	});
});

describe("a breaker", () => {
	test("opens for all workers when their failures together are enough", async () => {
		const { worker, clock, shared } = setUp([withBreaker]);
		const workers = [worker(), worker(), worker()];
		for (const each of workers) await fail(each, 1);
		for (const { health } of workers) {
			expect(health.of("one")).toMatchObject({ breaker: "open", probeAt: clock.now + 1000 });
			expect(await health.enter("one")).toBeUndefined();
		}
		expect(shared.status()).toMatchObject([{ name: "one", breaker: "open" }]);
	});

	test("weighs what went well in all workers, a tenth of a second late", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		onTestFinished(() => void vi.useRealTimers());
		const { worker } = setUp([withBreaker]);
		const [one, two] = [worker(), worker()];
		for (let count = 0; count < 4; count += 1) enterNow(one).leave("ok");
		expect(one.sent).toEqual([]);
		vi.advanceTimersByTime(100);
		expect(one.sent).toMatchObject([{ outcomes: [{ upstream: "one", ok: 4, failed: 0 }] }]);
		await fail(two, 3);
		expect(two.health.of("one").breaker).toBe("closed");
		await fail(two, 1);
		expect(two.health.of("one").breaker).toBe("open");
	});

	test("lets one request of all workers probe", async () => {
		const { worker, clock } = setUp([withBreaker]);
		const workers = [worker(), worker(), worker(), worker()];
		await fail(workers[0] as Worker, 3);
		clock.now += 1000;
		for (const { health } of workers)
			expect(health.of("one")).toMatchObject({ breaker: "half_open", probeAt: undefined });
		const asked = await Promise.all(workers.flatMap(({ health }) => [health.enter("one"), health.enter("one")]));
		const probes = asked.filter((permit) => permit !== undefined);
		expect(probes).toHaveLength(1);
		probes[0]?.leave("ok");
		await turn();
		for (const each of workers) {
			expect(each.health.of("one").breaker).toBe("closed");
			enterNow(each).leave("ignored");
		}
	});

	test("stays open twice as long when the probe fails", async () => {
		const { worker, clock } = setUp([withBreaker]);
		const [one, two] = [worker(), worker()];
		await fail(one, 3);
		clock.now += 1000;
		(await one.health.enter("one"))?.leave("failed");
		await turn();
		expect(two.health.of("one")).toMatchObject({ breaker: "open", probeAt: clock.now + 2000 });
	});

	test.each([
		["whose client leaves", (_worker: Worker, probe: Permit) => probe.leave("ignored")],
		["whose worker dies", ({ member }: Worker) => member.leave()],
	])("lets another probe after one %s", async (_what, end) => {
		const { worker, clock } = setUp([withBreaker]);
		const [one, two] = [worker(), worker()];
		await fail(one, 3);
		clock.now += 1000;
		const probe = await one.health.enter("one");
		expect(await two.health.enter("one")).toBeUndefined();
		end(one, probe as Permit);
		await turn();
		expect(await two.health.enter("one")).toBeDefined();
	});

	test("is known to a worker that starts later, by its own clock", async () => {
		const { worker, clock } = setUp([withBreaker]);
		await fail(worker(), 3);
		clock.now += 400;
		expect(worker().health.of("one")).toMatchObject({ breaker: "open", probeAt: clock.now + 600 });
	});
});

describe("a model's breaker", () => {
	const fails = async (one: Worker, model: string, times: number) => {
		for (let count = 0; count < times; count += 1) enterNow(one, "one", model).leave("failed");
		await turn();
	};

	test("opens for all workers when their failures together are enough, and for no other model", async () => {
		const { worker, shared } = setUp([withBreaker]);
		const workers = [worker(), worker(), worker()];
		for (const each of workers) await fails(each, "bad", 1);
		for (const { health } of workers) {
			expect(["bad", "good", undefined].map((model) => health.of("one", model).breaker)).toEqual([
				"open",
				"closed",
				"closed",
			]);
			expect(await health.enter("one", 0, undefined, { model: "bad" })).toBeUndefined();
		}
		enterNow(workers[0] as Worker, "one", "good").leave("ok");
		expect(shared.status()).toMatchObject([{ breaker: "closed", models: [{ model: "bad", breaker: "open" }] }]);
	});

	test("lets those through that have nowhere else to go, and closes when they fare well", async () => {
		const { worker } = setUp([withBreaker]);
		const [one, two] = [worker(), worker()];
		await fails(one, "bad", 3);
		const permit = two.health.enter("one", 0, undefined, { model: "bad", isLastResort: true });
		(permit as Permit).leave("ok");
		await turn();
		expect([one, two].map(({ health }) => health.of("one", "bad").breaker)).toEqual(["closed", "closed"]);
	});

	test("has its probe until that is judged, while its place is free at once", async () => {
		const { worker, clock } = setUp([anUpstream({ breaker: threeFailures, maxConcurrency: 1 })]);
		const [one, two] = [worker(), worker()];
		for (let count = 0; count < 3; count += 1)
			(await one.health.enter("one", 0, undefined, { model: "bad" }))?.leave("failed");
		await turn();
		clock.now += 1000;
		const probe = await one.health.enter("one", 0, undefined, { model: "bad" });
		probe?.leave("undecided");
		await turn();
		expect(await two.health.enter("one", 0, undefined, { model: "bad" })).toBeUndefined();
		(await two.health.enter("one", 0, undefined, { model: "good" }))?.leave("ok");
		probe?.judge?.("answered");
		await turn();
		expect(await two.health.enter("one", 0, undefined, { model: "bad" })).toBeDefined();
	});

	test("counts what began before another model's opened", async () => {
		const { worker } = setUp([withBreaker]);
		const one = worker();
		const early = [1, 2, 3].map(() => enterNow(one, "one", "slow"));
		await fails(one, "bad", 3);
		for (const permit of early) permit.leave("failed");
		await turn();
		expect(one.health.of("one", "slow").breaker).toBe("open");
	});

	test("is kept by a reload, and known to a worker that starts later", async () => {
		const { worker, shared, clock } = setUp([withBreaker]);
		const old = worker();
		await fails(old, "bad", 3);
		const next = worker();
		shared.adopt([withBreaker]);
		old.member.leave();
		expect(next.health.of("one", "bad")).toMatchObject({ breaker: "open", probeAt: clock.now + 1000 });
	});

	test("is one of a bounded number, of which the broken ones are forgotten last", async () => {
		const { worker, shared } = setUp([withBreaker]);
		const one = worker();
		await fails(one, "bad", 3);
		for (let count = 0; count < 1000; count += 1) enterNow(one, "one", `made-up-${count}`).leave("ok");
		await turn();
		expect(one.health.of("one", "bad").breaker).toBe("open");
		for (let count = 0; count < 1000; count += 1) await fails(one, `broken-${count}`, 3);
		expect(shared.status()[0]?.models).toHaveLength(128);
		expect(one.health.of("one", "broken-999").breaker).toBe("open");
		expect(one.health.of("one", "bad").breaker).toBe("closed");
	});
});

describe("a limit of requests", () => {
	test("holds for all workers together, however an ended request went", async () => {
		const { worker } = setUp([withLimit]);
		const workers = [worker(), worker(), worker()];
		const asked = await Promise.all(workers.flatMap(({ health }) => [health.enter("one"), health.enter("one")]));
		const permits = asked.filter((permit) => permit !== undefined);
		expect(permits).toHaveLength(2);
		permits[0]?.leave("failed");
		permits[0]?.leave("failed");
		await turn();
		const again = await Promise.all(workers.map(({ health }) => health.enter("one")));
		expect(again.filter((permit) => permit !== undefined)).toHaveLength(1);
	});

	test("is waited for in turn, over all workers", async () => {
		const { worker, shared } = setUp([withLimit]);
		const [one, two] = [worker(), worker()];
		const held = await Promise.all([one.health.enter("one"), two.health.enter("one")]);
		const order: string[] = [];
		for (const [name, { health }] of [
			["first", two],
			["second", one],
			["third", two],
		] as const) {
			void Promise.resolve(health.enter("one", 10_000)).then((permit) => {
				order.push(name);
				permit?.leave("ok");
			});
			await turn();
		}
		expect(shared.status()).toMatchObject([{ waiting: 3 }]);
		held[0]?.leave("ok");
		await vi.waitFor(() => expect(order).toEqual(["first", "second", "third"]));
	});

	test("is not waited for longer than said", async () => {
		const { worker, shared } = setUp([withLimit]);
		const one = worker();
		await Promise.all([one.health.enter("one"), one.health.enter("one")]);
		expect(await one.health.enter("one", 20)).toBeUndefined();
		expect(shared.status()).toMatchObject([{ waiting: 0 }]);
	});

	test("passes over who gave up, and whose worker died", async () => {
		const { worker } = setUp([withLimit]);
		const [one, two, three] = [worker(), worker(), worker()];
		const held = await Promise.all([one.health.enter("one"), one.health.enter("one")]);
		const leaving = new AbortController();
		const givenUp = one.health.enter("one", 10_000, leaving.signal);
		await turn();
		void two.health.enter("one", 10_000);
		await turn();
		const last = three.health.enter("one", 10_000);
		await turn();
		leaving.abort();
		expect(await givenUp).toBeUndefined();
		two.member.leave();
		held[0]?.leave("ok");
		expect(await last).toBeDefined();
	});

	test("is not spent by a request that gives up before it was asked for", async () => {
		const { worker } = setUp([anUpstream({ maxConcurrency: 1 })]);
		const one = worker();
		const leaving = new AbortController();
		const unsent = one.health.enter("one", 0, leaving.signal);
		leaving.abort();
		expect(await unsent).toBeUndefined();
		expect(await one.health.enter("one", 0, leaving.signal)).toBeUndefined();
		expect(await one.health.enter("one")).toBeDefined();
	});

	test("is not spent by a request that gives up just as it is let through", async () => {
		const { shared, worker } = setUp([anUpstream({ maxConcurrency: 1 })]);
		const upstreams = [anUpstream({ maxConcurrency: 1 })];
		const onTheirWay: HealthNews[] = [];
		const member = shared.join(upstreams, (news) => void onTheirWay.push(news));
		const health = createWorkerHealth(upstreams, member.snapshot(), { send: (report) => member.receive(report) });
		const leaving = new AbortController();
		const asked = health.enter("one", 0, leaving.signal);
		await turn();
		expect(onTheirWay).toMatchObject([{ decided: [{ isAdmitted: true }] }]);
		leaving.abort();
		for (const news of onTheirWay) health.receive(news);
		expect(await asked).toBeUndefined();
		await turn();
		expect(health.of("one").inFlight).toBe(0);
		expect(await worker().health.enter("one")).toBeDefined();
	});

	test("is given back by a worker that dies", async () => {
		const { worker } = setUp([withLimit]);
		const [one, two] = [worker(), worker()];
		await Promise.all([one.health.enter("one"), one.health.enter("one")]);
		const waits = two.health.enter("one", 10_000);
		await turn();
		one.member.leave();
		expect(await waits).toBeDefined();
	});

	test("is not waited for when the breaker opens", async () => {
		const { worker } = setUp([anUpstream({ maxConcurrency: 1, breaker: { ...threeFailures, failures: 1 } })]);
		const [one, two] = [worker(), worker()];
		const held = await one.health.enter("one");
		const waiting = [two.health.enter("one", 10_000), one.health.enter("one", 10_000)];
		await turn();
		held?.leave("failed");
		expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
		expect(two.health.of("one").breaker).toBe("open");
	});
});

describe("requests under way", () => {
	const two = [anUpstream(), anUpstream({ name: "two" })];

	test("are known of all workers within two tenths of a second, and gone with a worker that dies", async () => {
		const { worker } = setUp(two);
		const [a, b] = [worker(two), worker(two)];
		const permit = enterNow(a, "two");
		enterNow(a, "two");
		enterNow(b, "two");
		expect([a.health.of("two").inFlight, b.health.of("two").inFlight]).toEqual([2, 1]);
		await vi.waitFor(() => expect([a.health.of("two").inFlight, b.health.of("two").inFlight]).toEqual([3, 3]));
		permit.leave("ok");
		await vi.waitFor(() => expect(b.health.of("two").inFlight).toBe(2));
		a.member.leave();
		await vi.waitFor(() => expect(b.health.of("two").inFlight).toBe(1));
		expect(b.health.of("one").inFlight).toBe(0);
		expect(a.sent.length).toBeLessThanOrEqual(2);
	});
});

describe("a reload", () => {
	test("keeps what is known of a host that is the same, and takes its new settings", async () => {
		const { worker, shared, clock } = setUp([withBreaker]);
		const old = worker();
		shared.setHealth(withBreaker, "up");
		await fail(old, 3);
		const changed = { ...withBreaker, breaker: { ...threeFailures, cooldownMs: 50 }, health: aHealthCheck };
		const next = worker([changed]);
		shared.adopt([changed]);
		old.member.leave();
		expect(next.health.of("one")).toMatchObject({ breaker: "open", probeAt: clock.now + 1000, health: "up" });
		clock.now += 1000;
		(await next.health.enter("one"))?.leave("ok");
		await turn();
		await fail(next, 3);
		expect(next.health.of("one").probeAt).toBe(clock.now + 50);
	});

	test.each([
		["URL", { url: "http://127.0.0.1:10/v1" }],
		["credential", { key: "sk-other" }],
		["certificate", { tls: { ...withBreaker.tls, ca: "other" } }],
	])("begins anew with a host of another %s, while old workers go on with theirs", async (_what, change) => {
		const { worker, shared } = setUp([withBreaker]);
		const old = worker();
		await fail(old, 3);
		const changed = { ...withBreaker, ...change };
		const next = worker([changed]);
		shared.adopt([changed]);
		expect(next.health.of("one").breaker).toBe("closed");
		expect(old.health.of("one").breaker).toBe("open");
		await fail(next, 3);
		expect(next.health.of("one").breaker).toBe("open");
	});

	test("forgets a host that nobody uses any more", async () => {
		const { worker, shared } = setUp([withBreaker]);
		const old = worker();
		await fail(old, 3);
		shared.adopt([anUpstream({ name: "two" })]);
		old.member.leave();
		shared.adopt([withBreaker]);
		expect(shared.status()).toMatchObject([{ name: "one", breaker: "closed" }]);
	});
});

const aHealthCheck = { path: "/models", intervalMs: 1000, timeoutMs: 1000, unhealthyAfter: 2, healthyAfter: 2 };

test("who waits for a primary that is gone is refused, and what needs no word of it goes on", async () => {
	const { worker } = setUp([withLimit, anUpstream({ name: "free", breaker: threeFailures })]);
	const one = worker();
	await Promise.all([one.health.enter("one"), one.health.enter("one")]);
	const waits = one.health.enter("one", 10_000);
	await turn();
	one.health.end();
	expect(await waits).toBeUndefined();
	expect(await one.health.enter("one", 10_000)).toBeUndefined();
	enterNow(one, "free").leave("failed");
});

test("one process without workers decides at once", async () => {
	const states = createLocalStates([anUpstream({ breaker: threeFailures, maxConcurrency: 1 })]);
	for (let count = 0; count < 3; count += 1) (await states.enter("one"))?.leave("failed");
	expect(states.of("one").breaker).toBe("open");
	expect(await states.enter("one")).toBeUndefined();
});
