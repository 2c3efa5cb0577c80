/** Limits of agents' sessions, agents and sub-agents: what is refused, in which words, and what begins anew. */
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readCalendar } from "../../src/limits/calendarFile.js";
import { type Limit, sessionIdleMs } from "../../src/limits/ledger.js";
import { MemoryLedger } from "../../src/limits/localLimits.js";
import { MemoryCounters } from "../../src/limits/memoryCounters.js";
import { openRedisCounters } from "../../src/limits/redisCounters.js";
import { noLimits } from "../../src/settings/limitSettings.js";
import { chunk, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { hello, startGateway, type TestGateway, temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { keyOf, until, using } from "../kit/limited.js";
import { asking, granted, limitOf, refused } from "../kit/limits.js";
import { startRedis } from "../kit/redis.js";

const start = Date.UTC(2026, 10, 25, 12, 0, 0);
const inSession = limitOf("s", "session", 100);
const minutes: Limit = { counter: "s:time", metric: "time", span: "elapsed", max: 120 };

describe("a session's counters", () => {
	function ledgerAt() {
		const clock = { now: start };
		const counters = new MemoryCounters(() => clock.now);
		return { clock, counters, ledger: new MemoryLedger(() => clock.now, 1_000, counters) };
	}

	test("count over days, and begin anew when nothing was heard of it for long", async () => {
		const { clock, ledger } = ledgerAt();
		ledger.settle(granted(await ledger.reserve(asking([[inSession, 90]]))).hold, [60]);
		clock.now += 3 * 86_400_000;
		expect(refused(await ledger.reserve(asking([[inSession, 41]])))).toMatchObject({ retryAt: undefined });
		ledger.settle(granted(await ledger.reserve(asking([[inSession, 40]]))).hold, [55]);
		refused(await ledger.reserve(asking([[inSession, 1]])));
		clock.now += sessionIdleMs - 1;
		refused(await ledger.reserve(asking([[inSession, 1]])));
		clock.now += 1;
		granted(await ledger.reserve(asking([[inSession, 100]])));
	});

	test("what requests under way have reserved may come back, and what is used doesn't", async () => {
		const { clock, ledger } = ledgerAt();
		const { hold } = granted(await ledger.reserve(asking([[inSession, 100]])));
		expect(refused(await ledger.reserve(asking([[inSession, 1]]))).retryAt).toBeGreaterThan(clock.now);
		ledger.settle(hold, [100]);
		expect(refused(await ledger.reserve(asking([[inSession, 1]]))).retryAt).toBeUndefined();
	});

	test("its time passes from its first request on, also while nothing is asked", async () => {
		const { clock, ledger } = ledgerAt();
		granted(await ledger.reserve(asking([[minutes, 0]])));
		clock.now += 119_000;
		expect(granted(await ledger.reserve(asking([[minutes, 0]]))).standings?.[0]?.remaining).toBe(1);
		clock.now += 1_000;
		const perMinute = limitOf("s", "minute", 1);
		granted(await ledger.reserve(asking([[perMinute, 1]])));
		// A minute would be over soon, and the session never.
		const decision = refused(
			await ledger.reserve(
				asking([
					[minutes, 0],
					[perMinute, 1],
				]),
			),
		);
		expect(decision).toMatchObject({ claim: 0, retryAt: undefined });
		clock.now += sessionIdleMs;
		granted(await ledger.reserve(asking([[minutes, 0]])));
	});

	test("a restart keeps them", async () => {
		const { clock, ledger, counters } = ledgerAt();
		const claims: (readonly [Limit, number])[] = [
			[inSession, 70],
			[minutes, 0],
		];
		granted(await ledger.reserve(asking(claims)));
		const file = temporaryFile(
			"limits.jsonl",
			counters
				.entries()
				.map((entry) => JSON.stringify(entry))
				.join("\n"),
		);
		const restarted = new MemoryCounters(() => clock.now);
		restarted.restore(readCalendar(file, () => {}));
		const again = new MemoryLedger(() => clock.now, 1_000, restarted);
		clock.now += 60_000;
		const { standings } = granted(await again.reserve(asking([[inSession, 10], claims[1] as (typeof claims)[0]])));
		expect(standings?.map(({ remaining }) => remaining)).toEqual([20, 60]);
	});

	test("Redis counts the same", async () => {
		const redis = await startRedis();
		const counters = await openRedisCounters(redis.url, "one", { lost() {}, found() {} });
		onTestFinished(() => counters.close());
		const ledger = new MemoryLedger(Date.now, 1_000, counters);
		const claims = (amount: number) =>
			asking([
				[inSession, amount],
				[minutes, 0],
			]);
		const first = granted(await ledger.reserve(claims(80)));
		expect(first.standings?.map(({ remaining }) => remaining)).toEqual([20, 120]);
		ledger.settle(first.hold, [30, 0]);
		await expect.poll(() => redis.client.get("llmw:s:tokens:session")).toBe("30");
		expect(refused(await ledger.reserve(claims(71)))).toMatchObject({ claim: 0, retryAt: undefined });
		expect(await redis.client.pttl("llmw:s:time")).toBeGreaterThan(sessionIdleMs / 2);
		await redis.client.set("llmw:s:time", String(Date.now() - 120_000));
		expect(refused(await ledger.reserve(claims(1)))).toMatchObject({ claim: 1, retryAt: undefined });
	});
});

/** A token costs ten cents. */
const prices = [{ models: ["*"], cost: { input: 100_000, output: 100_000 } }];

describe("a gateway", () => {
	let host: TestHost;
	let gateway: TestGateway;
	/** The limits' clock. */
	const ahead = { ms: 0 };

	beforeAll(async () => {
		host = await startAiHost(async (request, response) => {
			if (!request.body.includes('"stream":true')) return using(10, 10)(request, response, undefined as never);
			startStream(response);
			while (!response.destroyed) {
				response.write(chunk({ content: "word " }));
				await new Promise((resolve) => setTimeout(resolve, 2));
			}
		});
		const settings = {
			prices,
			limits: {
				...noLimits,
				onExceeded: "cut",
				agents: { crew: { requestsPerDay: 3, requestsPerSession: 2 } },
				subagents: { requestsPerSession: 1 },
				teams: { red: { tokensPerSession: 50 } },
			},
		} as const;
		const ledger = new MemoryLedger(() => Date.now() + ahead.ms);
		gateway = await startGateway(host.url, { overlay: withoutRateLimit() }, undefined, settings, { ledger });
		return async () => {
			await gateway.stop();
			await host.close();
		};
	});

	async function ask(
		secret: string,
		session: string | undefined,
		more: Record<string, string> = {},
		body: object = {},
	) {
		const named: Record<string, string> = session === undefined ? {} : { "x-session-id": session };
		const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...named, ...more },
			body: JSON.stringify({ ...hello, model: "m", max_tokens: 10, ...body }),
		});
		const text = await response.text();
		await until(() => gateway.gateway.services.load.requests === 0);
		const error = text.startsWith("{") ? JSON.parse(text).error : undefined;
		return { status: response.status, headers: response.headers, text, error };
	}

	test.each([
		[{ limits: { requests_per_session: 2 } }, "has made all 2 requests that it may make (a limit of key requests)"],
		[{ limits: { tokens_per_session: 50 } }, "has used 40 of its 50 tokens, and this request may need 20 (a"],
		[{ budget: { per_session: 5 } }, "has used $4.00 of its budget of $5.00, and this request may need $2.00 (a"],
	] as const)(
		"refuses what a session of a key with %o may not use, for good, and other sessions not",
		async (own, words) => {
			const name = Object.keys({ ...("limits" in own ? own.limits : own.budget) })[0]?.split("_")[0] as string;
			const secret = await keyOf(gateway, { name, ...own } as never);
			expect([(await ask(secret, "one")).status, (await ask(secret, "one")).status]).toEqual([200, 200]);
			const { status, headers, error } = await ask(secret, "one");
			expect(error?.message).toContain(`This session ${words}`);
			expect(error?.message).toContain("Stop here and tell the user");
			expect([status, error.code, headers.get("x-should-retry"), headers.get("retry-after")]).toEqual([
				400,
				"session_limit_exceeded",
				"false",
				null,
			]);
			expect((await ask(secret, "two")).status).toBe(200);
			for (const _time of [1, 2, 3]) expect((await ask(secret, undefined)).status).toBe(200);
		},
	);

	test("sessions of two keys with one name are two, also where a team limits them", async () => {
		const one = await keyOf(gateway, { name: "red-one", team: "red" });
		const other = await keyOf(gateway, { name: "red-other", team: "red" });
		for (const _time of [1, 2]) expect((await ask(one, "same")).status).toBe(200);
		expect((await ask(one, "same")).error.message).toContain("(a limit of team red)");
		expect((await ask(other, "same")).status).toBe(200);
	});

	test("an agent's requests count together in a session and in a day, each key's by themselves", async () => {
		const secret = await keyOf(gateway, { name: "crew" });
		const crew = { "user-agent": "crew/1" };
		expect([(await ask(secret, "a", crew)).status, (await ask(secret, "a", crew)).status]).toEqual([200, 200]);
		expect((await ask(secret, "a", crew)).error).toMatchObject({
			code: "session_limit_exceeded",
			message: expect.stringMatching(/^The agent crew has made all 2 requests that it may make\. Stop here/),
		});
		expect((await ask(secret, "b", crew)).status).toBe(200);
		const { status, error } = await ask(secret, "c", crew);
		expect([status, error.message]).toEqual([429, expect.stringContaining("for agent crew on requests per day")]);
		expect((await ask(await keyOf(gateway, { name: "crew-2" }), "a", crew)).status).toBe(200);
	});

	test("each sub-agent of a session has its own", async () => {
		const secret = await keyOf(gateway, { name: "claude" });
		const sub = (agent: string) => ({ "x-claude-code-session-id": "s", "x-claude-code-agent-id": agent });
		expect([(await ask(secret, "s", sub("a"))).status, (await ask(secret, "s", sub("b"))).status]).toEqual([200, 200]);
		expect((await ask(secret, "s", sub("a"))).error.message).toMatch(
			/^The sub-agent a has made the one request that it may make\./,
		);
		expect((await ask(secret, "s", { "x-claude-code-session-id": "s" })).status).toBe(200);
	});

	test("a stream is cut where the session's tokens end, and its next request is refused in its dialect", async () => {
		const secret = await keyOf(gateway, { name: "streams", limits: { tokens_per_session: 60 } });
		const { text } = await ask(secret, "cut", {}, { stream: true, max_tokens: 1_000 });
		expect(text).toContain('"finish_reason":"length"');
		const asking = (path: string, body: object) =>
			fetch(`${gateway.baseUrl.replace(/\/v1$/, "")}${path}`, {
				method: "POST",
				headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "x-session-id": "cut" },
				body: JSON.stringify(body),
			});
		const messages = [{ role: "user", content: "hi" }];
		const answers = await Promise.all([
			asking("/v1/messages", { model: "m", max_tokens: 5, messages }),
			asking("/v1/responses", { model: "m", input: "hi" }),
			asking("/v1beta/models/m:generateContent", { contents: [{ role: "user", parts: [{ text: "hi" }] }] }),
		]);
		const bodies = await Promise.all(answers.map((answer) => answer.json()));
		expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
		expect(bodies).toMatchObject([
			{
				type: "error",
				error: { type: "invalid_request_error", message: expect.stringContaining("This session has used") },
			},
			{ error: { code: "session_limit_exceeded", message: expect.stringContaining("This session has used") } },
			{ error: { code: 400, message: expect.stringContaining("This session has used") } },
		]);
	});

	test("a session's time ends its stream, and then its requests", async () => {
		const secret = await keyOf(gateway, { name: "time", limits: { minutes_per_session: 1 } });
		expect((await ask(secret, "t")).status).toBe(200);
		ahead.ms += 59_500;
		const { text } = await ask(secret, "t", {}, { stream: true });
		expect(text).toContain('"finish_reason":"length"');
		expect((await ask(secret, "t")).error.message).toContain("This session has lasted as long as it may: 1 minute ");
	});
});
