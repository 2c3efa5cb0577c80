/** Stored completions in the database: found through indexes, changed, and removed when too old or too many. */
import type { Kysely, Selectable, Transaction } from "kysely";
import { completionPage, type Position, pairsOf } from "./completionPage.js";
import type { Database } from "./database.js";
import type { Metadata } from "./page.js";
import { type CompletionRecord, type CompletionStatus, type CompletionStore, StoreError } from "./store.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["completion"]>;
type Texts = { request: string; response: string };

/** Records removed in one transaction; other writers wait for it. */
const removedAtOnce = 200;
/** How long a removed record remains usable as a page's `after`. */
const removedForMs = 86_400_000;

/** @param now milliseconds since the epoch */
export function completionStore(
	{ db, hasRowLocks, mergesJoins, exclusively }: Database,
	now: () => number,
): Omit<CompletionStore, "add"> {
	async function find(owner: string, id: string): Promise<Row | undefined> {
		return db.selectFrom("completion").selectAll().where("id", "=", id).where("owner", "=", owner).executeTakeFirst();
	}

	/** @returns the row, locked until the transaction ends */
	async function lock(transaction: Transaction<Tables>, owner: string, id: string): Promise<Row | undefined> {
		const query = transaction.selectFrom("completion").selectAll().where("id", "=", id).where("owner", "=", owner);
		return (hasRowLocks ? query.forUpdate() : query).executeTakeFirst();
	}

	async function read(reader: Kysely<Tables>, rows: readonly Row[], summary: boolean): Promise<CompletionRecord[]> {
		const texts = new Map<number, Texts>();
		if (!summary && rows.length > 0) {
			const sequences = rows.map(({ sequence }) => sequence);
			const found = await reader
				.selectFrom("completion_text")
				.selectAll()
				.where("completion", "in", sequences)
				.execute();
			for (const { completion, ...text } of found) texts.set(completion, text);
		}
		return rows.map((row) => toRecord(row, texts.get(row.sequence)));
	}

	/** @returns the position of the record `after`, even if it has been removed since. @throws StoreError `not_found` */
	async function positionOf(owner: string, after: string): Promise<Position> {
		const row =
			(await find(owner, after)) ??
			(await db
				.selectFrom("completion_removed")
				.selectAll()
				.where("id", "=", after)
				.where("owner", "=", owner)
				.executeTakeFirst());
		if (!row) throw missing(after);
		return row;
	}

	/** Removes records with their texts and metadata. @returns how many */
	async function removeAll(transaction: Transaction<Tables>, sequences: readonly number[]): Promise<number> {
		await transaction.deleteFrom("completion_text").where("completion", "in", sequences).execute();
		await transaction.deleteFrom("completion_metadata").where("completion", "in", sequences).execute();
		const { numDeletedRows } = await transaction
			.deleteFrom("completion")
			.where("sequence", "in", sequences)
			.executeTakeFirstOrThrow();
		return Number(numDeletedRows);
	}

	/**
	 * Removes the oldest records in batches until `excess` returns 0; other writers get their turn in between. Runs exclusively:
	 * two processes that count at the same time would remove too many.
	 */
	async function removeOldest(excess: (transaction: Transaction<Tables>) => Promise<number>, createdBefore?: number) {
		let removed = 0;
		for (let found = 1; found > 0; removed += found) {
			await exclusively(async (transaction) => {
				found = 0;
				const most = Math.min(removedAtOnce, await excess(transaction));
				if (most <= 0) return;
				let query = transaction.selectFrom("completion").select("sequence");
				if (createdBefore !== undefined) query = query.where("created_at", "<", createdBefore);
				const oldest = await query.orderBy("created_at").orderBy("sequence").limit(most).execute();
				if (oldest.length === 0) return;
				found = await removeAll(
					transaction,
					oldest.map(({ sequence }) => sequence),
				);
			});
			await new Promise((resolve) => setImmediate(resolve));
		}
		return removed;
	}

	async function count(reader: Kysely<Tables> = db): Promise<number> {
		const { total } = await reader
			.selectFrom("completion")
			.select((eb) => eb.fn.countAll<number>().as("total"))
			.executeTakeFirstOrThrow();
		return Number(total);
	}

	return {
		async get(owner, id) {
			const row = await find(owner, id);
			return row && (await read(db, [row], false))[0];
		},

		async list(owner, { limit, order, after, summary = false, ...filter }) {
			const from = after === undefined ? undefined : await positionOf(owner, after);
			const sequences = await completionPage({ db, mergesJoins }, owner, filter, { limit: limit + 1, order, from });
			if (sequences.length === 0) return { data: [], hasMore: false };
			const rows = await db
				.selectFrom("completion")
				.selectAll()
				.where("sequence", "in", sequences.slice(0, limit))
				.orderBy("created_at", order)
				.orderBy("sequence", order)
				.execute();
			return { data: await read(db, rows, summary), hasMore: sequences.length > limit };
		},

		update: (owner, id, metadata) =>
			db.transaction().execute(async (transaction) => {
				const row = await lock(transaction, owner, id);
				if (!row) throw missing(id);
				const changed = { ...row, metadata: JSON.stringify(metadata) };
				await transaction
					.updateTable("completion")
					.set({ metadata: changed.metadata })
					.where("sequence", "=", row.sequence)
					.execute();
				await transaction.deleteFrom("completion_metadata").where("completion", "=", row.sequence).execute();
				const pairs = pairsOf(metadata).map((pair) => ({
					...pair,
					completion: row.sequence,
					owner,
					created_at: row.created_at,
					model: row.model,
				}));
				if (pairs.length > 0) await transaction.insertInto("completion_metadata").values(pairs).execute();
				return (await read(transaction, [changed], false))[0] as CompletionRecord;
			}),

		remove: (owner, id) =>
			db.transaction().execute(async (transaction) => {
				const row = await lock(transaction, owner, id);
				if (!row) return false;
				const { created_at, sequence } = row;
				const removed_at = now();
				await transaction
					.insertInto("completion_removed")
					.values({ id, owner, created_at, sequence, removed_at })
					.onConflict((conflict) => conflict.column("id").doUpdateSet({ created_at, sequence, removed_at }))
					.execute();
				return (await removeAll(transaction, [sequence])) > 0;
			}),

		async retain({ maxAgeMs, maxCount }) {
			let removed = 0;
			if (maxAgeMs !== undefined)
				removed += await removeOldest(async () => removedAtOnce, Math.ceil((now() - maxAgeMs) / 1000));
			if (maxCount !== undefined)
				removed += await removeOldest(async (transaction) => (await count(transaction)) - maxCount);
			await db
				.deleteFrom("completion_removed")
				.where("removed_at", "<", now() - removedForMs)
				.execute();
			return removed;
		},

		count: () => count(),
	};
}

function missing(id: string): StoreError {
	return new StoreError("not_found", `There is no stored chat completion "${id}".`);
}

function toRecord(row: Row, texts: Texts | undefined): CompletionRecord {
	return {
		id: row.id,
		model: row.model,
		status: row.status as CompletionStatus,
		metadata: JSON.parse(row.metadata) as Metadata,
		createdAt: row.created_at,
		request: texts?.request ?? "",
		response: texts?.response ?? "",
		promptTokens: row.prompt_tokens ?? undefined,
		completionTokens: row.completion_tokens ?? undefined,
		durationMs: row.duration_ms,
	};
}
