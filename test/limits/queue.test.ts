import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Decision, Limit } from "../../src/limits/ledger.js";
import { MemoryLedger } from "../../src/limits/localLimits.js";
import { asking, granted, limitOf, refused } from "../kit/limits.js";

beforeEach(() => {
	vi.useFakeTimers({ now: Date.UTC(2026, 10, 25, 12) });
});
afterEach(() => {
	vi.useRealTimers();
});

const tokens = limitOf("key", "minute", 100);
const others = limitOf("other", "minute", 100);
const atATime = limitOf("key", "now", 1);

/** Each request's name, as it is decided. */
function watch(ledger: MemoryLedger) {
	const decided: string[] = [];
	const decisions = new Map<string, Decision>();
	const ask = async (
		name: string,
		limits: [Limit, number][],
		wait: { priority?: number; maxWaitMs?: number } = {},
		signal?: AbortSignal,
	) => {
		const decision = await ledger.reserve(asking(limits, { maxWaitMs: 600_000, ...wait }), signal);
		decided.push(decision.isGranted ? name : `${name} refused`);
		decisions.set(name, decision);
		return decision;
	};
	return { decided, decisions, ask };
}

describe("who waits", () => {
	test("is granted when a minute has passed, the higher priority first, then the older one", async () => {
		const { decided, ask } = watch(new MemoryLedger());
		await ask("first", [[tokens, 100]]);
		for (const [name, priority] of [
			["a", 0],
			["b", 0],
			["urgent", 5],
			["c", 0],
			["late", -1],
		] as const)
			void ask(name, [[tokens, 30]], { priority });
		await vi.advanceTimersByTimeAsync(60_900);
		expect(decided).toEqual(["first"]);
		await vi.advanceTimersByTimeAsync(200);
		expect(decided).toEqual(["first", "urgent", "a", "b"]);
		await vi.advanceTimersByTimeAsync(61_000);
		expect(decided).toEqual(["first", "urgent", "a", "b", "c", "late"]);
	});

	test("is granted at once when a request under way ends, or has used less", async () => {
		const ledger = new MemoryLedger();
		const { decided, ask } = watch(ledger);
		const first = granted(
			await ask("first", [
				[tokens, 100],
				[atATime, 1],
			]),
		);
		void ask("second", [
			[tokens, 90],
			[atATime, 1],
		]);
		void ask("third", [
			[others, 1],
			[atATime, 1],
		]);
		ledger.settle(first.hold, [10, 1]);
		await vi.advanceTimersByTimeAsync(0);
		expect(decided).toEqual(["first", "second"]);
		expect(ledger.size).toEqual({ holds: 1, waiting: 1 });
	});

	test("is not starved by smaller requests that come later, whether these wait or not", async () => {
		const ledger = new MemoryLedger();
		const { decided, ask } = watch(ledger);
		await ask("first", [[tokens, 40]]);
		void ask("large", [[tokens, 100]]);
		void ask("small", [[tokens, 1]]);
		const impatient = refused(await ask("impatient", [[tokens, 1]], { maxWaitMs: 0 }));
		expect(impatient).toMatchObject({ claim: 0, retryAt: Date.now() + 61_000, standings: [{ remaining: 60 }] });
		for (let count = 0; count < 100; count += 1) {
			void ask(`more ${count}`, [[tokens, 10]]);
			await vi.advanceTimersByTimeAsync(600);
		}
		await vi.advanceTimersByTimeAsync(2_000);
		expect(decided).toEqual(["first", "impatient refused", "large"]);
		await vi.advanceTimersByTimeAsync(61_000);
		expect(decided.slice(3)).toEqual(["small", ...Array.from({ length: 9 }, (_none, index) => `more ${index}`)]);
	});

	test("does not stop those that are in want of other limits", async () => {
		const { decided, ask } = watch(new MemoryLedger());
		const model = limitOf("model", "minute", 1_000);
		await ask("first", [
			[tokens, 100],
			[model, 100],
		]);
		void ask("waits", [
			[tokens, 100],
			[model, 100],
		]);
		await ask("passes", [
			[others, 100],
			[model, 100],
		]);
		expect(decided).toEqual(["first", "passes"]);
	});

	test("waits for the next limit where the first is free", async () => {
		const ledger = new MemoryLedger();
		const { decided, ask } = watch(ledger);
		const first = granted(await ask("first", [[atATime, 1]]));
		await ask("tokens", [[tokens, 100]]);
		void ask("both", [
			[tokens, 50],
			[atATime, 1],
		]);
		void ask("next", [[tokens, 50]]);
		await vi.advanceTimersByTimeAsync(61_001);
		// The first of the tokens' line now waits for the one under way.
		expect(decided).toEqual(["first", "tokens", "next"]);
		ledger.settle(first.hold, []);
		await vi.advanceTimersByTimeAsync(0);
		expect(decided.at(-1)).toBe("both");
	});

	test("is refused after its longest wait, with the time at which there is enough", async () => {
		const { decided, decisions, ask } = watch(new MemoryLedger());
		await ask("first", [[tokens, 100]]);
		void ask("waits", [[tokens, 50]], { maxWaitMs: 20_000 });
		void ask("next", [[tokens, 50]], { maxWaitMs: 30_000 });
		await vi.advanceTimersByTimeAsync(19_999);
		expect(decided).toEqual(["first"]);
		await vi.advanceTimersByTimeAsync(1);
		expect(decided).toEqual(["first", "waits refused"]);
		expect(decisions.get("waits")).toMatchObject({ retryAt: Date.now() + 41_000, isQueueFull: false });
		await vi.advanceTimersByTimeAsync(10_000);
		expect(decided.at(-1)).toBe("next refused");
	});

	test("leaves at once when its client does, holds nothing, and makes room", async () => {
		const ledger = new MemoryLedger();
		const { decided, ask } = watch(ledger);
		const first = granted(await ask("first", [[tokens, 60]]));
		const client = new AbortController();
		const left = ask("large", [[tokens, 100]], {}, client.signal);
		void ask("small", [[tokens, 40]]);
		client.abort(new Error("the client has left"));
		await expect(left).rejects.toThrow("the client has left");
		await vi.advanceTimersByTimeAsync(10);
		expect(decided).toEqual(["first", "small"]);
		ledger.settle(first.hold, []);
		expect(ledger.size).toEqual({ holds: 1, waiting: 0 });
		await expect(ledger.reserve(asking([[tokens, 1]]), client.signal)).rejects.toThrow("the client has left");
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("a full line", () => {
	test("refuses who comes last, but the last of them all when that one is less urgent", async () => {
		const ledger = new MemoryLedger(Date.now, 2);
		const { decided, decisions, ask } = watch(ledger);
		await ask("first", [[tokens, 100]]);
		void ask("a", [[tokens, 50]]);
		void ask("b", [[tokens, 50]]);
		await ask("c", [[tokens, 50]]);
		expect(decisions.get("c")).toMatchObject({ isGranted: false, isQueueFull: true });
		void ask("urgent", [[tokens, 50]], { priority: 1 });
		await vi.advanceTimersByTimeAsync(0);
		expect(decisions.get("b")).toMatchObject({ isGranted: false, isQueueFull: true });
		void ask("elsewhere", [[others, 50]]);
		await vi.advanceTimersByTimeAsync(61_001);
		expect(decided).toEqual(["first", "c refused", "b refused", "elsewhere", "urgent", "a"]);
	});

	test("of no places lets nobody wait, and one of one place can be taken over", async () => {
		const none = watch(new MemoryLedger(Date.now, 0));
		await none.ask("first", [[tokens, 100]]);
		expect(await none.ask("second", [[tokens, 1]])).toMatchObject({ isQueueFull: true });
		const one = watch(new MemoryLedger(Date.now, 1));
		await one.ask("first", [[tokens, 100]]);
		void one.ask("second", [[tokens, 1]]);
		void one.ask("third", [[tokens, 1]], { priority: 1 });
		await vi.advanceTimersByTimeAsync(61_001);
		expect(one.decided).toEqual(["first", "second refused", "third"]);
	});
});

test("ten thousand that wait are granted one after the other", async () => {
	const ledger = new MemoryLedger(Date.now, 20_000);
	const { decided, ask } = watch(ledger);
	const many = limitOf("many", "minute", 10_000);
	await ask("first", [[many, 10_000]]);
	for (let count = 0; count < 10_000; count += 1) void ask(String(count), [[many, 1]]);
	expect(ledger.size.waiting).toBe(10_000);
	await vi.advanceTimersByTimeAsync(61_001);
	expect(decided.length).toBe(10_001);
	expect(decided[10_000]).toBe("9999");
});

test("whatever comes, ends, waits and leaves: limits hold, nobody is forgotten, and nothing is left behind", async () => {
	let random = 11;
	const next = (below: number) => {
		random = (random * 48_271) % 0x7fffffff;
		return random % below;
	};
	const ledger = new MemoryLedger(Date.now, 20);
	const limits = [limitOf("a", "now", 3), limitOf("b", "now", 5), limitOf("c", "minute", 200)];
	const underWay = [0, 0];
	let asked = 0;
	let decided = 0;
	const client = async () => {
		asked += 1;
		const left = new AbortController();
		const wanted = limits.filter(() => next(2) === 0);
		const claims = wanted.map((limit): [Limit, number] => [limit, limit.span === "now" ? 1 : 1 + next(80)]);
		const wait = { priority: next(3), maxWaitMs: next(4) === 0 ? 0 : next(100_000) };
		if (next(5) === 0) setTimeout(() => left.abort(), next(5_000));
		const decision = await ledger.reserve(asking(claims, wait), left.signal).catch(() => undefined);
		decided += 1;
		if (!decision?.isGranted) return;
		const counts = limits.slice(0, 2).map((limit) => (wanted.includes(limit) ? 1 : 0));
		for (const [index, count] of counts.entries()) underWay[index] = (underWay[index] as number) + count;
		expect(underWay[0]).toBeLessThanOrEqual(3);
		expect(underWay[1]).toBeLessThanOrEqual(5);
		setTimeout(() => {
			for (const [index, count] of counts.entries()) underWay[index] = (underWay[index] as number) - count;
			ledger.settle(
				decision.hold,
				claims.map(([, amount]) => next(amount + 1)),
			);
		}, next(3_000));
	};
	const clients: Promise<void>[] = [];
	for (let count = 0; count < 3_000; count += 1) {
		clients.push(client());
		await vi.advanceTimersByTimeAsync(next(100));
	}
	await vi.advanceTimersByTimeAsync(200_000);
	await Promise.all(clients);
	expect(decided).toBe(asked);
	expect(ledger.size).toEqual({ holds: 0, waiting: 0 });
	expect(vi.getTimerCount()).toBe(0);
});
