/** Batches in the database. */
import type { Insertable, Kysely } from "kysely";
import { answersIn, openLinesIn } from "./batchLines.js";
import { newRow, notedRow, recordOf, seenRow, takenOf } from "./batchRows.js";
import type { BatchMoment, BatchRecord, BatchStore } from "./batchTypes.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { mayBeTaken } from "./leases.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { deliveryRow } from "./webhookStore.js";

/** Transactions, and a statement's values, should be few. */
const rowsAtOnce = 500;

/** @param now milliseconds since the epoch */
export function batchStore({ db, hasRowLocks }: Database, now: () => number): BatchStore {
	const seconds = () => Math.floor(now() / 1000);

	/** Changes one that is not over, while nobody else does. @returns `otherwise` if it is over, or not there */
	function change<Result>(
		sequence: number,
		otherwise: Result,
		act: (transaction: Kysely<Tables>, record: BatchRecord) => Promise<Result>,
	): Promise<Result> {
		return db.transaction().execute(async (transaction) => {
			const query = transaction
				.selectFrom("batch")
				.selectAll()
				.where("sequence", "=", sequence)
				.where("lease_until", "is not", null);
			const row = await (hasRowLocks ? query.forUpdate() : query).executeTakeFirst();
			return row === undefined ? otherwise : act(transaction, recordOf(row));
		});
	}

	async function find(owner: string | undefined, id: string): Promise<BatchRecord | undefined> {
		let query = db.selectFrom("batch").selectAll().where("id", "=", id);
		if (owner !== undefined) query = query.where("owner", "=", owner);
		const row = await query.executeTakeFirst();
		return row && recordOf(row);
	}

	const withMoment = ({ moments }: BatchRecord, moment: BatchMoment) =>
		JSON.stringify({ ...moments, [moment]: moments[moment] ?? seconds() });

	async function removeAll(sequences: readonly number[]): Promise<void> {
		await db.transaction().execute(async (transaction) => {
			await transaction.deleteFrom("batch_answer").where("batch", "in", sequences).execute();
			await transaction.deleteFrom("batch_line").where("batch", "in", sequences).execute();
			await transaction.deleteFrom("batch").where("sequence", "in", sequences).execute();
		});
	}

	return {
		add: (batch, maxUnfinished) =>
			db.transaction().execute(async (transaction) => {
				const { count } = await transaction
					.selectFrom("batch")
					.select((eb) => eb.fn.countAll<number | string>().as("count"))
					.where("owner", "=", batch.owner)
					.where("lease_until", "is not", null)
					.executeTakeFirstOrThrow();
				if (Number(count) >= maxUnfinished) return undefined;
				const { sequence } = await transaction
					.insertInto("batch")
					.values(newRow(batch))
					.returning("sequence")
					.executeTakeFirstOrThrow();
				return Number(sequence);
			}),

		async addLines(batch, lines) {
			for (let at = 0; at < lines.length; at += rowsAtOnce) {
				const rows = lines.slice(at, at + rowsAtOnce).map(({ number, customId, request }) => ({
					...{ batch, number, custom_id: JSON.stringify(customId), request },
				}));
				await db
					.insertInto("batch_line")
					.values(rows)
					.onConflict((conflict) => conflict.doNothing())
					.execute();
			}
		},

		begin: (sequence, { total, model }) =>
			change(sequence, false, async (transaction, record) => {
				if (record.status !== "validating") return false;
				await transaction
					.updateTable("batch")
					.set({ status: "in_progress", total, model: model === undefined ? null : JSON.stringify(model) })
					.set({ moments: withMoment(record, "in_progress") })
					.where("sequence", "=", sequence)
					.execute();
				return true;
			}),

		async note(batch) {
			await db
				.insertInto("batch")
				.values({ ...notedRow(batch), ended_at: now() })
				.onConflict((conflict) =>
					conflict
						.column("id")
						.doUpdateSet({ snapshot: batch.snapshot, ...seenRow(batch.seen) })
						.where("batch.upstream", "=", batch.upstream),
				)
				.execute();
		},

		async ofOutput(owner, file) {
			const row = await db
				.selectFrom("batch")
				.selectAll()
				.where("owner", "=", owner)
				.where("output_file", "=", searchable(file))
				.where("upstream", "is not", null)
				.executeTakeFirst();
			return row && recordOf(row);
		},

		async account(sequence) {
			const { numUpdatedRows } = await db
				.updateTable("batch")
				.set({ is_accounted: 1 })
				.where("sequence", "=", sequence)
				.where("is_accounted", "=", 0)
				.executeTakeFirstOrThrow();
			return Number(numUpdatedRows) > 0;
		},

		get: find,

		async list({ owner, kind, limit, order, after }) {
			let query = db.selectFrom("batch").selectAll();
			if (owner !== undefined) query = query.where("owner", "=", owner);
			if (kind !== undefined) query = query.where("kind", "=", kind);
			if (after !== undefined) {
				const last = await query.where("id", "=", after).executeTakeFirst();
				if (last === undefined) throw new StoreError("not_found", `There is no batch '${after}'.`);
				query = query.where("sequence", order === "desc" ? "<" : ">", last.sequence);
			}
			const rows = await query
				.orderBy("sequence", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
		},

		open: (sequence, after, limit) => openLinesIn(db, sequence, after, limit),

		answer: (sequence, answers) =>
			change(sequence, false, async (transaction, { status }) => {
				if (status !== "in_progress") return false;
				const added = new Set<number>();
				for (let at = 0; at < answers.length; at += rowsAtOnce) {
					const rows: Insertable<Tables["batch_answer"]>[] = answers.slice(at, at + rowsAtOnce).map((one) => ({
						...{ batch: sequence, number: one.number, is_failed: Number(one.isFailed) },
						...{ status: one.status, request_id: one.requestId, body: one.body },
					}));
					const numbers = await transaction
						.insertInto("batch_answer")
						.values(rows)
						.onConflict((conflict) => conflict.doNothing())
						.returning("number")
						.execute();
					for (const { number } of numbers) added.add(Number(number));
				}
				const counted = answers.filter(({ number }) => added.has(number));
				const failed = counted.filter(({ isFailed }) => isFailed).length;
				const sumOf = (name: "input" | "cached" | "output" | "reasoning") =>
					counted.reduce((sum, { tokens }) => sum + (tokens?.[name] ?? 0), 0);
				await transaction
					.updateTable("batch")
					.set((eb) => ({
						completed: eb("completed", "+", counted.length - failed),
						failed: eb("failed", "+", failed),
						input_tokens: eb("input_tokens", "+", sumOf("input")),
						cached_tokens: eb("cached_tokens", "+", sumOf("cached")),
						output_tokens: eb("output_tokens", "+", sumOf("output")),
						reasoning_tokens: eb("reasoning_tokens", "+", sumOf("reasoning")),
					}))
					.where("sequence", "=", sequence)
					.execute();
				return true;
			}),

		answers: (sequence, after, limit) => answersIn(db, sequence, after, limit),

		finalize: (sequence) =>
			change<BatchRecord | undefined>(sequence, undefined, async (transaction, record) => {
				const row = await transaction
					.updateTable("batch")
					.set({ status: "finalizing", moments: withMoment(record, "finalizing") })
					.where("sequence", "=", sequence)
					.returningAll()
					.executeTakeFirstOrThrow();
				return recordOf(row);
			}),

		async cancel(owner, id) {
			const record = await find(owner, id);
			if (record === undefined) return undefined;
			const { sequence } = record;
			await change(sequence, undefined, async (transaction, current) => {
				// What is finalized already is over soon.
				if (current.isCancelling || current.status === "finalizing") return;
				await transaction
					.updateTable("batch")
					.set({ is_cancelling: 1, moments: withMoment(current, "cancelling") })
					.where("sequence", "=", sequence)
					.execute();
			});
			return find(owner, id);
		},

		end: (sequence, { status, outputFile, errorFile, faults = [] }, deliveries) =>
			change(sequence, false, async (transaction, record) => {
				await transaction
					.updateTable("batch")
					.set({ status, moments: withMoment(record, status), faults: JSON.stringify(faults) })
					.set({ output_file: outputFile ?? null, error_file: errorFile ?? null })
					.set({ task: "", holder: "", lease_until: null, ended_at: now() })
					.where("sequence", "=", sequence)
					.execute();
				if (deliveries.length > 0)
					await transaction
						.insertInto("webhook_delivery")
						.values(deliveries.map((one) => deliveryRow(one, now())))
						.execute();
				return true;
			}),

		async renew(holder, leaseUntil) {
			const rows = await db
				.updateTable("batch")
				.set({ lease_until: leaseUntil })
				.where("holder", "=", holder)
				.where("lease_until", "is not", null)
				.returning(["sequence", "is_cancelling"])
				.execute();
			return rows.map((row) => ({ sequence: Number(row.sequence), isCancelling: row.is_cancelling === 1 }));
		},

		take: (holder, leaseUntil, limit, gone) =>
			db.transaction().execute(async (transaction) => {
				const query = transaction
					.selectFrom("batch")
					.selectAll()
					.where(mayBeTaken(holder, gone, now()))
					.orderBy("sequence")
					.limit(limit);
				const rows = await (hasRowLocks ? query.forUpdate().skipLocked() : query).execute();
				const sequences = rows.map(({ sequence }) => sequence);
				if (sequences.length > 0)
					await transaction
						.updateTable("batch")
						.set({ holder, lease_until: leaseUntil })
						.where("sequence", "in", sequences)
						.execute();
				return rows.map(takenOf);
			}),

		async release(holder, sequences, at) {
			if (sequences.length === 0) return;
			await db
				.updateTable("batch")
				.set({ lease_until: at, holder: "" })
				.where("sequence", "in", [...sequences])
				.where("holder", "=", holder)
				.where("lease_until", "is not", null)
				.execute();
		},

		async remove(owner, id) {
			const record = await find(owner, id);
			if (record === undefined) return false;
			await removeAll([record.sequence]);
			return true;
		},

		async nextAt() {
			const { first } = await db
				.selectFrom("batch")
				.select((eb) => eb.fn.min("lease_until").as("first"))
				.where("lease_until", "is not", null)
				.executeTakeFirstOrThrow();
			return first === null ? undefined : Number(first);
		},

		async retain(maxAgeMs) {
			const old = await db
				.selectFrom("batch")
				.select("sequence")
				.where("ended_at", "<", now() - maxAgeMs)
				.limit(rowsAtOnce)
				.execute();
			if (old.length > 0) await removeAll(old.map(({ sequence }) => sequence));
			return old.length;
		},
	};
}
