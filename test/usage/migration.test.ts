/** A store of the version that knew fewer kinds of tokens, opened by this one. */

import { sql } from "kysely";
import { expect, test } from "vitest";
import { textTokens } from "../../src/chat/tokenCounts.js";
import type { Database } from "../../src/store/database.js";
import type { StoreSettings } from "../../src/store/open.js";
import { openPostgres } from "../../src/store/postgres.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { steps } from "../../src/store/steps.js";
import { overBothStores } from "../kit/stores.js";
import { usageRecord } from "../kit/usage.js";

const day = 1_795_564_800;
/** The tables' version before. */
const before = 8;
const oldTokens = { input: 5, cached: 2, audioInput: 0, output: 7, reasoning: 1, audioOutput: 0 };
const oldAttempt = {
	upstream: "gpu",
	model: "llama",
	responseModel: "llama-3",
	kind: "first",
	outcome: "ok",
	status: 200,
	durationMs: 12,
	tokens: oldTokens,
	isEstimated: false,
	cost: 1_200,
	usage: null,
};

async function oldStore({ storeUrl, dataFolder }: StoreSettings): Promise<void> {
	const database: Database =
		storeUrl === undefined ? await openSqlite(dataFolder as string) : await openPostgres(storeUrl);
	await database.exclusively(async (db) => {
		await database.prepare(db);
		for (const step of steps.slice(0, before)) await step(db, database.kinds);
		const request = {
			...{ id: "usage_old", created_at: day, request_id: '"r"', operation: '"createChatCompletion"', model: '"fast"' },
			...{ is_stream: 0, status: 200, outcome: "completed", tokens: JSON.stringify(oldTokens), is_estimated: 0 },
			...{ cost: 1_200, duration_ms: 12, attempts: JSON.stringify([oldAttempt]), tags: "{}" },
		};
		await db
			.insertInto("usage_request")
			.values(request as never)
			.execute();
		const sum = {
			...{ width: 86_400, starts_at: day, tag: "", tag_value: "", key_id: "", team: "", organisation: "" },
			...{ model: "fast", route: "", upstream: "gpu", operation: "", key_name: "", requests: 3, failed: 0 },
			...{ cancelled: 0, refused: 0, attempts: 3, estimated: 0, input_tokens: 15, cached_tokens: 6 },
			...{ audio_input_tokens: 0, output_tokens: 21, reasoning_tokens: 3, audio_output_tokens: 0 },
			...{ cost: 3_600, duration_ms: 36, priced: 3 },
		};
		await db
			.insertInto("usage_sum")
			.values(sum as never)
			.execute();
		await database.setVersion(db, before);
	});
	await database.settle();
	await database.close();
}

overBothStores(({ fresh, open }) => {
	test("keeps its sums and records, and adds the new kinds to them", async () => {
		const settings = await fresh();
		await oldStore(settings);
		const { usage } = await open(settings);
		const { data } = await usage.list({ limit: 10, order: "desc" });
		const tokens = { ...textTokens(0, 0), ...oldTokens };
		expect(data).toMatchObject([
			{ id: "usage_old", tokens, attempts: [{ ...oldAttempt, tokens, tier: null, costSource: null }] },
		]);
		expect(await indexesOf(settings)).toEqual(expect.arrayContaining(["usage_request_age", "usage_request_model"]));
		expect(await indexesOf(settings)).not.toContain("usage_request_route");
		await usage.add([usageRecord({ createdAt: day, attempts: [{ ...newAttempt(), upstream: "gpu" }], route: null })]);
		const sums = await usage.sums({ width: 86_400, from: day, to: day + 86_400, by: [], filter: {} });
		expect(sums).toMatchObject([
			{
				requests: 4,
				cost: 4_800,
				tokens: { input: 65, cached: 6, written: 40, writtenForHour: 30, imageInput: 4, output: 30, imageOutput: 9 },
			},
		]);
	});
});

/** The names of the indexes of requests. */
async function indexesOf({ storeUrl, dataFolder }: StoreSettings): Promise<string[]> {
	const database: Database =
		storeUrl === undefined ? await openSqlite(dataFolder as string) : await openPostgres(storeUrl);
	const { rows } = await (storeUrl === undefined
		? sql<{ name: string }>`select name from sqlite_master where type = 'index' and tbl_name = 'usage_request'`
		: sql<{ name: string }>`select indexname as name from pg_indexes where tablename = 'usage_request'`
	).execute(database.db);
	await database.close();
	return rows.map(({ name }) => name);
}

function newAttempt() {
	const [attempt] = usageRecord().attempts;
	if (attempt === undefined) throw new Error("a record has an attempt");
	const more = { written: 40, writtenForHour: 30, imageInput: 4, imageOutput: 9 };
	return { ...attempt, tokens: { ...textTokens(50, 9), ...more } };
}
