/** Usage in the database: records of requests, and their sums. */
import type { ExpressionBuilder, Selectable } from "kysely";
import { withAllKinds } from "../chat/tokenCounts.js";
import { sumOfUnits, type UnitCounts } from "../chat/usedUnits.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { sql } from "./kysely.js";
import type { Metadata } from "./page.js";
import { isSessionId } from "./sessionStops.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { attemptOf } from "./usageAttempts.js";
import { usageInserter } from "./usageInsert.js";
import { storedNumbers } from "./usageNumbers.js";
import { unitsOfRow } from "./usageSums.js";
import {
	type agentDimensions,
	type CachedUse,
	isOfAgents,
	type UsageAttempt,
	type UsageDimension,
	type UsageFilter,
	type UsageOutcome,
	type UsageQuery,
	type UsageRecord,
	type UsageStore,
	type UsageSums,
	type UsageTokens,
} from "./usageTypes.js";

type Row = Selectable<Tables["usage_request"]>;

/** Transactions should be short. */
const removedAtOnce = 500;

const columns = {
	key: "key_id",
	team: "team",
	organisation: "organisation",
	model: "model",
	route: "route",
	upstream: "upstream",
	operation: "operation",
	session: "session",
	agent: "agent",
	subagent: "subagent",
} as const satisfies Record<UsageDimension, keyof Tables["usage_request"] & keyof Tables["usage_agent_sum"]>;

/** @param now milliseconds since the epoch */
export function usageStore(database: Database, now: () => number): UsageStore {
	const { db } = database;
	const insert = usageInserter(database);

	async function retainSums(before: number): Promise<void> {
		// Sums by the hour and the day are kept for good.
		await db.deleteFrom("usage_sum").where("width", "=", 60).where("starts_at", "<", before).execute();
		// Sessions are too many for that.
		await db
			.deleteFrom("usage_agent_sum")
			.where("starts_at", "<", before - 86_400)
			.execute();
		await db.deleteFrom("usage_session").where("last_at", "<", before).execute();
	}

	/** By values that all requests have. */
	async function allSums({ width, from, to, by, tag = "", filter }: UsageQuery): Promise<UsageSums[]> {
		const named = by.map((dimension) => columns[dimension] as Exclude<(typeof columns)[UsageDimension], AgentColumn>);
		let query = db
			.selectFrom("usage_sum")
			.select(["starts_at", ...named])
			.select((eb) => storedNumbers.map((name) => eb.fn.sum<number | string>(name).as(name)))
			.where("width", "=", width)
			.where("tag", "=", searchable(tag))
			.where("starts_at", ">=", from)
			.where("starts_at", "<", to);
		for (const [dimension, value] of Object.entries(filter) as [UsageDimension, string | undefined][])
			if (value !== undefined) query = query.where(columnOf(dimension, value) as "key_id", "=", searchable(value));
		if (tag !== "") query = query.select("tag_value").groupBy("tag_value");
		if (by.includes("key")) query = query.select((eb) => eb.fn.max("key_name").as("key_name"));
		const rows = await query
			.groupBy(["starts_at", ...named])
			.orderBy("starts_at")
			.execute();
		return rows.map((row) => sumsOf(row as SumRow, by));
	}

	async function agentSums({ width, from, to, by, filter }: UsageQuery): Promise<UsageSums[]> {
		const named = by.map((dimension) => columns[dimension]);
		let query = db
			.selectFrom("usage_agent_sum")
			.select(["starts_at", ...named])
			.select((eb) => storedNumbers.map((name) => eb.fn.sum<number | string>(name).as(name)))
			.where("width", "=", width)
			.where("starts_at", ">=", from)
			.where("starts_at", "<", to);
		for (const [dimension, value] of Object.entries(filter) as [UsageDimension, string | undefined][])
			if (value !== undefined) query = query.where(columnOf(dimension, value), "=", searchable(value));
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

	return {
		async add(records) {
			await db.transaction().execute((transaction) => insert(transaction, records));
		},

		async list({ limit, order, after, ...filter }) {
			let query = db.selectFrom("usage_request").selectAll().where(allOf(filter));
			if (after !== undefined) {
				const cursor = await db
					.selectFrom("usage_request")
					.select(["created_at", "sequence"])
					.where("id", "=", after)
					.executeTakeFirst();
				if (!cursor) throw new StoreError("not_found", `There is no request "${after}".`);
				const comparison = sql.raw(order === "desc" ? "<" : ">");
				query = query.where(
					sql<boolean>`(created_at, sequence) ${comparison} (${cursor.created_at}, ${cursor.sequence})`,
				);
			}
			const rows = await query
				.orderBy("created_at", order)
				.orderBy("sequence", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
		},

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

/** A value that looks like an id filters by the key's or the session's id, any other by its name. */
export function columnOf(dimension: UsageDimension, value: string) {
	if (dimension === "session") return isSessionId(value) ? "session" : "session_name";
	return dimension === "key" && !/^(key|token)_/.test(value) ? "key_name" : columns[dimension];
}

function allOf({ createdAfter, createdBefore, outcome, requestId, ...dimensions }: UsageFilter) {
	return (eb: ExpressionBuilder<Tables, "usage_request">) => {
		const conditions = (Object.entries(dimensions) as [UsageDimension, string | undefined][]).flatMap(
			([dimension, value]) => {
				if (value === undefined) return [];
				return [eb(columnOf(dimension, value), "=", searchable(value))];
			},
		);
		if (outcome !== undefined) conditions.push(eb("outcome", "=", outcome));
		if (requestId !== undefined) conditions.push(eb("request_id", "=", searchable(requestId)));
		// As a constant: with a parameter, the partial index would not be used.
		if (outcome !== undefined && outcome !== "completed")
			conditions.push(eb("outcome", "!=", sql.lit<UsageOutcome>("completed")));
		if (createdAfter !== undefined) conditions.push(eb("created_at", ">", createdAfter));
		if (createdBefore !== undefined) conditions.push(eb("created_at", "<", createdBefore));
		return eb.and(conditions);
	};
}

function recordOf(row: Row): UsageRecord {
	const tokens = row.tokens === null ? null : withAllKinds(JSON.parse(row.tokens) as Partial<UsageTokens>);
	const attempts = (JSON.parse(row.attempts) as (unknown[] | UsageAttempt)[]).map((attempt) =>
		Array.isArray(attempt) ? attemptOf(attempt, () => tokens) : completed(attempt),
	);
	const ownUnits = row.own_units === null ? null : (JSON.parse(row.own_units) as UnitCounts);
	return {
		id: row.id,
		createdAt: row.created_at,
		requestId: row.request_id,
		operation: row.operation,
		keyId: row.key_id,
		keyName: row.key_name,
		team: row.team,
		organisation: row.organisation,
		route: row.route,
		model: row.model,
		responseModel: row.response_model,
		upstream: row.upstream,
		session: row.session === null ? null : { id: row.session, name: row.session_name ?? "" },
		agent: row.agent,
		subagent: row.subagent,
		isStream: row.is_stream === 1,
		status: row.status,
		outcome: row.outcome as UsageOutcome,
		errorCode: row.error_code,
		tokens,
		units: sumOfUnits([{ units: ownUnits }, ...attempts]) ?? null,
		ownUnits,
		isEstimated: row.is_estimated === 1,
		cost: row.cost,
		durationMs: row.duration_ms,
		firstTokenMs: row.first_token_ms,
		attempts,
		cached: row.cached === null ? null : (JSON.parse(row.cached) as CachedUse),
		tags: JSON.parse(row.tags) as Metadata,
		summedTags: {},
	};
}

/** An attempt as earlier versions have stored it, which knew less. */
function completed({ tokens, ...attempt }: UsageAttempt): UsageAttempt {
	return {
		...attempt,
		tokens: tokens && withAllKinds(tokens),
		units: attempt.units ?? null,
		tier: attempt.tier ?? null,
		costSource: attempt.costSource ?? null,
	};
}

type AgentColumn = (typeof columns)[(typeof agentDimensions)[number]];

type SumRow = { starts_at: number; key_name?: string; session_name?: string; tag_value?: string } & Record<
	(typeof storedNumbers)[number],
	number | string
> &
	Partial<Record<(typeof columns)[UsageDimension], string>>;

/** PostgreSQL returns sums as text. */
export function sumsOf(row: SumRow, by: readonly UsageDimension[]): UsageSums {
	return {
		startsAt: row.starts_at,
		dimensions: Object.fromEntries(by.map((dimension) => [dimension, row[columns[dimension]] || undefined])),
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
