/** Usage in the database: records of requests, and their sums. */
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { usageColumnOf, usageColumns } from "./usageColumns.js";
import { usageInserter } from "./usageInsert.js";
import { entriesOf } from "./usageLine.js";
import { storedNumbers } from "./usageNumbers.js";
import { listRequests } from "./usageRequests.js";
import { unitsOfRow } from "./usageSums.js";
import {
	type agentDimensions,
	isOfAgents,
	type UsageDimension,
	type UsageEntry,
	type UsageQuery,
	type UsageStore,
	type UsageSums,
} from "./usageTypes.js";

/** Transactions should be short. */
const removedAtOnce = 500;

/** @param now milliseconds since the epoch */
export function usageStore(database: Database, now: () => number): UsageStore {
	const { db } = database;
	const insert = usageInserter(database);

	async function retainSums(before: number): Promise<void> {
		// Sums by the hour and the day are kept for good.
		// A list finds the records of a minute by its sums, until they all have gone.
		await db
			.deleteFrom("usage_sum")
			.where("width", "=", 60)
			.where("starts_at", "<=", before - 60)
			.execute();
		// Sessions are too many for that.
		await db
			.deleteFrom("usage_agent_sum")
			.where("starts_at", "<", before - 86_400)
			.execute();
		await db.deleteFrom("usage_session").where("last_at", "<", before).execute();
	}

	/** By values that all requests have. */
	async function allSums({ width, from, to, by, tag = "", filter }: UsageQuery): Promise<UsageSums[]> {
		const named = by.map(
			(dimension) => usageColumns[dimension] as Exclude<(typeof usageColumns)[UsageDimension], AgentColumn>,
		);
		let query = db
			.selectFrom("usage_sum")
			.select(["starts_at", ...named])
			.select((eb) => storedNumbers.map((name) => eb.fn.sum<number | string>(name).as(name)))
			.where("width", "=", width)
			.where("tag", "=", searchable(tag))
			.where("starts_at", ">=", from)
			.where("starts_at", "<", to);
		for (const [dimension, value] of Object.entries(filter) as [UsageDimension, string | undefined][])
			if (value !== undefined) query = query.where(usageColumnOf(dimension, value) as "key_id", "=", searchable(value));
		if (tag !== "") query = query.select("tag_value").groupBy("tag_value");
		if (by.includes("key")) query = query.select((eb) => eb.fn.max("key_name").as("key_name"));
		const rows = await query
			.groupBy(["starts_at", ...named])
			.orderBy("starts_at")
			.execute();
		return rows.map((row) => sumsOf(row as SumRow, by));
	}

	async function agentSums({ width, from, to, by, filter }: UsageQuery): Promise<UsageSums[]> {
		const named = by.map((dimension) => usageColumns[dimension]);
		let query = db
			.selectFrom("usage_agent_sum")
			.select(["starts_at", ...named])
			.select((eb) => storedNumbers.map((name) => eb.fn.sum<number | string>(name).as(name)))
			.where("width", "=", width)
			.where("starts_at", ">=", from)
			.where("starts_at", "<", to);
		for (const [dimension, value] of Object.entries(filter) as [UsageDimension, string | undefined][])
			if (value !== undefined) query = query.where(usageColumnOf(dimension, value), "=", searchable(value));
		// Without a session, an agent's requests have none to be grouped by.
		if (by.includes("session")) query = query.where("session", "!=", "");
		for (const name of ["key_name", "session_name"] as const)
			if (by.includes(name === "key_name" ? "key" : "session"))
				query = query.select((eb) => eb.fn.max(name).as(name)) as typeof query;
		const rows = await query
			.groupBy(["starts_at", ...named])
			.orderBy("starts_at")
			.execute();
		return rows.map((row) => sumsOf(row as SumRow, by));
	}

	async function addEntries(entries: readonly UsageEntry[]): Promise<void> {
		await db.transaction().execute((transaction) => insert(transaction, entries));
	}

	return {
		add: (records) => addEntries(entriesOf(records)),
		addEntries,

		list: (page) => listRequests(db, page),

		async sums(query) {
			return isOfAgents(query.by, query.filter) ? agentSums(query) : allSums(query);
		},

		async retain(maxAgeMs) {
			const before = Math.floor((now() - maxAgeMs) / 1000);
			await retainSums(before);
			let removed = 0;
			for (;;) {
				const oldest = db
					.selectFrom("usage_request")
					.select("sequence")
					.where("created_at", "<", before)
					.orderBy("created_at")
					.limit(removedAtOnce);
				const { numDeletedRows } = await db
					.deleteFrom("usage_request")
					.where("sequence", "in", oldest)
					.executeTakeFirstOrThrow();
				removed += Number(numDeletedRows);
				if (Number(numDeletedRows) < removedAtOnce) return removed;
			}
		},
	};
}

type AgentColumn = (typeof usageColumns)[(typeof agentDimensions)[number]];

type SumRow = { starts_at: number; key_name?: string; session_name?: string; tag_value?: string } & Record<
	(typeof storedNumbers)[number],
	number | string
> &
	Partial<Record<(typeof usageColumns)[UsageDimension], string>>;

/** PostgreSQL returns sums as text. */
export function sumsOf(row: SumRow, by: readonly UsageDimension[]): UsageSums {
	return {
		startsAt: row.starts_at,
		dimensions: Object.fromEntries(by.map((dimension) => [dimension, row[usageColumns[dimension]] || undefined])),
		keyName: row.key_name || undefined,
		sessionName: row.session_name || undefined,
		tagValue: row.tag_value,
		requests: Number(row.requests),
		failed: Number(row.failed),
		cancelled: Number(row.cancelled),
		refused: Number(row.refused),
		attempts: Number(row.attempts),
		estimated: Number(row.estimated),
		tokens: {
			input: Number(row.input_tokens),
			cached: Number(row.cached_tokens),
			written: Number(row.cache_write_tokens),
			writtenForHour: Number(row.cache_write_1h_tokens),
			audioInput: Number(row.audio_input_tokens),
			imageInput: Number(row.image_input_tokens),
			output: Number(row.output_tokens),
			reasoning: Number(row.reasoning_tokens),
			audioOutput: Number(row.audio_output_tokens),
			imageOutput: Number(row.image_output_tokens),
		},
		units: unitsOfRow(row),
		// Rows of earlier versions have no `priced`.
		cost: Number(row.priced) > 0 || Number(row.cost) > 0 ? Number(row.cost) : undefined,
		cachedRequests: Number(row.cached_requests),
		saved: Number(row.saved),
		durationMs: Number(row.duration_ms),
	};
}
