/** Sessions of agents in the database. */
import { type Selectable, sql } from "kysely";
import { administrator } from "./administrator.js";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { isSessionId } from "./sessionStops.js";
import type { SessionRecord, SessionStore } from "./sessionTypes.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { usageColumnOf } from "./usageColumns.js";
import { storedNumbers } from "./usageNumbers.js";
import { sumsOf } from "./usageStore.js";

const mostNamesakes = 10;

/** @param now milliseconds since the epoch */
export function sessionStore(database: Database, now: () => number): SessionStore {
	const { db } = database;
	const administer = administrator(database, now);

	return {
		async list({ limit, order, after, key, agent }) {
			let query = db.selectFrom("usage_session").selectAll();
			if (key !== undefined)
				query = query.where(usageColumnOf("key", key) as "key_id" | "key_name", "=", searchable(key));
			if (agent !== undefined) query = query.where("agent", "=", searchable(agent));
			if (after !== undefined) {
				const cursor = await db
					.selectFrom("usage_session")
					.select("last_at")
					.where("id", "=", after)
					.executeTakeFirst();
				if (!cursor) throw new StoreError("not_found", `There is no session "${after}".`);
				const comparison = sql.raw(order === "desc" ? "<" : ">");
				query = query.where(sql<boolean>`(last_at, id) ${comparison} (${cursor.last_at}, ${after})`);
			}
			const rows = await query
				.orderBy("last_at", order)
				.orderBy("id", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
		},

		async find(idOrName) {
			const column = isSessionId(idOrName) ? "id" : "name";
			const rows = await db
				.selectFrom("usage_session")
				.selectAll()
				.where(column, "=", searchable(idOrName))
				.limit(mostNamesakes)
				.execute();
			return rows.map(recordOf);
		},

		async some(ids) {
			if (ids.length === 0) return [];
			return (await db.selectFrom("usage_session").selectAll().where("id", "in", ids).execute()).map(recordOf);
		},

		async parts(id) {
			const used = await db
				.selectFrom("usage_agent_sum")
				.select(["agent", "subagent"])
				.select((eb) => storedNumbers.map((name) => eb.fn.sum<number | string>(name).as(name)))
				.where("session", "=", id)
				.where("width", "=", 86_400)
				.groupBy(["agent", "subagent"])
				.execute();
			const times = await db
				.selectFrom("usage_request")
				.select(["agent", "subagent"])
				.select((eb) => [eb.fn.min("created_at").as("first_at"), eb.fn.max("created_at").as("last_at")])
				.where("session", "=", id)
				.groupBy(["agent", "subagent"])
				.execute();
			const parts = used.map(({ agent, subagent, ...numbers }) => {
				const time = times.find((one) => (one.agent ?? "") === agent && (one.subagent ?? "") === subagent);
				const [firstAt, lastAt] = [Number(time?.first_at ?? 0), Number(time?.last_at ?? 0)];
				return {
					agent,
					subagent: subagent || undefined,
					firstAt,
					lastAt,
					sums: sumsOf({ starts_at: 0, ...numbers }, []),
				};
			});
			return parts.sort(
				(one, other) => one.firstAt - other.firstAt || (one.subagent ?? "").localeCompare(other.subagent ?? ""),
			);
		},

		stop: (id, { until, reason }, by) =>
			administer(by, async (transaction) => {
				const before = await transaction.selectFrom("session_stop").selectAll().where("id", "=", id).executeTakeFirst();
				const row = { id, until, reason: reason === undefined ? null : JSON.stringify(reason) };
				if (before?.until === until && before.reason === row.reason) return { result: false };
				await transaction
					.deleteFrom("session_stop")
					.where((eb) => eb.or([eb("id", "=", id), eb("until", "<", Math.floor(now() / 1000))]))
					.execute();
				await transaction.insertInto("session_stop").values(row).execute();
				const after = { until, reason: reason ?? null };
				return { result: true, done: { action: "session.stopped", target: id, before: undefined, after } };
			}),

		resume: (id, by) =>
			administer(by, async (transaction) => {
				const { numDeletedRows } = await transaction
					.deleteFrom("session_stop")
					.where("id", "=", id)
					.executeTakeFirstOrThrow();
				if (Number(numDeletedRows) === 0) return { result: false };
				return {
					result: true,
					done: { action: "session.resumed", target: id, before: undefined, after: undefined },
				};
			}),
	};
}

function recordOf(row: Selectable<Tables["usage_session"]>): SessionRecord {
	return {
		id: row.id,
		name: row.name,
		keyId: row.key_id || undefined,
		keyName: row.key_name || undefined,
		agent: row.agent,
		firstAt: row.first_at,
		lastAt: row.last_at,
		sums: sumsOf({ ...row, starts_at: row.first_at }, []),
	};
}
