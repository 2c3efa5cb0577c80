/** Work that a worker holds until a time: by then it says that it is still at it, or others take it over. */
import { type RawBuilder, type SqlBool, sql } from "kysely";

/**
 * A condition of rows with `holder` and `lease_until`: unfinished work that `holder` may take over from others.
 *
 * @param gone holders that are no more
 * @param nowMs milliseconds since the epoch
 */
export function mayBeTaken(holder: string, gone: readonly string[], nowMs: number): RawBuilder<SqlBool> {
	const isLate = sql`lease_until <= ${nowMs}`;
	const isLeft = gone.length === 0 ? isLate : sql`(${isLate} or holder in (${sql.join(gone)}))`;
	return sql`lease_until is not null and holder <> ${holder} and ${isLeft}`;
}
