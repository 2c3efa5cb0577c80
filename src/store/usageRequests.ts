/** Lists the records of requests. */
import { type ExpressionBuilder, type Kysely, type Selectable, sql } from "kysely";
import { withAllKinds } from "../chat/tokenCounts.js";
import type { UnitCounts } from "../chat/usedUnits.js";
import { searchable } from "./completionPage.js";
import type { Listed, Metadata, Page } from "./page.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { attemptOf, totalsOf } from "./usageAttempts.js";
import { usageColumnOf } from "./usageColumns.js";
import { needsSpans, type Span, spansOf } from "./usageSpans.js";
import type {
	CachedUse,
	UsageAttempt,
	UsageDimension,
	UsageFilter,
	UsageOutcome,
	UsageRecord,
	UsageTokens,
} from "./usageTypes.js";

type Row = Selectable<Tables["usage_request"]>;
/** This many are looked at before the sums are asked, since most filters find a page among them. */
const nearRecords = 1_000;

type Position = Pick<Row, "created_at" | "sequence">;

/** @throws StoreError `not_found` if there is no record `after` */
export async function listRequests(
	db: Kysely<Tables>,
	{ limit, order, after, ...filter }: Page & UsageFilter,
): Promise<Listed<UsageRecord>> {
	const position = after === undefined ? undefined : await positionOf(db, after);
	const rows: Row[] = [];
	for await (const span of spansToSearch(db, filter, position, order)) {
		let query = db.selectFrom("usage_request").selectAll().where(allOf(filter));
		if (span !== undefined) query = query.where("created_at", ">=", span.from).where("created_at", "<", span.to);
		if (position !== undefined) {
			const comparison = sql.raw(order === "desc" ? "<" : ">");
			query = query.where(
				sql<boolean>`(created_at, sequence) ${comparison} (${position.created_at}, ${position.sequence})`,
			);
		}
		const more = await query
			.orderBy("created_at", order)
			.orderBy("sequence", order)
			.limit(limit + 1 - rows.length)
			.execute();
		rows.push(...more);
		if (rows.length > limit) break;
	}
	return { data: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
}

async function positionOf(db: Kysely<Tables>, id: string): Promise<Position> {
	const position = await db
		.selectFrom("usage_request")
		.select(["created_at", "sequence"])
		.where("id", "=", id)
		.executeTakeFirst();
	if (!position) throw new StoreError("not_found", `There is no request "${id}".`);
	return position;
}

/** Undefined for all times. */
async function* spansToSearch(
	db: Kysely<Tables>,
	filter: UsageFilter,
	position: Position | undefined,
	order: Page["order"],
): AsyncGenerator<Span | undefined> {
	if (!needsSpans(filter)) {
		yield undefined;
		return;
	}
	const { createdAfter = -1, createdBefore = Number.MAX_SAFE_INTEGER } = filter;
	let from = createdAfter + 1;
	let to = createdBefore;
	if (position !== undefined && order === "asc") from = Math.max(from, position.created_at);
	if (position !== undefined && order === "desc") to = Math.min(to, position.created_at + 1);
	const times = db.selectFrom("usage_request").select("created_at").where("created_at", ">=", from);
	const inOrder = times.where("created_at", "<", to).orderBy("created_at", order);
	const near = await inOrder.offset(nearRecords).limit(1).executeTakeFirst();
	if (near === undefined) {
		yield { from, to };
	} else if (order === "asc") {
		yield { from, to: near.created_at };
		yield* spansOf(db, filter, { from: near.created_at, to }, order);
	} else {
		yield { from: near.created_at + 1, to };
		const oldest = await times.orderBy("created_at").limit(1).executeTakeFirstOrThrow();
		yield* spansOf(db, filter, { from: oldest.created_at, to: near.created_at + 1 }, order);
	}
}

function allOf({ createdAfter, createdBefore, outcome, requestId, ...dimensions }: UsageFilter) {
	return (eb: ExpressionBuilder<Tables, "usage_request">) => {
		const conditions = (Object.entries(dimensions) as [UsageDimension, string | undefined][]).flatMap(
			([dimension, value]) => {
				if (value === undefined) return [];
				return [eb(usageColumnOf(dimension, value), "=", searchable(value))];
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
	const attempts = (JSON.parse(row.attempts) as (unknown[] | UsageAttempt)[]).map((attempt) =>
		Array.isArray(attempt) ? attemptOf(attempt) : completed(attempt),
	);
	const ownUnits = row.own_units === null ? null : (JSON.parse(row.own_units) as UnitCounts);
	const cached = row.cached === null ? null : (JSON.parse(row.cached) as CachedUse);
	const totals = totalsOf(attempts, { cached, ownUnits });
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
		tokens: row.tokens === null ? totals.tokens : withAllKinds(JSON.parse(row.tokens) as Partial<UsageTokens>),
		units: totals.units,
		ownUnits,
		isEstimated: row.is_estimated === 1,
		cost: row.cost ?? totals.cost,
		durationMs: row.duration_ms,
		firstTokenMs: row.first_token_ms,
		attempts,
		cached,
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
