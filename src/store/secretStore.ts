/** Secrets that gateways make for themselves and share by their store. */
import type { Database } from "./database.js";
import type { SecretStore } from "./secretTypes.js";

/** @param now milliseconds since the epoch */
export function secretStore({ db }: Database, now: () => number): SecretStore {
	return {
		async get(name, proposed) {
			if (proposed !== undefined)
				await db
					.insertInto("own_secret")
					.values({ name, secret: proposed, created_at: Math.floor(now() / 1000) })
					.onConflict((conflict) => conflict.column("name").doNothing())
					.execute();
			const row = await db.selectFrom("own_secret").select("secret").where("name", "=", name).executeTakeFirst();
			return row?.secret;
		},
	};
}
