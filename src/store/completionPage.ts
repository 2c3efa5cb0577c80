/** Finds a page of stored completions: each query walks along one index, so a page costs the same however many there are. */
import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { Database } from "./database.js";
import type { Metadata, Page } from "./page.js";
import type { CompletionFilter, CompletionStatus } from "./store.js";
import type { Tables } from "./tables.js";

/** A record's position in lists. */
export interface Position {
	created_at: number;
	sequence: number;
}

/** A filter with at least this many records has "many". */
const many = 1_000;

/**
 * A text as it is once it is stored, so that texts that are not the same differ there, too. Replaces NUL: PostgreSQL refuses it in text,
 * and libsql drops what follows it. Replaces half characters: UTF-8 has none.
 */
export function searchable(text: string): string {
	const whole = text.toWellFormed();
	return whole.includes("\0") ? whole.replaceAll("\0", "\ufffd") : whole;
}

/** Metadata pairs in the form in which they are stored and searched, each name once. */
export function pairsOf(metadata: Metadata): { key: string; value: string }[] {
	const pairs = new Map(Object.entries(metadata).map(([key, value]) => [searchable(key), searchable(value)]));
	return [...pairs].map(([key, value]) => ({ key, value }));
}

export interface Slice {
	limit: number;
	order: Page["order"];
	from: Position | undefined;
	/** The search stops here. */
	to?: Position | undefined;
}

/**
 * Finds a page's records. A query walks along one index and stops when the page is full. If every pair has many records but
 * they rarely occur together, it walks along all of their ranges side by side instead.
 *
 * @returns the records' sequence numbers, in the page's order
 */
export async function completionPage(
	{ db, mergesJoins }: Pick<Database, "db" | "mergesJoins">,
	owner: string,
	filter: CompletionFilter,
	slice: Slice,
): Promise<number[]> {
	const { pair, isMany } = await leadingPair(db, owner, filter);
	if (!pair) return numbers(alongCompletions(db, owner, filter, slice));
	const isOnlyPair = Object.keys(filter.metadata ?? {}).length === 1;
	const to = isMany && !isOnlyPair ? await farthest(db, owner, filter, pair, slice) : undefined;
	const found = await numbers(alongMetadata(db, owner, filter, pair, { ...slice, to }));
	if (to === undefined || found.length === slice.limit) return found;
	const alongAll = mergesJoins
		? alongMetadata(db, owner, filter, pair, slice, true)
		: alongAllPairs(db, owner, filter, slice);
	return numbers(alongAll);
}

async function numbers(query: Numbers): Promise<number[]> {
	return (await query.execute()).map(({ sequence }) => sequence);
}

/**
 * The pair with the fewest records, or undefined if the owner's or the model's index has fewer still. If all pairs have many,
 * any of them fills a page quickly, provided that they occur together.
 */
async function leadingPair(
	db: Kysely<Tables>,
	owner: string,
	{ metadata = {}, model, status }: CompletionFilter,
): Promise<{ pair?: readonly [key: string, value: string] | undefined; isMany: boolean }> {
	const pairs = Object.entries(metadata);
	if (pairs.length === 0) return { isMany: true };
	if (pairs.length === 1 && model === undefined && isUsual(status)) return { pair: pairs[0], isMany: true };
	let fewest =
		isUsual(status) && model === undefined ? many : await fewOf(db, alongCompletions(db, owner, { model, status }));
	let pair = fewest < many ? undefined : pairs[0];
	for (const candidate of pairs) {
		const few = await fewOf(db, alongMetadata(db, owner, {}, candidate));
		if (few >= fewest) continue;
		fewest = few;
		pair = candidate;
	}
	return { pair, isMany: fewest >= many };
}

/** @returns the position at which the first `many` of a pair's records end; undefined if there are no more than that */
async function farthest(
	db: Kysely<Tables>,
	owner: string,
	{ createdAfter, createdBefore }: CompletionFilter,
	pair: readonly [string, string],
	slice: Slice,
): Promise<Position | undefined> {
	const range = alongMetadata(db, owner, { createdAfter, createdBefore }, pair, { ...slice, limit: 1 });
	const rows = await range.select(sql<number>`pair.created_at`.as("created_at")).offset(many).execute();
	return rows[0];
}

/** All ranges are in the page's order, so SQLite merges them as it goes and stops when the page is full. PostgreSQL would collect all of them first. */
function alongAllPairs(db: Kysely<Tables>, owner: string, filter: CompletionFilter, slice: Slice): Numbers {
	const { metadata = {}, model, status, createdAfter, createdBefore } = filter;
	const [first, ...others] = Object.entries(metadata).map((pair, place) => {
		const own = { model, createdAfter, createdBefore, status: place === 0 ? status : undefined };
		const range = alongMetadata(db, owner, own, pair);
		const positioned = range.select(sql<number>`pair.created_at`.as("created_at"));
		return withinSlice(positioned as unknown as Numbers, pairColumns, slice);
	}) as [Numbers, ...Numbers[]];
	const all = others.reduce((some, other) => some.intersect(other), first);
	return all.orderBy(sql.ref("created_at"), slice.order).orderBy(sql.ref("sequence"), slice.order).limit(slice.limit);
}

/** Nearly all records have the usual status, so no index covers it. */
function isUsual(status: CompletionStatus | undefined): boolean {
	return status === undefined || status === "completed";
}

/** @returns the number of rows, counted up to `many` */
async function fewOf(db: Kysely<Tables>, query: Numbers): Promise<number> {
	const { few } = await db
		.selectFrom(query.limit(many).as("first"))
		.select((eb) => eb.fn.countAll<number>().as("few"))
		.executeTakeFirstOrThrow();
	return Number(few);
}

type Numbers = SelectQueryBuilder<Tables, never, { sequence: number }>;

const pairColumns = { time: "pair.created_at", sequence: "pair.completion" };

function alongMetadata(
	db: Kysely<Tables>,
	owner: string,
	{ metadata = {}, model, status, ...times }: CompletionFilter,
	[key, value]: readonly [string, string],
	slice?: Slice,
	inSameOrder = false,
): Numbers {
	let query = db
		.selectFrom("completion_metadata as pair")
		.select("pair.completion as sequence")
		.where("pair.owner", "=", owner)
		.where("pair.key", "=", searchable(key))
		.where("pair.value", "=", searchable(value));
	for (const other of pairsOf(metadata)) {
		if (other.key === searchable(key)) continue;
		query = query.where(({ exists, selectFrom }) => {
			const same = selectFrom("completion_metadata as other")
				.select("other.key")
				.whereRef("other.completion", "=", "pair.completion")
				.where("other.key", "=", other.key)
				.where("other.value", "=", other.value);
			// Always true, but spelled out they let the database walk this pair's range in the page's order.
			const ordered = same.where("other.owner", "=", owner).whereRef("other.created_at", "=", "pair.created_at");
			return exists(inSameOrder ? ordered : same);
		});
	}
	if (model !== undefined) query = query.where("pair.model", "=", searchable(model));
	if (status !== undefined)
		query = query.where(({ exists, selectFrom }) =>
			exists(
				selectFrom("completion as record")
					.select("record.sequence")
					.whereRef("record.sequence", "=", "pair.completion")
					.where("record.status", "=", status),
			),
		);
	return sliced(query as unknown as Numbers, pairColumns, times, slice);
}

function alongCompletions(
	db: Kysely<Tables>,
	owner: string,
	{ metadata = {}, model, status, ...times }: CompletionFilter,
	slice?: Slice,
): Numbers {
	let query = db.selectFrom("completion as record").select("record.sequence").where("record.owner", "=", owner);
	if (model !== undefined) query = query.where("record.model", "=", searchable(model));
	if (status !== undefined) query = query.where("record.status", "=", status);
	// As a constant: with a parameter, the partial index would not be used.
	if (!isUsual(status)) query = query.where("record.status", "!=", sql.lit<CompletionStatus>("completed"));
	for (const { key, value } of pairsOf(metadata))
		query = query.where(({ exists, selectFrom }) =>
			exists(
				selectFrom("completion_metadata as pair")
					.select("pair.key")
					.whereRef("pair.completion", "=", "record.sequence")
					.where("pair.key", "=", key)
					.where("pair.value", "=", value),
			),
		);
	const columns = { time: "record.created_at", sequence: "record.sequence" };
	return sliced(query as unknown as Numbers, columns, times, slice);
}

/** Restricts a query to a time range and, with `slice`, to a page of it. */
function sliced(
	query: Numbers,
	columns: { time: string; sequence: string },
	{ createdBefore, createdAfter }: Pick<CompletionFilter, "createdBefore" | "createdAfter">,
	slice: Slice | undefined,
): Numbers {
	const time = sql.ref<number>(columns.time);
	const sequence = sql.ref<number>(columns.sequence);
	let part = query;
	if (createdBefore !== undefined) part = part.where(time, "<", createdBefore);
	if (createdAfter !== undefined) part = part.where(time, ">", createdAfter);
	if (!slice) return part;
	const { order, limit } = slice;
	return withinSlice(part, columns, slice).orderBy(time, order).orderBy(sequence, order).limit(limit);
}

/** Restricts a query to the records after the slice's start and up to its end. */
function withinSlice(query: Numbers, columns: { time: string; sequence: string }, { from, to, order }: Slice): Numbers {
	const position = sql`(${sql.ref(columns.time)}, ${sql.ref(columns.sequence)})`;
	let part = query;
	if (from)
		part = part.where(
			sql<boolean>`${position} ${sql.raw(order === "desc" ? "<" : ">")} (${from.created_at}, ${from.sequence})`,
		);
	if (to)
		part = part.where(
			sql<boolean>`${position} ${sql.raw(order === "desc" ? ">=" : "<=")} (${to.created_at}, ${to.sequence})`,
		);
	return part;
}
