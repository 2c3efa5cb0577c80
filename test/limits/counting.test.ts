import { describe, expect, test } from "vitest";
import type { Limit } from "../../src/limits/ledger.js";
import { MemoryLedger } from "../../src/limits/localLimits.js";
import { MemoryCounters } from "../../src/limits/memoryCounters.js";
import { asking, granted, limitOf, refused } from "../kit/limits.js";

const start = Date.UTC(2026, 10, 25, 12, 0, 0);

function ledgerAt(now = start) {
	const clock = { now };
	const counters = new MemoryCounters(() => clock.now);
	const ledger = new MemoryLedger(() => clock.now, 1_000, counters);
	const ask = async (limit: Limit, amount: number) => ledger.reserve(asking([[limit, amount]]));
	return { clock, counters, ledger, ask };
}

describe("a minute", () => {
	const perMinute = limitOf("key", "minute", 100);

	test("what was granted at different times is free again a minute after each", async () => {
		const { clock, ask } = ledgerAt();
		granted(await ask(perMinute, 60));
		clock.now = start + 30_500;
		expect(granted(await ask(perMinute, 40)).standings).toEqual([{ remaining: 0, resetAt: start + 91_000 }]);
		expect(refused(await ask(perMinute, 1))).toMatchObject({ claim: 0, retryAt: start + 61_000 });
		expect(refused(await ask(perMinute, 61)).retryAt).toBe(start + 91_000);
		clock.now = start + 60_999;
		refused(await ask(perMinute, 1));
		clock.now = start + 61_000;
		expect(granted(await ask(perMinute, 60)).standings?.[0]?.remaining).toBe(0);
		refused(await ask(perMinute, 1));
	});

	test("in no 60 seconds more is granted than allowed, however requests come, and in 61 not much less", async () => {
		const { clock, ask } = ledgerAt();
		const grants: [at: number, amount: number][] = [];
		let random = 7;
		const next = (below: number) => {
			random = (random * 48_271) % 0x7fffffff;
			return random % below;
		};
		for (let count = 0; count < 20_000; count += 1) {
			clock.now += next(60);
			const amount = 1 + next(9);
			if ((await ask(perMinute, amount)).isGranted) grants.push([clock.now, amount]);
		}
		const within = (from: number, ms: number) =>
			grants.reduce((sum, [at, amount]) => sum + (at >= from && at < from + ms ? amount : 0), 0);
		const sums = grants.map(([at]) => within(at, 60_000));
		expect(Math.max(...sums)).toBeLessThanOrEqual(100);
		const full = grants.filter(([at]) => at < clock.now - 62_000).map(([at]) => within(at, 62_000));
		expect(Math.min(...full)).toBeGreaterThan(100 - 10);
	});

	test("what was reserved and not used is free at once, and what was used besides counts, above the limit too", async () => {
		const { clock, ledger, ask } = ledgerAt();
		const { hold } = granted(await ask(perMinute, 100));
		clock.now = start + 10_000;
		ledger.settle(hold, [30]);
		ledger.settle(hold, [0]);
		const second = granted(await ask(perMinute, 70));
		ledger.settle(second.hold, [170]);
		// 30 until 61 s; 170 until 71 s.
		clock.now = start + 61_000;
		expect(refused(await ask(perMinute, 1))).toMatchObject({ retryAt: start + 71_000, standings: [{ remaining: 0 }] });
		clock.now = start + 71_000;
		granted(await ask(perMinute, 100));
	});

	test("a request that ends later than in a minute gives nothing back twice, and what it used besides counts now", async () => {
		const { clock, ledger, ask } = ledgerAt();
		const little = granted(await ask(perMinute, 50));
		const much = granted(await ask(perMinute, 50));
		clock.now = start + 90_000;
		granted(await ask(perMinute, 60));
		ledger.settle(little.hold, [0]);
		expect(granted(await ask(perMinute, 1)).standings?.[0]?.remaining).toBe(39);
		ledger.settle(much.hold, [70]);
		expect(granted(await ask(perMinute, 1)).standings?.[0]?.remaining).toBe(18);
	});

	test("an answer in progress can take more, as long as there is more", async () => {
		const { clock, ledger, ask } = ledgerAt();
		const { hold } = granted(await ask(perMinute, 50));
		clock.now = start + 2_000;
		expect(await ledger.extend(hold, [50])).toBe(true);
		expect(await ledger.extend(hold, [1])).toBe(false);
		expect(await ledger.extend(hold, [0])).toBe(true);
		ledger.settle(hold, [60]);
		// Of the 100, what was taken last is given back first.
		expect(refused(await ask(perMinute, 41)).retryAt).toBe(start + 61_000);
		granted(await ask(perMinute, 40));
		expect(await ledger.extend(hold, [1])).toBe(false);
	});

	test("a clock that is set back does not make a limit last longer than a minute", async () => {
		const { clock, ask } = ledgerAt();
		granted(await ask(perMinute, 100));
		clock.now = start - 3_600_000;
		expect(refused(await ask(perMinute, 1)).retryAt).toBe(start - 3_600_000 + 61_000);
		clock.now += 61_000;
		granted(await ask(perMinute, 100));
	});
});

describe("a day and a month", () => {
	test("end with the calendar's in UTC", async () => {
		const { clock, ask } = ledgerAt(Date.UTC(2027, 11, 31, 23, 59, 59, 999));
		const [day, month] = [limitOf("key", "day", 10), limitOf("key", "month", 20)];
		const newYear = Date.UTC(2028, 0, 1);
		expect(granted(await ask(day, 10)).standings).toEqual([{ remaining: 0, resetAt: newYear }]);
		expect(granted(await ask(month, 20)).standings).toEqual([{ remaining: 0, resetAt: newYear }]);
		expect(refused(await ask(day, 1)).retryAt).toBe(newYear);
		expect(refused(await ask(month, 1)).retryAt).toBe(newYear);
		clock.now = newYear;
		granted(await ask(day, 10));
		granted(await ask(month, 20));
		clock.now = newYear + 86_400_000;
		granted(await ask(day, 10));
		expect(refused(await ask(month, 1)).retryAt).toBe(Date.UTC(2028, 1, 1));
	});

	test("a request that ends on the next day gives nothing back to it", async () => {
		const { clock, ledger, ask } = ledgerAt(Date.UTC(2027, 5, 1, 23, 59));
		const day = limitOf("key", "day", 100);
		const { hold } = granted(await ask(day, 100));
		clock.now += 120_000;
		granted(await ask(day, 10));
		ledger.settle(hold, [40]);
		expect(granted(await ask(day, 1)).standings?.[0]?.remaining).toBe(89);
	});
});

describe("several limits", () => {
	const [minute, day, atATime] = [limitOf("key", "minute", 10), limitOf("key", "day", 15), limitOf("key", "now", 2)];

	test("are granted together or not at all, and the one that lasts longest is named", async () => {
		const { ledger, clock } = ledgerAt();
		const ask = (amount: number) =>
			ledger.reserve(
				asking([
					[minute, amount],
					[day, amount],
					[atATime, 1],
				]),
			);
		const first = granted(await ask(10));
		expect(refused(await ask(1))).toMatchObject({
			claim: 0,
			standings: [{ remaining: 0 }, { remaining: 5 }, { remaining: 1 }],
		});
		expect(refused(await ask(6))).toMatchObject({ claim: 1, retryAt: Date.UTC(2026, 10, 26) });
		clock.now += 61_000;
		granted(await ask(1));
		expect(refused(await ask(1))).toMatchObject({ claim: 2, retryAt: undefined });
		ledger.settle(first.hold, [10, 10, 1]);
		granted(await ask(1));
	});

	test("a request that asks for more than a limit's whole is told so", async () => {
		const { ledger } = ledgerAt();
		expect(
			refused(
				await ledger.reserve(
					asking(
						[
							[day, 15],
							[minute, 11],
						],
						{ maxWaitMs: 60_000 },
					),
				),
			),
		).toMatchObject({ claim: 1, isImpossible: true, retryAt: undefined });
		expect(refused(await ledger.reserve(asking([[limitOf("none", "day", 0), 0]]))).isImpossible).toBe(true);
	});

	test("who asks for nothing of a limit is refused when nothing is left", async () => {
		const { ask } = ledgerAt();
		granted(await ask(minute, 9));
		granted(await ask(minute, 0));
		granted(await ask(minute, 1));
		refused(await ask(minute, 0));
	});

	test("a limit that was changed holds from the next request on, with what is used already", async () => {
		const { ask } = ledgerAt();
		granted(await ask(minute, 10));
		refused(await ask(minute, 1));
		expect(granted(await ask({ ...minute, max: 20 }, 5)).standings?.[0]?.remaining).toBe(5);
		expect(refused(await ask({ ...minute, max: 12 }, 1)).standings[0]?.remaining).toBe(0);
	});
});

test("counters that nobody uses any more take no memory", async () => {
	const { clock, counters, ask, ledger } = ledgerAt();
	const kept = granted(await ask(limitOf("kept", "now", 1), 1));
	for (let count = 0; count < 30_000; count += 1) {
		const { hold } = granted(await ask(limitOf(`key-${count}`, "minute", 10), 1));
		ledger.settle(hold, [1]);
		clock.now += 100;
	}
	expect(counters.size).toBeLessThan(15_000);
	expect(ledger.size).toEqual({ holds: 1, waiting: 0 });
	refused(await ask(limitOf("kept", "now", 1), 1));
	ledger.settle(kept.hold, []);
	granted(await ask(limitOf("kept", "now", 1), 1));
});
