/** Lists of usage records find what their filters say, wherever in time it is. */
import { expect, test } from "vitest";
import type { UsageDimension, UsageFilter, UsageRecord } from "../../src/store/usageTypes.js";
import { overBothStores } from "../kit/stores.js";
import { attempt, usageRecord } from "../kit/usage.js";

const day = 86_400;
const start = 20_000 * day;

/** Always the same numbers, from 0 up to 1. */
function numbersFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Times at the edges of minutes, hours and days, close together and days apart. */
const times = [0, 1, 59, 60, 61, 3599, 3600, 7200, 7259, day - 1, day, day + 60, 3 * day, 3 * day + 5, 9 * day - 1];

function records(): UsageRecord[] {
	const random = numbersFrom(7);
	const one = <Value>(...values: Value[]) => values[Math.floor(random() * values.length)] as Value;
	return Array.from({ length: 150 }, (_, at) => {
		const agent = one("coder", null, null);
		return usageRecord({
			createdAt: start + one(...times),
			requestId: `req-${at}`,
			operation: one("createChatCompletion", "createEmbedding"),
			keyId: one("key_1", "key_2", null),
			keyName: one("bot", "old name"),
			team: one("red", "blue", null),
			organisation: one("acme", null),
			route: one("chat", "chat", "rare", null),
			model: one("fast", "slow", "odd\u0000"),
			attempts: [
				attempt({ upstream: "broken", status: 503, tokens: null }),
				attempt({ upstream: one("gpu", "cloud") }),
			],
			outcome: one("completed", "completed", "completed", "failed"),
			agent,
			session: agent === null ? null : { id: `session_${"a".repeat(23)}${one("1", "2")}`, name: one("s1", "s2") },
		});
	});
}

/** So many that the others are not among the first that a search meets. */
function others(createdAt: number): UsageRecord[] {
	const attempts = [attempt({ upstream: "other" })];
	const more = { createdAt, operation: "other", route: "other", model: "other", attempts };
	return Array.from({ length: 1_002 }, () => usageRecord(more));
}

const memberOf: Record<UsageDimension, (record: UsageRecord) => (string | null | undefined)[]> = {
	key: ({ keyId, keyName }) => [keyId, keyName],
	team: ({ team }) => [team],
	organisation: ({ organisation }) => [organisation],
	model: ({ model }) => [model],
	route: ({ route }) => [route],
	upstream: ({ upstream }) => [upstream],
	operation: ({ operation }) => [operation],
	session: ({ session }) => [session?.id, session?.name],
	agent: ({ agent }) => [agent],
	subagent: ({ subagent }) => [subagent],
};

function passes(record: UsageRecord, { createdAfter, createdBefore, outcome, requestId: _, ...named }: UsageFilter) {
	return (
		record.createdAt > (createdAfter ?? 0) &&
		record.createdAt < (createdBefore ?? Number.POSITIVE_INFINITY) &&
		(outcome === undefined || record.outcome === outcome) &&
		Object.entries(named).every(([dimension, value]) => memberOf[dimension as UsageDimension](record).includes(value))
	);
}

const filters: UsageFilter[] = [
	{ model: "fast" },
	{ model: "odd\u0000" },
	{ model: "none" },
	{ team: "red" },
	{ organisation: "acme", team: "blue" },
	{ route: "rare" },
	{ route: "rare", model: "slow", createdAfter: start + 59, createdBefore: start + 3 * day },
	{ upstream: "gpu" },
	{ upstream: "broken" },
	{ operation: "createEmbedding", key: "old name" },
	{ key: "key_1", model: "slow" },
	{ key: "bot" },
	{ agent: "coder" },
	{ agent: "coder", session: "s1", route: "chat" },
	{ session: `session_${"a".repeat(23)}1`, model: "fast" },
	{ outcome: "failed", model: "slow" },
	{ outcome: "completed", model: "slow" },
	{ subagent: "none" },
];

overBothStores(({ open }) => {
	test("pages together are all that pass the filter, in order", async () => {
		const { usage } = await open();
		const all = records();
		await usage.add([...others(start - 5 * day), ...all, ...others(start + 20 * day)]);
		// Those of one second in the order in which they were added.
		const sorted = all
			.map((record, at) => ({ record, at }))
			.sort((a, b) => a.record.createdAt - b.record.createdAt || a.at - b.at);
		for (const filter of filters) {
			const expected = sorted.map(({ record }) => record).filter((record) => passes(record, filter));
			for (const order of ["asc", "desc"] as const)
				for (const limit of [3, 20]) {
					const found: string[] = [];
					for (let after: string | undefined, more = true; more; ) {
						const { data, hasMore } = await usage.list({ limit, order, after, ...filter });
						found.push(...data.map(({ requestId }) => requestId));
						expect(data.length).toBeLessThanOrEqual(limit);
						after = data.at(-1)?.id;
						more = hasMore;
					}
					const ids = expected.map(({ requestId }) => requestId);
					expect(found, JSON.stringify({ filter, order, limit })).toEqual(order === "asc" ? ids : ids.toReversed());
				}
		}
	});

	test("a made-up model is found also when there are too many of them for the sums", async () => {
		const { usage } = await open();
		const refused = attempt({ status: 404, outcome: "bad_request", tokens: null, cost: null });
		await usage.add(Array.from({ length: 505 }, (_, at) => usageRecord({ model: `m${at}`, attempts: [refused] })));
		for (const model of ["m0", "m504"])
			expect((await usage.list({ limit: 5, order: "desc", model })).data).toHaveLength(1);
	});

	test("records are found as long as they are kept", async () => {
		const now = start + 90;
		const { usage } = await open(undefined, () => now * 1000);
		await usage.add([29, 31, 60].map((seconds) => usageRecord({ createdAt: start + seconds, model: "fast" })));
		await usage.retain(60_000);
		const { data } = await usage.list({ limit: 5, order: "asc", model: "fast" });
		expect(data.map(({ createdAt }) => createdAt - start)).toEqual([31, 60]);
	});
});
