/** Usage in the store, in SQLite and in PostgreSQL. */
import { expect, test } from "vitest";
import type { UsageQuery, UsageRecord } from "../../src/store/usageTypes.js";
import { overBothStores } from "../kit/stores.js";
import { attempt, tokens, usageRecord } from "../kit/usage.js";

const day = 1_795_564_800;
const query = (more: Partial<UsageQuery> = {}): UsageQuery => ({
	width: 86_400,
	from: day,
	to: day + 86_400,
	by: [],
	filter: {},
	...more,
});

overBothStores(({ open }) => {
	test("a record comes back as it was added", async () => {
		const { usage } = await open();
		const record = usageRecord({ tags: { a: "b\u0000\ud800" }, keyId: "key_1", keyName: "bot", firstTokenMs: 7 });
		await usage.add([record]);
		const { data, hasMore } = await usage.list({ limit: 10, order: "desc" });
		expect({ data, hasMore }).toEqual({ data: [{ ...record, durationMs: 13 }], hasMore: false });
	});

	test("what is added twice counts once, also by two at the same time", async () => {
		const store = await open();
		const records = Array.from({ length: 150 }, () => usageRecord({ createdAt: day + 60 }));
		await Promise.all([store.usage.add(records), store.usage.add(records)]);
		await store.usage.add(records.slice(0, 7));
		expect(await store.usage.sums(query())).toMatchObject([{ requests: 150, attempts: 150, cost: 150 * 1200 }]);
	});

	test("requests of one second stay in the order in which they ended, whatever they have alike", async () => {
		const { usage } = await open();
		const models = Array.from({ length: 100 }, (_, at) => `m${at % 3}`);
		const records = models.map((model, at) => usageRecord({ createdAt: day, model, requestId: `req-${at}` }));
		await usage.add(records.slice(0, 40));
		await usage.add(records.slice(30));
		const { data } = await usage.list({ limit: 100, order: "asc" });
		expect(data.map(({ requestId }) => requestId)).toEqual(records.map(({ requestId }) => requestId));
	});

	test("an empty name and none are different ones", async () => {
		const { usage } = await open();
		const named = [
			{ model: null, responseModel: "" },
			{ model: "", responseModel: null },
		];
		await usage.add(named.map((names) => usageRecord(names)));
		expect((await usage.list({ limit: 10, order: "asc" })).data).toMatchObject(named);
	});

	test("among records that are there already, only the new ones are added", async () => {
		const { usage } = await open();
		const records = Array.from({ length: 70 }, () => usageRecord({ createdAt: day + 60 }));
		await usage.add(records.filter((_, at) => at % 2 === 0));
		await usage.add(records);
		const { data } = await usage.list({ limit: 100, order: "asc" });
		expect(new Set(data.map(({ id }) => id))).toEqual(new Set(records.map(({ id }) => id)));
		expect(await usage.sums(query())).toMatchObject([{ requests: 70 }]);
	});

	test("each attempt keeps its own tokens, and a record has their sum", async () => {
		const { usage } = await open();
		const [first, second] = [attempt({ tokens: tokens(5, 7, { cached: 2 }) }), attempt({ tokens: null, usage: null })];
		const records = [
			usageRecord({ attempts: [first], tokens: first.tokens }),
			usageRecord({ attempts: [first, second, first], tokens: tokens(10, 14, { cached: 4 }) }),
			usageRecord({ attempts: [second], tokens: null }),
			usageRecord({ attempts: [attempt({ units: { images: 2 } })], units: { images: 2 } }),
			usageRecord({ attempts: [], tokens: null }),
		];
		await usage.add(records);
		const { data } = await usage.list({ limit: 10, order: "asc" });
		expect(data.map(({ tokens, attempts }) => ({ tokens, attempts }))).toEqual(
			records.map(({ tokens, attempts }) => ({ tokens, attempts })),
		);
	});

	test("names with half a character or quotes are kept and found", async () => {
		const { usage } = await open();
		const names = {
			"a\ud83d": "a\ufffd",
			"'; drop table x --": "'; drop table x --",
			"\\ud83d": "\\ud83d",
			"😀": "😀",
		};
		await usage.add(Object.keys(names).map((model) => usageRecord({ model })));
		for (const [model, kept] of Object.entries(names)) {
			const { data } = await usage.list({ limit: 10, order: "asc", model });
			expect(data.map((record) => record.model)).toEqual([kept]);
		}
	});

	test("names that are the same once they are stored are one in the sums", async () => {
		const { usage } = await open();
		const models = ["\ud800", "\udc00", "\u0000", "\ufffd"];
		await usage.add(models.map((model) => usageRecord({ model, createdAt: day, summedTags: { [model]: model } })));
		expect(await usage.sums(query({ by: ["model"] }))).toMatchObject([
			{ dimensions: { model: "\ufffd" }, requests: models.length },
		]);
	});

	test("sums are by the minute, the hour and the day, and by what they are asked for", async () => {
		const { usage } = await open();
		const at = (minutes: number, more: Partial<UsageRecord> = {}) =>
			usageRecord({ createdAt: day + minutes * 60, ...more });
		await usage.add([
			at(1),
			at(1, { model: "slow", team: "red" }),
			at(2, { outcome: "failed" }),
			at(61, { keyId: "key_1", keyName: "bot" }),
		]);
		const requests = async (more: Partial<UsageQuery>) =>
			(await usage.sums(query(more))).map(({ startsAt, requests: count }) => [(startsAt - day) / 60, count]);
		expect(await requests({ width: 60 })).toEqual([
			[1, 2],
			[2, 1],
			[61, 1],
		]);
		expect(await requests({ width: 3600 })).toEqual([
			[0, 3],
			[60, 1],
		]);
		expect(await requests({})).toEqual([[0, 4]]);
		expect(await requests({ width: 60, from: day + 60, to: day + 120 })).toEqual([[1, 2]]);
		const byModel = await usage.sums(query({ by: ["model", "team"] }));
		expect(
			byModel.map(({ dimensions, requests: count, failed }) => [dimensions.model, dimensions.team, count, failed]),
		).toEqual(
			expect.arrayContaining([
				["fast", undefined, 3, 1],
				["slow", "red", 1, 0],
			]),
		);
		for (const key of ["key_1", "bot"])
			expect(await usage.sums(query({ by: ["key"], filter: { key } }))).toMatchObject([
				{ dimensions: { key: "key_1" }, keyName: "bot", requests: 1 },
			]);
	});

	test("a request counts once, its tokens at each host that was asked", async () => {
		const { usage } = await open();
		const attempts = [
			attempt({ upstream: "a", outcome: "cut", tokens: tokens(5, 3), cost: 100, isEstimated: true }),
			attempt({ upstream: "b", kind: "rescue", tokens: tokens(8, 4, { cached: 2 }), cost: null }),
		];
		await usage.add([usageRecord({ createdAt: day, attempts, isEstimated: true })]);
		const sums = await usage.sums(query({ by: ["upstream"] }));
		expect(
			sums.sort((one, other) => (String(one.dimensions.upstream) < String(other.dimensions.upstream) ? -1 : 1)),
		).toMatchObject([
			{ dimensions: { upstream: "a" }, requests: 0, attempts: 1, tokens: tokens(5, 3), cost: 100, estimated: 0 },
			{
				dimensions: { upstream: "b" },
				requests: 1,
				attempts: 1,
				tokens: tokens(8, 4, { cached: 2 }),
				cost: undefined,
				estimated: 1,
			},
		]);
	});

	test("by a tag only requests that have it are told apart", async () => {
		const { usage } = await open();
		const tagged = (value: string) =>
			usageRecord({ createdAt: day, tags: { feature: value }, summedTags: { feature: value } });
		await usage.add([tagged("search"), tagged("search"), tagged("chat"), usageRecord({ createdAt: day })]);
		const sums = await usage.sums(query({ tag: "feature" }));
		expect(sums.map(({ tagValue, requests }) => [tagValue, requests]).sort()).toEqual([
			["chat", 1],
			["search", 2],
		]);
		expect(await usage.sums(query())).toMatchObject([{ requests: 4 }]);
	});

	test("failed and refused requests stand under their model; made-up names above a number are one", async () => {
		const { usage } = await open();
		const unknown = (model: string) =>
			usageRecord({ createdAt: day, model, attempts: [attempt({ status: 404, tokens: null, cost: null })] });
		await usage.add([unknown("a"), unknown("b"), usageRecord({ createdAt: day, model: "c", attempts: [] })]);
		const byModel = async () =>
			(await usage.sums(query({ by: ["model"], filter: {} })))
				.map(({ dimensions, requests }) => [dimensions.model, requests])
				.sort();
		expect(await byModel()).toEqual([
			["a", 1],
			["b", 1],
			["c", 1],
		]);
		await usage.add(Array.from({ length: 600 }, (_none, at) => unknown(`made-up-${at}`)));
		await usage.add([usageRecord({ createdAt: day, model: "answered" })]);
		const names = new Map((await byModel()) as [string, number][]);
		expect([names.size, names.get("(others)"), names.get("answered")]).toEqual([502, 103, 1]);
	});

	test("lists are paged and filtered", async () => {
		const { usage } = await open();
		const records = Array.from({ length: 5 }, (_none, at) =>
			usageRecord({
				createdAt: day + Math.floor(at / 2),
				requestId: `req-${at}`,
				model: at % 2 ? "odd" : "even",
				outcome: at === 3 ? "failed" : "completed",
			}),
		);
		await usage.add(records);
		const ids = async (given: Partial<Parameters<typeof usage.list>[0]>) =>
			(await usage.list({ limit: 10, order: "desc", ...given })).data.map(({ id }) =>
				records.findIndex((record) => record.id === id),
			);
		expect(await ids({})).toEqual([4, 3, 2, 1, 0]);
		expect(await ids({ limit: 2, after: records[3]?.id as string })).toEqual([2, 1]);
		expect(await ids({ order: "asc", after: records[1]?.id as string })).toEqual([2, 3, 4]);
		expect(await ids({ model: "odd" })).toEqual([3, 1]);
		expect(await ids({ outcome: "failed" })).toEqual([3]);
		expect(await ids({ requestId: records[2]?.requestId as string })).toEqual([2]);
		expect(await ids({ createdAfter: day, createdBefore: day + 2 })).toEqual([3, 2]);
		await expect(usage.list({ limit: 1, order: "desc", after: "usage_none" })).rejects.toThrow(/no request/);
	});

	test("records and minutes that are too old go, hours and days stay", async () => {
		const { usage } = await open(undefined, () => (day + 7200) * 1000);
		await usage.add([usageRecord({ createdAt: day }), usageRecord({ createdAt: day + 7100 })]);
		expect(await usage.retain(3_600_000)).toBe(1);
		expect((await usage.list({ limit: 10, order: "desc" })).data).toHaveLength(1);
		expect(await usage.sums(query({ width: 60 }))).toMatchObject([{ requests: 1 }]);
		expect(await usage.sums(query())).toMatchObject([{ requests: 2 }]);
	});
});
