/** Responses that are generated in the background, in the database. */
import type { Selectable, Transaction } from "kysely";
import type { BackgroundRecord, BackgroundStatus, BackgroundStore, TakenBackground } from "./backgroundTypes.js";
import type { Database } from "./database.js";
import { mayBeTaken } from "./leases.js";
import type { Tables } from "./tables.js";
import { deliveryRow } from "./webhookStore.js";

type Row = Selectable<Tables["background_response"]>;

const over = { task: "", holder: "", lease_until: null } as const;

/** @param now milliseconds since the epoch */
export function backgroundStore({ db, hasRowLocks }: Database, now: () => number): BackgroundStore {
	async function unfinishedOf(transaction: Transaction<Tables>, owner: string): Promise<number> {
		const { count } = await transaction
			.selectFrom("background_response")
			.select((eb) => eb.fn.countAll<number | string>().as("count"))
			.where("owner", "=", owner)
			.where("lease_until", "is not", null)
			.executeTakeFirstOrThrow();
		return Number(count);
	}

	return {
		add: ({ id, owner, createdAt, response, task, isFollowed, holder, leaseUntil }, maxUnfinished) =>
			db.transaction().execute(async (transaction) => {
				if ((await unfinishedOf(transaction, owner)) >= maxUnfinished) return false;
				const row: Row = {
					...{ id, owner, created_at: createdAt, response, task, holder, lease_until: leaseUntil },
					...{ status: "queued", is_followed: Number(isFollowed), restarts: 0, ended_at: null },
				};
				await transaction.insertInto("background_response").values(row).execute();
				return true;
			}),

		async get(owner, id) {
			const row = await db
				.selectFrom("background_response")
				.selectAll()
				.where("id", "=", id)
				.where("owner", "=", owner)
				.executeTakeFirst();
			return row && recordOf(row);
		},

		async taskOf(owner, id) {
			const row = await db
				.selectFrom("background_response")
				.select("task")
				.where("id", "=", id)
				.where("owner", "=", owner)
				.where("lease_until", "is not", null)
				.executeTakeFirst();
			return row?.task;
		},

		async begin(id, response) {
			await db
				.updateTable("background_response")
				.set({ status: "in_progress", response })
				.where("id", "=", id)
				.where("lease_until", "is not", null)
				.execute();
		},

		async follow(id) {
			await db
				.updateTable("background_response")
				.set({ is_followed: 1 })
				.where("id", "=", id)
				.where("is_followed", "=", 0)
				.execute();
		},

		async isFollowed(id) {
			const row = await db
				.selectFrom("background_response")
				.select("is_followed")
				.where("id", "=", id)
				.executeTakeFirst();
			return row?.is_followed === 1;
		},

		async restart(id) {
			await db
				.updateTable("background_response")
				.set((eb) => ({ restarts: eb("restarts", "+", 1) }))
				.where("id", "=", id)
				.execute();
		},

		end: (id, { status, response }, deliveries) =>
			db.transaction().execute(async (transaction) => {
				const { numUpdatedRows } = await transaction
					.updateTable("background_response")
					.set({ status, response, ended_at: now(), ...over })
					.where("id", "=", id)
					.where("lease_until", "is not", null)
					.executeTakeFirstOrThrow();
				if (Number(numUpdatedRows) === 0) return false;
				if (deliveries.length > 0)
					await transaction
						.insertInto("webhook_delivery")
						.values(deliveries.map((one) => deliveryRow(one, now())))
						.execute();
				return true;
			}),

		async renew(holder, leaseUntil) {
			const rows = await db
				.updateTable("background_response")
				.set({ lease_until: leaseUntil })
				.where("holder", "=", holder)
				.where("lease_until", "is not", null)
				.returning("id")
				.execute();
			return rows.map(({ id }) => id);
		},

		take: (holder, leaseUntil, limit, gone) =>
			db.transaction().execute(async (transaction) => {
				const query = transaction
					.selectFrom("background_response")
					.selectAll()
					.where(mayBeTaken(holder, gone, now()))
					.orderBy("lease_until")
					.orderBy("created_at")
					.limit(limit);
				const rows = await (hasRowLocks ? query.forUpdate().skipLocked() : query).execute();
				const ids = rows.map(({ id }) => id);
				if (ids.length > 0)
					await transaction
						.updateTable("background_response")
						.set({ holder, lease_until: leaseUntil })
						.where("id", "in", ids)
						.execute();
				return rows.map(takenOf);
			}),

		async release(holder, ids) {
			if (ids.length === 0) return;
			await db
				.updateTable("background_response")
				.set({ lease_until: 0, holder: "" })
				.where("id", "in", ids)
				.where("holder", "=", holder)
				.where("lease_until", "is not", null)
				.execute();
		},

		async remove(owner, id) {
			const { numDeletedRows } = await db
				.deleteFrom("background_response")
				.where("id", "=", id)
				.where("owner", "=", owner)
				.executeTakeFirstOrThrow();
			return Number(numDeletedRows) > 0;
		},

		async nextAt() {
			const { first } = await db
				.selectFrom("background_response")
				.select((eb) => eb.fn.min("lease_until").as("first"))
				.where("lease_until", "is not", null)
				.executeTakeFirstOrThrow();
			return first === null ? undefined : Number(first);
		},

		async retain(maxAgeMs) {
			const { numDeletedRows } = await db
				.deleteFrom("background_response")
				.where("ended_at", "<", now() - maxAgeMs)
				.executeTakeFirstOrThrow();
			return Number(numDeletedRows);
		},
	};
}

function recordOf({ id, owner, created_at, status, response }: Row): BackgroundRecord {
	return { id, owner, createdAt: created_at, status: status as BackgroundStatus, response };
}

function takenOf(row: Row): TakenBackground {
	return { ...recordOf(row), task: row.task, isFollowed: row.is_followed === 1, restarts: row.restarts };
}
