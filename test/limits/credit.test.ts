/** Busy workers have credit: they needn't ask for each request, and limits are as exact as if they did. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Limit } from "../../src/limits/ledger.js";
import { MemoryCounters } from "../../src/limits/memoryCounters.js";
import type { LimitAnswers, LimitQuestions } from "../../src/limits/messages.js";
import { createSharedLimits } from "../../src/limits/primary.js";
import { WorkerLimits } from "../../src/limits/worker.js";
import { asking, granted, limitOf } from "../kit/limits.js";

/** Workers and their primary in one process, at a time that stands still; what they say goes through JSON. */
function connected() {
	vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: 1_800_000_000_000 });
	onTestFinished(() => void vi.useRealTimers());
	const limits = createSharedLimits(new MemoryCounters(), { maxWaiting: 100, failsOpen: true });
	return {
		join() {
			const said: LimitQuestions[] = [];
			const told: LimitAnswers[] = [];
			let isDeaf = false;
			const member = limits.join((message) => {
				told.push(message);
				setImmediate(() => {
					if (!isDeaf) for (const one of told.splice(0)) remote.receive(JSON.parse(JSON.stringify(one)));
				});
			});
			const remote = new WorkerLimits((message) => {
				said.push(message);
				setImmediate(() => member.receive(JSON.parse(JSON.stringify(message))));
			});
			const { ledger, counter } = remote;
			return {
				...{ ledger, counter, member, said },
				/** Hears nothing any more. */
				deafen: () => {
					isDeaf = true;
				},
				/** One request after another, as many as are granted. */
				async take(limits: readonly (readonly [limit: Limit, amount: number])[], count: number) {
					const holds: number[] = [];
					for (let taken = 0; taken < count; taken += 1) {
						const decision = await ledger.reserve(asking(limits));
						if (decision.isGranted) holds.push(decision.hold);
					}
					return holds;
				},
				/** The remaining amount, as known to the primary. */
				async remaining(limit: Limit) {
					const { hold, standings } = granted(await ledger.reserve({ ...asking([[limit, 0]]), mayExtend: true }));
					ledger.settle(hold, [0]);
					return standings?.[0]?.remaining;
				},
			};
		},
	};
}

const turns = async () => {
	for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};
/** Time goes on, and what is due is done. */
const pass = async (ms: number) => {
	await vi.advanceTimersByTimeAsync(ms);
	await turns();
};

const minute = limitOf("key", "minute", 10_000);
const day = limitOf("key", "day", 50_000);
const atATime = limitOf("key", "now", 1_000);

test("a busy worker asks once for many requests, and one that is not busy for each", async () => {
	const { join } = connected();
	const [busy, idle] = [join(), join()];
	expect(await busy.take([[minute, 2]], 500)).toHaveLength(500);
	expect(busy.said.length).toBeLessThan(40);
	expect(await idle.take([[minute, 2]], 10)).toHaveLength(10);
	expect(idle.said).toHaveLength(10);
});

test("what is left is told to each request, with no more than was used by it and those before", async () => {
	const worker = connected().join();
	for (let count = 1; count <= 300; count += 1) {
		const { standings } = granted(await worker.ledger.reserve(asking([[minute, 3]])));
		expect(standings?.[0]?.remaining).toBe(10_000 - 3 * count);
	}
});

test.each([
	["requests", limitOf("key", "minute", 1_000), 1, 1_000],
	["tokens of which the last ones are not enough", limitOf("key", "minute", 1_000), 7, 142],
	["a day", limitOf("key", "day", 2_000), 2, 1_000],
	["at a time", limitOf("key", "now", 1_000), 1, 1_000],
])("before anybody is refused, credit is called back: %s", async (_name, limit, amount, most) => {
	const { join } = connected();
	const workers = [join(), join(), join()];
	const taken = await Promise.all(workers.map((worker) => worker.take([[limit, amount]], 700)));
	expect(taken.flat()).toHaveLength(most);
});

test("what a request has used less is given back, in the same second and later; what it has used more counts", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	const limits = [
		[minute, 10],
		[day, 10],
	] as const;
	const holds = await worker.take([...limits], 400);
	expect(holds.filter((hold) => hold < 0).length).toBeGreaterThan(350);
	for (const hold of holds.slice(0, 100)) worker.ledger.settle(hold, [4, 4]);
	await pass(2_500);
	for (const hold of holds.slice(100, 300)) worker.ledger.settle(hold, [3, 3]);
	for (const hold of holds.slice(300)) worker.ledger.settle(hold, [12, 12]);
	// Twice is once.
	for (const hold of holds) worker.ledger.settle(hold, [0, 0]);
	await pass(100);
	const used = 100 * 4 + 200 * 3 + 100 * 12;
	expect(await other.remaining(minute)).toBe(10_000 - used);
	expect(await other.remaining(day)).toBe(50_000 - used);
	// What was used in the first second is a minute old, and what was used more came later.
	await pass(59_000);
	expect(await other.remaining(minute)).toBe(10_000 - 200);
	expect(await other.remaining(day)).toBe(50_000 - used);
});

test("what a worker does not use goes back with the second", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	const holds = await worker.take([[atATime, 1]], 100);
	expect(await other.remaining(atATime)).toBeLessThan(900);
	await pass(1_100);
	expect(await other.remaining(atATime)).toBe(900);
	for (const hold of holds) worker.ledger.settle(hold, [0]);
	await pass(1_100);
	expect(await other.remaining(atATime)).toBe(1_000);
});

test("a worker that dies gives back its places, those of its credit among them, and nothing else", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	await worker.take(
		[
			[atATime, 1],
			[minute, 5],
		],
		200,
	);
	worker.member.leave();
	expect(await other.remaining(atATime)).toBe(1_000);
	expect(await other.remaining(minute)).toBeLessThanOrEqual(9_000);
});

test("a worker that does not answer keeps nobody waiting for more than a second", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	const limit = limitOf("key", "minute", 1_000);
	await worker.take([[limit, 1]], 100);
	worker.deafen();
	const left = other.take([[limit, 1]], 1_000);
	for (let count = 0; count < 300; count += 1) await turns();
	await pass(1_000);
	const { length } = await left;
	expect(length).toBeGreaterThan(800);
	expect(length).toBeLessThanOrEqual(900);
});

test("a hold that may be extended is the primary's, and extending it calls credit back as well", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	const limit = limitOf("key", "minute", 1_000);
	await worker.take([[limit, 1]], 100);
	const { hold } = granted(await other.ledger.reserve({ ...asking([[limit, 1]]), mayExtend: true }));
	expect(hold).toBeGreaterThan(0);
	expect(await other.ledger.extend(hold, [899])).toBe(true);
	expect(await other.ledger.extend(hold, [1])).toBe(false);
});

test("who is short of one limit has no credit of others called back", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	await worker.take([[minute, 2]], 100);
	const own = limitOf("client", "minute", 3);
	const both = [
		[minute, 2],
		[own, 1],
	] as const;
	expect(await other.take([...both], 10)).toHaveLength(3);
	worker.said.length = 0;
	expect(await worker.take([[minute, 2]], 20)).toHaveLength(20);
	expect(worker.said.length).toBeLessThan(5);
});

test("who waits for a limit comes before whoever has credit of it", async () => {
	const { join } = connected();
	const [worker, other] = [join(), join()];
	const limit = limitOf("key", "now", 400);
	const holds = await worker.take([[limit, 1]], 200);
	const waits = other.ledger.reserve(asking([[limit, 300]], { maxWaitMs: 60_000 }));
	await turns();
	expect(await worker.take([[limit, 1]], 10)).toHaveLength(0);
	for (const hold of holds) worker.ledger.settle(hold, [0]);
	await pass(100);
	granted(await waits);
});

test("a limit that has changed is asked for anew", async () => {
	const worker = connected().join();
	await worker.take([[minute, 1]], 100);
	const { length } = await worker.take([[{ ...minute, max: 150 }, 1]], 100);
	expect(length).toBe(50);
});

test("thousands of clients have limits of their own, and the first ones' hold on", async () => {
	const worker = connected().join();
	const first = limitOf("client-0", "minute", 5);
	await worker.take([[first, 1]], 3);
	for (let client = 1; client <= 10_500; client += 500) {
		const some = Array.from({ length: 500 }, (_one, at) => limitOf(`client-${client + at}`, "minute", 5));
		await Promise.all(some.map((limit) => worker.ledger.reserve(asking([[limit, 1]]))));
	}
	expect(await worker.take([[first, 1]], 3)).toHaveLength(2);
});

describe("whatever workers ask and settle, in any order", () => {
	test.each([1, 2, 3, 4, 5, 6])(
		"a limit is never passed, and what is used is what remains used (seed %i)",
		async (seed) => {
			let state = seed * 7919;
			const random = (below: number) => {
				state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
				return Math.floor((state / 2_147_483_648) * below);
			};
			const { join } = connected();
			const workers = [join(), join(), join()];
			const limits = [
				limitOf("key", "minute", 3_000),
				limitOf("key", "day", 4_000),
				limitOf("key", "now", 300),
			] as const;
			const held: { worker: number; hold: number; amount: number }[] = [];
			/** By limit, what was reserved and is still held, and what was used of it. */
			let used = 0;
			const reserved = () => held.reduce((sum, { amount }) => sum + amount, 0);
			for (let step = 0; step < 1_500; step += 1) {
				const worker = random(3);
				const amount = 1 + random(8);
				const { ledger } = workers[worker] as (typeof workers)[number];
				const claims = limits.map((limit): [Limit, number] => [limit, limit.span === "now" ? 1 : amount]);
				const decision = await ledger.reserve(asking(claims));
				if (decision.isGranted) held.push({ worker, hold: decision.hold, amount });
				expect(used + reserved()).toBeLessThanOrEqual(3_000);
				expect(held.length).toBeLessThanOrEqual(300);
				while (held.length > 0 && random(10) < 4) {
					const [over] = held.splice(random(held.length), 1);
					if (over === undefined) break;
					const really = random(over.amount + 1);
					used += really;
					workers[over.worker]?.ledger.settle(over.hold, [really, really, 0]);
				}
				if (random(200) === 0) await pass(random(900));
			}
			for (const { worker, hold, amount } of held.splice(0)) {
				used += amount;
				workers[worker]?.ledger.settle(hold, [amount, amount, 0]);
			}
			await pass(2_100);
			const [asker] = workers;
			expect(await asker?.remaining(limits[1])).toBe(4_000 - used);
			expect(await asker?.remaining(limits[2])).toBe(300);
		},
	);
});

describe("the contract's rate limit", () => {
	const ofMany = { key: "client", max: 20_000, windowMs: 60_000 };

	/** One request after another. @returns how many were left before each of them */
	async function count(
		{ counter }: ReturnType<ReturnType<typeof connected>["join"]>,
		take: typeof ofMany,
		times: number,
	) {
		const left: number[] = [];
		for (let time = 0; time < times; time += 1) left.push((await counter.take(take)).remaining);
		return left;
	}

	test("is lent to a busy worker, which tells each request what is left", async () => {
		const { join } = connected();
		const [busy, idle] = [join(), join()];
		const left = await count(busy, ofMany, 500);
		expect(left).toEqual(Array.from({ length: 500 }, (_unused, used) => 20_000 - used));
		expect(busy.said.length).toBeLessThan(40);
		await count(idle, ofMany, 5);
		expect(idle.said).toHaveLength(5);
	});

	test("lets exactly as many pass in a window as it says, whichever workers they come to", async () => {
		const { join } = connected();
		const workers = [join(), join(), join()];
		const take = { ...ofMany, max: 2_500 };
		const left = await Promise.all(workers.map((worker) => count(worker, take, 1_000)));
		expect(left.flat().filter((remaining) => remaining > 0)).toHaveLength(2_500);
		// The last thousand are not lent.
		const last = left.flat().filter((remaining) => remaining > 0 && remaining <= 500);
		expect(new Set(last).size).toBe(last.length);
	});

	test("gets back what a worker does not use", async () => {
		const { join } = connected();
		const [worker, other] = [join(), join()];
		await count(worker, ofMany, 100);
		await pass(1_100);
		expect(await count(other, ofMany, 1)).toEqual([20_000 - 100]);
	});

	test("counts a request in the window that it comes in, and lends no window's requests to the next", async () => {
		const { join } = connected();
		const [worker, other] = [join(), join()];
		const short = { ...ofMany, windowMs: 300 };
		await count(worker, short, 100);
		await pass(350);
		// In the same second, and in a window of its own.
		expect(await count(worker, short, 50)).toEqual(Array.from({ length: 50 }, (_unused, used) => 20_000 - used));
		await pass(50);
		await count(other, short, 1);
		await pass(1_000);
		expect(await count(other, short, 1)).toEqual([20_000]);
	});
});
