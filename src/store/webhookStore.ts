/** What webhooks are told, in the database. */
import type { Selectable } from "kysely";
import type { Database } from "./database.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import type { DeliveryRecord, DeliveryState, NewDelivery, WebhookStore } from "./webhookTypes.js";

type Row = Selectable<Tables["webhook_delivery"]>;

/** @param dueAt milliseconds since the epoch */
export function deliveryRow({ id, endpoint, eventId, type, subject, createdAt }: NewDelivery, dueAt: number): Row {
	return {
		...{ id, endpoint, event_id: eventId, type, subject, created_at: createdAt },
		...{ state: "waiting", attempts: 0, next_at: dueAt, last_result: null },
	};
}

/** @param now milliseconds since the epoch */
export function webhookStore({ db, hasRowLocks }: Database, now: () => number): WebhookStore {
	return {
		async add(deliveries) {
			if (deliveries.length === 0) return;
			const rows = deliveries.map((one) => deliveryRow(one, now()));
			await db.insertInto("webhook_delivery").values(rows).execute();
		},

		take: (endpoints, leaseUntil, limit) =>
			db.transaction().execute(async (transaction) => {
				const query = transaction
					.selectFrom("webhook_delivery")
					.selectAll()
					.where("next_at", "<=", now())
					.where("endpoint", "in", [...endpoints])
					.orderBy("next_at")
					.limit(limit);
				const rows = await (hasRowLocks ? query.forUpdate().skipLocked() : query).execute();
				const ids = rows.map(({ id }) => id);
				if (ids.length > 0)
					await transaction
						.updateTable("webhook_delivery")
						.set({ next_at: leaseUntil })
						.where("id", "in", ids)
						.execute();
				return rows.map(recordOf);
			}),

		async note(id, { state, result, nextAt }) {
			await db
				.updateTable("webhook_delivery")
				.set((eb) => ({
					state,
					attempts: eb("attempts", "+", 1),
					next_at: state === "waiting" ? nextAt : null,
					last_result: JSON.stringify(result),
				}))
				.where("id", "=", id)
				.execute();
		},

		async nextAt(endpoints) {
			const { first } = await db
				.selectFrom("webhook_delivery")
				.select((eb) => eb.fn.min("next_at").as("first"))
				.where("next_at", "is not", null)
				.where("endpoint", "in", [...endpoints])
				.executeTakeFirstOrThrow();
			return first === null ? undefined : Number(first);
		},

		async list({ limit, order, after, state }) {
			let query = db.selectFrom("webhook_delivery").selectAll();
			if (state !== undefined) query = query.where("state", "=", state);
			if (after !== undefined) {
				const cursor = await db.selectFrom("webhook_delivery").select("id").where("id", "=", after).executeTakeFirst();
				if (!cursor) throw noSuch(after);
				query = query.where("id", order === "desc" ? "<" : ">", after);
			}
			// Ids are in the order of time.
			const rows = await query
				.orderBy("id", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
		},

		async retry(id) {
			const row = await db
				.updateTable("webhook_delivery")
				.set({ state: "waiting", attempts: 0, next_at: now() })
				.where("id", "=", id)
				.returningAll()
				.executeTakeFirst();
			if (row === undefined) throw noSuch(id);
			return recordOf(row);
		},

		async retain(maxAgeMs) {
			const { numDeletedRows } = await db
				.deleteFrom("webhook_delivery")
				.where("created_at", "<", Math.floor((now() - maxAgeMs) / 1000))
				.executeTakeFirstOrThrow();
			return Number(numDeletedRows);
		},
	};
}

function noSuch(id: string): StoreError {
	return new StoreError("not_found", `There is no delivery "${id}".`);
}

function recordOf(row: Row): DeliveryRecord {
	return {
		id: row.id,
		endpoint: row.endpoint,
		eventId: row.event_id,
		type: row.type,
		subject: row.subject,
		createdAt: row.created_at,
		state: row.state as DeliveryState,
		attempts: row.attempts,
		nextAt: row.next_at ?? 0,
		lastResult: row.last_result === null ? undefined : (JSON.parse(row.last_result) as string),
	};
}
