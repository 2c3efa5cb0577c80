/** Batches in both kinds of store: who may run one, what is counted, and what is asked for in vain. */
import { describe, expect, test, vi } from "vitest";
import type { BatchAnswer, NewBatch } from "../../src/store/batchTypes.js";
import { gatewayFor } from "../kit/gateway.js";
import { addKey, someAdmin } from "../kit/keys.js";
import { overBothGateways, overBothStores, overPostgres } from "../kit/stores.js";
import { anthropicFor, messageRequest, numbered, startEcho } from "./kit.js";

const begun = 1_000_000_000_000;

function aBatch(given: Partial<NewBatch> = {}): NewBatch {
	return {
		...{ id: "batch_1", owner: "key:1", kind: "openai", endpoint: "/v1/chat/completions", metadata: { a: "é" } },
		...{ inputFile: "file-1", window: "24h", createdAt: begun / 1000, expiresAt: begun / 1000 + 86_400 },
		...{ keyName: undefined, team: undefined, task: "{}", holder: "w1", leaseUntil: begun + 10_000 },
		...given,
	};
}

function answerTo(number: number, given: Partial<BatchAnswer> = {}): BatchAnswer {
	const tokens = { input: 3, cached: 1, output: 2, reasoning: 0 };
	return { number, isFailed: false, status: 200, requestId: `r${number}`, body: "{}", tokens, ...given };
}

overBothStores(({ open }) => {
	async function setUp(lines = 3) {
		const clock = { now: begun };
		const { batches } = await open(undefined, () => clock.now);
		const sequence = (await batches.add(aBatch(), 5)) as number;
		const added = numbered(lines).map((customId, index) => ({
			number: index + 1,
			customId,
			request: `{"n":${index}}`,
		}));
		await batches.addLines(sequence, added);
		await batches.addLines(sequence, added);
		await batches.begin(sequence, { total: lines, model: "m" });
		const takenBy = async (holder: string, gone: string[] = []) =>
			(await batches.take(holder, clock.now + 10_000, 8, gone)).map(({ id }) => id);
		return { clock, batches, sequence, takenBy };
	}

	test("one runs it at a time, until its lease ends or it is gone", async () => {
		const { clock, takenBy } = await setUp();
		expect(await takenBy("w2")).toEqual([]);
		expect(await takenBy("w2", ["w1"])).toEqual(["batch_1"]);
		expect(await takenBy("w1")).toEqual([]);
		clock.now += 10_001;
		const both = await Promise.all([takenBy("w3"), takenBy("w4")]);
		expect(both.flat()).toEqual(["batch_1"]);
	});

	test("what is given back is anybody's, from then on that is said", async () => {
		const { clock, batches, sequence, takenBy } = await setUp();
		await batches.release("w2", [sequence], 0);
		expect(await takenBy("w2")).toEqual([]);
		await batches.release("w1", [sequence], clock.now + 500);
		expect(await takenBy("w1")).toEqual([]);
		expect(await batches.nextAt()).toBe(clock.now + 500);
		clock.now += 501;
		expect(await takenBy("w1")).toEqual(["batch_1"]);
	});

	test("the first answer to a line is the one that stays, and is counted once", async () => {
		const { batches, sequence } = await setUp();
		expect(await batches.answer(sequence, [answerTo(1), answerTo(2, { isFailed: true, tokens: undefined })])).toBe(
			true,
		);
		await Promise.all(
			[1, 2, 3].map(() => batches.answer(sequence, [answerTo(1, { body: '{"late":1}' }), answerTo(3)])),
		);
		const record = await batches.finalize(sequence);
		expect(record).toMatchObject({ total: 3, completed: 2, failed: 1, tokens: { input: 6, cached: 2, output: 4 } });
		expect((await batches.answers(sequence, 0, 10))[0]).toMatchObject({ customId: "line-1", answer: { body: "{}" } });
		expect(await batches.open(sequence, 0, 10)).toEqual([]);
		expect(await batches.answer(sequence, [answerTo(3)])).toBe(false);
	});

	test("it ends once, and is cancelled by its owner alone", async () => {
		const { batches, sequence } = await setUp();
		expect(await batches.cancel("key:2", "batch_1")).toBeUndefined();
		expect(await batches.cancel("key:1", "batch_1")).toMatchObject({ isCancelling: true, status: "in_progress" });
		expect(await batches.renew("w1", begun + 20_000)).toEqual([{ sequence, isCancelling: true }]);
		const ends = await Promise.all([1, 2].map(() => batches.end(sequence, { status: "cancelled" }, [])));
		expect(ends.toSorted()).toEqual([false, true]);
		expect(await batches.cancel("key:1", "batch_1")).toMatchObject({ status: "cancelled" });
		expect(await batches.finalize(sequence)).toBeUndefined();
		expect(await batches.nextAt()).toBeUndefined();
	});

	test("an owner's unfinished ones are bounded, and another's are not counted", async () => {
		const { batches } = await setUp();
		expect(await batches.add(aBatch({ id: "batch_2" }), 1)).toBeUndefined();
		expect(await batches.add(aBatch({ id: "batch_3", owner: "key:2" }), 1)).toBeTypeOf("number");
	});
});

overBothGateways(() => {
	test("what has an impossible name is not there", async () => {
		const { host } = await startEcho();
		const { url } = await gatewayFor(host);
		const paths = ["/v1/batches/%00", "/v1/batches?after=%00", "/v1/messages/batches/%00", "/v1/responses/resp_%00"];
		const statuses = await Promise.all(
			[...paths, "/v1/chat/completions/%00"].map(async (path) => (await fetch(url + path)).status),
		);
		expect(statuses).toEqual(Array(5).fill(404));
		const before = { model: "m", input: "Hi", previous_response_id: "resp_\0" };
		const headers = { "content-type": "application/json" };
		const response = await fetch(`${url}/v1/responses`, { method: "POST", headers, body: JSON.stringify(before) });
		expect(response.status).toBeLessThan(500);
	});

	test("a batch whose key is revoked asks for no more", async () => {
		const held: (() => void)[] = [];
		const { host, asked } = await startEcho(({ text }) =>
			text === "line-1" ? undefined : new Promise<void>((resolve) => held.push(resolve)),
		);
		const gateway = await gatewayFor(host, { "batch-concurrency": "2" });
		const { record, secret } = await addKey(gateway);
		await addKey(gateway, { name: "other" });
		const requests = numbered(9).map((name) => messageRequest(name));
		const { id } = await anthropicFor(gateway.url, secret).messages.batches.create({ requests });
		await expect.poll(() => held.length).toBe(2);
		const { store, keys } = gateway.gateway.services;
		await store.keys.revoke(record.id, someAdmin);
		await keys.changed();
		for (const release of held) release();
		await vi.waitFor(async () =>
			expect(await store.batches.get(undefined, id)).toMatchObject({ status: "failed", total: 9 }),
		);
		expect(asked.length).toBeLessThan(6);
	});
});

overPostgres(({ fresh }) => {
	describe("machines that share it", () => {
		test("run each line once, show each other's batches, and stop them", { timeout: 30_000 }, async () => {
			const { storeUrl = "" } = await fresh();
			const { host, asked } = await startEcho(({ text }) =>
				text.startsWith("held") ? new Promise<void>(() => {}) : undefined,
			);
			const [one, other] = await Promise.all([1, 2].map(() => gatewayFor(host, { store: storeUrl })));
			if (one === undefined || other === undefined) throw new Error("two were started");
			const names = numbered(40);
			const made = await Promise.all(
				[one, other].map(({ url }, at) =>
					anthropicFor(url).messages.batches.create({ requests: names.map((name) => messageRequest(`${name}-${at}`)) }),
				),
			);
			const { batches } = anthropicFor(other.url).messages;
			for (const { id } of made)
				await expect
					.poll(async () => (await batches.retrieve(id)).request_counts, { timeout: 15_000 })
					.toMatchObject({ succeeded: 40, processing: 0 });
			expect(asked.toSorted()).toEqual([0, 1].flatMap((at) => names.map((name) => `${name}-${at}`)).toSorted());
			const { id } = await anthropicFor(one.url).messages.batches.create({ requests: [messageRequest("held")] });
			await expect.poll(() => asked).toContain("held");
			expect((await batches.cancel(id)).processing_status).toBe("canceling");
			// Whoever runs it looks every few seconds.
			await expect
				.poll(async () => (await batches.retrieve(id)).request_counts, { timeout: 10_000 })
				.toMatchObject({ canceled: 1 });
		});
	});
});
