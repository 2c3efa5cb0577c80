/** Responses in the database: followed back along their threads, listed and removed. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Database } from "./database.js";
import { removedResponses } from "./removedResponses.js";
import { removeResponses, responseRetention } from "./responseRetention.js";
import type {
	ResponseChain,
	ResponseFilter,
	ResponseHead,
	ResponseRecord,
	ResponseStatus,
	ResponseStore,
	TurnItems,
} from "./responseTypes.js";
import { unfinished } from "./responseTypes.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["response"]>;

/** A thread is never so long; a loop would be. */
const maxTurns = 100_000;
/** Values in one statement. */
const mostValues = 500;

/** @param now milliseconds since the epoch */
export function responseStore(database: Database, now: () => number): Omit<ResponseStore, "add"> {
	const { db } = database;
	const chainQuery = compileChain(db);
	const removed = removedResponses(database);

	async function find(reader: Kysely<Tables>, owner: string, id: string): Promise<Row | undefined> {
		return reader.selectFrom("response").selectAll().where("id", "=", id).where("owner", "=", owner).executeTakeFirst();
	}

	async function findRemoved(owner: string, id: string) {
		const query = db.selectFrom("response_removed").selectAll().where("id", "=", id).where("owner", "=", owner);
		return query.executeTakeFirst();
	}

	/** @throws StoreError `not_found` */
	async function positionOf(owner: string, after: string): Promise<Pick<Row, "created_at" | "sequence">> {
		const row = (await find(db, owner, after)) ?? (await findRemoved(owner, after));
		if (!row) throw new StoreError("not_found", `There is no response "${after}" to begin after.`);
		return row;
	}

	function filtered(owner: string, { model, status, thread, conversation }: ResponseFilter) {
		let query = db.selectFrom("response").selectAll().where("owner", "=", owner);
		if (model !== undefined) query = query.where("model", "=", model);
		if (status !== undefined) query = query.where("status", "=", status);
		if (thread !== undefined) query = query.where("thread", "=", thread);
		if (conversation !== undefined) query = query.where("conversation", "=", conversation);
		return query;
	}

	async function whole(rows: readonly Row[]): Promise<ResponseRecord[]> {
		if (rows.length === 0) return [];
		const sequences = rows.map(({ sequence }) => sequence);
		const texts = await db.selectFrom("response_text").selectAll().where("response", "in", sequences).execute();
		const bySequence = new Map(texts.map((text) => [text.response, text]));
		return rows.map((row) => {
			const { input = "", output = "", body = "", output_at = 0, request } = bySequence.get(row.sequence) ?? {};
			return {
				...headOf(row),
				owner: row.owner,
				input,
				output,
				body,
				outputAt: output_at,
				request: request ?? undefined,
			};
		});
	}

	return {
		async get(owner, id) {
			const row = await find(db, owner, id);
			return row && (await whole([row]))[0];
		},

		async chain(owner, id): Promise<ResponseChain> {
			const { rows } = await db.executeQuery<Row & { depth: number }>({
				...chainQuery,
				parameters: [id, owner, owner, maxTurns],
			});
			const heads = rows.map(headOf);
			const first = heads[0];
			const missing = first === undefined ? id : first.previous;
			const isRemoved = missing !== undefined && (await findRemoved(owner, missing)) !== undefined;
			return { heads, missing, isRemoved };
		},

		removedAmong: (ids) => removed.among(ids),

		async items(owner, ids) {
			const found = new Map<string, TurnItems<string>>();
			for (let at = 0; at < ids.length; at += mostValues) {
				const rows = await db
					.selectFrom("response")
					.innerJoin("response_text", "response_text.response", "response.sequence")
					.select(["response.id", "response_text.input", "response_text.output"])
					.where("response.id", "in", ids.slice(at, at + mostValues))
					.where("response.owner", "=", owner)
					.execute();
				for (const { id, input, output } of rows) found.set(id, { input, output });
			}
			return found;
		},

		async withItems(owner, itemIds) {
			const found = new Map<string, string>();
			for (let at = 0; at < itemIds.length; at += mostValues) {
				const rows = await db
					.selectFrom("response_item")
					.innerJoin("response", "response.sequence", "response_item.response")
					.select(["response_item.item", "response.id"])
					.where("response_item.owner", "=", owner)
					.where("response_item.item", "in", itemIds.slice(at, at + mostValues))
					.orderBy("response.sequence")
					.execute();
				for (const { item, id } of rows) found.set(item, id);
			}
			return found;
		},

		async list(owner, { limit, order, after, ...filter }) {
			let query = filtered(owner, filter);
			if (after !== undefined) {
				const { created_at, sequence } = await positionOf(owner, after);
				const comparison = order === "asc" ? ">" : "<";
				query = query.where(({ eb, refTuple, tuple }) =>
					eb(refTuple("created_at", "sequence"), comparison, tuple(created_at, sequence)),
				);
			}
			const rows = await query
				.orderBy("created_at", order)
				.orderBy("sequence", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(headOf), hasMore: rows.length > limit };
		},

		async unfinished(limit) {
			const rows = await db
				.selectFrom("response")
				.selectAll()
				.where("status", "in", unfinished)
				// The index has no completed ones, and is used only where that is said.
				.where("status", "!=", sql.lit("completed"))
				.orderBy("created_at")
				.orderBy("sequence")
				.limit(limit)
				.execute();
			return whole(rows);
		},

		async remove(owner, id) {
			const isRemoved = await db.transaction().execute(async (transaction) => {
				const row = await find(transaction, owner, id);
				if (!row) return false;
				const { created_at, sequence } = row;
				const removed_at = now();
				await transaction
					.insertInto("response_removed")
					.values({ id, owner, created_at, sequence, removed_at })
					.onConflict((conflict) => conflict.column("id").doUpdateSet({ created_at, sequence, removed_at }))
					.execute();
				return (await removeResponses(transaction, [sequence])) > 0;
			});
			removed.haveChanged();
			return isRemoved;
		},

		...responseRetention(database, now),
	};
}

/** A response and all that it goes on from, oldest first. Parameters: id, owner, owner, most turns. */
function compileChain(db: Kysely<Tables>) {
	return db
		.withRecursive("turn", (cte) =>
			cte
				.selectFrom("response")
				.selectAll("response")
				.select((eb) => eb.lit(0).as("depth"))
				.where("response.id", "=", "")
				.where("response.owner", "=", "")
				.unionAll(
					cte
						.selectFrom("response")
						.innerJoin("turn", "turn.previous", "response.id")
						.selectAll("response")
						.select((eb) => eb("turn.depth", "+", eb.lit(1)).as("depth"))
						.where("response.owner", "=", "")
						.where("turn.depth", "<", maxTurns),
				),
		)
		.selectFrom("turn")
		.selectAll()
		.orderBy("depth", "desc")
		.compile();
}

export function headOf(row: Row): ResponseHead {
	return {
		id: row.id,
		model: row.model,
		status: row.status as ResponseStatus,
		createdAt: row.created_at,
		previous: row.previous ?? undefined,
		thread: row.thread,
		conversation: row.conversation ?? undefined,
		home: row.home ?? undefined,
		inputTokens: row.input_tokens ?? undefined,
		outputTokens: row.output_tokens ?? undefined,
		requestId: row.request_id ?? undefined,
	};
}
