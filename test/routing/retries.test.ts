import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs, retryAfterMs } from "../../src/upstream/routing/backoff.js";
import { RetryBudget } from "../../src/upstream/routing/retryBudget.js";
import { group, route, seeded } from "./build.js";

const { retry } = route(group("ordered", []));

describe("the backoff", () => {
	test.each([
		[1, 100],
		[2, 200],
		[3, 400],
		[4, 800],
		[5, 1000],
		[5000, 1000],
	])("before retry %i is anything up to %i ms", (nth, longest) => {
		const random = seeded(nth);
		const waits = Array.from({ length: 2000 }, () => backoffMs(retry, nth, random));
		expect(Math.max(...waits)).toBeLessThanOrEqual(longest);
		expect(Math.max(...waits)).toBeGreaterThan(longest * 0.98);
		expect(Math.min(...waits)).toBeLessThan(longest * 0.06);
		const mean = waits.reduce((sum, ms) => sum + ms, 0) / waits.length;
		expect(mean / longest).toBeCloseTo(0.5, 1);
	});

	test("is never nothing", () => {
		expect(backoffMs(retry, 1, () => 0)).toBe(5);
		expect(backoffMs({ ...retry, firstBackoffMs: 0, maxBackoffMs: 0 }, 9999, () => 0.99)).toBe(5);
	});
});

describe("retry-after", () => {
	const now = Date.UTC(2026, 0, 2, 3, 4, 5);
	const day = 86_400_000;
	test.each<[Record<string, string | string[]>, number | undefined]>([
		[{}, undefined],
		[{ "retry-after": "2" }, 2000],
		[{ "retry-after": " 2 " }, 2000],
		[{ "retry-after": ["3", "9"] }, 3000],
		[{ "retry-after": "0" }, 0],
		[{ "retry-after": "1.5" }, 1500],
		[{ "retry-after-ms": "250", "retry-after": "9" }, 250],
		[{ "retry-after-ms": "soon", "retry-after": "9" }, 9000],
		[{ "retry-after-ms": "0.2" }, 1],
		[{ "retry-after": "Fri, 02 Jan 2026 03:04:15 GMT" }, 10_000],
		[{ "retry-after": "Friday, 02-Jan-26 03:04:15 GMT" }, 10_000],
		[{ "retry-after": "Fri Jan  2 03:04:15 2026" }, 10_000],
		[{ "retry-after": "Sunday, 06-Nov-94 08:49:37 GMT" }, 0],
		[{ "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" }, 0],
		[{ "retry-after": "Fri, 02 Jan 2099 03:04:15 GMT" }, day],
		[{ "retry-after": "99999999999999999999" }, day],
		[{ "retry-after": "9".repeat(400) }, day],
		[{ "retry-after": "-5" }, undefined],
		[{ "retry-after": "" }, undefined],
		[{ "retry-after": "NaN" }, undefined],
		[{ "retry-after": "1e3" }, undefined],
		[{ "retry-after": "0x10" }, undefined],
		[{ "retry-after": "Infinity" }, undefined],
		[{ "retry-after": "tomorrow" }, undefined],
		[{ "retry-after": "Fri, 02 Foo 2026 03:04:15 GMT" }, undefined],
		[{ "retry-after": "2026-01-02T03:04:15Z" }, undefined],
	])("%j is %s ms", (headers, ms) => {
		expect(retryAfterMs(headers, now)).toBe(ms);
	});

	test("is a wait that a timer can keep, or nothing, whatever a host says", () => {
		fc.assert(
			fc.property(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789.-:, GMTJan") }), (one, other) => {
				const ms = retryAfterMs({ "retry-after": one, "retry-after-ms": other }, now);
				if (ms !== undefined) expect(Number.isInteger(ms) && ms >= 0 && ms <= day).toBe(true);
			}),
		);
	});
});

describe("the budget of retries", () => {
	const start = 1_000_500;
	const withdrawAll = (budget: RetryBudget) => {
		let count = 0;
		while (count < 1000 && budget.tryWithdraw()) count += 1;
		return count;
	};

	test("always allows a few", () => {
		expect(withdrawAll(new RetryBudget(0, 2, () => start))).toBe(20);
		expect(withdrawAll(new RetryBudget(0, 0, () => start))).toBe(0);
	});

	test.each([
		[0.2, 100, 20],
		[0.1, 10, 1],
		[1, 30, 30],
	])("allows a share of %d of the requests beyond them", (share, requests, retries) => {
		const budget = new RetryBudget(share, 0, () => start);
		for (let at = 0; at < requests; at += 1) budget.deposit();
		expect(withdrawAll(budget)).toBe(retries);
	});

	test("takes from each route's requests that route's own share", () => {
		const budget = new RetryBudget(0, 0, () => start);
		for (let at = 0; at < 100; at += 1) budget.deposit(0.1);
		for (let at = 0; at < 100; at += 1) budget.deposit(0.25);
		expect(withdrawAll(budget)).toBe(35);
	});

	test("forgets requests after 10 s, and retries too", () => {
		let now = start;
		const budget = new RetryBudget(0.5, 1, () => now);
		for (let at = 0; at < 100; at += 1) budget.deposit();
		now += 9000;
		expect(withdrawAll(budget)).toBe(60);
		now += 1000;
		expect(budget.tryWithdraw(), "the requests are forgotten, the retries are not").toBe(false);
		now += 10_000;
		expect(withdrawAll(budget)).toBe(10);
	});

	test("holds under a storm: a minute in which every request fails and is retried as often as may be", () => {
		let now = start;
		const budget = new RetryBudget(0.2, 1, () => now);
		let retries = 0;
		for (let at = 0; at < 6000; at += 1) {
			now += 10;
			budget.deposit();
			while (budget.tryWithdraw()) retries += 1;
		}
		expect(retries).toBeGreaterThan(6000 * 0.18);
		expect(retries).toBeLessThan(6000 * 0.2 + 60 + 20);
	});
});
