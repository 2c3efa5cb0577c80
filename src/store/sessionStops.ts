/** Sessions of agents that are refused. */
import type { Kysely } from "kysely";
import type { Tables } from "./tables.js";

/** A session that is refused. */
export interface SessionStop {
	readonly id: string;
	/** Seconds since the epoch. */
	readonly until: number;
	/** For the agent and its user. */
	readonly reason: string | undefined;
}

/** What `sessionIdOf` makes. */
export function isSessionId(value: string): boolean {
	return /^session_[0-9a-f]{24}$/.test(value);
}

/** @param seconds since the epoch @returns those that are in force */
export async function stopsIn(db: Kysely<Tables>, seconds: number): Promise<SessionStop[]> {
	const rows = await db.selectFrom("session_stop").selectAll().where("until", ">", seconds).execute();
	return rows.map(({ id, until, reason }) => ({
		id,
		until,
		reason: reason === null ? undefined : (JSON.parse(reason) as string),
	}));
}
