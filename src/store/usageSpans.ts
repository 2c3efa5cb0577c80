/**
 * When there were requests of some kind. Records have an index by time, and others where one finds few of them, as by key. What most
 * records have alike, such as a route, or in few combinations, the sums know by the minute.
 */
import type { Kysely } from "kysely";
import { searchable } from "./completionPage.js";
import type { Page } from "./page.js";
import type { Tables } from "./tables.js";
import { usageColumnOf } from "./usageColumns.js";
import { othersName } from "./usageSums.js";
import { bucketWidths, isOfAgents, type UsageDimension, type UsageFilter } from "./usageTypes.js";

/** Seconds since the epoch; `to` is exclusive. */
export interface Span {
	readonly from: number;
	readonly to: number;
}

/** Widest first: the days say in which hours to look, and those in which minutes. */
const widths = Object.values(bucketWidths).sort((one, other) => other - one);

/** Columns of which records have indexes. */
const indexed = ["key_id", "session", "team", "model"];

/** Whether no index leads to these records alone: it would be one by a single column. */
export function needsSpans(filter: UsageFilter): boolean {
	if (filter.outcome !== undefined && filter.outcome !== "completed") return false;
	const [column, ...others] = summedConditions(filter).map(([name]) => name as string);
	return column !== undefined && (others.length > 0 || !indexed.includes(column));
}

/** @returns times outside of which no record passes the filter, in the order of the page, none twice */
export async function* spansOf(
	db: Kysely<Tables>,
	filter: UsageFilter,
	within: Span,
	order: Page["order"],
	level = 0,
): AsyncGenerator<Span> {
	const width = widths[level] as number;
	if (level === widths.length - 1) {
		const starts = await startsOf(db, filter, width, within, order).execute();
		for (const span of joined(starts, width)) yield common(span, within);
		return;
	}
	// One by one: a page is often full before the next.
	let { from, to } = within;
	while (from < to) {
		const [start] = await startsOf(db, filter, width, { from, to }, order).limit(1).execute();
		if (start === undefined) return;
		const bucket = { from: start.starts_at, to: start.starts_at + width };
		yield* spansOf(db, filter, common(bucket, within), order, level + 1);
		if (order === "asc") from = bucket.to;
		else to = bucket.from;
	}
}

/** The starts of the buckets of this width that have such requests. */
function startsOf(db: Kysely<Tables>, filter: UsageFilter, width: number, { from, to }: Span, order: Page["order"]) {
	const isAgents = isOfAgents([], filter);
	let query = db
		.selectFrom((isAgents ? "usage_agent_sum" : "usage_sum") as "usage_sum")
		.select("starts_at")
		.distinct()
		.where("width", "=", width)
		.where("starts_at", ">=", from - (from % width))
		.where("starts_at", "<", to)
		// A row may be there for an attempt alone, whose request got its answer elsewhere.
		.where("requests", ">", 0);
	if (!isAgents) query = query.where("tag", "=", "");
	for (const [column, values] of summedConditions(filter)) query = query.where(column as "model", "in", values);
	return query.orderBy("starts_at", order);
}

function common(one: Span, other: Span): Span {
	return { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
}

type Condition = [column: ReturnType<typeof usageColumnOf>, values: string[]];

/** What sums know of a filter. Not a key's name: they have the newest one alone. */
function summedConditions({ createdAfter, createdBefore, outcome, requestId, ...dimensions }: UsageFilter) {
	return (Object.entries(dimensions) as [UsageDimension, string | undefined][]).flatMap(
		([dimension, value]): Condition[] => {
			if (value === undefined) return [];
			const column = usageColumnOf(dimension, value);
			if (column === "key_name") return [];
			return [[column, column === "model" ? [searchable(value), othersName] : [searchable(value)]]];
		},
	);
}

/** Neighbours as one span, so that they are one query. */
function joined(starts: readonly { starts_at: number }[], width: number): Span[] {
	const spans: Span[] = [];
	for (const { starts_at: from } of starts) {
		const last = spans.at(-1);
		if (last?.to === from) spans[spans.length - 1] = { from: last.from, to: from + width };
		else if (last?.from === from + width) spans[spans.length - 1] = { from, to: last.to };
		else spans.push({ from, to: from + width });
	}
	return spans;
}
