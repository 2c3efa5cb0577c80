import { describe, expect, test } from "vitest";
import { MemoryCounters } from "../../src/limits/memoryCounters.js";
import type { LimitAnswers, LimitQuestions } from "../../src/limits/messages.js";
import { createSharedLimits } from "../../src/limits/primary.js";
import { WorkerLimits } from "../../src/limits/worker.js";
import { asking, granted, limitOf, refused } from "../kit/limits.js";

/** Workers and their primary in one process; what they say goes through JSON, as between processes. */
function connected() {
	const limits = createSharedLimits(new MemoryCounters(), { maxWaiting: 100, failsOpen: true });
	const join = () => {
		const said: LimitQuestions[] = [];
		const told: LimitAnswers[] = [];
		let isHeld = false;
		const deliver = () => {
			for (const message of told.splice(0)) remote.receive(JSON.parse(JSON.stringify(message)));
		};
		const member = limits.join((message) => {
			told.push(message);
			if (!isHeld) setImmediate(deliver);
		});
		const remote = new WorkerLimits((message) => {
			said.push(message);
			setImmediate(() => member.receive(JSON.parse(JSON.stringify(message))));
		});
		return {
			...{ remote, member, said, ledger: remote.ledger },
			/** Answers stay on their way. */
			hold: () => {
				isHeld = true;
			},
			release: () => {
				isHeld = false;
				deliver();
			},
		};
	};
	return { join };
}

const turns = async (count = 10) => {
	for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};
const atATime = limitOf("key", "now", 1);

test("what one turn asks goes over in one message, the rate limit's questions among it", async () => {
	const { remote, ledger, said } = connected().join();
	const limit = limitOf("key", "minute", 10);
	const [first, second, taken] = await Promise.all([
		ledger.reserve(asking([[limit, 4]])),
		ledger.reserve(asking([[limit, 7]])),
		remote.counter.take({ key: "client", max: 5, windowMs: 1_000 }),
	]);
	expect(said).toHaveLength(1);
	const { hold } = granted(first);
	expect([refused(second).standings[0]?.remaining, taken.remaining]).toEqual([6, 5]);
	expect(await ledger.extend(hold, [6])).toBe(true);
	ledger.settle(hold, [1]);
	granted(await ledger.reserve(asking([[limit, 9]])));
});

describe("a client that leaves", () => {
	test("while it waits is not granted any more", async () => {
		const { ledger } = connected().join();
		const { hold } = granted(await ledger.reserve(asking([[atATime, 1]])));
		const client = new AbortController();
		const waits = ledger.reserve(asking([[atATime, 1]], { maxWaitMs: 60_000 }), client.signal);
		await turns();
		client.abort(new Error("left"));
		await expect(waits).rejects.toThrow("left");
		ledger.settle(hold, []);
		granted(await ledger.reserve(asking([[atATime, 1]])));
	});

	test("when it has just been granted gives it back", async () => {
		const { ledger, hold, release } = connected().join();
		const client = new AbortController();
		hold();
		const asked = ledger.reserve(asking([[atATime, 1]]), client.signal);
		await turns();
		client.abort(new Error("left"));
		await expect(asked).rejects.toThrow("left");
		release();
		await turns();
		granted(await ledger.reserve(asking([[atATime, 1]])));
	});

	test("before it has asked asks nothing", async () => {
		const { ledger, said } = connected().join();
		await expect(ledger.reserve(asking([[atATime, 1]]), AbortSignal.abort(new Error("left")))).rejects.toThrow("left");
		await turns();
		expect(said).toEqual([]);
	});
});

test("a worker that is no more holds no places, keeps what it reserved besides, and waits no longer", async () => {
	const { join } = connected();
	const [dying, other] = [join(), join()];
	const tokens = limitOf("key", "minute", 100);
	granted(
		await dying.ledger.reserve(
			asking([
				[atATime, 1],
				[tokens, 40],
			]),
		),
	);
	void dying.ledger.reserve(asking([[atATime, 1]], { maxWaitMs: 60_000 }));
	const waits = other.ledger.reserve(asking([[atATime, 1]], { maxWaitMs: 60_000 }));
	await turns();
	dying.member.leave();
	granted(await waits);
	expect(granted(await other.ledger.reserve(asking([[tokens, 0]]))).standings?.[0]?.remaining).toBe(60);
});

test("without its primary a worker reserves nothing, and who waits is told", async () => {
	const { ledger, remote, said } = connected().join();
	const { hold } = granted(await ledger.reserve(asking([[atATime, 1]])));
	const waits = ledger.reserve(asking([[atATime, 1]], { maxWaitMs: 60_000 }), new AbortController().signal);
	await turns();
	remote.end();
	const stopping = { status: 503, code: "gateway_stopping" };
	await expect(waits).rejects.toMatchObject(stopping);
	await expect(ledger.reserve(asking([[atATime, 1]]))).rejects.toMatchObject(stopping);
	await expect(ledger.extend(hold, [1])).rejects.toMatchObject(stopping);
	const before = said.length;
	ledger.settle(hold, [1]);
	await turns();
	expect(said).toHaveLength(before);
});
