/** Calls that upstreams hold, in the database. */
import type { CallStore } from "./callTypes.js";
import type { Database } from "./database.js";

/** Longer than any vendor lets a call last, in seconds. */
const maxAge = 86_400;

/** @param now milliseconds since the epoch */
export function callStore({ db }: Database, now: () => number): CallStore {
	return {
		async add({ id, owner, upstream, model = null }) {
			const createdAt = Math.floor(now() / 1000);
			await db
				.deleteFrom("realtime_call")
				.where("created_at", "<", createdAt - maxAge)
				.execute();
			await db
				.insertInto("realtime_call")
				.values({ id, owner, upstream, model, created_at: createdAt })
				.onConflict((conflict) => conflict.column("id").doNothing())
				.execute();
		},

		async find(id) {
			const row = await db.selectFrom("realtime_call").selectAll().where("id", "=", id).executeTakeFirst();
			return row && { id, owner: row.owner, upstream: row.upstream, model: row.model ?? undefined };
		},
	};
}
